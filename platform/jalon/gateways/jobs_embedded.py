"""Jobs on one machine: the ledger itself is the queue; no broker, no other process needed."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.clock import Clock
from jalon.gateways.job_runs import LEASE, Bench, GivenUp, Handlers, TakenJob, work_on
from jalon.store import jobs as store
from jalon.store.database import Database

POLL_SECONDS = 0.5


class EmbeddedJobs:
    """Records jobs in the caller's transaction and runs them, any number of workers at a time."""

    def __init__(
        self, database: Database, clock: Clock, *, given_up: GivenUp | None = None, lease: timedelta = LEASE
    ) -> None:
        self._bench = Bench(database, clock, given_up, lease)

    def prepare(self) -> None:
        """Nothing to prepare: the ledger is one of our own tables."""

    def defer(
        self, session: Session, name: str, arguments: Mapping[str, Any], *, at: datetime | None = None, lock: str = ""
    ) -> None:
        """Record the job in the transaction of this session; rolled back with it."""
        store.defer(session, name, arguments, at=at, lock=lock)

    def run_due(self, handlers: Handlers, stop: threading.Event | None = None) -> int:
        """Run the jobs whose hour has come, until none is left, and return how many were tried."""
        tried = 0
        while not (stop and stop.is_set()) and (job := self._take()) is not None:
            work_on(self._bench, job, handlers)
            tried += 1
        return tried

    def work(self, handlers: Handlers, stop: threading.Event) -> None:
        """Run jobs as their hour comes, until told to stop; the job at hand is finished first."""
        while not stop.is_set():
            if not self.run_due(handlers, stop):
                stop.wait(POLL_SECONDS)

    def recover(self) -> int:
        """Nothing to mend: a job whose worker died is taken again when its lease ends."""
        return 0

    def _take(self) -> TakenJob | None:
        bench = self._bench
        with bench.database.transaction() as session:
            job = store.take_next(session, bench.clock.now(), bench.lease)
            return None if job is None else TakenJob.of(job)
