"""Publishing: together or not at all, once, undone; what is refused and what history tells."""

import pytest
from sqlalchemy import select

from factories.drafts import DAY, draft_of, op, published
from factories.packs import administrator, make_pack, start
from factories.people import actor_with
from jalon.services import configuration, publication
from jalon.services.configuration import change_draft, content, open_draft
from jalon.services.publication import (
    ApprovalRefused,
    DraftOutdated,
    EpochChanged,
    NothingToPublish,
    PublicationRefused,
    RollbackRefused,
    impact,
    publish,
    rollback,
)
from jalon.store.configuration import Revision


def codes_open(session, unit):
    values = content(session, "list", "modes", unit.id).content["values"]
    return [value["code"] for value in values if not value.get("closed")]


def field(session, unit, uid="prenom", prop="title", on=None):
    return content(session, "form", "accueil", unit.id, on).content["schema"]["properties"][uid].get(prop)


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


def test_what_others_stand_on_is_not_undone(session):
    network = start(session)
    release = published(session, network["fr"], "list", "modes", op("close", "bus"))
    published(session, network["fr"], "list", "modes", op("set", "velo", "label", value="Bicyclette"))

    with pytest.raises(RollbackRefused) as refusal:
        rollback(session, administrator(session, network["fr"]), release.id, "Non")
    assert "plus récente" in refusal.value.text()


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
