"""Who does not receive a change made above, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import NotFound
from jalon.engines.layering import Difference, Value, differences
from jalon.engines.layering.atoms import same
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration import levels
from jalon.services.publication.model import UnitName
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.configuration import Artifact, Pointer
from jalon.store.organisations import Unit
from jalon.store.publication import Release


@dataclass(frozen=True, slots=True)
class NotReached:
    """A unit that has another value than the one a release gave; `units` counts it and those that inherit from it."""

    unit: UnitName
    kind: str
    key: str
    uid: str
    prop: str
    wanted: Value
    has: Value
    because: str
    units: int


def not_receiving(session: Session, release_id: UUID) -> list[NotReached]:
    """Return the units below a release that do not have what it changed, where and why, by path."""
    release = session.get(Release, release_id)
    if release is None:
        raise NotFound(id=release_id)
    open_units = [unit for unit in organisations.units(session) if unit.closed_at is None]
    decided = {(one.artifact_id, one.unit_id) for one in store.revisions_of_release(session, release_id)}
    found: list[NotReached] = []
    for flip in release.flips:
        level = UUID(flip["unit"]) if flip["unit"] else None
        artifact = store.artifact(session, flip["kind"], flip["key"])
        if artifact is None or (artifact.id, level) not in decided or not flip["old"]:
            continue
        contents = snapshots.contents(session, [flip["old"], flip["new"]])
        changes = differences(artifact.kind, contents[flip["old"]], contents[flip["new"]])
        top = next((unit.path for unit in open_units if unit.id == level), "/")
        below = [unit for unit in open_units if unit.path.startswith(top) and unit.id != level]
        day = max(date.fromisoformat(flip["from"]), store.today(session, level))
        found += _of(session, artifact, changes, below, day)
    return found


def _of(
    session: Session, artifact: Artifact, changes: list[Difference], below: list[Unit], day: date
) -> Iterator[NotReached]:
    pointers = store.pointers_at(session, artifact.id, day)
    contents = snapshots.contents(session, {pointer.hash for pointer in pointers.values()})
    names = {unit.id: unit for unit in below}
    for unit in below:
        pointer = pointers.get(unit.id)
        if pointer is None:
            continue
        atoms = adapter(artifact.kind).explode(contents[pointer.hash])
        for change in changes:
            if change.prop in ("", "order"):
                continue
            has = atoms.value(change.uid, change.prop)
            if not same(has, change.new):
                because = _reason(session, artifact, unit, pointer, change, day)
                yield NotReached(
                    UnitName(unit.id, unit.code, unit.title),
                    artifact.kind,
                    artifact.key,
                    change.uid,
                    change.prop,
                    change.new,
                    has,
                    because,
                    _inheriting(unit, names, pointers),
                )


def _reason(session: Session, artifact: Artifact, unit: Unit, pointer: Pointer, change: Difference, day: date) -> str:
    """Say who decided otherwise: the unit itself, or a level between."""
    chain = pointer.provenance.get(f"{change.uid}|{change.prop}") or []
    if not chain:
        return "hérité d’un niveau intermédiaire"
    code, op_id = chain[-1]
    if code != unit.code:
        return f"décidé par {code}"
    revision = levels.latest_revision(session, artifact.id, unit.id, day)
    op = next((one for one in levels.ops_of(revision.ops) if one.id == op_id), None) if revision else None
    return (op.reason if op and op.reason else "changement local") + (f" ({op.author})" if op and op.author else "")


def _inheriting(unit: Unit, names: dict[UUID, Unit], pointers: dict[UUID | None, Pointer]) -> int:
    """Count a unit and those below that have nothing of their own between."""
    own = [names[one].path for one in pointers if one in names and one != unit.id]
    blocked = [path for path in own if path.startswith(unit.path)]
    return sum(
        other.path.startswith(unit.path) and not any(other.path.startswith(path) for path in blocked)
        for other in names.values()
    )
