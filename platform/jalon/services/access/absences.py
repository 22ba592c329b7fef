"""Absences: told beforehand, traced, ended by their last day or by whoever comes back early.

Nothing is handed over: while somebody is away, their tasks are shown to their replacement, or count as the team's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import Forbidden, NotFound
from jalon.base.i18n import fr
from jalon.services import audit
from jalon.services.access.errors import AbsenceRefused
from jalon.services.access.permissions import PERMISSIONS
from jalon.store import absences as store
from jalon.store import people
from jalon.store.absences import Absence
from jalon.store.people import Person, PersonState

DO, ASSIGN = "tache.terminer", "tache.attribuer"
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One absence as people read it; `replacement` is empty when the team takes over."""

    id: UUID
    person_id: UUID
    who: str
    replacement: str
    starts_on: date
    ends_on: date
    now: bool


def declare_absence(
    session: Session,
    actor: Actor,
    person_id: UUID,
    starts_on: date,
    ends_on: date,
    *,
    replacement_id: UUID | None = None,
    now: datetime,
) -> Absence:
    """Note that somebody, oneself or a colleague whose tasks one assigns, is away from a day to another."""
    person = _person(session, actor, person_id, now.date())
    if ends_on < starts_on:
        raise AbsenceRefused(reason=fr("le dernier jour vient avant le premier"))
    if ends_on < now.date():
        raise AbsenceRefused(reason=fr("ces jours sont passés"))
    if ends_on - starts_on > LONGEST:
        raise AbsenceRefused(reason=fr("elle dure plus d’un an"))
    if replacement_id is not None and replacement_id not in {
        one.id for one in colleagues(session, person_id, starts_on)
    }:
        raise AbsenceRefused(reason=fr("la personne qui remplace doit travailler dans la même structure"))
    known = store.coming(session, [person_id], starts_on)
    if any(one.starts_on <= ends_on for one, _ in known):
        raise AbsenceRefused(reason=fr("une autre absence couvre déjà une partie de ces jours"))
    absence = Absence(
        unit_id=person.unit_id,
        person_id=person_id,
        replacement_id=replacement_id,
        starts_on=starts_on,
        ends_on=ends_on,
        declared_by=actor.id,
        created_at=now,
    )
    session.add(absence)
    session.flush()
    audit.record(
        session,
        actor,
        "absence.declaree",
        unit_id=person.unit_id,
        target=person_id,
        starts=starts_on,
        ends=ends_on,
        replacement=replacement_id,
    )
    return absence


def end_absence(session: Session, actor: Actor, absence_id: UUID, *, now: datetime) -> None:
    """Cancel an absence, or come back early: from now on the tasks are shown as before."""
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise NotFound(id=absence_id)
    _person(session, actor, absence.person_id, now.date())
    if absence.cancelled_at is None:
        absence.cancelled_at = now
        session.flush()
        audit.record(session, actor, "absence.terminee", unit_id=absence.unit_id, target=absence.person_id)


def absences(session: Session, actor: Actor, on: date) -> list[AbsenceLine]:
    """Return the absences to come and under way of the people one may declare absent, one's own among them."""
    found = store.coming(session, [one.id for one in absent_candidates(session, actor, on)], on)
    ids = {absence.replacement_id for absence, _ in found if absence.replacement_id}
    names = {one.id: one.name for one in people.people_by_id(session, ids)}
    return [
        AbsenceLine(
            one.id,
            who.id,
            who.name,
            names[one.replacement_id] if one.replacement_id else "",
            one.starts_on,
            one.ends_on,
            one.starts_on <= on,
        )
        for one, who in found
    ]


def absent_candidates(session: Session, actor: Actor, on: date) -> list[Person]:
    """Return the people whose absence one may declare: oneself, and those who work where one assigns tasks."""
    own = session.get(Person, actor.id) if actor.id else None
    team = people.working_at(session, actor.units_for(ASSIGN), on)
    return [*([own] if own else []), *(one for one in team if one.id != actor.id)]


def colleagues(session: Session, person_id: UUID, on: date) -> Sequence[Person]:
    """Return who may stand in for somebody: the people who work at the same units that day."""
    units = {held.unit_id for held in people.active_memberships(session, person_id, on)}
    return [one for one in people.working_at(session, units, on) if one.id != person_id]


def replaced(session: Session, actor: Actor, on: date) -> list[tuple[str, date]]:
    """Return the colleagues one stands in for, with the last day of their absence."""
    found = store.replaced_by(session, actor.id, on) if actor.id else []
    names = {one.id: one.name for one in people.people_by_id(session, {one.person_id for one in found})}
    return [(names[one.person_id], one.ends_on) for one in found]


def _person(session: Session, actor: Actor, person_id: UUID, on: date) -> Person:
    """Return somebody whose absence the actor may declare; NotFound for whoever is not theirs to know."""
    person = session.get(Person, person_id)
    if person is None or person.state is PersonState.DISABLED:
        raise NotFound(id=person_id)
    if actor.kind == "system" or actor.id == person_id:
        return person
    units = {held.unit_id for held in people.active_memberships(session, person_id, on)}
    if not units & actor.units_for(ASSIGN):
        if units & actor.units_for(DO):
            raise Forbidden(permission=PERMISSIONS[ASSIGN])
        raise NotFound(id=person_id)
    return person
