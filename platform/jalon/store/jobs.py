"""Work to be done after a transaction: the ledger both job adapters keep."""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, and_, exists, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from jalon.store.base import Identified, Table


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


def take_next(session: Session, now: datetime, lease: timedelta) -> Job | None:
    """Take the job that waits since longest and whose lock is free."""
    if session.get_bind().dialect.name == "postgresql":
        # two workers must not take two jobs of one lock at the same instant
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('jalon.job'))"))
    query = select(Job).where(_ready(now), ~_lock_held(now)).order_by(Job.run_at, Job.id).limit(1)
    return _take(session, session.scalars(query.with_for_update(skip_locked=True)).one_or_none(), now, lease)


def take(session: Session, job_id: UUID, now: datetime, lease: timedelta) -> Job | None:
    """Take this job if it is ready: None when it is done, failed, held by another or not due."""
    query = select(Job).where(Job.id == job_id, _ready(now)).with_for_update()
    return _take(session, session.scalars(query).one_or_none(), now, lease)


def _take(session: Session, job: Job | None, now: datetime, lease: timedelta) -> Job | None:
    if job is not None:
        job.state, job.leased_until = JobState.RUNNING, now + lease
        job.fence += 1
        job.attempts += 1
        session.flush()
    return job


def _ready(now: datetime) -> Any:
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until <= now)
    return or_(and_(Job.state == JobState.QUEUED, Job.run_at <= now), abandoned)


def _lock_held(now: datetime) -> Any:
    other = aliased(Job)
    return exists().where(
        Job.lock != "",
        other.lock == Job.lock,
        other.id != Job.id,
        other.state == JobState.RUNNING,
        other.leased_until > now,
    )


def finish(session: Session, job_id: UUID, fence: int, now: datetime) -> bool:
    """Close a job in the transaction of its work; false if another worker took it since."""
    return _report(session, job_id, fence, {"state": JobState.DONE, "finished_at": now, "error_code": ""})


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


def _report(session: Session, job_id: UUID, fence: int, values: dict[str, Any]) -> bool:
    statement = update(Job).where(Job.id == job_id, Job.fence == fence, Job.state == JobState.RUNNING)
    result = session.execute(statement.values(leased_until=None, **values))
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def failed_jobs(session: Session, limit: int = 200) -> Sequence[Job]:
    """Return the jobs given up, newest first."""
    return session.scalars(select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc()).limit(limit)).all()


def count_jobs(session: Session) -> dict[str, int]:
    """Count the jobs by state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {state.value: count for state, count in rows}
