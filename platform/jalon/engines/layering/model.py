"""The words of layered configuration: operations, levels, locks, and what resolving gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, NamedTuple, get_args

from jalon.base.errors import Problem
from jalon.base.json import Json


class Absent(Enum):
    """The type of `ABSENT`: no value at all, which is not the value null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
Value = Json | Absent
"""A JSON value, or ABSENT."""

ROOT: Final = "."
"""Names the artifact itself: its own properties, and the container of its first items."""
ITEMS: Final = "items"
"""The property to lock on a container so that nothing is added, closed or moved there."""
ALL: Final = "*"
"""The property to lock so that every property of an item is."""

Verb = Literal["add", "set", "unset", "move_after", "close", "reopen", "bind", "toggle", "lock", "unlock"]
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
LockMode = Literal["force", "grandfather", "conflicts"]
Refusal = Literal["locked", "widens", "gone", "duplicate", "malformed"]
State = Literal["kept", "converged", "conflict", "suspended"]
ConflictKind = Literal["gone", "locked", "type_changed", "widens", "both_changed", "semantic"]
ChangeClass = Literal["cosmetic", "compatible", "constraining", "breaking"]
CLASSES: Final[tuple[ChangeClass, ...]] = get_args(ChangeClass)
"""From the lightest to the heaviest."""
Policy = Literal["free", "restrict", "locked"]
Atom = tuple[str, str]
"""(uid, prop): what one operation touches; prop "" is the item itself, `order` its place."""


@dataclass(frozen=True, slots=True)
class Op:
    """One change a level makes to what it inherits: never a copy of the document.

    `value` is what `set`, `bind` and `toggle` write, and for `add` the properties of the new item.
    `container` and `after` say where `add` and `move_after` place it: after that item, "" = first, None = last.
    `seen` is the parent's value when the change was made. `at` is an instant as ISO text.
    `mode` and `until` say what a lock does to the changes already made below; `review` when to think again.
    """

    id: str
    verb: Verb
    uid: str
    prop: str = ""
    value: Value = ABSENT
    container: str | None = None
    after: str | None = None
    seen: Value = ABSENT
    author: str = ""
    reason: str = ""
    at: str = ""
    legal: str = ""
    review: str | None = None
    mode: LockMode = "conflicts"
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """What one unit changes, in op order; in force from `starts` until the day before `ends` (civil dates, ISO)."""

    unit: str
    ops: tuple[Op, ...]
    starts: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A property that the levels below `unit` may not change, and why."""

    unit: str
    op: Op


class Step(NamedTuple):
    """One link of the provenance of an atom: `value` is what it became, `shadowed` what it was.

    The first step of a chain is the base: unit and op are empty.
    """

    unit: str
    op: str
    value: Value
    shadowed: Value = ABSENT
    author: str = ""
    reason: str = ""
    at: str = ""
    legal: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that was not applied: `message` says why in French, `lock` who forbids it."""

    unit: str
    op: Op
    refusal: Refusal
    message: str
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class Broken(Problem):
    """An invariant that fails, or a warning, with the atoms that together make it fail."""

    atoms: frozenset[Atom] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks must know from outside the artifact; leave out what is not known.

    `read_by`: uid -> what reads it elsewhere (exports, indicators, decisions), as a person would name it.
    `lists`: list key -> its open codes. `published`: keys of the processes a slot may be bound to.
    """

    read_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    published: frozenset[str] | None = None


NO_FACTS: Final = Facts()
