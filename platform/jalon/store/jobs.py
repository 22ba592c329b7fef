"""Work to be done after a transaction: the ledger both job adapters keep."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Index, String, and_, exists, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.database import now_of


class JobState(enum.StrEnum):
    """The life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Identified, Table):
    """One job: what to do, when, how many times it was tried, who holds it until when.

    `fence` grows each time a worker takes the job; only the worker that holds the last number may
    commit what it did. `lock` is empty, or shared by jobs that must not run at the same time.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_run_at", "state", "run_at"), Index("ix_job_lock_state", "lock", "state"))

    name: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]]
    lock: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    error_code: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class Handler(Protocol):
    """What does the work of a job, in the transaction that also closes it."""

    def __call__(self, session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
        """Do the work, or raise: everything is undone and the job tried again later."""
        ...


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A job that calls the outside, which must not happen inside a transaction.

    `prepare` reads what to send (None: nothing to do), `call` sends it with the job's key, which
    stays the same when it is tried again, `keep` writes the answer in the transaction that closes
    the job.
    """

    prepare: Callable[[Session, Mapping[str, Any], datetime], Any]
    call: Callable[[Any, str], Any]
    keep: Callable[[Session, Mapping[str, Any], Any, datetime], None]


JobHandler = Handler | OutsideCall
Wake = Callable[[Session, Job, datetime], None]
"""Tells the workers to look at a job at an instant; the `wake_job` of a database's `info`, if any."""


def defer(
    session: Session, name: str, arguments: Mapping[str, Any], *, at: datetime | None = None, lock: str = ""
) -> Job:
    """Record a job in the caller's transaction: it runs at least once after the commit, never before `at`.

    Arguments are ids and codes, no personal data; jobs of one `lock` never run at the same time.
    """
    now = now_of(session)
    job = Job(name=name, arguments=dict(arguments), lock=lock, run_at=at or now, created_at=now)
    session.add(job)
    session.flush()
    wake(session, job, job.run_at)
    return job


def wake(session: Session, job: Job, at: datetime) -> None:
    """Have a worker look at a job at an instant; workers that poll need no telling."""
    tell: Wake | None = session.info.get("wake_job")
    if tell is not None:
        tell(session, job, at)


def wake_all(session: Session) -> int:
    """Have the workers look at every job not done yet, after a restoration; return how many."""
    waiting = session.scalars(select(Job).where(Job.state.in_([JobState.QUEUED, JobState.RUNNING]))).all()
    for job in waiting:
        wake(session, job, job.leased_until or job.run_at)
    return len(waiting)


def retry_failed(session: Session, job: Job) -> None:
    """Put a job given up back in the queue, with all its tries before it."""
    job.state, job.attempts, job.run_at, job.finished_at = JobState.QUEUED, 0, now_of(session), None
    session.flush()
    wake(session, job, job.run_at)


def take_next(session: Session, now: datetime, lease: timedelta) -> Job | None:
    """Take the job that waits since longest and whose lock is free."""
    query = select(Job).where(_ready(now), ~_lock_held(now)).order_by(Job.run_at, Job.id).limit(1)
    _one_at_a_time(session)
    return _take(session, session.scalars(query.with_for_update(skip_locked=True)).one_or_none(), now, lease)


def take(session: Session, job_id: UUID, now: datetime, lease: timedelta) -> Job | None:
    """Take this job if it is ready: None when it is done, failed, held by another, locked out or not due."""
    query = select(Job).where(Job.id == job_id, _ready(now), ~_lock_held(now))
    _one_at_a_time(session)
    return _take(session, session.scalars(query.with_for_update()).one_or_none(), now, lease)


def _one_at_a_time(session: Session) -> None:
    """Keep two workers from taking two jobs of one lock at the same instant (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('jalon.job'))"))


def _take(session: Session, job: Job | None, now: datetime, lease: timedelta) -> Job | None:
    if job is not None:
        job.state, job.leased_until = JobState.RUNNING, now + lease
        job.fence += 1
        job.attempts += 1
        session.flush()
    return job


def _ready(now: datetime) -> ColumnElement[bool]:
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until <= now)
    return or_(and_(Job.state == JobState.QUEUED, Job.run_at <= now), abandoned)


def _lock_held(now: datetime) -> ColumnElement[bool]:
    other = aliased(Job)
    return exists().where(
        Job.lock != "",
        other.lock == Job.lock,
        other.id != Job.id,
        other.state == JobState.RUNNING,
        other.leased_until > now,
    )


def finish(session: Session, job_id: UUID, fence: int, now: datetime) -> bool:
    """Close a job in the transaction of its work; false past the lease, or if another worker took it since."""
    values = {"state": JobState.DONE, "finished_at": now, "error_code": ""}
    return _report(session, job_id, fence, values, Job.leased_until > now)


def report_failure(
    session: Session, job_id: UUID, fence: int, error_code: str, retry_at: datetime | None, now: datetime
) -> bool:
    """Note a failure: tried again at `retry_at`, given up when that is None; false if taken since."""
    values: dict[str, Any] = {"error_code": error_code[:120]}
    if retry_at is None:
        values |= {"state": JobState.FAILED, "finished_at": now}
    else:
        values |= {"state": JobState.QUEUED, "run_at": retry_at}
    return _report(session, job_id, fence, values)


def _report(session: Session, job_id: UUID, fence: int, values: dict[str, Any], *more: ColumnElement[bool]) -> bool:
    held = (Job.id == job_id, Job.fence == fence, Job.state == JobState.RUNNING, *more)
    # the comparison is the database's own: what this session remembers of the row may be old
    statement = update(Job).where(*held).values(leased_until=None, **values)
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def overdue_jobs(session: Session, before: datetime, limit: int = 500) -> Sequence[Job]:
    """Return the jobs nobody holds that should have begun before an instant: their wake-up was lost."""
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until <= before)
    waiting = and_(Job.state == JobState.QUEUED, Job.run_at <= before)
    return session.scalars(select(Job).where(or_(abandoned, waiting)).order_by(Job.run_at).limit(limit)).all()


def failed_jobs(session: Session, limit: int = 200) -> Sequence[Job]:
    """Return the jobs given up, newest first."""
    return session.scalars(select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc()).limit(limit)).all()


def count_jobs(session: Session) -> dict[str, int]:
    """Count the jobs by state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {state.value: count for state, count in rows}
