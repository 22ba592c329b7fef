"""Accounts with their roles, and the roles themselves, as the tests need them."""

from datetime import UTC, datetime
from functools import cache
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor, Grant
from jalon.base.ids import new_id
from jalon.services.access import PERMISSIONS, actor_for, passwords
from jalon.store.organisations import Unit
from jalon.store.people import Membership, MembershipState, Person, PersonState

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
PASSWORD = "correcte-agrafe-cheval"

ROLES = {
    "agent": {
        "label": "Agent",
        "permissions": ["tache.voir", "tache.terminer", "dossier.voir"],
        "reach": "unit",
        "second_factor": True,
    },
    "accueil": {"label": "Accueil", "permissions": ["tache.voir"], "reach": "unit", "second_factor": False},
    "chef": {
        "label": "Chef",
        "permissions": ["tache.voir", "tache.terminer", "dossier.voir", "compte.approuver"],
        "reach": "below",
        "second_factor": True,
    },
    "administrateur": {
        "label": "Administrateur",
        "permissions": ["compte.voir", "compte.gerer", "compte.approuver", "configuration.modifier"],
        "reach": "below",
        "second_factor": True,
        "may_grant": ["agent", "accueil"],
    },
    "tout": {"label": "Tous les droits", "permissions": sorted(PERMISSIONS), "reach": "below", "second_factor": True},
}

_numbers = count(1)


def load_roles(session: Session, unit_id: UUID) -> dict[str, dict[str, object]]:
    """The roles above, the same everywhere."""
    return ROLES


@cache
def _password_hash() -> str:
    return passwords._hasher.hash(PASSWORD)


def make_person(
    session: Session, unit: Unit | None = None, *roles: str, password: bool = False, **words: object
) -> Person:
    """An active account that holds these roles at this unit; with `password`, it can sign in."""
    number = next(_numbers)
    facts: dict[str, object] = {
        "login": f"personne{number}",
        "name": f"Personne {number}",
        "email": f"personne{number}@exemple.test",
        "state": PersonState.ACTIVE,
        "created_at": NOW,
        "unit_id": unit.id if unit else None,
        "password_hash": _password_hash() if password else "",
    }
    person = Person(**(facts | words))
    session.add(person)
    session.flush()
    for role in roles:
        assert unit is not None
        make_membership(session, person, unit, role)
    return person


def make_membership(session: Session, person: Person, unit: Unit, role: str, **words: object) -> Membership:
    """A role held, active unless said."""
    facts: dict[str, object] = {"state": MembershipState.ACTIVE, "created_at": NOW}
    membership = Membership(person_id=person.id, unit_id=unit.id, role=role, **(facts | words))
    session.add(membership)
    session.flush()
    return membership


def make_actor(session: Session, unit: Unit, *roles: str) -> Actor:
    """A person at work with these roles at this unit."""
    return actor_for(session, make_person(session, unit, *roles), load_roles=load_roles)


def actor_with(*permissions: str, units: tuple[UUID, ...] = (), name: str = "Amina K.") -> Actor:
    """An actor who holds these permissions at these units, without any account."""
    unit = units[0] if units else new_id()
    grant = Grant("essai", unit, frozenset(permissions), frozenset(units or (unit,)))
    return Actor(id=new_id(), name=name, grants=(grant,), roles=frozenset({"essai"}))
