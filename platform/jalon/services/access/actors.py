"""From an account to an actor: the roles in force, what each permits, how far each reaches."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor, Grant
from jalon.base.clock import civil_date
from jalon.store import absences, configuration, organisations, people
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.people import Membership, Person
from jalon.store.places import place

Roles = Mapping[str, Mapping[str, Any]]
"""Role key -> {label, permissions, reach: unit|below, second_factor, external, may_grant?: [role keys]}."""

RolesLoader = Callable[[Session, UUID], Roles]


def current_roles(session: Session, unit_id: UUID) -> Roles:
    """Return the roles published for a unit."""
    content = configuration.current_content(session, "roles", "roles", unit_id=unit_id)
    roles: Roles = (content or {}).get("roles", {})
    return roles


def actor_for(
    session: Session, person: Person, *, on: date | None = None, load_roles: RolesLoader = current_roles
) -> Actor:
    """Return the person at work with the grants in force on a date (today in Paris unless said)."""
    on = on or _today(session)
    grants = []
    for membership, role in _held(session, person, on, load_roles):
        permissions = frozenset(role.get("permissions", ()))
        reach = reach_of(session, membership.unit_id, role)
        grants.append(Grant(membership.role, membership.unit_id, permissions, reach))
    return Actor(
        id=person.id,
        name=person.name,
        grants=tuple(grants),
        roles=frozenset(g.role for g in grants),
        replaces=frozenset(one.person_id for one in absences.replaced_by(session, person.id, on)),
    )


def needs_second_factor(
    session: Session, person: Person, *, on: date | None = None, load_roles: RolesLoader = current_roles
) -> bool:
    """Tell whether one of the roles in force asks for a second factor."""
    return any(role.get("second_factor", True) for _, role in _held(session, person, on, load_roles))


def role_lines(session: Session, actor: Actor, *, load_roles: RolesLoader = current_roles) -> list[str]:
    """Return what an actor is, one line per role held, in alphabetical order: « Label, title of the unit »."""
    lines = []
    for grant in actor.grants:
        label = load_roles(session, grant.unit).get(grant.role, {}).get("label", grant.role)
        lines.append(f"{label}, {place(session, grant.unit).title}")
    return sorted(lines)


def published_role(session: Session, unit_id: UUID, role: str, load_roles: RolesLoader) -> Mapping[str, Any] | None:
    """Return a role as a unit has it; None when it is unknown or closed there."""
    found = load_roles(session, unit_id).get(role)
    return None if found is None or found.get("closed") else found


def reach_of(session: Session, unit_id: UUID, role: Mapping[str, Any]) -> frozenset[UUID]:
    """Return the units a role held at a unit covers."""
    if role.get("reach") != "below":
        return frozenset({unit_id})
    return organisations.subtree_ids(session, session.get_one(Unit, unit_id))


def _held(
    session: Session, person: Person, on: date | None, load_roles: RolesLoader
) -> list[tuple[Membership, Mapping[str, Any]]]:
    """Return the memberships in force whose role is published, with that role; a closed one gives nothing."""
    found = []
    for membership in people.active_memberships(session, person.id, on or _today(session)):
        role = published_role(session, membership.unit_id, membership.role, load_roles)
        if role is not None:
            found.append((membership, role))
    return found


def _today(session: Session) -> date:
    return civil_date(now_of(session), "Europe/Paris")
