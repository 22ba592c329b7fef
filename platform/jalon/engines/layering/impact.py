"""Resolve and rebase a whole tree of units at once, sharing what they have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.model import NO_FACTS, ConflictKind, Facts, Op
from jalon.engines.layering.rebase import OpOutcome, Rebased
from jalon.engines.layering.resolve import Resolved


@dataclass(frozen=True, slots=True)
class TreeUnit:
    """A unit, its parent (None at the top), its published ops, and those that replace them in this release."""

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
    """The same conflict at several units: one decision can settle it."""

    uid: str
    prop: str
    kind: ConflictKind
    cases: tuple[tuple[str, OpOutcome], ...]


def resolve_tree(
    kind: str,
    base: Json | Atoms | Resolved,
    units: Iterable[TreeUnit],
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
) -> dict[str, Resolved]:
    """Return what each unit has; units may come in any order."""
    raise NotImplementedError


def rebase_tree(
    kind: str,
    old_base: Json | Atoms | Resolved,
    new_base: Json | Atoms | Resolved,
    units: Iterable[TreeUnit],
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> TreeRebased:
    """Rebase every unit, level by level from the top."""
    raise NotImplementedError


def group_conflicts(units: Mapping[str, Rebased]) -> list[ConflictGroup]:
    """Return the open conflicts grouped by atom and kind, the widest first."""
    raise NotImplementedError
