"""The worker of an installation with one job of our own, whose leases are short: a drill cannot wait ten minutes."""

import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from jalon.app import build
from jalon.base.settings import read_settings
from jalon.doors.jobs import JOBS, PERIODIC, Periodic, run_worker
from jalon.gateways import jobs_embedded, jobs_postgres
from jalon.store.audit import AccessLog

LEASE = timedelta(seconds=3)


def write_line(session, arguments, now):
    session.add(
        AccessLog(
            at=now,
            actor_id=None,
            actor_kind="system",
            unit_id=None,
            action="essai",
            target_id=UUID(arguments["target"]),
        )
    )
    session.flush()
    time.sleep(0.002)


def think_then_write(session, arguments, now):
    time.sleep(0.1)  # long enough to be frozen in the middle, with nothing locked yet
    write_line(session, arguments, now)


def main() -> None:
    """Work until killed."""
    JOBS["essai.penser"] = think_then_write
    JOBS["essai.ecrire"] = write_line
    jobs_postgres.STALLED_SECONDS = 3
    jobs_postgres.LOST_AFTER = timedelta(seconds=3)
    PERIODIC["jobs.recover"] = Periodic(timedelta(seconds=2), PERIODIC["jobs.recover"].do)
    wiring = build(read_settings())
    adapter = jobs_postgres.ProcrastinateJobs if wiring.database.is_postgres else jobs_embedded.EmbeddedJobs
    run_worker(replace(wiring, jobs=adapter(wiring.database, wiring.clock, lease=LEASE)))
