"""Publication: impact, release, levels below, dates, going back."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from factories.packs import MODES, administrator, list_pack, make_pack, start
from factories.people import actor_with
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.engines.layering import Op
from jalon.services import configuration, publication
from jalon.services.configuration import change_draft, content, open_draft
from jalon.services.publication import (
    ApprovalRefused,
    DraftOutdated,
    EpochChanged,
    NothingToPublish,
    PublicationRefused,
    RollbackRefused,
    RunningWork,
    impact,
    publish,
    publish_due,
    rollback,
)
from jalon.store import configuration as store
from jalon.store.configuration import Pointer, Revision, RevisionState

DAY = date(2026, 1, 12)
APRIL = date(2026, 4, 1)


def op(verb, uid, prop="", **words):
    return Op(id="", verb=verb, uid=uid, prop=prop, **words)


def draft_of(session, unit, kind, key, *ops):
    """An open draft with these changes, by the administrator of the unit."""
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, kind, key)
    return chief, change_draft(session, chief, draft.id, ops, draft.row_version)


def published(session, unit, kind, key, *ops, on=DAY):
    chief, draft = draft_of(session, unit, kind, key, *ops)
    return publish(session, chief, [draft.id], effective_from=on, reason="Essai")


def field(session, unit, uid="prenom", prop="title", on=None):
    return content(session, "form", "accueil", unit.id, on).content["schema"]["properties"][uid].get(prop)


def codes(session, unit, on=None):
    return [value["code"] for value in content(session, "list", "modes", unit.id, on).content["values"]]


@pytest.mark.req("A11")
def test_the_impact_names_those_reached_and_those_who_already_changed_the_same_thing(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))
    published(session, network["ml_toulouse"], "form", "accueil", op("set", "mode", "help", value="Le plus fréquent"))
    chief, draft = draft_of(
        session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel")
    )

    def count(session, kind, key, unit_ids):
        assert (kind, key, len(unit_ids)) == ("form", "accueil", 7)
        return RunningWork(unopened=2, opened=1, drafts=1)

    seen = impact(session, chief, [draft.id], effective_from=DAY, count_running=count)

    one = seen.artifacts[0]
    assert {unit.code for unit in seen.reached} == set(network)
    assert [(found.unit.code, found.local) for found in one.overriding] == [("bretagne", "Petit nom")]
    assert [found.unit.code for found in one.conflicts] == ["bretagne"]
    assert "ml_toulouse" in {unit.code for unit in one.inheriting}
    assert one.change == "cosmetic"
    assert one.running == RunningWork(unopened=2, opened=1, drafts=1)
    assert one.policy.startswith("Les tâches ouvertes montrent")
    assert (
        session.scalar(select(func.count()).select_from(Revision).where(Revision.state == RevisionState.PUBLISHED)) == 7
    )


@pytest.mark.req("A11")
def test_the_impact_says_who_reads_what_would_be_hidden(session):
    network = start(session)
    chief, draft = draft_of(session, network["occitanie"], "form", "accueil", op("close", "permis"))

    seen = impact(session, chief, [draft.id])

    assert seen.artifacts[0].readers == ("process/accueil",)
    assert any("process/accueil" in problem.message for problem in seen.problems)
    with pytest.raises(PublicationRefused) as refusal:
        publish(session, chief, [draft.id], effective_from=DAY, reason="Inutile ici")
    assert "A le permis" in refusal.value.text()


@pytest.mark.req("A13")
def test_differences_are_french_sentences(session):
    network = start(session)
    chief, draft = draft_of(
        session,
        network["occitanie"],
        "list",
        "modes",
        op("add", "occitanie__tram", value={"label": "Tramway"}),
        op("close", "bus"),
    )

    seen = impact(session, chief, [draft.id])

    assert len(seen.sentences) == 2
    assert any("« Tramway »" in sentence for sentence in seen.sentences)
    assert any("« Autobus » est fermée" in sentence for sentence in seen.sentences)


@pytest.mark.req("A14")
def test_publishing_keeps_date_reason_and_second_reader(session):
    network = start(session)
    region = network["occitanie"]
    reader = administrator(session, region, "Bruno L.")
    chief, draft = draft_of(session, region, "list", "modes", op("close", "bus"))

    with pytest.raises(ApprovalRefused):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Travaux", approver=chief)
    release = publish(session, chief, [draft.id], effective_from=DAY, reason="Travaux", approver=reader, legal="Art. 3")

    assert (release.reason, release.effective_from, release.state) == ("Travaux", DAY, "published")
    revision = session.scalars(select(Revision).where(Revision.release_id == release.id)).one()
    assert (revision.approver_id, revision.legal, revision.author) == (reader.id, "Art. 3", "Amina K.")


@pytest.mark.req("A14")
def test_a_publication_is_undone_in_one_call(session):
    network = start(session)
    before = content(session, "list", "modes", network["ml_toulouse"].id).hash
    release = published(session, network["occitanie"], "list", "modes", op("close", "bus"))
    assert content(session, "list", "modes", network["ml_toulouse"].id).hash != before

    undone = rollback(session, administrator(session, network["occitanie"]), release.id, "Erreur de région")

    assert undone.origin == "rollback"
    assert content(session, "list", "modes", network["ml_toulouse"].id).hash == before
    states = [one.state for one in publication.history(session, network["occitanie"].id)]
    assert states == ["published", "rolled_back", "published"]
    with pytest.raises(RollbackRefused):
        rollback(session, administrator(session, network["occitanie"]), release.id, "Encore")


def test_going_back_gives_its_own_value_again_to_who_was_in_conflict(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))
    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))
    assert release.conflicts == 1

    rollback(session, administrator(session, network["fr"]), release.id, "Trop tôt")

    assert field(session, network["ml_brest"]) == "Petit nom"
    assert publication.conflicts(session) == []


def test_what_others_stand_on_is_not_undone(session):
    network = start(session)
    release = published(session, network["fr"], "list", "modes", op("close", "bus"))
    published(session, network["fr"], "list", "modes", op("set", "velo", "label", value="Bicyclette"))

    with pytest.raises(RollbackRefused) as refusal:
        rollback(session, administrator(session, network["fr"]), release.id, "Non")
    assert "plus récente" in refusal.value.text()


@pytest.mark.req("A16")
def test_an_override_in_conflict_is_kept_and_becomes_something_to_check(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))

    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))

    assert (release.conflicts, field(session, network["ml_toulouse"])) == (1, "Prénom usuel")
    assert field(session, network["ml_brest"]) == "Petit nom"
    found = publication.conflicts(session, network["bretagne"].id)
    assert [(one.conflict_kind, one.old, one.new, one.local, one.applied) for one in found] == [
        ("both_changed", "Prénom", "Prénom usuel", "Petit nom", True)
    ]
    notices = publication.notices(session, network["bretagne"].id)
    assert [one.kind for one in notices] == ["conflict", "news", "news"]
    assert notices[0].sentence.startswith("À vérifier")


def test_the_same_change_made_above_makes_the_local_one_useless(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))

    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))
    assert dict(release.outcomes) == {"kept": 1, "converged": 1}
    assert "converged" in {one.kind for one in publication.notices(session, network["bretagne"].id)}

    published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénoms"))
    assert field(session, network["ml_brest"]) == "Prénoms"


def test_two_administrators_publish_at_once_and_the_second_looks_again(session):
    network = start(session)
    chief, draft = draft_of(session, network["occitanie"], "list", "modes", op("close", "bus"))
    seen = impact(session, chief, [draft.id])
    published(session, network["fr"], "list", "modes", op("set", "velo", "label", value="Bicyclette"))

    with pytest.raises(EpochChanged):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Travaux", epoch=seen.epoch)

    again = impact(session, chief, [draft.id])
    publish(session, chief, [draft.id], effective_from=DAY, reason="Travaux", epoch=again.epoch)
    values = content(session, "list", "modes", network["ml_toulouse"].id).content["values"]
    assert [value["label"] for value in values if not value.get("closed")] == ["À pied", "Bicyclette"]


def test_a_draft_made_on_a_parent_that_changed_since_is_looked_at_again(session):
    network = start(session)
    chief, draft = draft_of(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Nom"))
    published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))

    with pytest.raises(DraftOutdated):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Essai")

    draft = configuration.read_draft(session, chief, draft.id)
    assert [one.new_base for one in draft.outdated] == ["Prénom usuel"]
    draft = change_draft(session, chief, draft.id, [op("set", "prenom", "label", value="Nom")], draft.row_version)
    publish(session, chief, [draft.id], effective_from=DAY, reason="Relu")
    assert field(session, network["ml_toulouse"]) == "Nom"


def test_an_anchor_that_goes_away_sends_its_followers_to_the_end(session):
    network = start(session)
    tram = op("add", "occitanie__tram", value={"label": "Tramway"}, after="marche")
    published(session, network["occitanie"], "list", "modes", tram)
    assert codes(session, network["occitanie"]) == ["marche", "occitanie__tram", "velo", "bus"]

    values = [value for value in MODES["values"] if value["code"] != "marche"]
    publication.import_pack(session, SYSTEM, list_pack("2.0.0", *values, closed={("list", "modes"): ("marche",)}))

    assert codes(session, network["ml_brest"]) == ["velo", "bus", "marche"]
    assert sorted(codes(session, network["occitanie"])) == ["bus", "marche", "occitanie__tram", "velo"]


def test_a_region_publishes_today_under_a_national_change_scheduled_for_april(session):
    network = start(session)
    nation = published(
        session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"), on=APRIL
    )
    assert nation.state == "scheduled"

    region = published(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Nom"))

    assert field(session, network["ml_toulouse"]) == "Nom"
    assert field(session, network["ml_brest"]) == "Prénom"
    assert field(session, network["ml_brest"], on=APRIL) == "Prénom usuel"
    assert region.conflicts == 1
    found = publication.conflicts(session, network["occitanie"].id)
    assert [(one.valid_from, one.new) for one in found] == [(APRIL, "Prénom usuel")]


def test_a_scheduled_change_waits_for_its_date_in_the_zone_of_its_unit(session):
    network = start(session)
    network["bretagne"].zone = "Indian/Reunion"
    release = published(session, network["bretagne"], "list", "modes", op("close", "bus"), on=APRIL)
    clock: MovableClock = session.info["clock"]

    clock.move_to(datetime(2026, 3, 31, 19, 59, tzinfo=UTC))
    assert publish_due(session, clock.now()) == []
    assert codes_open(session, network["ml_brest"]) == ["marche", "velo", "bus"]

    clock.move_to(datetime(2026, 3, 31, 20, 1, tzinfo=UTC))
    assert [one.id for one in publish_due(session, clock.now())] == [release.id]
    assert codes_open(session, network["ml_brest"]) == ["marche", "velo"]
    assert publish_due(session, clock.now()) == []


def codes_open(session, unit):
    values = content(session, "list", "modes", unit.id).content["values"]
    return [value["code"] for value in values if not value.get("closed")]


def test_what_is_published_before_a_scheduled_change_of_the_same_unit_is_not_lost_then(session):
    network = start(session)
    published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"), on=APRIL)

    published(session, network["fr"], "form", "accueil", op("set", "mode", "help", value="Le plus fréquent"))

    toulouse = network["ml_toulouse"]
    assert (field(session, toulouse), field(session, toulouse, "mode", "description")) == ("Prénom", "Le plus fréquent")
    assert field(session, toulouse, on=APRIL) == "Prénom usuel"
    assert field(session, toulouse, "mode", "description", on=APRIL) == "Le plus fréquent"


def test_no_two_revisions_of_a_level_overlap(session):
    network = start(session)
    published(session, network["fr"], "list", "modes", op("close", "bus"), on=APRIL)
    published(session, network["fr"], "list", "modes", op("set", "velo", "label", value="Bicyclette"))
    published(session, network["fr"], "list", "modes", op("set", "marche", "label", value="Marche"), on=APRIL)

    artifact = store.artifact(session, "list", "modes")
    states = [RevisionState.PUBLISHED, RevisionState.SCHEDULED, RevisionState.SUPERSEDED]
    rows = store.revisions(session, artifact.id, states, units=[network["fr"].id])
    periods = sorted((row.effective_from, row.effective_to or date.max) for row in rows)
    real = [period for period in periods if period[0] < period[1]]
    assert all(first[1] <= second[0] for first, second in pairwise(real))
    values = content(session, "list", "modes", network["fr"].id, APRIL).content["values"]
    assert [value["label"] for value in values] == ["Marche", "Bicyclette", "Autobus"]
    assert values[2]["closed"] is True


def test_a_past_date_is_allowed_and_said(session):
    network = start(session)
    past = DAY - timedelta(days=30)

    release = published(session, network["occitanie"], "list", "modes", op("close", "bus"), on=past)

    assert release.retroactive
    values = content(session, "list", "modes", network["ml_toulouse"].id, past).content["values"]
    assert values[2]["closed"] is True
    assert (
        "closed"
        not in content(session, "list", "modes", network["ml_toulouse"].id, past - timedelta(1)).content["values"][2]
    )


def test_a_unit_that_moves_is_judged_with_both_chains(session):
    network = start(session)
    published(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Nom d’Oc"))
    published(session, network["bretagne"], "form", "accueil", op("set", "mode", "help", value="En Bretagne"))
    published(session, network["ml_toulouse"], "form", "accueil", op("set", "remarque", "help", value="À nous"))

    publication.move_unit(session, SYSTEM, network["ml_toulouse"].id, network["bretagne"].id, "Nouvelle carte")

    toulouse = network["ml_toulouse"]
    assert field(session, toulouse) == "Prénom"
    assert field(session, toulouse, "mode", "description") == "En Bretagne"
    assert field(session, toulouse, "remarque", "description") == "À nous"
    assert field(session, network["ml_toulouse_centre"], "mode", "description") == "En Bretagne"


def test_several_drafts_are_published_together_or_not_at_all(session):
    network = start(session)
    region = network["occitanie"]
    chief, first = draft_of(session, region, "list", "modes", op("close", "bus"))
    _, second = draft_of(session, region, "form", "accueil", op("close", "permis"))

    with pytest.raises(PublicationRefused):
        publish(session, chief, [first.id, second.id], effective_from=DAY, reason="Ensemble")

    assert codes_open(session, region) == ["marche", "velo", "bus"]
    assert len(publication.history(session)) == 1


def test_an_empty_draft_is_not_published(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "list", "modes")
    with pytest.raises(NothingToPublish):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Rien")


def test_a_lock_over_an_override_makes_a_conflict_and_the_level_above_wins_meanwhile(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))

    lock = op("lock", "prenom", "label", reason="Libellé fixé par la convention.")
    published(session, network["fr"], "form", "accueil", lock)

    assert field(session, network["ml_brest"]) == "Prénom"
    found = publication.conflicts(session, network["bretagne"].id)
    assert [(one.conflict_kind, one.applied) for one in found] == [("locked", False)]


def test_only_units_with_changes_have_pointers_of_their_own(session):
    network = start(session)
    published(session, network["occitanie"], "list", "modes", op("close", "bus"))

    rows = session.scalars(select(Pointer).where(Pointer.unit_id.is_not(None))).all()
    assert [row.unit_id for row in rows] == [network["occitanie"].id]
    assert rows[0].provenance == {"bus|closed": [["occitanie", rows[0].provenance["bus|closed"][0][1]]]}


def test_a_form_pinned_before_a_publication_stays_as_it_was(session):
    network = start(session)
    toulouse = network["ml_toulouse"]
    closure = configuration.form_closure(session, "accueil", toulouse.id)
    pinned = configuration.keep_closure(session, closure)
    published(session, network["fr"], "list", "modes", op("close", "bus"))

    assert configuration.closure_by_hash(session, pinned) == closure
    assert configuration.form_closure(session, "accueil", toulouse.id).hash != pinned
    assert closure.lists["modes"] == MODES["values"]


def test_parameters_are_read_at_a_date_and_a_level(session):
    network = start(session)
    values = [{"from": "2025-01-01", "value": 5, "source": "Région"}]
    published(session, network["occitanie"], "parameters", "essai", op("set", "delai_relance", "values", value=values))

    assert configuration.parameters(session, network["ml_brest"].id) == {"delai_relance": 10}
    assert configuration.parameters(session, network["ml_brest"].id, APRIL) == {"delai_relance": 7}
    assert configuration.parameters(session, network["ml_toulouse"].id, APRIL) == {"delai_relance": 5}
    assert configuration.parameters(session, network["ml_brest"].id, date(2023, 1, 1)) == {}


def test_an_option_is_switched_for_a_unit(session):
    network = start(session)
    published(session, network["ml_brest"], "process", "accueil", op("toggle", "option:relecture", value=True))

    assert configuration.options(session, "accueil", network["ml_brest"].id) == {"relecture": True}
    assert configuration.options(session, "accueil", network["ml_toulouse"].id) == {"relecture": False}
    assert [one.key for one in configuration.process_keys(session)] == ["accueil"]


def test_history_shows_what_reaches_a_unit(session):
    network = start(session, make_pack())
    published(session, network["bretagne"], "list", "modes", op("close", "bus"))
    published(session, network["occitanie"], "list", "modes", op("close", "velo"))

    found = publication.history(session, network["ml_toulouse"].id)

    assert [one.origin for one in found] == ["publication", "pack"]
    assert found[0].title == "Modes de transport – Occitanie"


@pytest.mark.req("C1")
def test_what_was_published_is_told_to_those_who_work_below_and_to_nobody_else(session):
    network = start(session)
    published(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))
    toulouse, brest = (actor_with("tache.voir", units=(network[code].id,)) for code in ("ml_toulouse", "ml_brest"))

    (told,) = publication.news(session, toulouse)

    assert (told.reason, told.level, told.effective_from) == ("Essai", network["occitanie"].title, DAY)
    assert publication.news(session, brest) == []
