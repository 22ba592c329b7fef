"""Resolve and rebase a whole tree of units at once, sharing what they have in common."""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.json import canonical
from jalon.engines.layering.fold import apply_level
from jalon.engines.layering.model import NO_FACTS, ConflictKind, Facts, Level, Op
from jalon.engines.layering.outcomes import OpOutcome, Rebased
from jalon.engines.layering.rebase import rebase
from jalon.engines.layering.resolved import Parent, Resolved, start


@dataclass(frozen=True, slots=True)
class TreeUnit:
    """A unit, its parent (None at the top), its ops in force, and those that replace them in this release."""

    code: str
    parent: str | None
    ops: tuple[Op, ...] = ()
    new_ops: tuple[Op, ...] | None = None


@dataclass(frozen=True)
class TreeRebased:
    """For each unit: what it had, and its rebase; a unit without ops shares its parent's result."""

    before: Mapping[str, Resolved]
    units: Mapping[str, Rebased]


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """The same conflict at several units: one decision can settle it. `cases`: (unit, outcome)."""

    uid: str
    prop: str
    kind: ConflictKind
    cases: tuple[tuple[str, OpOutcome], ...]


class TreeBroken(JalonError):
    """A unit whose parent is not in the tree, or that is its own ancestor."""

    code = "configuration.arbre"
    message = fr("Ces unités n’ont pas de parent connu : {units}.")
    status = 422


def resolve_tree(
    kind: str,
    base: Parent,
    units: Iterable[TreeUnit],
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> dict[str, Resolved]:
    """Return what each unit has; units may come in any order. Raises TreeBroken."""
    root = start(kind, base, facts)
    found: dict[str, Resolved] = {}
    with _uncollected():
        for unit in from_the_top(units):
            above = root if unit.parent is None else found[unit.parent]
            level = Level(unit.code, unit.ops)
            found[unit.code] = apply_level(above, level, at, facts, aliases) if unit.ops else above
    return found


def rebase_tree(
    kind: str,
    old_base: Parent,
    new_base: Parent,
    units: Iterable[TreeUnit],
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> TreeRebased:
    """Rebase every unit, level by level from the top. Raises TreeBroken.

    Below a unit where nothing changed, everything is kept without being computed again.
    """
    ordered = from_the_top(units)
    before = resolve_tree(kind, old_base, ordered, at=at, facts=facts, aliases=aliases)
    old_root = start(kind, old_base, facts)
    new_root = start(kind, new_base, facts)
    if new_root.locks == old_root.locks and canonical(new_root.document) == canonical(old_root.document):
        new_root = old_root
    rebased: dict[str, Rebased] = {}
    with _uncollected():
        for unit in ordered:
            old = old_root if unit.parent is None else before[unit.parent]
            new = new_root if unit.parent is None else rebased[unit.parent].resolved
            ops = unit.ops if unit.new_ops is None else unit.new_ops
            if new is old and unit.new_ops is None and not before[unit.code].refused:
                outcomes = tuple(OpOutcome(op, "kept") for op in ops)
                rebased[unit.code] = Rebased(outcomes, ops, before[unit.code])
            elif not ops:
                rebased[unit.code] = Rebased((), (), new)
            else:
                rebased[unit.code] = rebase(kind, old, new, ops, unit=unit.code, at=at, facts=facts, aliases=aliases)
    return TreeRebased(before, rebased)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the search for cycles: hundreds of thousands of records without any would be searched again and again.

    Measured on 455 overlays: half of the time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def group_conflicts(units: Mapping[str, Rebased]) -> list[ConflictGroup]:
    """Return the open conflicts grouped by atom and kind, the widest first."""
    groups: dict[tuple[str, str, ConflictKind], list[tuple[str, OpOutcome]]] = {}
    for code, rebased in units.items():
        for outcome in rebased.conflicts:
            if outcome.conflict_kind is not None:
                key = (outcome.op.uid, outcome.prop, outcome.conflict_kind)
                groups.setdefault(key, []).append((code, outcome))
    found = [ConflictGroup(*key, tuple(cases)) for key, cases in groups.items()]
    return sorted(found, key=lambda group: (-len(group.cases), group.uid, group.prop, group.kind))


def from_the_top(units: Iterable[TreeUnit]) -> list[TreeUnit]:
    """Return the units, parents first, in a stable order. Raises TreeBroken."""
    children: dict[str | None, list[TreeUnit]] = {}
    total = 0
    for unit in units:
        children.setdefault(unit.parent, []).append(unit)
        total += 1
    ordered = list(children.get(None, ()))
    for unit in ordered:  # grows while it is read: breadth first
        ordered.extend(children.get(unit.code, ()))
    if len(ordered) != total:
        reached = {unit.code for unit in ordered}
        lost = sorted(unit.code for those in children.values() for unit in those if unit.code not in reached)
        raise TreeBroken(units=", ".join(lost))
    return ordered
