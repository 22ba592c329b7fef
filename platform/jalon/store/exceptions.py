"""Case files opened outside one's units, with a reason and for a time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class ExceptionalAccess(Identified, Table):
    """One case file opened to one person outside its units; `unit_id` is the unit of the case file."""

    __tablename__ = "exceptional_access"
    __table_args__ = (Index("ix_exceptional_access_person", "person_id", "expires_at"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]


def opened_to(session: Session, person_id: UUID, dossier_id: UUID, now: datetime) -> ExceptionalAccess | None:
    """Return the opening by which a person reads a case file for now."""
    query = select(ExceptionalAccess).where(
        ExceptionalAccess.person_id == person_id,
        ExceptionalAccess.dossier_id == dossier_id,
        ExceptionalAccess.expires_at > now,
    )
    return session.scalars(query.order_by(ExceptionalAccess.expires_at.desc()).limit(1)).one_or_none()


def openings_of(session: Session, dossier_id: UUID, limit: int = 20) -> Sequence[ExceptionalAccess]:
    """Return the openings of a case file, the latest first."""
    query = select(ExceptionalAccess).where(ExceptionalAccess.dossier_id == dossier_id)
    return session.scalars(query.order_by(ExceptionalAccess.at.desc()).limit(limit)).all()


def asked_since(session: Session, person_id: UUID, since: datetime) -> int:
    """Count the openings a person asked for since an instant."""
    query = select(func.count()).select_from(ExceptionalAccess)
    return session.scalar(query.where(ExceptionalAccess.person_id == person_id, ExceptionalAccess.at > since)) or 0
