"""An artifact as a unit has it: content, provenance, locks and what fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.kinds import Adapter, adapter
from jalon.engines.layering.model import NO_FACTS, Atom, Broken, Facts, Lock, Refused, Step


@dataclass(frozen=True)
class Resolved:
    """An artifact as a unit sees it. Give it back as `base` to go on with the levels below.

    `provenance`: for each atom that differs from the base, its chain of steps, the base first.
    `refused`: the operations not applied; `problems`: invariants that fail (error) and lost places (warning).
    `locks`: what the levels below may not touch; `owners`: uid -> unit that added it (the base's are not there).
    `broken` (by uid) and `readers` (uid -> uids whose check looks at it) let a level check only what it touches.
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
        return adapter(self.kind).assemble(self.atoms)

    @property
    def problems(self) -> tuple[Broken, ...]:
        """Every invariant that fails and every warning, in a stable order."""
        if not self.broken and not self.warnings:
            return ()
        found = [problem for problems in self.broken.values() for problem in problems]
        return tuple(sorted((*found, *self.warnings), key=lambda p: (p.severity, p.element, p.code, p.message)))

    @property
    def errors(self) -> frozenset[Broken]:
        """The invariants that fail."""
        return frozenset(p for problems in self.broken.values() for p in problems if p.severity == "error")

    def origin(self, uid: str, prop: str) -> tuple[Step, ...]:
        """Return where an atom comes from: the base, then each level that changed it."""
        chain = self.provenance.get((uid, prop))
        if chain is None and uid in self.owners:
            chain = self.provenance.get((uid, ""))
        return chain or (Step("", "", self.atoms.value(uid, prop)),)


Parent = Json | Atoms | Resolved
"""A document, its atoms, or what a chain of levels gave (with its locks and provenance)."""


def start(kind: str, base: Parent, facts: Facts = NO_FACTS) -> Resolved:
    """Return the base before any level, checked."""
    if isinstance(base, Resolved):
        return base
    found = adapter(kind)
    atoms = base if isinstance(base, Atoms) else found.explode(base)
    broken, readers = check_all(found, atoms, facts)
    return Resolved(kind, atoms, broken=broken, readers=readers)


def check_all(
    found: Adapter, atoms: Atoms, facts: Facts
) -> tuple[dict[str, tuple[Broken, ...]], dict[str, frozenset[str]]]:
    """Check every item; return what fails by uid, and who looks at whom."""
    broken: dict[str, tuple[Broken, ...]] = {}
    readers: dict[str, set[str]] = {}
    for uid, item in atoms.items.items():
        if problems := found.check_item(atoms, uid, facts):
            broken[uid] = problems
        for name in found.reads(uid, item):
            readers.setdefault(name, set()).add(uid)
    return broken, {uid: frozenset(those) for uid, those in readers.items()}
