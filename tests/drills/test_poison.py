"""Jobs that always fail among jobs that are good: three tries, given up, the others done, tried again from the page."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from drills.rig import AheadClock, Installation, size
from jalon.base.actor import SYSTEM
from jalon.base.errors import Refused
from jalon.base.ids import new_id
from jalon.gateways.jobs_embedded import EmbeddedJobs
from jalon.gateways.jobs_postgres import ProcrastinateJobs
from jalon.services import processes
from jalon.store import jobs, schema
from jalon.store.jobs import Job
from jalon.store.wiring import Wiring


@pytest.mark.drill
@pytest.mark.req("R9")
def test_a_thousand_poison_jobs_among_ten_thousand_hold_nothing_back(
    installation: Installation, figure: Callable[..., None]
) -> None:
    good, poison = size(9_000), size(1_000)
    wiring = installation.wiring()
    schema.upgrade(wiring.database)
    wiring.jobs.prepare()
    clock = AheadClock()
    adapter = (ProcrastinateJobs if wiring.database.is_postgres else EmbeddedJobs)(wiring.database, clock)
    done: Counter[str] = Counter()
    mended: set[bool] = set()

    def work(_session, arguments, _now):
        if arguments["bad"] and not mended:
            raise Refused(reason="toujours")
        done[arguments["key"]] += 1

    for start in range(0, good + poison, 200):
        with wiring.database.transaction() as session:
            for rank in range(start, min(start + 200, good + poison)):
                bad = rank % 10 == 0 and rank // 10 < poison
                adapter.defer(session, "essai", {"key": str(new_id()), "bad": bad})
    for _ in range(3):
        adapter.run_due({"essai": work})
        clock.by += timedelta(minutes=5)
        _wake(wiring)
    with wiring.database.transaction() as session:
        assert jobs.count_jobs(session) == {"done": good, "failed": poison}
        tries = select(Job.attempts, func.count()).where(Job.error_code != "").group_by(Job.attempts)
        assert [tuple(row) for row in session.execute(tries)] == [(3, poison)]
    assert (len(done), set(done.values())) == (good, {1})
    mended.add(True)
    with wiring.database.transaction() as session:
        assert processes.retry_jobs(session, SYSTEM) == poison
    adapter.run_due({"essai": work})
    assert (len(done), set(done.values())) == (good + poison, {1})
    wiring.database.close()
    figure(good=good, poison=poison, tries=3, done_after_retry=len(done))


def _wake(wiring: Wiring) -> None:
    """Let the wake-ups Procrastinate keeps be due: it reads the database's own clock."""
    if wiring.database.is_postgres:
        with wiring.database.transaction() as session:
            session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
