"""The second reader of what publishes without a draft: it waits, and is done exactly as it was read."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from factories.drafts import DAY, op
from factories.packs import ADMINISTRATION, MODES, NOW, ROLES, make_pack
from factories.people import make_person
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.services import access, publication
from jalon.services.configuration import change_draft, content, open_draft
from jalon.services.publication import (
    ApprovalRefused,
    ReadingOutdated,
    ReadingRefused,
    SecondReaderNeeded,
    Waiting,
    readings,
)
from jalon.services.publication import acts as publishing_acts
from jalon.store import organisations, people
from jalon.store.audit import AuditEvent
from jalon.store.base import Table
from jalon.store.publication import Release

CHIEF = {
    "label": "Chef",
    "permissions": [*ADMINISTRATION],
    "reach": "below",
    "second_factor": False,
    "external": False,
}
FOUR_EYES = {"roles": {**ROLES["roles"], "chef": CHIEF}, "second_reader": ["nation", "region"]}


def pack(version: str = "1.0.0", *codes: str, **words):
    """The small pack, its roles asking for a second reader at the nation and the regions."""
    values = [*MODES["values"], *({"code": code, "label": code.title()} for code in codes)]
    artifacts = {("roles", "roles"): FOUR_EYES, ("list", "modes"): {**MODES, "values": values}}
    return make_pack(version, artifacts=artifacts, **words)


def open_network(session) -> SimpleNamespace:
    """The network, the pack, and two people who administer all of it: the second reads what the first asks for."""
    session.info["clock"] = MovableClock(NOW)
    units = make_network(session)
    publication.import_pack(session, SYSTEM, pack())
    one, other = (make_person(session, units["fr"], "chef", name=name) for name in ("Amina K.", "Bruno L."))
    ids = {code: unit.id for code, unit in units.items()}
    return SimpleNamespace(
        units=ids,
        one=access.actor_for(session, one, on=DAY),
        other=access.actor_for(session, other, on=DAY),
    )


def change(session, net, code, *ops):
    """Publish changes to the list at a unit, read over when its level asks for it."""
    draft = open_draft(session, net.one, net.units[code], "list", "modes")
    change_draft(session, net.one, draft.id, ops, draft.row_version)
    return publication.publish(session, net.other, [draft.id], effective_from=DAY, reason="Essai")


def labels(session, net, code):
    found = content(session, "list", "modes", net.units[code], DAY).content["values"]
    return {value["code"]: value["label"] for value in found}


def wanted(session, net, act):
    """The situation of an act, what asks for it, and what must be true once it is done."""
    if act == "rollback":
        release = change(session, net, "occitanie", op("set", "velo", "label", value="Bicyclette"))
        asked = publishing_acts.rollback_of(release.id, "Trop tôt")
        return asked, lambda: labels(session, net, "ml_toulouse")["velo"] == "Vélo"
    if act == "decision":
        change(session, net, "ml_toulouse", op("set", "velo", "label", value="Vélo d’ici"))
        change(session, net, "d31", op("set", "velo", "label", value="Vélo du 31"))
        change(session, net, "occitanie", op("set", "velo", "label", value="Bicyclette"))
        doubts = [one.id for one in publication.conflicts(session, net.units["d31"])]
        asked = publishing_acts.decision_of(doubts, "take_new", "Un seul mot", publishing_acts.ABSENT)
        return asked, lambda: labels(session, net, "d31")["velo"] == "Bicyclette"
    if act == "promotion":
        change(session, net, "ml_toulouse", op("add", "ml_toulouse__tram", value={"label": "Tramway"}))
        offer = publication.offer(
            session,
            net.one,
            net.units["ml_toulouse"],
            "list",
            "modes",
            "ml_toulouse__tram",
            note="Utile partout",
            parent_id=net.units["fr"],
        )
        asked = publishing_acts.acceptance_of(offer.id, "Pour tous", (), None)
        return asked, lambda: labels(session, net, "ml_brest").get("fr__tram") == "Tramway"
    if act == "move":
        change(session, net, "bretagne", op("set", "velo", "label", value="Vélo breton"))
        asked = publishing_acts.move_of(net.units["ml_toulouse"], net.units["bretagne"], "Nouvelle carte")
        return asked, lambda: labels(session, net, "ml_toulouse")["velo"] == "Vélo breton"
    raise AssertionError(act)


def ask(session, net, asked):
    return readings.ask(session, net.one, asked, publication_of(session, net, asked))


def publication_of(session, net, asked):
    return publishing_acts.prepare_act(session, net.one, asked)


def approve(session, reader, waiting):
    author, _act, prepared = readings.prepare_approved(session, reader, waiting.id, waiting.epoch)
    done = publication.apply(session, author, prepared)
    readings.settle(session, reader, waiting.id, done.id)
    return done


@pytest.mark.req("A14", "S15")
@pytest.mark.parametrize("act", ["promotion", "move"])
def test_what_changes_what_runs_for_others_waits_for_a_second_person(session, act):
    net = open_network(session)
    asked, is_done = wanted(session, net, act)
    with pytest.raises(SecondReaderNeeded):
        publication.apply(session, net.one, publication_of(session, net, asked))

    waiting = ask(session, net, asked)

    assert not is_done()
    assert (waiting.act, waiting.author, waiting.state) == (act, "Amina K.", "waiting")
    assert any(said in " ".join(waiting.sentences) for said in ("Tramway", "« Vélo breton » au lieu de « Vélo »"))
    assert [one.id for one in publication.second_readings(session, net.units["fr"], below=True)] == [waiting.id]
    with pytest.raises(ApprovalRefused):
        approve(session, net.one, waiting)
    done = approve(session, net.other, waiting)
    assert is_done()
    release = session.get_one(Release, done.id)
    assert (release.author, release.approver_id) == ("Amina K.", net.other.id)
    assert publication.second_readings(session, net.units["fr"], below=True) == []
    said = session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("relecture."))).all()
    assert sorted(said) == ["relecture.approuvee", "relecture.demandee"]


def test_a_decision_waits_when_the_level_above_all_it_touches_asks_for_it(session):
    net = open_network(session)
    asked, _ = wanted(session, net, "decision")
    assert publication_of(session, net, asked).demanding == ()  # one department, whose level asks for nothing

    change(session, net, "ml_brest", op("set", "velo", "label", value="Vélo d’Armorique"))
    change(session, net, "bretagne", op("set", "velo", "label", value="Vélo breton"))
    everywhere = [one.id for one in publication.conflicts(session)]
    asked = publishing_acts.decision_of(everywhere, "take_new", "Un seul mot", publishing_acts.ABSENT)
    waiting = ask(session, net, asked)

    assert waiting.unit.code == "fr"
    approve(session, net.other, waiting)
    assert publication.conflicts(session) == []
    assert labels(session, net, "ml_brest")["velo"] == "Vélo breton"


@pytest.mark.req("A14")
def test_what_was_read_is_done_or_nothing(session):
    net = open_network(session)
    asked, is_done = wanted(session, net, "rollback")
    waiting = ask(session, net, asked)
    change(session, net, "bretagne", op("set", "bus", "label", value="Car"))

    assert publication.second_readings(session, net.units["occitanie"])[0].outdated
    with pytest.raises(ReadingOutdated, match="relecture_depassee"):
        approve(session, net.other, waiting)
    again = ask(session, net, asked)
    assert again.id == waiting.id
    with pytest.raises(ReadingOutdated):  # the reader's page still shows what it was before
        approve(session, net.other, waiting)
    approve(session, net.other, again)
    assert is_done()
    with pytest.raises(ReadingRefused):
        approve(session, net.other, again)


def test_an_act_is_declined_or_taken_back_with_a_reason(session):
    net = open_network(session)
    asked, is_done = wanted(session, net, "rollback")
    states = []
    for actor in (net.other, net.one):
        waiting = ask(session, net, asked)
        with pytest.raises(ReadingRefused):
            publication.decline_reading(session, actor, waiting.id, " ")
        publication.decline_reading(session, actor, waiting.id, "Pas maintenant")
        states.append(publication.second_readings(session, net.units["occitanie"], state="")[0])

    assert [(one.state, one.answer) for one in states] == [
        ("declined", "Pas maintenant"),
        ("withdrawn", "Pas maintenant"),
    ]
    assert not is_done()


def test_who_asked_must_still_have_the_right_when_it_is_approved(session):
    net = open_network(session)
    asked, _ = wanted(session, net, "rollback")
    waiting = ask(session, net, asked)
    for held in people.memberships_of(session, net.one.id):
        session.delete(held)
    session.flush()

    with pytest.raises(ReadingRefused):
        approve(session, net.other, waiting)


def test_an_account_out_of_service_gets_nothing_done(session):
    net = open_network(session)
    asked, _ = wanted(session, net, "rollback")
    waiting = ask(session, net, asked)
    session.get_one(people.Person, net.one.id).state = people.PersonState.DISABLED
    session.flush()

    with pytest.raises(ReadingRefused):
        approve(session, net.other, waiting)


@pytest.fixture
def network(database):
    """The same network, committed, then swept away."""
    with database.transaction() as session:
        found = open_network(session)
    yield found
    with database.transaction() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(table.delete())


def test_every_way_in_asks_instead_of_doing(database, network):
    net = network
    with database.transaction() as session:
        session.info["clock"] = MovableClock(NOW)
        release = change(session, net, "occitanie", op("set", "velo", "label", value="Bicyclette"))
        rows = [
            f"{unit.code},{unit.codes[-2] if unit.parent_id else ''},{unit.level},{unit.title},{unit.zone},"
            for unit in organisations.units(session)
        ]
    sheet = "\n".join(["code,parent,level,title,zone,calendar", *rows, "corse,fr,region,Corse,,"]).encode()
    bigger = pack("2.0.0", "train", files={"units.csv": sheet})
    doing: list[Callable[[], object]] = [
        lambda: publication.rollback_with(database, net.one, release.id, "Trop tôt"),
        lambda: publication.move_with(database, net.one, net.units["ml_brest"], net.units["occitanie"], "Carte"),
        lambda: publication.import_with(database, SYSTEM, bigger),
    ]

    asked = [act() for act in doing]

    assert [type(one) for one in asked] == [Waiting] * 3
    assert [one.act for one in asked] == ["rollback", "move", "pack"]
    done = publication.approve_with(database, net.other, asked[2].id, asked[2].epoch)
    with database.transaction() as session:
        assert session.get_one(Release, done.id).approver_id == net.other.id
        assert organisations.unit_by_code(session, "corse") is not None
        found = content(session, "list", "modes", net.units["ml_brest"]).content["values"]
        assert "train" in {value["code"] for value in found}
    with pytest.raises(ReadingOutdated):
        publication.approve_with(database, net.other, asked[0].id, asked[0].epoch)
    assert publication.import_with(database, SYSTEM, bigger).unchanged
