"""The outbox: messages written with the work that causes them, sent after it commits."""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, String, Text, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class OutboxState(enum.StrEnum):
    """The life of a message."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Outbox(Identified, Table):
    """One message to one recipient; the text is erased once it is sent.

    `key` names the message for ever: queueing it again does nothing, and the receiver may drop the
    second of two. `fence` grows each time somebody takes it, so that only the last one may report.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_next_at", "state", "next_at"),)

    key: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[str] = mapped_column(String(10))  # mail | sms
    unit_id: Mapped[UUID | None] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(500), default="")
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    error_code: Mapped[str] = mapped_column(String(120), default="")


def outbox_by_key(session: Session, key: str) -> Outbox | None:
    """Return the message of that key."""
    return session.scalars(select(Outbox).where(Outbox.key == key)).one_or_none()


def add_message(session: Session, message: Outbox) -> Outbox:
    """Queue a message, or return the one another transaction queued under its key in the meantime."""
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return session.scalars(select(Outbox).where(Outbox.key == message.key)).one()
    return message


def take_messages(session: Session, now: datetime, lease: timedelta, limit: int) -> Sequence[Outbox]:
    """Lease the messages whose hour has come, oldest first; nobody else gets them until the lease ends."""
    query = (
        select(Outbox)
        .where(
            Outbox.state == OutboxState.QUEUED,
            Outbox.next_at <= now,
            or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now),
        )
        .order_by(Outbox.next_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(query).all()
    for message in taken:
        message.leased_until = now + lease
        message.fence += 1
        message.attempts += 1
    session.flush()
    return taken


def report_sent(session: Session, message_id: UUID, fence: int, now: datetime) -> bool:
    """Note that a message left and erase what it said; false if somebody else took it since."""
    values = {"state": OutboxState.SENT, "sent_at": now, "leased_until": None, "text": "", "error_code": ""}
    return _report(session, message_id, fence, values)


def report_failure(session: Session, message_id: UUID, fence: int, error_code: str, retry_at: datetime | None) -> bool:
    """Note that a message did not leave: tried again at `retry_at`, given up when that is None."""
    values: dict[str, object] = {"leased_until": None, "error_code": error_code[:120]}
    if retry_at is None:
        values["state"] = OutboxState.FAILED
    else:
        values["next_at"] = retry_at
    return _report(session, message_id, fence, values)


def _report(session: Session, message_id: UUID, fence: int, values: dict[str, object]) -> bool:
    statement = update(Outbox).where(Outbox.id == message_id, Outbox.fence == fence, Outbox.state == OutboxState.QUEUED)
    result = session.execute(statement.values(values), execution_options={"synchronize_session": False})
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def failed_messages(session: Session, limit: int = 200) -> Sequence[Outbox]:
    """Return the messages given up, newest first."""
    query = select(Outbox).where(Outbox.state == OutboxState.FAILED)
    return session.scalars(query.order_by(Outbox.id.desc()).limit(limit)).all()
