"""Why an atom has its value, who may change it, and what happens without one's own change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.model import NO_FACTS, Broken, Facts, Level, Lock, Policy, Step, Value
from jalon.engines.layering.resolve import Resolved

Standing = Literal["inherited", "changed", "added", "locked"]


@dataclass(frozen=True)
class Explanation:
    """One atom explained to the unit of the last level.

    `editable`: whether this unit may change it (narrowing only when `policy` is restrict).
    `without_mine`: the value if this unit removed its change; `broken_without`: invariants that would then fail.
    `sentences`: the same in French, one per step.
    """

    uid: str
    prop: str
    value: Value
    standing: Standing
    policy: Policy
    editable: bool
    steps: tuple[Step, ...]
    sentences: tuple[str, ...]
    inherited: Value
    lock: Lock | None
    without_mine: Value
    broken_without: tuple[Broken, ...]


def explain(
    kind: str,
    base: Json | Atoms | Resolved,
    levels: Sequence[Level],
    uid: str,
    prop: str,
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
    titles: Mapping[str, str] | None = None,
) -> Explanation:
    """Explain an atom to the unit of the last level; `titles` maps unit codes to the names people know."""
    raise NotImplementedError
