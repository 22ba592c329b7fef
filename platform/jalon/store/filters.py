"""Filters of the list of tasks that people keep under a name of their own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class SavedFilter(Identified, Table):
    """One filter of one person: its name and the end of the address that asks for it."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("person_id", "name"),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]


def filters_of(session: Session, person_id: UUID) -> Sequence[SavedFilter]:
    """Return the filters a person keeps, by name."""
    return session.scalars(
        select(SavedFilter).where(SavedFilter.person_id == person_id).order_by(SavedFilter.name)
    ).all()


def filter_of(session: Session, person_id: UUID, filter_id: UUID) -> SavedFilter | None:
    """Return one filter of a person."""
    found = session.get(SavedFilter, filter_id)
    return found if found is not None and found.person_id == person_id else None
