"""Publishing: the second reader, asked for or demanded by the level, whatever the door."""

import pytest

from factories.drafts import DAY, draft_of, op, published
from factories.packs import ROLES, administrator, make_pack, start
from jalon.base.actor import SYSTEM
from jalon.services.configuration import ChangeLocked, DraftChanged, change_draft, open_draft
from jalon.services.publication import SecondReaderNeeded, publish, submit_for_review
from jalon.store.configuration import Revision
from jalon.store.publication import Release

FOUR_EYES = make_pack(artifacts={("roles", "roles"): {**ROLES, "second_reader": ["region"]}})


@pytest.mark.req("A14", "S15")
def test_who_asked_for_a_second_reading_does_not_publish(session):
    region = start(session)["occitanie"]
    chief, draft = draft_of(session, region, "list", "modes", op("close", "bus"))
    submit_for_review(session, chief, draft.id, draft.row_version)

    for somebody in (chief, SYSTEM):
        with pytest.raises(SecondReaderNeeded):
            publish(session, somebody, [draft.id], effective_from=DAY, reason="Travaux")
    reader = administrator(session, region, "Bruno L.")
    release = publish(session, reader, [draft.id], effective_from=DAY, reason="Travaux")

    assert session.get_one(Release, release.id).approver_id == reader.id


def test_who_made_one_of_the_changes_is_no_second_reader(session):
    region = start(session)["occitanie"]
    chief, draft = draft_of(session, region, "list", "modes", op("close", "bus"))
    helper = administrator(session, region, "Bruno L.")
    change_draft(session, helper, draft.id, [op("close", "velo")], draft.row_version)
    version = session.get_one(Revision, draft.id).row_version
    submit_for_review(session, helper, draft.id, version)

    for author in (chief, helper):
        with pytest.raises(SecondReaderNeeded):
            publish(session, author, [draft.id], effective_from=DAY, reason="Travaux")


@pytest.mark.req("A14", "S15")
def test_a_level_may_demand_a_second_reader_and_another_level_not(session):
    network = start(session, FOUR_EYES)
    chief, draft = draft_of(session, network["occitanie"], "list", "modes", op("close", "bus"))
    with pytest.raises(SecondReaderNeeded):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Seule")

    local = published(session, network["ml_toulouse"], "list", "modes", op("close", "velo"))

    assert local.state == "published"
    assert session.get_one(Release, local.id).approver_id is None


def test_a_level_below_may_demand_more_never_less(session):
    network = start(session, FOUR_EYES)
    unit = network["bretagne"]
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, "roles", "roles")
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [op("set", ".", "second_reader", value=["agency"])], draft.row_version)

    both = [op("set", ".", "second_reader", value=["region", "agency"])]
    assert change_draft(session, chief, draft.id, both, draft.row_version).problems == ()


@pytest.mark.req("A14")
def test_only_what_was_read_is_published(session):
    region = start(session)["occitanie"]
    chief, draft = draft_of(session, region, "list", "modes", op("close", "bus"))
    change_draft(session, chief, draft.id, [op("close", "velo")], draft.row_version)

    with pytest.raises(DraftChanged):
        publish(session, chief, [draft.id], effective_from=DAY, reason="Vu", versions={draft.id: draft.row_version})
