"""Races over real HTTP and real transactions: one winner each, nothing orphaned."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from statistics import quantiles
from uuid import UUID

import pytest
from sqlalchemy import select

from drills.rig import ANSWERS, SHARE, Client, Installation, Server
from factories.people import make_membership, make_person
from factories.processes import line, process, user_task, worker
from factories.publishing import publish
from jalon.app import _fire_timers
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
WAIT = """<intermediateCatchEvent id="attendre"><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></intermediateCatchEvent>"""
CLIENTS = (2, 4, 16)


def size(full: int) -> int:
    return max(1, round(full * SHARE))


@pytest.mark.drill
@pytest.mark.req("R1", "R12")
@pytest.mark.parametrize("clients", CLIENTS)
def test_one_task_many_clients_three_processes_one_winner(installation: Installation, clients: int) -> None:
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

    def work(rank: int) -> None:
        client = Client(*ports[rank % 3 :], *ports[: rank % 3]).sign_in()
        for task in installation.tasks:
            ready.wait(60)
            answer = client.post(f"/taches/{task}/terminer", {"submission": f"{rank}-{task}"})
            with lock:
                statuses[answer.status] += 1
                winners[task] += answer.status == 303

    begun = time.monotonic()
    try:
        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(work, rank) for rank in range(clients)]:
                done.result(1_200)
    finally:
        for server in servers:
            server.kill()
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
    print({"clients": clients, "tasks": count, "statuses": dict(statuses), "seconds": time.monotonic() - begun})


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
def test_completing_against_another_act_leaves_no_orphan(installation: Installation, rival: str) -> None:
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
    print({"rival": rival, "rounds": rounds, "outcomes": dict(outcomes)})


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


@pytest.mark.drill
@pytest.mark.req("R15", "R12")
def test_timers_due_at_once_all_fire_once_while_people_work(installation: Installation) -> None:
    count, people = size(100_000), 60
    installation.prepare(people * 2)
    wiring = installation.wiring()
    with wiring.database.transaction() as session:
        publish(session, "process", "rappel", process("rappel", line(WAIT, user_task("relancer", ""))))
        unit_id = unit_by_code(session, "ml_toulouse").id
    for begin in range(0, count, 200):
        with wiring.database.transaction() as session:
            for _ in range(min(200, count - begin)):
                processes.start(session, SYSTEM, "rappel", unit_id, now=wiring.clock.now() - timedelta(hours=2))
    quiet, busy = installation.tasks[:people], installation.tasks[people:]
    server = Server(installation, "--without-worker").wait()
    count_workers = 2 if wiring.database.is_postgres else 1  # SQLite: the worker of `jalon serve` is alone
    workers = [threading.Thread(target=_fire_all, args=(installation,), daemon=True) for _ in range(count_workers)]
    begun = time.monotonic()
    try:
        client = Client(server.port).sign_in()
        alone = [_timed(client, task) for task in quiet]
        for one in workers:
            one.start()
        time.sleep(0.2)
        together = [_timed(client, task) for task in busy]
        for one in workers:
            one.join(3_600)
    finally:
        server.kill()
    with wiring.database.transaction() as session:
        assert session.scalars(select(Due.wait)).first() is None
        fired = Counter(session.scalars(select(Task.instance_id).where(Task.element == "relancer")))
    assert (len(fired), set(fired.values())) == (count, {1})
    wiring.database.close()
    p95 = [quantiles(times, n=20)[-1] * 1_000 for times in (alone, together)]
    print({"timers": count, "p95_ms": [round(one, 1) for one in p95], "seconds": time.monotonic() - begun})
    assert p95[1] < 2 * p95[0] + 20


def _fire_all(installation: Installation) -> None:
    wiring = installation.wiring()
    while _fire_timers(wiring, wiring.clock.now()):
        pass
    wiring.database.close()


def _timed(client: Client, task: UUID) -> float:
    begun = time.perf_counter()
    assert client.post(f"/taches/{task}/terminer", {"submission": f"j-{task}"}).status == 303
    return time.perf_counter() - begun


@pytest.mark.drill
@pytest.mark.req("R22")
def test_ten_thousand_runs_move_to_a_new_version_and_none_is_stuck(installation: Installation) -> None:
    count = size(10_000)
    installation.prepare()
    wiring = installation.wiring()
    now = wiring.clock.now()
    with wiring.database.transaction() as session:
        publish(session, "process", "course", process("course", STEPS))
        unit_id = unit_by_code(session, "ml_toulouse").id
    for begin in range(0, count, 200):
        with wiring.database.transaction() as session:
            for rank in range(begin, min(begin + 200, count)):
                run = processes.start(session, SYSTEM, "course", unit_id, now=now)
                if rank % 3 == 0:
                    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
                    worklist.complete_task(session, SYSTEM, task.id, ANSWERS, "j", now)
    changed = line(user_task("recevoir", ""), user_task("verifier", ""), user_task("clore", "")) + TIMED
    with wiring.database.transaction() as session:
        publish(session, "process", "course", process("course", changed))
    begun = time.monotonic()
    with wiring.database.transaction() as session:
        planned = processes.plan(session, SYSTEM, "course", {"relire": "verifier"}, now)
        dry = time.monotonic() - begun
        operation_id = processes.migrate(session, SYSTEM, "course", {"relire": "verifier"}, "exercice", now).id
    assert (planned.count("moves"), planned.count("choice"), planned.count("refused")) == (count, 0, 0)
    finished = False
    while not finished:
        with wiring.database.transaction() as session:
            processes.work(session, {"operation": str(operation_id)}, now, follow=False)
        with wiring.database.transaction() as session:
            seen = processes.progress(session, SYSTEM, operation_id, limit=1)
            finished = seen.operation.finished_at is not None
    seconds = time.monotonic() - begun
    with wiring.database.transaction() as session:
        hashes = set(session.scalars(select(Instance.process_hash)))
        ready = Counter(session.scalars(select(Task.element).where(Task.state == "ready")))
    assert (seen.done, seen.refused, len(hashes)) == (count, 0, 1)
    assert ready["recevoir"] + ready["verifier"] == count
    wiring.database.close()
    print({"runs": count, "dry_run_seconds": dry, "seconds": seconds})
