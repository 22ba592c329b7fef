"""Locks through publication, what no chain of levels may widen, changes that start in the past, reports."""

from datetime import UTC, date, datetime, timedelta

import pytest

from factories.layers import DAY, draft_of, label, op, published
from factories.packs import NOW, administrator, start
from jalon.base.ids import new_id
from jalon.services import publication
from jalon.services.configuration import ChangeLocked, change_draft, content, open_draft, reports
from jalon.services.publication import LoggedDecision, not_receiving, to_recompute
from jalon.store import configuration as store

FORM = ("form", "accueil")
JUNE = date(2026, 6, 1)
WHY = "Libellé fixé par la convention."
RESTRICT = {"value": "restrict", "reason": WHY, "legal": "Art. 3"}


def title(session, unit, on=None, uid="prenom"):
    return content(session, *FORM, unit.id, on).content["schema"]["properties"][uid]["title"]


@pytest.fixture
def network(session):
    """Brittany has its own word for the first name."""
    network = start(session)
    published(session, network["bretagne"], *FORM, label("Petit nom"), reason="Nos mots")
    return network


@pytest.mark.req("A5")
def test_a_forced_lock_takes_the_local_value_away_and_asks_nobody(session, network):
    release = published(session, network["fr"], *FORM, op("lock", "prenom", "label", reason=WHY, mode="force"))

    assert title(session, network["ml_brest"]) == "Prénom"
    assert publication.conflicts(session) == []
    assert dict(release.outcomes) == {"kept": 1, "conflict": 1}


@pytest.mark.req("A5")
def test_a_lock_lets_earlier_changes_live_until_its_date(session, network):
    lock = op("lock", "prenom", "label", reason=WHY, mode="grandfather", until=JUNE.isoformat())
    published(session, network["fr"], *FORM, lock)

    assert title(session, network["ml_brest"]) == "Petit nom"
    assert title(session, network["ml_brest"], JUNE) == "Prénom"
    session.info["clock"].move_to(NOW + timedelta(minutes=1))
    with pytest.raises(ChangeLocked):
        draft_of(session, network["occitanie"], *FORM, label("Nom d’Oc"))


@pytest.mark.req("A5", "A16")
def test_a_lock_may_turn_what_is_below_into_conflicts(session, network):
    published(session, network["fr"], *FORM, op("lock", "prenom", "label", reason=WHY, mode="conflicts"))

    found = publication.conflicts(session, network["bretagne"].id)
    assert [(one.conflict_kind, one.applied, WHY in one.message) for one in found] == [("locked", False, True)]


def test_locks_are_listed_the_first_to_review_first(session, network):
    earlier, later = "2026-02-01", "2026-09-01"
    published(
        session,
        network["fr"],
        *FORM,
        op("lock", "prenom", "label", reason="A", review=later),
        op("lock", "mode", "label", reason="B", review=earlier, legal="Art. 3"),
        op("lock", "remarque", "label", reason="C"),
    )

    found = reports.locks(session)

    assert [(one.uid, one.review, one.overdue) for one in found] == [
        ("mode", date(2026, 2, 1), False),
        ("prenom", date(2026, 9, 1), False),
        ("remarque", None, False),
    ]
    assert (found[0].legal, found[0].author) == ("Art. 3", "Amina K.")
    session.info["clock"].move_to(datetime(2026, 2, 2, 8, tzinfo=UTC))
    assert [one.uid for one in reports.locks(session) if one.overdue] == ["mode"]


def test_what_a_level_narrowed_is_not_widened_in_two_steps_below(session):
    network = start(session)
    published(session, network["occitanie"], *FORM, op("set", "remarque", "maxLength", value=100))
    published(session, network["d31"], *FORM, op("set", "remarque", "maxLength", value=80))

    with pytest.raises(ChangeLocked):
        draft_of(session, network["ml_toulouse"], *FORM, op("set", "remarque", "maxLength", value=90))
    # taking one's own step back gives what is inherited, never more
    chief = administrator(session, network["d31"])
    draft = open_draft(session, chief, network["d31"].id, *FORM)
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [op("unset", "remarque", "maxLength")], draft.row_version)
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [op("set", "remarque", "maxLength", value=200)], draft.row_version)


