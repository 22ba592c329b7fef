"""Publishing takes its time outside the write transaction: others write meanwhile, and the transaction stays short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event, func, select

from factories.packs import MODES, administrator, make_pack
from factories.units import make_network, make_unit
from jalon.base.actor import SYSTEM
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import DraftChanged, change_draft, content, open_draft
from jalon.services.publication import EpochChanged
from jalon.services.publication import planning as planning_module
from jalon.store import organisations
from jalon.store.base import Table
from jalon.store.configuration import Pointer
from jalon.store.publication import Release


@pytest.fixture
def network(database):
    """A network and the pack, committed, then swept away."""
    with database.transaction() as session:
        found = {code: unit.id for code, unit in make_network(session).items()}
        publication.import_pack(session, SYSTEM, make_pack())
    yield found
    with database.transaction() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(table.delete())


def drafted(database, code, *ops, kind="form", key="accueil"):
    """An open draft of a unit with these changes, committed; its administrator and its id."""
    with database.transaction() as session:
        unit = organisations.unit_by_code(session, code)
        chief = administrator(session, unit)
        draft = open_draft(session, chief, unit.id, kind, key)
        draft = change_draft(session, chief, draft.id, ops, draft.row_version)
    return chief, draft.id


def label(value, uid="prenom"):
    return Op(id="", verb="set", uid=uid, prop="label", value=value)


def released(database):
    with database.transaction() as session:
        return session.scalar(select(func.count()).select_from(Release))


@contextmanager
def during_planning(monkeypatch, work, module="publishing") -> Iterator[list[object]]:
    """Run `work` in another thread while a release is being planned, once; yield what it gave."""
    given: list[object] = []
    started: list[bool] = []
    plan = planning_module.plan_release

    def slowed(*arguments, **words):
        found = plan(*arguments, **words)
        if not started:
            started.append(True)
            other = threading.Thread(target=lambda: given.append(work()))
            other.start()
            other.join(20)
        return found

    monkeypatch.setattr(f"jalon.services.publication.{module}.plan_release", slowed)
    yield given


@contextmanager
def statements(database) -> Iterator[list[str]]:
    """The statements sent while the block runs."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_another_writer_is_not_blocked_while_a_release_is_planned(database, network, monkeypatch):
    chief, draft_id = drafted(database, "fr", label("Prénom usuel"))

    def write():
        with database.transaction() as session:
            make_unit(session, "corse", session.get(organisations.Unit, network["fr"]), level="region")
        return "written"

    with during_planning(monkeypatch, write) as given:
        publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Essai")

    assert given == ["written"]
    with database.transaction() as session:
        found = content(session, "form", "accueil", network["ml_brest"]).content
        assert found["schema"]["properties"]["prenom"]["title"] == "Prénom usuel"


def test_what_was_published_meanwhile_makes_the_release_planned_again(database, network, monkeypatch):
    chief, draft_id = drafted(database, "occitanie", label("Nom d’Oc"))
    nation, other_id = drafted(database, "fr", label("Autre remarque", uid="remarque"))
    today = date.today()

    def write():
        with database.transaction() as session:
            prepared = publication.prepare(session, nation, [other_id], effective_from=today, reason="Avant")
            return publication.apply(session, nation, prepared).number

    with during_planning(monkeypatch, write) as given:
        done = publication.publish_with(database, chief, [draft_id], effective_from=today, reason="Essai")

    assert (given, done.number) == ([2], 3)
    with database.transaction() as session:
        found = content(session, "form", "accueil", network["ml_toulouse"]).content["schema"]["properties"]
        assert (found["prenom"]["title"], found["remarque"]["title"]) == ("Nom d’Oc", "Autre remarque")


def test_a_person_who_saw_an_impact_is_told_that_it_changed_since(database, network, monkeypatch):
    chief, draft_id = drafted(database, "occitanie", label("Nom d’Oc"))
    nation, other_id = drafted(database, "fr", label("Autre remarque", uid="remarque"))
    today = date.today()
    with database.transaction() as session:
        seen = publication.impact(session, chief, [draft_id], effective_from=today)

    def write():
        with database.transaction() as session:
            return publication.publish(session, nation, [other_id], effective_from=today, reason="Avant").number

    with during_planning(monkeypatch, write), pytest.raises(EpochChanged):
        publication.publish_with(database, chief, [draft_id], effective_from=today, reason="Essai", epoch=seen.epoch)

    assert released(database) == 2


def test_a_draft_changed_after_it_was_prepared_is_not_published(database, network):
    chief, draft_id = drafted(database, "occitanie", label("Nom d’Oc"))
    with database.transaction() as session:
        prepared = publication.prepare(session, chief, [draft_id], effective_from=date.today(), reason="Essai")
    with database.transaction() as session:
        change_draft(session, chief, draft_id, [label("Autre")], prepared.claims[draft_id])

    with pytest.raises(DraftChanged), database.transaction() as session:
        publication.apply(session, chief, prepared)

    assert released(database) == 1


