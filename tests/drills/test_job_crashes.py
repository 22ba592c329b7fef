"""Job workers killed and restarted while jobs wait: each job is done once."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from drills.job_worker import LEASE
from drills.rig import Installation, Process, size
from jalon.base.ids import new_id
from jalon.services import audit
from jalon.store import health, jobs, schema
from jalon.store.audit import AccessLog
from jalon.store.jobs import Job
from jalon.store.wiring import Wiring

WORKER = "drills.job_worker:main"
PATIENCE = 3_600
"""Seconds without which a drill that stands still would never end."""


def drill(installation: Installation, kills: int, count: int, seed: int = 4) -> dict[str, float]:
    """Kill workers at random instants while `count` jobs are done; return figures."""
    chance = random.Random(seed)
    wiring = queued(installation, "essai.ecrire", count)
    workers = [Process(installation, place=WORKER, name=f"worker-{number}") for number in range(2)]
    begun, killed = time.monotonic(), 0
    try:
        while (done := _done(wiring)) < count and time.monotonic() - begun < PATIENCE:
            if killed < kills and done >= killed * count / kills:
                time.sleep(chance.uniform(0, 0.1))
                victim = chance.choice(workers)
                victim.kill()
                victim.start()
                killed += 1
            time.sleep(0.1)
        for one in workers:
            code = one.stop()
            assert code in {0, -signal.SIGTERM}, one.log.read_text()[-3000:]  # the latter if it was still starting
    finally:
        for one in workers:
            one.kill()
    seconds = time.monotonic() - begun
    each_done_once(wiring, count, workers)
    assert killed == kills
    wiring.database.close()
    return {"kills": killed, "jobs": count, "lost": 0, "doubled": 0, "seconds": seconds}


def queued(installation: Installation, name: str, count: int) -> Wiring:
    """Prepare the database and leave it as many jobs to do."""
    wiring = installation.wiring()
    schema.upgrade(wiring.database)
    wiring.jobs.prepare()
    for start in range(0, count, 200):
        with wiring.database.transaction() as session:
            for _ in range(min(200, count - start)):
                wiring.jobs.defer(session, name, {"target": str(new_id())})
    return wiring


def each_done_once(wiring: Wiring, count: int, workers: list[Process]) -> None:
    """Check that each job wrote its line once, and that the database is sound."""
    with wiring.database.transaction() as session:
        effects = Counter(session.scalars(select(AccessLog.target_id)))
        assert jobs.count_jobs(session) == {"done": count}
        assert audit.verify(session).ok
    assert (len(effects), set(effects.values())) == (count, {1})
    assert health.integrity(wiring.database) == []
    assert "database is locked" not in "".join(one.log.read_text() for one in workers)


def _done(wiring: Wiring) -> int:
    with wiring.database.transaction() as session:
        return jobs.count_jobs(session).get("done", 0)


@pytest.mark.drill
@pytest.mark.req("R4", "R12")
def test_a_few_kills_of_workers_lose_and_double_nothing(
    installation: Installation, figure: Callable[..., None]
) -> None:
    figure(**drill(installation, kills=4, count=400))


@pytest.mark.drill
@pytest.mark.req("R4", "R12")
def test_three_hundred_kills_of_workers_lose_and_double_nothing(
    installation: Installation, figure: Callable[..., None]
) -> None:
    figure(**drill(installation, kills=size(300), count=size(10_000)))


@pytest.mark.drill
@pytest.mark.req("R10", "R12")
def test_workers_frozen_past_their_lease_commit_nothing(
    installation: Installation, figure: Callable[..., None]
) -> None:
    """One worker or the other is frozen for longer than its lease, then wakes up in the middle of its job."""
    chance, count, freezes = random.Random(10), max(200, size(1_000)), 0
    wiring = queued(installation, "essai.penser", count)
    workers = [Process(installation, place=WORKER, name=f"worker-{number}") for number in range(2)]
    try:
        while not _done(wiring):
            time.sleep(0.1)
        while _done(wiring) < count:
            victim = chance.choice(workers)
            os.kill(victim.pid, signal.SIGSTOP)
            time.sleep(LEASE.total_seconds() + chance.uniform(1, 2))
            os.kill(victim.pid, signal.SIGCONT)
            freezes += 1
            time.sleep(chance.uniform(0, 1))
        for one in workers:
            one.stop()
    finally:
        for one in workers:
            one.kill()
    each_done_once(wiring, count, workers)
    with wiring.database.transaction() as session:
        again = session.scalar(select(func.count()).select_from(Job).where(Job.fence > 1)) or 0
    wiring.database.close()
    lost = sum(one.log.read_text().count("travail.bail_perdu") for one in workers)
    assert again >= lost > 0
    figure(freezes=freezes, jobs=count, taken_by_another=again, late_commits_refused=lost, doubled=0)