def test_a_change_from_the_past_names_the_decisions_taken_meanwhile(session):
    network = start(session)
    past = DAY - timedelta(days=30)
    asked = []
    one = LoggedDecision(new_id(), network["ml_toulouse"].id, "eligible", past, "h", None, NOW - timedelta(days=3))
    late = LoggedDecision(new_id(), network["ml_toulouse"].id, "eligible", past, "h", None, NOW + timedelta(days=3))

    def logged(session, names, unit_ids, since, until):
        asked.append((set(names), len(unit_ids), since, until))
        return [late, one]

    region = network["occitanie"]
    chief = administrator(session, region)
    closing = published(session, region, "list", "modes", op("close", "bus"), on=past, reason="Erreur corrigée")
    assert closing.retroactive
    assert to_recompute(session, chief, closing.id, logged) == []  # no decision reads this list
    assert asked == []

    store.replace_dependencies(session, "decision", "eligible", {("list", "modes", "bus")})
    assert to_recompute(session, chief, closing.id, logged) == [one]
    assert asked == [({"eligible"}, 4, past, DAY)]
    ahead = published(session, region, "list", "modes", op("close", "velo"))
    assert to_recompute(session, chief, ahead.id, logged) == []


def test_who_does_not_receive_a_change_and_why(session, network):
    published(session, network["ml_toulouse"], *FORM, label("Notre transport", uid="mode"), reason="Habitude")
    release = published(session, network["fr"], *FORM, label("Prénom usuel"), label("Trajet", uid="mode"))

    found = not_receiving(session, release.id)

    assert [(one.unit.code, one.uid, one.has, one.because, one.units) for one in found] == [
        ("bretagne", "prenom", "Petit nom", "changement local (Amina K.)", 2),
        ("ml_toulouse", "mode", "Notre transport", "changement local (Amina K.)", 2),
    ]


def test_age_usefulness_and_complexity_are_reported(session, network):
    note = op("add", "ml_toulouse__note", value={"type": "string", "label": "Note"})
    published(session, network["ml_toulouse"], *FORM, note)
    session.info["clock"].move_to(NOW + timedelta(days=40))
    published(session, network["fr"], *FORM, label("Petit nom"), on=DAY + timedelta(days=40))

    assert [(one.unit, one.uid, one.prop, one.age) for one in reports.local_changes(session)] == [
        ("bretagne", "prenom", "label", 40),
        ("ml_toulouse", "ml_toulouse__note", "", 40),
        ("fr", "prenom", "label", 0),
    ]
    assert [(one.unit, one.aside) for one in reports.to_clean(session)] == [("bretagne", "converged")]
    assert {one.unit: (one.changes, one.additions, one.aside) for one in reports.complexity(session)} == {
        "bretagne": (1, 0, 1),
        "fr": (1, 0, 0),
        "ml_toulouse": (1, 1, 0),
    }
    assert [one.unit for one in reports.local_changes(session, network["occitanie"].id)] == ["ml_toulouse"]


@pytest.mark.req("A5", "A16")
def test_a_restriction_keeps_what_narrows_and_asks_about_what_widens(session, network):
    def limit(value):
        return op("set", "remarque", "maxLength", value=value)

    published(session, network["bretagne"], *FORM, label("Petit nom"), limit(300))
    published(session, network["occitanie"], *FORM, limit(400))
    national = published(session, network["fr"], *FORM, limit(350), op("lock", "remarque", "maxLength", **RESTRICT))

    assert [one.unit.code for one in publication.conflicts(session)] == ["bretagne", "occitanie"]
    assert {one.unit.code: one.conflict_kind for one in publication.conflicts(session)} == {
        "bretagne": "both_changed",
        "occitanie": "widens",
    }
    assert national.conflicts == 2
    session.info["clock"].move_to(NOW + timedelta(minutes=1))
    with pytest.raises(ChangeLocked) as refused:
        draft_of(session, network["ml_brest"], *FORM, limit(320))
    assert WHY in refused.value.facts["reason"]
    narrower = published(session, network["ml_brest"], *FORM, limit(250))
    assert narrower.state == "published"
    found = content(session, *FORM, network["ml_brest"].id).content["schema"]["properties"]["remarque"]
    assert found["maxLength"] == 250
