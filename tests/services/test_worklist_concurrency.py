"""Several people at once, each with a connection of their own, on both databases."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from factories.dossiers import make_dossier
from factories.processes import NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import JalonError, Stale, TaskAlreadyDone
from jalon.services import dossiers, processes, worklist
from jalon.services.worklist.completing import retried
from jalon.store.base import Table
from jalon.store.database import Database
from jalon.store.dossiers import Dossier, DossierChange
from jalon.store.organisations import unit_by_code
from jalon.store.processes import Instance
from jalon.store.worklist import Submission, Task

CHAIN = line(
    user_task("recevoir"),
    action("compter", "dossier.noter", suivi__age="age"),
    user_task("relire", "", "agent"),
)
BRANCHES = """<startEvent id="debut"/><parallelGateway id="ouvrir"/>{tasks}<parallelGateway id="fermer"/>
<endEvent id="fin"/>
<sequenceFlow id="a" sourceRef="debut" targetRef="ouvrir"/>
<sequenceFlow id="z" sourceRef="fermer" targetRef="fin"/>{flows}"""
GOOD = {"nom": "Durand", "age": 19}


@pytest.fixture
def ready(database: Database) -> Iterator[Database]:
    """A database with published content, committed, emptied afterwards."""
    with database.transaction() as session:
        publish_basics(session)
        for n in range(3):
            publish(session, "process", f"chaine{n}", process(f"chaine{n}", CHAIN, dossierType="personne"))
        tasks = "".join(user_task(f"t{n}") for n in range(4))
        flows = "".join(
            f'<sequenceFlow id="i{n}" sourceRef="ouvrir" targetRef="t{n}"/>'
            f'<sequenceFlow id="o{n}" sourceRef="t{n}" targetRef="fermer"/>'
            for n in range(4)
        )
        body = BRANCHES.format(tasks=tasks, flows=flows)
        publish(session, "process", "branches", process("branches", body, dossierType="personne"))
        make_network(session)
    yield database
    empty(database)


def empty(database: Database) -> None:
    names = ", ".join(f'"{table.name}"' for table in Table.metadata.sorted_tables)
    with database.engine.begin() as connection:
        if database.is_postgres:
            connection.execute(text(f"TRUNCATE {names} CASCADE"))
            return
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in reversed(Table.metadata.sorted_tables):
            connection.execute(table.delete())


def started(database: Database, key: str, count: int = 1) -> list[Task]:
    with database.transaction() as session:
        unit = unit_by_code(session, "ml_toulouse")
        amina = worker(unit)
        found = []
        for _ in range(count):
            dossier = make_dossier(session, unit)
            run = processes.start(session, amina, key, unit.id, dossiers={"principal": dossier.id}, now=NOW)
            found += worklist.next_tasks(session, amina, run.id)
        return found


def people(database: Database, count: int) -> list[object]:
    with database.transaction() as session:
        unit = unit_by_code(session, "ml_toulouse")
        return [worker(unit, name=f"Agent {n}") for n in range(count)]


def together(works: list[Callable[[], object]]) -> list[object]:
    """Start all works at the same instant; return results or the errors of the product."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except JalonError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.req("R1")
@pytest.mark.parametrize("clients", [2, 4])
def test_one_task_completed_by_several_has_one_winner_and_one_next_task(ready, clients):
    tasks = [task for n in range(3) for task in started(ready, f"chaine{n}", 7)][:20]
    agents = people(ready, clients)
    for number, task in enumerate(tasks):
        works = [
            lambda agent=agent, task=task, number=number: worklist.complete_with_retry(
                ready, agent, task.id, GOOD, f"{number}-{agent.name}", NOW
            )
            for agent in agents
        ]
        results = Counter(type(one).__name__ for one in together(works))
        assert results == {"Completed": 1, "TaskAlreadyDone": clients - 1}
    with ready.transaction() as session:
        runs = [task.instance_id for task in tasks]
        following = session.execute(
            select(Task.instance_id, func.count()).where(Task.state == "ready").group_by(Task.instance_id)
        )
        counts = {run: count for run, count in following if run in runs}
        assert counts == dict.fromkeys(runs, 1)
        assert session.scalar(select(func.count()).select_from(Submission)) == len(tasks)


