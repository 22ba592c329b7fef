"""Fold the levels onto the base: what a unit really has, and where each value comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.model import NO_FACTS, Atom, Broken, Facts, Level, Lock, Refused, Step


@dataclass(frozen=True)
class Resolved:
    """An artifact as a unit sees it. Give it back as `base` to go on with the levels below.

    `provenance`: for each atom that differs from the base, its chain of steps, the base first.
    `refused`: the operations not applied; `problems`: invariants that fail (error) and lost places (warning).
    `locks`: what the levels below may not touch; `owners`: uid -> unit that added it (the base's are not there).
    """

    kind: str
    atoms: Atoms
    provenance: Mapping[Atom, tuple[Step, ...]] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    locks: Mapping[Atom, Lock] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, tuple[Broken, ...]] = field(default_factory=dict)
    warnings: tuple[Broken, ...] = ()
    readers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    depth: int = 0
    unit: str = ""

    @cached_property
    def document(self) -> Json:
        """The document, assembled when first asked for."""
        raise NotImplementedError

    @property
    def problems(self) -> tuple[Broken, ...]:
        """Every invariant that fails and every warning, in a stable order."""
        raise NotImplementedError

    def origin(self, uid: str, prop: str) -> tuple[Step, ...]:
        """Return where an atom comes from: the base, then each level that changed it."""
        raise NotImplementedError


def resolve(
    kind: str,
    base: Json | Atoms | Resolved,
    levels: Sequence[Level],
    at: str | None = None,
    *,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> Resolved:
    """Return the artifact once the levels, from the root to the unit, are applied to the base.

    `at` is a civil date (ISO): levels not in force that day are left out, and a lock that lets earlier changes
    live until a date is judged by it; without it every level counts and such changes still live.
    `aliases` maps a former uid to the present one, as pack.toml states.
    """
    raise NotImplementedError
