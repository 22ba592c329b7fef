"""When a parent changes: what becomes of the changes made below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.model import ABSENT, NO_FACTS, Broken, ConflictKind, Facts, Lock, Op, State, Value
from jalon.engines.layering.resolve import Resolved


@dataclass(frozen=True, slots=True)
class OpOutcome:
    """What became of one operation.

    `applied`: whether it is still in force meanwhile (the declared default: free values are kept and flagged, legal
    and locked ones adopt the parent's). `open`: somebody must decide; otherwise a report line is enough.
    """

    op: Op
    state: State
    conflict_kind: ConflictKind | None = None
    old_base: Value = ABSENT
    new_base: Value = ABSENT
    local: Value = ABSENT
    message: str = ""
    applied: bool = True
    open: bool = False
    default: Literal["keep", "adopt"] = "keep"
    lock: Lock | None = None


@dataclass(frozen=True)
class Rebased:
    """Outcomes in the order of the ops given, the ops still in force, and what the unit then has.

    `suspended_all`: the combination still broke a rule, so the whole overlay was set aside: alert somebody.
    """

    outcomes: tuple[OpOutcome, ...]
    ops_to_apply: tuple[Op, ...]
    resolved: Resolved
    suspended_all: bool = False
    broken: tuple[Broken, ...] = ()

    @property
    def conflicts(self) -> tuple[OpOutcome, ...]:
        """The outcomes somebody must decide."""
        return tuple(outcome for outcome in self.outcomes if outcome.open)


def rebase(
    kind: str,
    old_parent: Json | Atoms | Resolved | None,
    new_parent: Json | Atoms | Resolved,
    ops: Sequence[Op],
    *,
    unit: str = "",
    at: str | None = None,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> Rebased:
    """Move a level's operations from its old parent to its new one.

    Give `Resolved` parents where there are levels above: a bare document has lost its locks. Without an old parent
    (a draft whose parent is not at hand), each op's `seen` is its old base.
    """
    raise NotImplementedError