@pytest.mark.req("R6")
def test_one_submission_posted_five_times_at_once_has_one_effect(ready):
    (task,) = started(ready, "chaine0")
    (agent,) = people(ready, 1)
    works = [lambda: worklist.complete_with_retry(ready, agent, task.id, GOOD, "jeton", NOW)] * 5
    results = together(works)
    assert Counter(one.already for one in results) == {False: 1, True: 4}
    assert len({tuple(next_one.id for next_one in one.next_tasks) for one in results}) == 1
    with ready.transaction() as session:
        changes = session.scalars(select(DossierChange.path).where(DossierChange.task_id == task.id)).all()
        assert changes == ["identite.nom"]


def test_people_on_parallel_tasks_of_one_run_all_succeed(ready):
    tasks = started(ready, "branches")
    agents = people(ready, len(tasks))
    works = [
        lambda agent=agent, task=task, n=n: worklist.complete_with_retry(
            ready, agent, task.id, {"nom": "Durand", "age": n}, f"{n}", NOW
        )
        for n, (agent, task) in enumerate(zip(agents, tasks, strict=True))
    ]
    results = together(works)
    assert [type(one).__name__ for one in results] == ["Completed"] * 4
    assert sum(one.finished for one in results) == 1
    with ready.transaction() as session:
        assert session.get_one(Instance, tasks[0].instance_id).status == "completed"


@pytest.mark.req("R8")
def test_two_people_writing_one_value_never_overwrite_each_other_in_silence(ready):
    with ready.transaction() as session:
        dossier = make_dossier(session, unit_by_code(session, "ml_toulouse"))
        dossier_id = dossier.id
    agents = people(ready, 2)
    for round_number in range(15):
        with ready.transaction() as session:
            seen = session.get_one(Dossier, dossier_id).version

        def write(agent, round_number=round_number, seen=seen):
            def once(session):
                changes = {"identite.nom": f"{agent.name} {round_number}"}
                return dossiers.edit(session, agent, dossier_id, changes, now=NOW, seen_version=seen)

            return retried(ready, once)

        results = together([lambda agent=agent: write(agent) for agent in agents])
        assert sorted(isinstance(one, Stale) for one in results) == [False, True]
    with ready.transaction() as session:
        written = session.scalars(
            select(DossierChange.new)
            .where(DossierChange.dossier_id == dossier_id, DossierChange.path == "identite.nom")
            .order_by(DossierChange.seq)
        ).all()
        assert len(written) == 16
        assert session.get_one(Dossier, dossier_id).data["identite"]["nom"] == written[-1]


@pytest.mark.req("R2")
def test_completing_against_cancelling_leaves_no_orphan(ready):
    for _ in range(8):
        (task,) = started(ready, "chaine0")
        (agent,) = people(ready, 1)
        with ready.transaction() as session:
            manager = worker(unit_by_code(session, "ml_toulouse"), more=("processus.annuler",))

        def cancel(task=task, manager=manager):
            return retried(ready, lambda session: processes.cancel(session, manager, task.instance_id, "", NOW))

        def complete(task=task, agent=agent):
            return worklist.complete_with_retry(ready, agent, task.id, GOOD, "j", NOW)

        together([cancel, complete])
        with ready.transaction() as session:
            run = session.get_one(Instance, task.instance_id)
            left = session.scalars(select(Task.state).where(Task.instance_id == run.id)).all()
            assert run.status == "terminated"
            assert "ready" not in left


def test_the_winner_is_named(ready):
    (task,) = started(ready, "chaine0")
    first, second = people(ready, 2)
    worklist.complete_with_retry(ready, first, task.id, GOOD, "a", NOW)
    with pytest.raises(TaskAlreadyDone) as refusal:
        worklist.complete_with_retry(ready, second, task.id, GOOD, "b", NOW)
    assert refusal.value.facts == {"who": "Agent 0"}
