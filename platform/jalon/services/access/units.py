"""The tree of units: created once, moved, closed, never deleted; their codes never serve twice."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.i18n import fr
from jalon.engines.forms.numbers import check_value
from jalon.services import audit
from jalon.services.access.errors import UnitRefused
from jalon.services.access.permissions import require
from jalon.store import organisations
from jalon.store.organisations import Unit
from jalon.store.places import units_move

UNIT_WORDS = ("level", "title", "zone", "calendar", "telephone", "email")
"""What units.csv says of a unit besides its code and its parent; empty: as its parent, or nothing."""
_CHECKED = {
    "telephone": ("phone_fr", fr("son téléphone n’est pas un numéro que l’on peut appeler")),
    "email": ("email", fr("son adresse électronique n’est pas complète")),
}
"""How what is called or written to is checked, and what is said when it is wrong."""
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit is in time: its zone and working-day calendar, its own or inherited."""

    zone: str
    calendar: str


def create_unit(
    session: Session,
    actor: Actor,
    *,
    code: str,
    parent: Unit | None,
    level: str,
    title: str,
    zone: str = "",
    calendar: str = "",
    telephone: str = "",
    email: str = "",
) -> Unit:
    """Add a unit under its parent (None: the root); a code ever used, even by a closed unit, is refused."""
    require(actor, "configuration.modifier", parent.id if parent else None, hide=True)
    if len(code) > 60 or _CODE.fullmatch(code) is None:
        raise UnitRefused(
            code=code, reason=fr("le code attend des minuscules sans accent, des chiffres et des tirets bas")
        )
    if organisations.unit_by_code(session, code) is not None:
        raise UnitRefused(code=code, reason=fr("ce code a déjà servi"))
    if parent is None and organisations.root(session) is not None:
        raise UnitRefused(code=code, reason=fr("il y a déjà une structure au sommet du réseau"))
    unit = Unit(
        code=code,
        parent_id=parent.id if parent else None,
        level=level,
        title=title,
        zone=zone,
        calendar=calendar,
        telephone=telephone,
        email=email,
        path=f"{parent.path if parent else '/'}{code}/",
    )
    session.add(unit)
    session.flush()
    audit.record(session, actor, "structure.creee", unit_id=unit.id, target=unit.id, code=code)
    return unit


def move_unit(session: Session, actor: Actor, unit: Unit, parent: Unit) -> None:
    """Put a unit and all those below under another parent."""
    check_move(actor, unit, parent)
    units_move(session)
    before = unit.path
    for below in organisations.subtree(session, unit):
        below.path = f"{parent.path}{unit.code}/{below.path.removeprefix(before)}"
    old_parent, unit.parent_id = unit.parent_id, parent.id
    session.flush()
    audit.record(
        session, actor, "structure.deplacee", unit_id=unit.id, target=unit.id, before=old_parent, after=parent.id
    )


def check_move(actor: Actor, unit: Unit, parent: Unit) -> None:
    """Refuse to put a unit where the actor may not, or under itself."""
    require(actor, "configuration.modifier", unit.id, hide=True)
    require(actor, "configuration.modifier", parent.id, hide=True)
    if parent.path.startswith(unit.path):
        raise UnitRefused(code=unit.code, reason=fr("elle ne peut pas dépendre d’elle-même"))


def close_unit(session: Session, actor: Actor, unit: Unit, *, now: datetime) -> None:
    """Close a unit: it stays, with its code and its past, but leaves the lists."""
    require(actor, "configuration.modifier", unit.id, hide=True)
    if organisations.children(session, unit):
        raise UnitRefused(code=unit.code, reason=fr("des structures ouvertes en dépendent"))
    unit.closed_at = now
    session.flush()
    audit.record(session, actor, "structure.fermee", unit_id=unit.id, target=unit.id)


def import_units(session: Session, actor: Actor, rows: Iterable[Mapping[str, str]]) -> list[Unit]:
    """Create or update units from rows of units.csv (code, parent and UNIT_WORDS), parents first.

    Importing the same rows twice changes nothing. Raises UnitRefused: no such parent, a number nobody can call.
    """
    imported = []
    for row in rows:
        parent = None
        if row["parent"]:
            parent = organisations.unit_by_code(session, row["parent"])
            if parent is None:
                raise UnitRefused(code=row["code"], reason=fr("la structure dont elle dépend n’existe pas encore"))
        imported.append(_import_unit(session, actor, row, parent))
    return imported


def unit_words(row: Mapping[str, str]) -> dict[str, str]:
    """Return what a row says of its unit, numbers and addresses as they are kept; raises UnitRefused."""
    words = {name: row.get(name) or "" for name in UNIT_WORDS}
    for name, (kind, reason) in _CHECKED.items():
        if words[name]:
            right, words[name], _ = check_value(kind, words[name])
            if not right:
                raise UnitRefused(code=row["code"], reason=reason)
    return words


def _import_unit(session: Session, actor: Actor, row: Mapping[str, str], parent: Unit | None) -> Unit:
    words = unit_words(row)
    unit = organisations.unit_by_code(session, row["code"])
    if unit is None:
        return create_unit(session, actor, code=row["code"], parent=parent, **words)
    if parent is not None and unit.parent_id != parent.id:
        move_unit(session, actor, unit, parent)
    changed = [name for name, value in words.items() if getattr(unit, name) != value]
    if changed:
        require(actor, "configuration.modifier", unit.id, hide=True)
        units_move(session)
        for name in changed:
            setattr(unit, name, words[name])
        session.flush()
        audit.record(session, actor, "structure.modifiee", unit_id=unit.id, target=unit.id, fields=changed)
    return unit


def place_of(session: Session, unit_id: UUID, *, zone: str = "Europe/Paris", calendar: str = "metropole") -> Place:
    """Return the zone and calendar of a unit, from the nearest level that says; the arguments are the last resort."""
    for unit in organisations.ancestors(session, session.get_one(Unit, unit_id)):
        zone, calendar = unit.zone or zone, unit.calendar or calendar
    return Place(zone, calendar)
