"""Races over real HTTP and real transactions: one winner each, nothing orphaned."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from drills.ledger import CLEAN, account
from drills.rig import Client, Crowd, Installation, Server, size
from factories.people import make_membership, make_person
from factories.processes import line, process, user_task, worker
from factories.publishing import publish
from jalon.base.actor import SYSTEM
from jalon.base.errors import JalonError
from jalon.services import processes, worklist
from jalon.store import health
from jalon.store.organisations import unit_by_code
from jalon.store.processes import Due, Instance, SubscriptionRow
from jalon.store.wiring import Wiring
from jalon.store.worklist import Submission, Task, tasks_of_run

TIMED = """<boundaryEvent id="retard" attachedToRef="recevoir"><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></boundaryEvent><userTask id="relancer" name="Relancer"/>
<sequenceFlow id="g1" sourceRef="retard" targetRef="relancer"/>"""
STEPS = line(user_task("recevoir", ""), user_task("relire", "")) + TIMED
CLIENTS = (2, 4, 16)


@pytest.mark.drill
@pytest.mark.req("R1", "R12")
@pytest.mark.parametrize("clients", CLIENTS)
def test_one_task_many_clients_three_processes_one_winner(
    installation: Installation, clients: int, figure: Callable[..., None]
) -> None:
    count = size(200)
    installation.prepare(count)
    servers = [Server(installation) for _ in range(3)]
    for server in servers:
        server.wait()
    ports = [server.port for server in servers]
    statuses: Counter[int] = Counter()
    winners: Counter[UUID] = Counter()
    lock = threading.Lock()
    ready = threading.Barrier(clients)

    people = [Client(*ports[rank % 3 :], *ports[: rank % 3]).sign_in() for rank in range(clients)]

    def work(rank: int, client: Client) -> None:
        for task in installation.tasks:
            ready.wait(600)
            answer = client.post(f"/taches/{task}/terminer", {"submission": f"{rank}-{task}"})
            with lock:
                statuses[answer.status] += 1
                winners[task] += answer.status == 303

    begun = time.monotonic()
    try:
        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(work, rank, client) for rank, client in enumerate(people)]:
                done.result(1_200)
    finally:
        for server in servers:
            server.kill()
    seconds = time.monotonic() - begun
    wiring = installation.wiring()
    with wiring.database.transaction() as session:
        kept = Counter(session.scalars(select(Submission.task_id)))
        following = Counter(session.scalars(select(Task.instance_id).where(Task.element == "relire")))
    assert (set(kept.values()), len(kept), set(winners.values())) == ({1}, count, {1})
    assert (set(following.values()), len(following)) == ({1}, count)
    assert statuses == {303: count, 409: count * (clients - 1)}
    assert "database is locked" not in "".join(server.log.read_text() for server in servers)
    assert health.integrity(wiring.database) == []
    wiring.database.close()
    figure(clients=clients, processes=3, tasks=count, won=statuses[303], told_409=statuses[409], seconds=seconds)


@pytest.mark.drill
@pytest.mark.req("R6", "R12")
def test_one_token_posted_five_times_has_one_effect(installation: Installation, figure: Callable[..., None]) -> None:
    count, times = size(200), 5
    installation.prepare(count)
    servers = [Server(installation) for _ in range(3)]
    for server in servers:
        server.wait()
    ports = [server.port for server in servers]
    statuses: Counter[int] = Counter()
    clients = [Client(*ports[rank % 3 :], *ports[: rank % 3]).sign_in() for rank in range(times)]
    try:
        with ThreadPoolExecutor(times) as pool:
            for task in installation.tasks:
                sent = {"submission": f"j-{task}"}
                answers = pool.map(
                    lambda client, task=task, sent=sent: client.post(f"/taches/{task}/terminer", sent), clients
                )
                statuses.update(answer.status for answer in answers)
    finally:
        for server in servers:
            server.kill()
    told = Crowd([], [], 0)
    told.acknowledged = {task: f"j-{task}" for task in installation.tasks}
    assert statuses == {303: count * times}
    assert account(installation, told) == CLEAN
    figure(tokens=count, posts=count * times, answered_303=statuses[303], effects=count)


Rival = Callable[[Wiring, UUID, UUID], None]


def cancel(wiring: Wiring, run: UUID, _task: UUID) -> None:
    with wiring.database.transaction() as session:
        processes.cancel(session, SYSTEM, run, "course", wiring.clock.now())


def reassign(wiring: Wiring, _run: UUID, task: UUID) -> None:
    with wiring.database.transaction() as session:
        unit = unit_by_code(session, "ml_toulouse")
        person = make_person(session, unit, "agent")
        make_membership(session, person, unit, "agent")
        chief = worker(unit, more=("tache.attribuer",))
        worklist.assign(session, chief, task, person.id)


def migrate(wiring: Wiring, run: UUID, _task: UUID) -> None:
    with wiring.database.transaction() as session:
        operation = processes.begin(session, SYSTEM, "migrer", [run], "course", wiring.clock.now())
        processes.work(session, {"operation": str(operation.id)}, wiring.clock.now(), follow=False)


def fire(wiring: Wiring, _run: UUID, _task: UUID) -> None:
    with wiring.database.transaction() as session:
        processes.fire_due(session, wiring.clock.now() + timedelta(hours=2))


RIVALS: dict[str, Rival] = {"cancel": cancel, "reassign": reassign, "migrate": migrate, "timer": fire}


@pytest.mark.drill
@pytest.mark.req("R2")
@pytest.mark.parametrize("rival", RIVALS)
def test_completing_against_another_act_leaves_no_orphan(
    installation: Installation, rival: str, figure: Callable[..., None]
) -> None:
    rounds = size(100)
    installation.prepare()
    wiring = installation.wiring()
    outcomes: Counter[str] = Counter()
    for number in range(rounds):
        with wiring.database.transaction() as session:
            publish(session, "process", "course", process("course", STEPS))
            unit = unit_by_code(session, "ml_toulouse")
            run = processes.start(session, SYSTEM, "course", unit.id, now=wiring.clock.now())
            (task,) = worklist.next_tasks(session, SYSTEM, run.id)
            run_id, task_id = run.id, task.id
            publish(session, "process", "course", process("course", STEPS, title="Autre version"))
        start = threading.Barrier(2)

        def attempt(act: Callable[[], object], start: threading.Barrier = start) -> str:
            start.wait(10)
            try:
                act()
            except JalonError as refusal:
                return refusal.code
            return "done"

        def complete(task_id: UUID = task_id, number: int = number) -> object:
            now = wiring.clock.now()
            return worklist.complete_with_retry(wiring.database, SYSTEM, task_id, {}, f"j{number}", now)

        with ThreadPoolExecutor(2) as pool:
            mine = pool.submit(attempt, complete)
            other = pool.submit(attempt, partial(RIVALS[rival], wiring, run_id, task_id))
            outcomes[f"{mine.result(60)} / {other.result(60)}"] += 1
        assert orphans(wiring, run_id) == []
    wiring.database.close()
    figure(rival=rival, rounds=rounds, orphans=0, outcomes=dict(outcomes))


def orphans(wiring: Wiring, run_id: UUID) -> list[str]:
    """Return what is left open where nothing waits for it, and runs that nothing can move any more."""
    with wiring.database.transaction() as session:
        run = session.get_one(Instance, run_id)
        tokens = {one["i"] for one in json.loads(run.state)["t"]}
        ready = [one for one in tasks_of_run(session, run_id) if one.state == "ready"]
        due = session.scalars(select(Due).where(Due.instance_id == run_id)).all()
        heard = session.scalars(select(SubscriptionRow).where(SubscriptionRow.instance_id == run_id)).all()
        found = [f"task {one.element}" for one in ready if one.token not in tokens]
        if run.ended_at is not None:
            found += [f"left {one}" for one in (*ready, *due, *heard)]
        elif not ready:
            found.append("stuck")
        if len({one.token for one in ready}) != len(ready):
            found.append("two tasks of one token")
    return found
