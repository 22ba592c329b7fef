"""Which case files a person reaches, shared ones included."""

from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.store import dossiers as store
from jalon.store import organisations
from jalon.store.dossiers import Scope
from jalon.store.organisations import Unit

READ, WRITE, CREATE = "dossier.voir", "dossier.modifier", "dossier.creer"


def scope_of(session: Session, actor: Actor, permission: str = READ) -> Scope | None:
    """Return where an actor holds a permission; None for the system, which works everywhere."""
    if actor.kind == "system":
        return None
    units = actor.units_for(permission)
    return Scope(units, _above(session, units))


def owner_of(session: Session, unit_id: UUID, audience: str) -> UUID:
    """Return the unit a new case file belongs to: the one that creates it, its region or the whole network."""
    if audience == "unit":
        return unit_id
    chain = organisations.ancestors(session, session.get_one(Unit, unit_id))
    if audience == "nation":
        return chain[0].id
    return next((unit.id for unit in chain if unit.level == audience), unit_id)


def _above(session: Session, units: frozenset[UUID]) -> frozenset[UUID]:
    """Return the units strictly above these; remembered for the session, the tree changes rarely."""
    known: dict[frozenset[UUID], frozenset[UUID]] = session.info.setdefault("units.above", {})
    if units not in known:
        known[units] = store.units_above(session, units)
    return known[units]
