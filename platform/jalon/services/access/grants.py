"""Roles given and taken away: one person asks, another approves, nobody gives more than they have."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.services import audit
from jalon.services.access.actors import RolesLoader, current_roles, published_role, reach_of
from jalon.services.access.errors import BeyondOwnRights, RoleHeld, RoleUnknown, SecondPersonNeeded
from jalon.services.access.permissions import require
from jalon.store import people
from jalon.store.organisations import Unit
from jalon.store.people import Membership, MembershipState, Person


def grant(
    session: Session,
    actor: Actor,
    person: Person,
    unit: Unit,
    role: str,
    *,
    now: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
    load_roles: RolesLoader = current_roles,
) -> Membership:
    """Ask for a role for somebody; it gives nothing until another person approves it.

    The product itself (first accounts, demo) needs no approval.
    """
    require(actor, "compte.gerer", unit.id, hide=True)
    asked = _role(session, unit, role, load_roles)
    _check_covers(session, actor, unit, role, asked, "compte.gerer", load_roles)
    if any(held.unit_id == unit.id and held.role == role for held in people.memberships_of(session, person.id)):
        raise RoleHeld(who=person.name)
    by_product = actor.kind == "system"
    membership = Membership(
        person_id=person.id,
        unit_id=unit.id,
        role=role,
        state=MembershipState.ACTIVE if by_product else MembershipState.PENDING,
        granted_by=actor.id,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    session.add(membership)
    session.flush()
    action = "role.attribue" if by_product else "role.demande"
    audit.record(session, actor, action, unit_id=unit.id, target=person.id, role=role, membership=membership.id)
    return membership


def approve_grant(
    session: Session, actor: Actor, membership: Membership, *, load_roles: RolesLoader = current_roles
) -> None:
    """Give the second person's agreement: neither who asked, nor who receives, nor who has fewer rights."""
    session.refresh(membership, with_for_update=True)
    require(actor, "compte.approuver", membership.unit_id, hide=True)
    if membership.state is not MembershipState.PENDING:
        raise NotFound(id=membership.id)
    if actor.id is None or actor.id in {membership.granted_by, membership.person_id}:
        raise SecondPersonNeeded
    unit = session.get_one(Unit, membership.unit_id)
    asked = _role(session, unit, membership.role, load_roles)
    _check_covers(session, actor, unit, membership.role, asked, "compte.approuver", load_roles)
    membership.state, membership.approved_by = MembershipState.ACTIVE, actor.id
    session.flush()
    audit.record(
        session,
        actor,
        "role.approuve",
        unit_id=unit.id,
        target=membership.person_id,
        role=membership.role,
        membership=membership.id,
    )


def revoke(session: Session, actor: Actor, membership: Membership, *, on: date) -> None:
    """Take a role back at once, pending or active; taking away needs no second person."""
    require(actor, "compte.gerer", membership.unit_id, hide=True)
    if membership.state is MembershipState.ENDED:
        return
    membership.state, membership.ended_by = MembershipState.ENDED, actor.id
    membership.ends_on = min(membership.ends_on or on, on)
    session.flush()
    audit.record(
        session,
        actor,
        "role.retire",
        unit_id=membership.unit_id,
        target=membership.person_id,
        role=membership.role,
        membership=membership.id,
    )


def _role(session: Session, unit: Unit, role: str, load_roles: RolesLoader) -> Mapping[str, Any]:
    found = published_role(session, unit.id, role, load_roles)
    if found is None:
        raise RoleUnknown(role=role)
    return found


def _check_covers(
    session: Session,
    actor: Actor,
    unit: Unit,
    role: str,
    asked: Mapping[str, Any],
    permission: str,
    load_roles: RolesLoader,
) -> None:
    """Raise BeyondOwnRights unless the actor covers the role's whole reach, and each of its permissions.

    An administrator who must not read case files may still appoint those who do: a role lists in
    `may_grant` the roles its holders give, or approve, without holding their permissions.
    """
    if actor.kind == "system":
        return
    reach = reach_of(session, unit.id, asked)
    if not reach <= actor.units_for(permission):
        raise BeyondOwnRights
    listed = any(
        reach <= held.reach
        and permission in held.permissions
        and role in load_roles(session, held.unit).get(held.role, {}).get("may_grant", ())
        for held in actor.grants
    )
    if not listed and not all(reach <= actor.units_for(wanted) for wanted in asked.get("permissions", ())):
        raise BeyondOwnRights
