"""A unit with the civil time and calendar it lives by, and how to reach it, read once until the next publication."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.store.epochs import remembered
from jalon.store.holding import hold
from jalon.store.organisations import Unit, ancestors, unit_by_code

DEFAULT_ZONE, DEFAULT_CALENDAR = "Europe/Paris", "metropole"
_MOVED = "units moved"


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, its time zone, the name of its calendar of working days, its telephone and mailbox.

    They are its own or those of the nearest above; the last two are empty when nobody gave them.
    """

    id: UUID
    code: str
    title: str
    level: str
    zone: str
    calendar: str
    path: str
    telephone: str
    email: str


def place(session: Session, unit_id: UUID) -> Place:
    """Return a unit with its zone and calendar."""
    return place_known(session, unit_id) or _read(session, session.get_one(Unit, unit_id))


def place_known(session: Session, unit_id: UUID) -> Place | None:
    """Return the same, None when there is no such unit."""
    known = _known(session).get(unit_id)
    if known is not None:
        return known
    shared = None if session.info.get(_MOVED) else remembered(session)
    if shared is not None and (Place, unit_id) in shared:
        return _keep(session, shared[Place, unit_id])
    unit = session.get(Unit, unit_id)
    found = _read(session, unit) if unit else None
    if found is not None and shared is not None:
        shared[Place, unit_id] = found
    return found


def units_move(session: Session) -> None:
    """Say that this session changes units, or looks at them elsewhere: what it reads of them is not for others.

    Whoever changes them publishes too: the others then read them again.
    """
    session.info[_MOVED] = True


def place_of_code(session: Session, code: str) -> Place | None:
    """Return the place of a unit's code, None when there is no such unit."""
    for known in _known(session).values():
        if known.code == code:
            return known
    unit = unit_by_code(session, code)
    return _read(session, unit) if unit else None


def zone_of(session: Session, unit_id: UUID) -> str:
    """Return the time zone of a unit."""
    return place(session, unit_id).zone


def _known(session: Session) -> dict[UUID, Place]:
    found: dict[UUID, Place] = session.info.setdefault("places", {})
    return found


def _read(session: Session, unit: Unit) -> Place:
    chain = hold(session, ancestors(session, unit))
    near = list(reversed(chain))
    zone = next((one.zone for one in near if one.zone), DEFAULT_ZONE)
    calendar = next((one.calendar for one in near if one.calendar), DEFAULT_CALENDAR)
    telephone = next((one.telephone for one in near if one.telephone), "")
    email = next((one.email for one in near if one.email), "")
    found = Place(unit.id, unit.code, unit.title, unit.level, zone, calendar, unit.path, telephone, email)
    return _keep(session, found)


def _keep(session: Session, found: Place) -> Place:
    _known(session)[found.id] = found
    return found
