"""Links sent to people outside: each does one task, in sessions of thirty minutes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.processes import Instance
from jalon.store.worklist import Reach, Task


class TaskLink(Identified, Table):
    """The link by which one outside person does one task; only its hash is kept.

    `sender` is whom to call about it. The code is the second factor of a sensitive form, `code_tries` those of the
    last code sent.
    """

    __tablename__ = "task_link"
    __table_args__ = (Index("ix_task_link_unit_waiting", "unit_id", "done_at", "revoked_at", "expires_at"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    forwarded_from: Mapped[UUID | None]
    sender: Mapped[str] = mapped_column(String(200), default="")
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    code_sent_at: Mapped[datetime | None]
    codes_sent: Mapped[int] = mapped_column(default=0)
    code_tries: Mapped[int] = mapped_column(default=0)


class LinkSession(Identified, Table):
    """Thirty minutes of work on one task through one link; only the hash of its token is kept."""

    __tablename__ = "link_session"
    link_id: Mapped[UUID] = mapped_column(ForeignKey("task_link.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def links_to_watch(session: Session, reach: Reach, now: datetime, limit: int) -> Sequence[tuple[Task, Instance]]:
    """Return open tasks of one's units whose link was declined or has expired."""
    lost = or_(TaskLink.declined_at.is_not(None), TaskLink.expires_at <= now)
    waiting = (TaskLink.revoked_at.is_(None), TaskLink.done_at.is_(None), lost)
    current = select(TaskLink.task_id).where(TaskLink.unit_id.in_(reach.units), *waiting)
    query = select(Task, Instance).join(Instance, Instance.id == Task.instance_id)
    query = query.where(Task.id.in_(current), Task.state == "ready").order_by(Task.urgent_at, Task.seq).limit(limit)
    return [(found, run) for found, run in session.execute(query)]


def link_by_hash(session: Session, token_hash: str) -> TaskLink | None:
    """Return the link whose token has this hash."""
    return session.scalar(select(TaskLink).where(TaskLink.token_hash == token_hash))


def link_session_by_hash(session: Session, token_hash: str) -> tuple[LinkSession, TaskLink] | None:
    """Return the session whose token has this hash, with its link."""
    query = select(LinkSession, TaskLink).join(TaskLink, TaskLink.id == LinkSession.link_id)
    found = session.execute(query.where(LinkSession.token_hash == token_hash)).first()
    return (found[0], found[1]) if found else None


def links_of(session: Session, task_ids: Collection[UUID]) -> Sequence[TaskLink]:
    """Return the links sent for these tasks, the latest first."""
    if not task_ids:
        return []
    query = select(TaskLink).where(TaskLink.task_id.in_(task_ids))
    return session.scalars(query.order_by(TaskLink.sent_at.desc(), TaskLink.id.desc())).all()
