"""Jobs on many machines: Procrastinate wakes the workers up, the ledger says what was done.

Each job of the ledger gets a Procrastinate job that carries its id, in the same transaction. Being
woken twice, or late, is harmless: whoever takes the row first does the work, the row counts the
tries and its fence says who may commit.
"""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from jalon.base.clock import Clock
from jalon.gateways.job_runs import LEASE, Bench, GivenUp, Handlers, TakenJob, work_on
from jalon.store import jobs as store
from jalon.store.database import Database
from jalon.store.jobs import Job, JobState

TASK, QUEUE = "jalon.job", "jalon"
STALLED_SECONDS = 30
POLL_SECONDS = 1.0
LOCK_POLL = timedelta(seconds=1)
LOST_AFTER = timedelta(minutes=2)


def prepare(database: Database) -> None:
    """Create Procrastinate's tables in an empty database, or bring them up to its installed version.

    The files applied are noted in `procrastinate_applied`, each with its own transaction.
    """
    with database.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('jalon.procrastinate'))"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS procrastinate_applied (name text PRIMARY KEY)"))
        fresh = not inspect(connection).has_table("procrastinate_jobs")
        files = _migrations()
        if fresh:
            _run_script(connection, SchemaManager.get_schema())
            _note(connection, [file.name for file in files])
    with database.engine.connect() as connection:
        applied = set(connection.scalars(text("SELECT name FROM procrastinate_applied")))
    for file in files:
        if file.name not in applied:
            with database.engine.begin() as connection:
                _run_script(connection, file.read_text(encoding="utf-8"))
                _note(connection, [file.name])


class ProcrastinateJobs:
    """Records jobs in the caller's transaction and runs them wherever a worker listens.

    `wake` goes into the database's `info` under `wake_job` (this constructor does it), so that
    every job recorded in a session of that database wakes a worker up.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        given_up: GivenUp | None = None,
        lease: timedelta = LEASE,
        concurrency: int = 2,
    ) -> None:
        self._bench = Bench(database, clock, given_up, lease)
        self._concurrency = concurrency
        self._handlers: Handlers = {}
        self._app = _app(database, concurrency + 3)
        self._app.task(name=TASK, queue=QUEUE)(self._run)
        self._recorder = App(connector=SyncPsycopgConnector())  # never opened: it borrows our connections
        database.info["wake_job"] = self.wake

    def prepare(self) -> None:
        """Create Procrastinate's tables, or bring them up to its installed version."""
        prepare(self._bench.database)

    def defer(
        self, session: Session, name: str, arguments: Mapping[str, Any], *, at: datetime | None = None, lock: str = ""
    ) -> None:
        """Record the job in the transaction of this session; rolled back with it."""
        store.defer(session, name, arguments, at=at, lock=lock)

    def wake(self, session: Session, job: Job, at: datetime) -> None:
        """Have a worker look at a job at an instant, if this session's transaction commits."""
        connection = session.connection().connection.driver_connection
        # What is due now says so without an hour: the database's clock may be a little behind ours.
        # No lock of Procrastinate's: one waiting for next month would hold up all those behind it.
        hour = at if at > self._bench.clock.now() else None
        options = self._recorder.configure_task(TASK, queue=QUEUE, connection=connection, schedule_at=hour)
        options.defer(job_id=str(job.id))

    def run_due(self, handlers: Handlers, stop: threading.Event | None = None) -> int:
        """Run the jobs whose hour has come, until none is left, and return how many were woken."""
        return _run(self._work(handlers, stop or threading.Event(), wait=False))

    def work(self, handlers: Handlers, stop: threading.Event) -> None:
        """Run jobs as they come, until told to stop; the jobs at hand are finished first."""
        _run(self._work(handlers, stop, wait=True))

    def recover(self) -> int:
        """Wake up again the jobs whose worker died or whose wake-up was lost; return how many."""
        stalled = _run(self._retry_stalled())
        before = self._bench.clock.now() - LOST_AFTER
        with self._bench.database.transaction() as session:
            lost = store.overdue_jobs(session, before)
            awaited = self._awaited(session)
            again = [job for job in lost if str(job.id) not in awaited]
            for job in again:
                self.wake(session, job, self._bench.clock.now())
        return stalled + len(again)

    async def _work(self, handlers: Handlers, stop: threading.Event, *, wait: bool) -> int:
        self._handlers, self._woken = handlers, 0
        async with self._app.open_async():
            working = asyncio.create_task(
                self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._concurrency,
                    wait=wait,
                    listen_notify=wait,
                    fetch_job_polling_interval=POLL_SECONDS,
                    install_signal_handlers=False,
                )
            )
            while not working.done() and not stop.is_set():
                await asyncio.wait({working}, timeout=0.1)
            if not working.done():
                working.cancel()  # Procrastinate then waits for the jobs at hand
            await asyncio.gather(working, return_exceptions=stop.is_set())
        return self._woken

    def _run(self, job_id: str) -> None:
        """Do the job of that id: what Procrastinate calls, in a thread of its own."""
        self._woken += 1
        bench = self._bench
        with bench.database.transaction() as session:
            row = store.take(session, UUID(job_id), bench.clock.now(), bench.lease)
            taken = None if row is None else TakenJob.of(row)
            if taken is None:
                self._look_again(session, UUID(job_id))
        if taken is not None:
            work_on(bench, taken, self._handlers)

    def _look_again(self, session: Session, job_id: UUID) -> None:
        """Come back at the job's hour, when its lock may be free, or when a worker that may be dead loses it."""
        soon = self._bench.clock.now() + LOCK_POLL
        job = session.get(Job, job_id)
        if job is not None and job.state is JobState.RUNNING and job.leased_until is not None:
            self.wake(session, job, job.leased_until)
        elif job is not None and job.state is JobState.QUEUED:
            self.wake(session, job, max(job.run_at, soon))

    async def _retry_stalled(self) -> int:
        # Connections of its own: those of `work` belong to the loop of another thread, and closing them stops it.
        async with _app(self._bench.database, 1).open_async() as app:
            manager = app.job_manager
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
            for job in stalled:
                await manager.retry_job(job)
        return len(stalled)

    def _awaited(self, session: Session) -> set[str]:
        query = text("SELECT args->>'job_id' FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return set(session.scalars(query))


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _run_script(connection: Any, script: str) -> None:
    # straight to the driver: the script has percent signs and many statements
    connection.connection.driver_connection.execute(script)


def _note(connection: Any, names: list[str]) -> None:
    if names:
        connection.execute(
            text("INSERT INTO procrastinate_applied (name) VALUES (:name)"), [{"name": name} for name in names]
        )


def _app(database: Database, connections: int) -> App:
    return App(connector=PsycopgConnector(conninfo=_conninfo(database), min_size=1, max_size=connections))


def _conninfo(database: Database) -> str:
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Do asynchronous work to its end, from a thread that already has a loop too."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(asyncio.run, work).result()
