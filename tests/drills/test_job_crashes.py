"""Job workers killed and restarted while jobs wait: each job is done once."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from drills.rig import Installation, Process
from jalon.base.ids import new_id
from jalon.services import audit
from jalon.store import health, jobs, schema
from jalon.store.audit import AccessLog
from jalon.store.wiring import Wiring

WORKER = Path(__file__).parent / "job_worker.py"


def drill(installation: Installation, kills: int, count: int, seed: int = 4) -> dict[str, float]:
    """Kill workers at random instants while `count` jobs are done; return figures."""
    chance = random.Random(seed)
    wiring = installation.wiring()
    schema.upgrade(wiring.database)
    wiring.jobs.prepare()
    for start in range(0, count, 200):
        with wiring.database.transaction() as session:
            for _ in range(min(200, count - start)):
                wiring.jobs.defer(session, "essai.ecrire", {"target": str(new_id())})
    program = WORKER.read_text(encoding="utf-8")
    workers = [Process(installation, program=program, name=f"worker-{number}") for number in range(2)]
    begun, killed = time.monotonic(), 0
    try:
        while (done := _done(wiring)) < count and time.monotonic() - begun < 570:
            if killed < kills and done >= killed * count / kills:
                time.sleep(chance.uniform(0, 0.1))
                victim = chance.choice(workers)
                victim.kill()
                victim.start()
                killed += 1
            time.sleep(0.1)
        for one in workers:
            assert one.stop() in {0, -signal.SIGTERM}  # the latter if it was still starting
    finally:
        for one in workers:
            one.kill()
    with wiring.database.transaction() as session:
        effects = Counter(session.scalars(select(AccessLog.target_id)))
        assert jobs.count_jobs(session) == {"done": count}
        assert audit.verify(session).ok
    assert (len(effects), set(effects.values())) == (count, {1})
    assert health.integrity(wiring.database) == []
    assert "database is locked" not in "".join(one.log.read_text() for one in workers)
    assert killed == kills
    wiring.database.close()
    return {"kills": killed, "jobs": count, "seconds": time.monotonic() - begun}


def _done(wiring: Wiring) -> int:
    with wiring.database.transaction() as session:
        return jobs.count_jobs(session).get("done", 0)


@pytest.mark.drill
@pytest.mark.req("R4", "R12")
def test_a_few_kills_of_workers_lose_and_double_nothing(installation: Installation) -> None:
    print(drill(installation, kills=4, count=400))


@pytest.mark.drill
@pytest.mark.req("R4", "R12")
def test_three_hundred_kills_of_workers_lose_and_double_nothing(installation: Installation) -> None:
    print(drill(installation, kills=300, count=10_000))
