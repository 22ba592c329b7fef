"""What a rebase says: one outcome per operation."""

from dataclasses import dataclass
from typing import Literal

from jalon.engines.layering.model import ABSENT, Broken, ConflictKind, Lock, Op, State, Value
from jalon.engines.layering.resolved import Resolved


@dataclass(frozen=True, slots=True)
class OpOutcome:
    """What became of one operation.

    `prop`: the property it writes ("" for `add`, `order` for `move_after`). `applied`: whether it is in force
    meanwhile (the declared default: free values are kept and flagged, legal and locked ones adopt the parent's).
    `open`: somebody must decide; otherwise a report line is enough.
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
    prop: str = ""


@dataclass(frozen=True)
class Rebased:
    """Outcomes in the order of the ops given, the ops still in force, and what the unit then has.

    `suspended_all`: the combination still broke a rule, so the whole overlay was set aside: alert somebody.
    `broken`: the invariants that made ops be set aside.
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
