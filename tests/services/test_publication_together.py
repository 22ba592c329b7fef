"""Two administrators at the same instant, on real connections: nobody's work is lost, nobody's is mixed."""

import threading
from datetime import date

import pytest

from factories.packs import administrator, make_pack
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.base.errors import Stale
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import DraftChanged, change_draft, content, open_draft, read_draft
from jalon.store import organisations
from jalon.store.base import Table

ROUNDS = 6


@pytest.fixture
def network(database):
    """A network and the pack, committed, then swept away."""
    with database.transaction() as session:
        network = {code: unit.id for code, unit in make_network(session).items()}
        publication.import_pack(session, SYSTEM, make_pack())
    yield network
    with database.transaction() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(table.delete())


def together(*works):
    """Run these at the same time and return what each gave or raised."""
    results = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(number, work):
        barrier.wait()
        try:
            results[number] = work()
        except Stale as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.req("R7")
@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.drill)])
def test_two_administrators_change_one_draft_and_none_overwrites_the_other(database, network, rounds, figure):
    region = network["occitanie"]
    with database.transaction() as session:
        chief = administrator(session, organisations.unit_by_code(session, "occitanie"))
        draft = open_draft(session, chief, region, "form", "accueil")

    def change(text, seen):
        def work():
            with database.transaction() as session:
                op = Op(id="", verb="set", uid="prenom", prop="help", value=text)
                return change_draft(session, chief, draft.id, [op], seen)

        return work

    for number in range(rounds):
        with database.transaction() as session:
            seen = read_draft(session, chief, draft.id).row_version
        results = together(change(f"A{number}", seen), change(f"B{number}", seen))
        won = [result for result in results if not isinstance(result, DraftChanged)]
        lost = [result for result in results if isinstance(result, DraftChanged)]
        assert (len(won), len(lost)) == (1, 1)
        assert [op.value for op in lost[0].theirs] == [op.value for op in won[0].new_ops]
    figure(rounds=rounds, warned=rounds, overwritten=0)


def test_two_publications_at_once_are_one_after_the_other(database, network):
    with database.transaction() as session:
        chief = administrator(session, organisations.unit_by_code(session, "fr"))

    def publish(code, text):
        def work():
            with database.transaction() as session:
                op = Op(id="", verb="set", uid="prenom", prop="help", value=text)
                draft = open_draft(session, chief, network[code], "form", "accueil")
                draft = change_draft(session, chief, draft.id, [op], draft.row_version)
                return publication.publish(session, chief, [draft.id], effective_from=date.today(), reason="Essai")

        return work

    for number in range(ROUNDS):
        expected = {"occitanie": f"A{number}", "bretagne": f"B{number}"}
        results = together(*(publish(code, text) for code, text in expected.items()))
        with database.transaction() as session:
            for (code, text), result in zip(expected.items(), results, strict=True):
                found = content(session, "form", "accueil", network[code]).content
                has_it = found["schema"]["properties"]["prenom"].get("description") == text
                assert has_it is not isinstance(result, Stale)
        assert not all(isinstance(result, Stale) for result in results)
