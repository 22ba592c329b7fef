"""Absences: who is away from one day to another, and who does their tasks meanwhile."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.people import Person


class Absence(Identified, Table):
    """Somebody away from a day to another, both included; without a replacement, the team takes over.

    The tasks stay theirs: they are only shown to others meanwhile, and come back by themselves.
    """

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_person", "person_id", "ends_on"),)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    replacement_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    declared_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)


def replaced_by(session: Session, person_id: UUID, on: date) -> Sequence[Absence]:
    """Return the absences of that day in which a person stands in for a colleague."""
    query = select(Absence).where(Absence.replacement_id == person_id, *_in_force(on))
    return session.scalars(query.order_by(Absence.ends_on, Absence.id)).all()


def away(session: Session, people: Collection[UUID], on: date) -> dict[UUID, Absence]:
    """Return the absence of that day of each of these people who is away."""
    if not people:
        return {}
    query = select(Absence).where(Absence.person_id.in_(people), *_in_force(on)).order_by(Absence.ends_on)
    return {absence.person_id: absence for absence in session.scalars(query)}


def left_to_the_team(session: Session, units: Collection[UUID], on: date) -> Sequence[UUID]:
    """Return the accounts of these units away that day whom nobody replaces by name."""
    query = select(Absence.person_id).where(Absence.unit_id.in_(units), Absence.replacement_id.is_(None))
    return session.scalars(query.where(*_in_force(on))).all()


def coming(session: Session, people: Collection[UUID], since: date) -> Sequence[tuple[Absence, Person]]:
    """Return the absences of these people that are not over, the nearest first."""
    query = select(Absence, Person).join(Person, Person.id == Absence.person_id)
    query = query.where(Absence.person_id.in_(people), Absence.cancelled_at.is_(None), Absence.ends_on >= since)
    return [(found, who) for found, who in session.execute(query.order_by(Absence.starts_on, Absence.id))]


def _in_force(on: date) -> tuple[object, ...]:
    return (Absence.cancelled_at.is_(None), Absence.starts_on <= on, Absence.ends_on >= on)
