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
APART = "m"  # its repetitions run as instances of their own
RESET = "z"  # a complex gateway that let through, until the branches it did not wait for have come


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
    """One execution of a sub-process ("s"), one repetition ("i"), or an activity's own variables ("l").

    The root scope of a repetition that runs apart is itself an "i".
    """

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
_RARE = (("m", "many"), ("x", "incident"), ("u", "undoes"), ("pl", "plan"), ("af", "after"))


def _write_token(token: Token) -> dict[str, Any]:
    """Write a token; spelled out because a thousand of them are written at each step of a wide fan-out."""
    found: dict[str, Any] = {"i": token.id, "e": token.element}
    if token.scope:
        found["s"] = token.scope
    if token.doing:
        found["st"] = token.doing
    if token.flow:
        found["f"] = token.flow
    if token.local:
        found["l"] = token.local
    if token.many or token.incident or token.undoes or token.plan or token.after:
        found |= {key: value for key, name in _RARE if (value := getattr(token, name))}
    if token.waits:
        found["w"] = [_write_wait(wait) for wait in token.waits]
    return found


def _read_token(data: dict[str, Any]) -> Token:
    token = Token(data["i"], data["e"], data.get("s", ROOT), data.get("st", READY), data.get("f", ""), data.get("l", 0))
    for key, name in _RARE:
        if key in data:
            setattr(token, name, data[key])
    if "w" in data:
        token.waits = [_read_wait(wait) for wait in data["w"]]
    return token


def _write_scope(scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {"i": scope.id, "k": scope.kind}
    if scope.element:
        found["e"] = scope.element
    if scope.parent:
        found["p"] = scope.parent
    if scope.owner:
        found["t"] = scope.owner
    if scope.done:
        found["c"] = scope.done
    if scope.waits:
        found["w"] = [_write_wait(wait) for wait in scope.waits]
    return found


def _read_scope(data: dict[str, Any]) -> Scope:
    scope = Scope(data["i"], data["k"], data.get("e", ""), data.get("p", ROOT), data.get("t", 0))
    if "c" in data:
        scope.done = data["c"]
    if "w" in data:
        scope.waits = [_read_wait(wait) for wait in data["w"]]
    return scope


def _write_wait(wait: Wait) -> dict[str, Any]:
    return {key: value for key, name in _WAIT if (value := getattr(wait, name)) or key == "i"}


def _read_wait(data: dict[str, Any]) -> Wait:
    return Wait(**{name: data[key] for key, name in _WAIT if key in data})


def dump(state: State) -> bytes:
    """Write the state as JSON text."""
    return orjson.dumps(
        {
            "v": VERSION,
            "n": state.count,
            "st": state.status,
            "t": [_write_token(token) for token in state.tokens.values()],
            "s": [_write_scope(scope) for scope in state.scopes.values()],
        }
    )


def load(text: bytes) -> State:
    """Read a state written by this or an earlier release."""
    data = orjson.loads(text)
    if data["v"] > VERSION:
        raise ValueError(data["v"])
    state = State(count=data["n"], status=data["st"])
    state.tokens = {item["i"]: _read_token(item) for item in data["t"]}
    state.scopes = {item["i"]: _read_scope(item) for item in data["s"]}
    if ROOT in state.scopes:
        state.scopes[ROOT].parent = -1
    return state