def test_the_write_transaction_sends_as_many_statements_for_three_levels_below_as_for_one(database, network):
    counts = {}
    for texts, codes in (("Un", ["bretagne"]), ("Deux", ["occitanie", "ml_toulouse", "ml_brest"])):
        for code in codes:
            chief, draft_id = drafted(database, code, Op(id="", verb="set", uid="mode", prop="help", value=code))
            publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Local")
        chief, draft_id = drafted(database, "fr", label(texts))
        with database.transaction() as session:
            prepared = publication.prepare(session, chief, [draft_id], effective_from=date.today(), reason="Essai")
        with statements(database) as seen, database.transaction() as session:
            publication.apply(session, chief, prepared)
        counts[len(codes)] = len(seen)
        with database.transaction() as session:
            assert session.scalar(select(func.count()).select_from(Pointer).where(Pointer.unit_id.is_not(None)))
    # the second release also ends the first one's revision and reads the pointers it moves: two statements
    assert counts[3] <= counts[1] + 3 <= 40


def test_going_back_and_deciding_leave_others_write_too(database, network):
    chief, draft_id = drafted(database, "bretagne", label("Petit nom"))
    publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Local")
    nation, other_id = drafted(database, "fr", label("Prénom usuel"))
    release = publication.publish_with(database, nation, [other_id], effective_from=date.today(), reason="National")
    with database.transaction() as session:
        doubt = publication.conflicts(session, network["bretagne"])[0]

    assert publication.decide_with(database, chief, [doubt.id], "ask_parent", "À discuter") == 1
    assert publication.decide_with(database, chief, [doubt.id], "take_new", "D’accord") == 1
    with database.transaction() as session:
        assert publication.conflicts(session) == []
    undone = publication.rollback_with(database, nation, release.id, "Trop tôt")

    assert undone.origin == "rollback"
    with database.transaction() as session:
        found = content(session, "form", "accueil", network["ml_brest"]).content
        assert found["schema"]["properties"]["prenom"]["title"] == "Prénom"


@pytest.mark.parametrize("kind", ["pack", "move"])
def test_a_pack_and_a_move_are_planned_while_others_write(database, network, monkeypatch, kind):
    chief, draft_id = drafted(database, "bretagne", label("Nom breton"))
    publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Local")

    def write():
        with database.transaction() as session:
            make_unit(session, "corse", session.get(organisations.Unit, network["fr"]), level="region")
        return "written"

    with during_planning(monkeypatch, write, {"pack": "importing", "move": "moving"}[kind]) as given:
        if kind == "pack":
            modes = {**MODES, "values": [*MODES["values"], {"code": "train", "label": "Train"}]}
            new = make_pack(
                "2.0.0", artifacts={("list", "modes"): modes, ("list", "gares"): {**MODES, "title": "Gares"}}
            )
            done = publication.import_with(database, SYSTEM, new)
        else:
            done = publication.move_with(database, SYSTEM, network["ml_toulouse"], network["bretagne"], "Carte")

    assert given == ["written"]
    assert done.origin == kind
    with database.transaction() as session:
        if kind == "pack":
            assert content(session, "list", "modes", network["ml_brest"]).content["values"][-1]["code"] == "train"
            assert content(session, "list", "gares", network["ml_brest"]).content["title"] == "Gares"
        else:
            found = content(session, "form", "accueil", network["ml_toulouse"]).content
            assert found["schema"]["properties"]["prenom"]["title"] == "Nom breton"
            assert session.get_one(organisations.Unit, network["ml_toulouse"]).path == "/fr/bretagne/ml_toulouse/"


def test_a_pack_that_moves_a_unit_rebases_what_it_has(database, network):
    chief, draft_id = drafted(database, "bretagne", label("Nom breton"))
    publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Local")
    chief, draft_id = drafted(database, "ml_toulouse", label("Remarques d’ici", uid="remarque"))
    publication.publish_with(database, chief, [draft_id], effective_from=date.today(), reason="Local")
    with database.transaction() as session:
        units = {unit.id: unit for unit in organisations.units(session)}
        rows = [
            f"{unit.code},{units[unit.parent_id].code if unit.parent_id else ''},{unit.level},{unit.title},{unit.zone},"
            for unit in units.values()
        ]
    rows = [row.replace("ml_toulouse,d31", "ml_toulouse,bretagne") for row in rows]
    rows = [row.replace("ml_toulouse,occitanie", "ml_toulouse,bretagne") for row in rows]
    sheet = "\n".join(["code,parent,level,title,zone,calendar", *rows]).encode()

    publication.import_with(database, SYSTEM, make_pack("2.0.0", files={"units.csv": sheet}))

    with database.transaction() as session:
        found = content(session, "form", "accueil", network["ml_toulouse"]).content["schema"]["properties"]
        assert (found["prenom"]["title"], found["remarque"]["title"]) == ("Nom breton", "Remarques d’ici")
