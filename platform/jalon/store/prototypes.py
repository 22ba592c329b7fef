"""Plays of the workshop: what somebody tries, kept apart from all live data and forgotten after a day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class Prototype(Identified, Table):
    """One play of one person: the files it runs, and what was done since, both as bytes.

    Nothing refers to this table and it refers to no run, task or case file. `version` counts the changes.
    """

    __tablename__ = "prototype"
    __table_args__ = (Index("ix_prototype_expires_at", "expires_at"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), default=None)
    process_key: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    files: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def prototype(session: Session, prototype_id: UUID, person_id: UUID, now: datetime) -> Prototype | None:
    """Return a play of that person, None when it is somebody else's or has expired."""
    query = select(Prototype).where(
        Prototype.id == prototype_id, Prototype.person_id == person_id, Prototype.expires_at > now
    )
    return session.scalars(query).one_or_none()


def prototypes_of(session: Session, person_id: UUID, now: datetime) -> Sequence[Prototype]:
    """Return the plays of a person that have not expired, the latest first."""
    query = select(Prototype).where(Prototype.person_id == person_id, Prototype.expires_at > now)
    return session.scalars(query.order_by(Prototype.updated_at.desc(), Prototype.id.desc())).all()


def forget_expired(session: Session, now: datetime) -> None:
    """Erase the plays whose day is over."""
    session.execute(delete(Prototype).where(Prototype.expires_at <= now))
