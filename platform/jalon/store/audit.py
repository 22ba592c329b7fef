"""What was done and by whom: one chain of events per unit, its heads and seals; what was read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class AuditEvent(Identified, Table):
    """One thing done: ids, field paths and keyed hashes, never values.

    `chain` is the unit, or the nil UUID for what concerns the whole product. `seq` and the two
    hashes are given when the transaction commits; a committed row without them was put there by hand.
    """

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("chain", "seq"), Index("ix_audit_event_target_id", "target_id"))

    chain: Mapped[UUID]
    seq: Mapped[int | None] = mapped_column(default=None)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(80))
    target_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64), default="")
    own_hash: Mapped[str] = mapped_column(String(64), default="")


class AuditHead(Table):
    """The last link of a chain; locked by whoever adds the next one."""

    __tablename__ = "audit_head"

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    own_hash: Mapped[str] = mapped_column(String(64), default="")


class AuditSeal(Table):
    """The heads that moved since the previous seal, signed; seals make a chain too."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    heads: Mapped[dict[str, Any]]
    previous_mac: Mapped[str] = mapped_column(String(64), default="")
    mac: Mapped[str] = mapped_column(String(64))


class AccessLog(Identified, Table):
    """One reading of something personal; a journal, kept 6 to 12 months."""

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_unit_id_at", "unit_id", "at"),
        Index("ix_access_log_actor_id_at", "actor_id", "at"),
        Index("ix_access_log_target_id_at", "target_id", "at"),
    )

    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(80))
    target_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(500), default="")


def lock_head(session: Session, chain: UUID) -> AuditHead:
    """Return the head of a chain, created if need be, locked until the end of the transaction."""
    query = select(AuditHead).where(AuditHead.chain == chain).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is not None:
        return found
    insert = insert_postgres if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(AuditHead).values(chain=chain, seq=0, own_hash="").on_conflict_do_nothing())
    return session.scalars(query).one()


def events_of(session: Session, chain: UUID) -> Iterator[AuditEvent]:
    """Walk a whole chain, oldest first, a thousand rows at a time."""
    query = select(AuditEvent).where(AuditEvent.chain == chain, AuditEvent.seq.is_not(None))
    yield from session.scalars(query.order_by(AuditEvent.seq).execution_options(yield_per=1000))


def chains(session: Session) -> Sequence[UUID]:
    """Return every chain that has a head or an event."""
    heads = select(AuditHead.chain)
    return sorted({*session.scalars(heads), *session.scalars(select(AuditEvent.chain).distinct())})


def heads(session: Session) -> dict[UUID, tuple[int, str]]:
    """Return the last number and hash of each chain that has begun."""
    rows = session.execute(select(AuditHead.chain, AuditHead.seq, AuditHead.own_hash).where(AuditHead.seq > 0))
    return {chain: (seq, own_hash) for chain, seq, own_hash in rows}


def strays(session: Session) -> Sequence[AuditEvent]:
    """Return the committed events without a place in a chain: nobody writes these but by hand."""
    return session.scalars(select(AuditEvent).where(AuditEvent.seq.is_(None)).order_by(AuditEvent.id)).all()


def seals(session: Session) -> Sequence[AuditSeal]:
    """Return every seal, oldest first."""
    return session.scalars(select(AuditSeal).order_by(AuditSeal.number)).all()


def last_seal(session: Session) -> AuditSeal | None:
    """Return the newest seal."""
    return session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one_or_none()


def events_about(session: Session, target_id: UUID, limit: int = 200) -> Sequence[AuditEvent]:
    """Return what was done to one thing, newest first."""
    query = select(AuditEvent).where(AuditEvent.target_id == target_id)
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all()


def events_in(
    session: Session, chain_ids: Sequence[UUID], *, action: str = "", limit: int = 200
) -> Sequence[AuditEvent]:
    """Return what was done in these units, newest first; `action` keeps the codes that start so."""
    query = select(AuditEvent).where(AuditEvent.chain.in_(chain_ids))
    if action:
        query = query.where(AuditEvent.action.startswith(action, autoescape=True))
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all()


def reads_since(session: Session, actor_id: UUID, since: datetime, action: str = "") -> int:
    """Count the different things an account has read since an instant, in one way if given."""
    query = select(func.count(AccessLog.target_id.distinct()))
    query = query.where(AccessLog.actor_id == actor_id, AccessLog.at > since)
    return session.scalar(query.where(AccessLog.action == action) if action else query) or 0


def readings_since(session: Session, actor_id: UUID, since: datetime, action: str) -> int:
    """Count the lines an account left in the journal since an instant, in one way."""
    query = select(func.count()).select_from(AccessLog)
    return (
        session.scalar(query.where(AccessLog.actor_id == actor_id, AccessLog.at > since, AccessLog.action == action))
        or 0
    )
