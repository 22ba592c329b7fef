"""Many at once: timers due at the same hour while people work, runs carried to a new version."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import quantiles
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from drills.rig import ANSWERS, Client, Installation, Server, size
from factories.processes import line, process, user_task
from factories.publishing import publish
from jalon.app import _fire_timers
from jalon.base.actor import SYSTEM
from jalon.base.ids import new_id
from jalon.services import processes, worklist
from jalon.store import health
from jalon.store.organisations import unit_by_code
from jalon.store.processes import Due, Instance
from jalon.store.worklist import Task

TIMED = """<boundaryEvent id="retard" attachedToRef="recevoir"><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></boundaryEvent><userTask id="relancer" name="Relancer"/>
<sequenceFlow id="g1" sourceRef="retard" targetRef="relancer"/>"""
STEPS = line(user_task("recevoir", ""), user_task("relire", "")) + TIMED
WAIT = """<intermediateCatchEvent id="attendre"><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></intermediateCatchEvent>"""


def waiting(session: Session, unit_id: UUID, count: int, now: datetime) -> None:
    """Have as many runs wait for one instant: copies of a run that was started, written at once."""
    run = processes.start(session, SYSTEM, "rappel", unit_id, now=now)
    session.flush()
    model = dict(session.execute(select(Instance.__table__).where(Instance.id == run.id)).mappings().one())
    due = dict(session.execute(select(Due.__table__).where(Due.instance_id == run.id)).mappings().one())
    del model["seq"], due["seq"]
    names = [new_id() for _ in range(count - 1)]
    if names:
        runs = [{**model, "id": name, "root_id": name, "conversation": str(name)} for name in names]
        session.execute(insert(Instance), runs)
        session.execute(insert(Due), [{**due, "instance_id": name} for name in names])


@pytest.mark.drill
@pytest.mark.req("R15", "R12")
def test_timers_due_at_once_all_fire_once_while_people_work(
    installation: Installation, figure: Callable[..., None]
) -> None:
    count, people = size(100_000), 60
    installation.prepare(people * 2)
    wiring = installation.wiring()
    with wiring.database.transaction() as session:
        publish(session, "process", "rappel", process("rappel", line(WAIT, user_task("relancer", ""))))
        unit_id = unit_by_code(session, "ml_toulouse").id
    for begin in range(0, count, 5_000):
        with wiring.database.transaction() as session:
            waiting(session, unit_id, min(5_000, count - begin), wiring.clock.now() - timedelta(hours=2))
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
    seconds = time.monotonic() - begun
    with wiring.database.transaction() as session:
        assert session.scalars(select(Due.wait)).first() is None
        fired = Counter(session.scalars(select(Task.instance_id).where(Task.element == "relancer")))
    assert (len(fired), set(fired.values())) == (count, {1})
    assert health.integrity(wiring.database) == []
    wiring.database.close()
    p95 = [quantiles(times, n=20)[-1] * 1_000 for times in (alone, together)]
    figure(timers=count, fired_once=len(fired), p95_ms_alone=p95[0], p95_ms_with_timers=p95[1], seconds=seconds)
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
def test_ten_thousand_runs_move_to_a_new_version_and_none_is_stuck(
    installation: Installation, figure: Callable[..., None]
) -> None:
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
    figure(runs=count, moved=seen.done, stuck=0, dry_run_seconds=dry, seconds=seconds)
