"""The state of an instance: live tokens, open scopes and what they wait for, in our own documented JSON.

The format is described in docs/reference/process-state.md; short keys, absent when at their usual value.
It holds no variable and no history: its size follows what is alive, never what happened.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

VERSION = 1
ROOT = 0

# What a token is doing.
READY = "r"  # about to enter or leave: only between two steps of one advance
OPEN = "o"  # a task is open
WAIT = "w"  # a timer, a message, a signal or a condition is expected
JOIN = "j"  # at a gateway, for other branches
INSIDE = "s"  # a sub-process or repetitions run inside
CALL = "c"  # another instance runs
UNDO = "u"  # compensation runs
STOP = "i"  # an incident


@dataclass(slots=True)
class Wait:
    """One thing that may happen: `element` is the event it would trigger."""

    id: int
    kind: str  # timer | message | signal | condition
    element: str
    name: str = ""
    at: str = ""
    origin: str = ""
    cycle: str = ""
    fired: int = 0
    index: int = 0  # which definition of the element
    seen: bool = False  # condition: its last value
    correlation: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """One place the instance is at."""

    id: int
    element: str
    scope: int = ROOT
    doing: str = READY
    flow: str = ""  # the flow it came by
    local: int = 0  # scope of the activity's own variables (0: none)
    waits: list[Wait] = field(default_factory=list)
    many: dict[str, int] = field(default_factory=dict)  # repetition counters
    incident: dict[str, str] = field(default_factory=dict)
    undoes: int = 0  # the token that asked for this compensation
    plan: list[dict[str, Any]] = field(default_factory=list)  # compensations still to run
    after: str = ""  # what the token does once compensation is over
    turn: int = 0  # not stored: only the last thing queued for a token counts


@dataclass(slots=True)
class Scope:
    """One execution of a sub-process ("s"), one repetition ("i"), or an activity's own variables ("l")."""

    id: int
    kind: str
    element: str = ""
    parent: int = -1
    owner: int = 0
    waits: list[Wait] = field(default_factory=list)
    done: list[dict[str, Any]] = field(default_factory=list)  # what compensation could undo, in order


@dataclass(slots=True)
class State:
    """Everything alive in one instance; `count` gives the next number."""

    count: int = 0
    status: str = "running"
    tokens: dict[int, Token] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)

    def number(self) -> int:
        """Return the next number of this instance: tokens, scopes and waits share the sequence."""
        self.count += 1
        return self.count


_WAIT = (("i", "id"), ("k", "kind"), ("e", "element"), ("n", "name"), ("at", "at"), ("o", "origin"), ("cy", "cycle"),
         ("f", "fired"), ("d", "index"), ("v", "seen"), ("c", "correlation"))  # fmt: skip
_TOKEN = (("i", "id"), ("e", "element"), ("s", "scope"), ("st", "doing"), ("f", "flow"), ("l", "local"),
          ("m", "many"), ("x", "incident"), ("u", "undoes"), ("pl", "plan"), ("af", "after"))  # fmt: skip
_SCOPE = (("i", "id"), ("k", "kind"), ("e", "element"), ("p", "parent"), ("t", "owner"), ("c", "done"))


def _short(record: Any, keys: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    found = {}
    for key, name in keys:
        value = getattr(record, name)
        if value or key == "i":
            found[key] = value
    waits = getattr(record, "waits", None)
    if waits:
        found["w"] = [_short(wait, _WAIT) for wait in waits]
    return found


def _long(kind: Any, data: dict[str, Any], keys: tuple[tuple[str, str], ...]) -> Any:
    values = {name: data[key] for key, name in keys if key in data}
    if "w" in data:
        values["waits"] = [_long(Wait, wait, _WAIT) for wait in data["w"]]
    return kind(**values)


def dump(state: State) -> bytes:
    """Write the state as JSON text."""
    return orjson.dumps(
        {
            "v": VERSION,
            "n": state.count,
            "st": state.status,
            "t": [_short(token, _TOKEN) for token in state.tokens.values()],
            "s": [_short(scope, _SCOPE) for scope in state.scopes.values()],
        }
    )


def load(text: bytes) -> State:
    """Read a state written by this or an earlier release."""
    data = orjson.loads(text)
    if data["v"] > VERSION:
        raise ValueError(data["v"])
    state = State(count=data["n"], status=data["st"])
    for item in data["t"]:
        token: Token = _long(Token, item, _TOKEN)
        state.tokens[token.id] = token
    for item in data["s"]:
        scope: Scope = _long(Scope, {"p": 0, **item}, _SCOPE)
        state.scopes[scope.id] = scope
    if ROOT in state.scopes:
        state.scopes[ROOT].parent = -1
    return state
