"""Who works where: the people to whom a unit gives a role or a permission."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.services.access.actors import current_roles
from jalon.store import organisations, people
from jalon.store.organisations import Unit
from jalon.store.people import Person


def who_may(session: Session, permission: str, unit_id: UUID, on: date, *, role: str | None = None) -> list[Person]:
    """Return the people who hold a permission at a unit that day, by name; through one role if given.

    A role counts when held there, or at a unit above from where it reaches those below.
    """
    roles = current_roles(session, unit_id)
    able = [key for key, one in roles.items() if permission in one.get("permissions", ()) and not one.get("external")]
    found: dict[UUID, Person] = {}
    for above in organisations.ancestors(session, session.get_one(Unit, unit_id)):
        for key in able:
            if role in (None, key) and (above.id == unit_id or roles[key].get("reach") == "below"):
                found |= {person.id: person for person in people.holders(session, key, [above.id], on)}
    return sorted(found.values(), key=lambda person: (person.name.casefold(), person.id))
