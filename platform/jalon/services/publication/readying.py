"""Everything a release will write, computed while reading: contents compressed, pointers, report."""

import gc
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.json import Json, Written, canonical, content_hash
from jalon.engines.layering import differences
from jalon.services.publication.planning import Flip, Plan
from jalon.services.publication.reviewing import demanding
from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.organisations import Unit
from jalon.store.publication import Release

MAX_SENTENCES = 300
MANY = 100
"""From so many pointers on, Python's collector goes through what was computed here, not while the base is locked."""
Settle = Callable[[Session, Actor, Release], None]
"""What else becomes true with a release, in the same transaction."""


@dataclass(frozen=True)
class Move:
    """A pointer to move: `pointer_id` is the row it changes, none for a new one; `vector` names revisions or levels."""

    level: UUID | None
    valid_from: date
    hash: str
    old_hash: str
    pointer_id: UUID | None
    aside: Mapping[str, str]
    provenance: Written
    vector: tuple[UUID | None, ...]


@dataclass(frozen=True)
class Prepared:
    """A release computed and checked while reading: all that is left is to write it, if `epoch` still holds.

    `claims` gives the version seen of each draft; `bodies` and `moves` go with the plans, in their order; `demanding`
    names the units whose level wants somebody else to have read it.
    """

    plans: tuple[Plan, ...]
    origin: str
    epoch: int
    unit_id: UUID | None
    effective_from: date
    today: date
    reason: str
    title: str
    legal: str
    approver_id: UUID | None
    pack: str
    undoes: UUID | None
    report: Mapping[str, Json]
    bodies: tuple[Mapping[str, bytes], ...]
    moves: tuple[tuple[Move, ...], ...]
    claims: Mapping[UUID, int]
    demanding: tuple[UUID, ...] = ()
    settle: Settle | None = None

    @property
    def digest(self) -> str:
        """The digits that two releases share only if they give every level the same contents, told alike."""
        moved = [
            sorted([str(move.level or ""), move.hash, *sorted(move.aside)] for move in moves) for moves in self.moves
        ]
        names = [f"{plan.artifact.kind}/{plan.artifact.key}" for plan in self.plans]
        return content_hash([self.title, names, moved, dict(self.report)])


def ready(
    session: Session,
    plans: Sequence[Plan],
    *,
    origin: str,
    epoch: int,
    unit: Unit | None,
    effective_from: date,
    reason: str,
    title: str = "",
    legal: str = "",
    approver: Actor | None = None,
    pack: str = "",
    undoes: UUID | None = None,
    warnings: Sequence[str] = (),
    claims: Mapping[UUID, int] | None = None,
    concerned: Sequence[Unit] | None = None,
    settle: Settle | None = None,
) -> Prepared:
    """Return the release of these plans, every content assembled and compressed; writes nothing.

    `concerned` are the units whose level may demand a second reader: those the plans change unless said.
    """
    today = store.today(session, unit.id if unit else None)
    counts = Counter(outcome.state for plan in plans for _, _, outcome in plan.outcomes)
    contents = [{flip.hash: flip.resolved.document for flip in plan.flips} for plan in plans]
    prepared = Prepared(
        plans=tuple(plans),
        origin=origin,
        epoch=epoch,
        unit_id=unit.id if unit else None,
        effective_from=effective_from,
        today=today,
        reason=reason,
        title=title or _title(plans, unit),
        legal=legal,
        approver_id=approver.id if approver else None,
        pack=pack,
        undoes=undoes,
        report={
            "outcomes": dict(counts),
            "conflicts": sum(outcome.open for plan in plans for _, _, outcome in plan.outcomes),
            "sentences": sentences(plans)[:MAX_SENTENCES],
            "warnings": list(warnings),
            "retroactive": origin != "pack" and effective_from < today,
        },
        bodies=tuple(snapshots.bodies(session, one) for one in contents),
        moves=tuple(_moves(plan) for plan in plans),
        claims=dict(claims or {}),
        demanding=demanding(session, _changed(plans) if concerned is None else concerned),
        settle=settle,
    )
    if sum(len(moves) for moves in prepared.moves) >= MANY:
        gc.collect()
    return prepared


def sentences(plans: Sequence[Plan]) -> list[str]:
    """Return what the plans change at the levels where they were decided, in French."""
    found: list[str] = []
    for plan in plans:
        for level in plan.changes:
            before, after = plan.before.get(level), plan.after.get(level)
            if before is None and after is not None:
                found.append(f"Nouveau : {plan.artifact.title or plan.artifact.key} ({plan.artifact.kind}).")
            elif before is not None and after is not None:
                found += [one.sentence for one in differences(plan.artifact.kind, before, after)]
    return found


def _changed(plans: Sequence[Plan]) -> list[Unit]:
    found = {change.unit.id: change.unit for plan in plans for change in plan.changes.values() if change.unit}
    return list(found.values())


def _title(plans: Sequence[Plan], unit: Unit | None) -> str:
    names = ", ".join(dict.fromkeys(plan.artifact.title or plan.artifact.key for plan in plans))
    where = unit.title if unit else ""
    return (f"{names} – {where}" if where else names)[:300]


def _moves(plan: Plan) -> tuple[Move, ...]:
    """Return the pointers a plan moves, with what each is made from."""
    by_path = {unit.path: unit.id for unit in plan.units.values()}
    return tuple(_move(plan, flip, by_path) for flip in plan.flips)


def _move(plan: Plan, flip: Flip, by_path: Mapping[str, UUID]) -> Move:
    pointer = plan.timeline.pointer_on(flip.level, flip.valid_from)
    is_same_day = pointer is not None and pointer.valid_from == flip.valid_from
    provenance = {
        f"{uid}|{prop}": [[step.unit, step.op] for step in steps if step.op]
        for (uid, prop), steps in flip.resolved.provenance.items()
    }
    written = Written(canonical(provenance))  # the longest part of writing a pointer: others wait for nothing meanwhile
    vector = _vector(plan, flip, by_path)
    pointer_id = pointer.id if pointer is not None and is_same_day else None
    return Move(flip.level, flip.valid_from, flip.hash, flip.old_hash, pointer_id, flip.aside, written, vector)


def _vector(plan: Plan, flip: Flip, by_path: Mapping[str, UUID]) -> tuple[UUID | None, ...]:
    """Name the revisions a content is made from, the pack's first; a level this release changes stands for its own."""
    line: list[UUID | None] = [None]
    if flip.level:
        codes = plan.units[flip.level].codes
        paths = (f"/{'/'.join(codes[:depth])}/" for depth in range(1, len(codes) + 1))
        line += [by_path[path] for path in paths if path in by_path]
    found: list[UUID | None] = []
    for level in line:
        if level in plan.changes:
            found.append(level)
        elif (revision := plan.timeline.revision_on(level, flip.valid_from)) is not None:
            found.append(revision.id)
    return tuple(found)
