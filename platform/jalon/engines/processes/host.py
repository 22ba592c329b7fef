"""What the engine asks of whoever runs it: the time, the values it does not hold, decisions and actions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A service, send or rule task asks for work: the named action and its evaluated parameters."""

    element: str
    kind: str
    action: str
    vendor: str
    parameters: Mapping[str, Any]
    variables: Mapping[str, Any]
    token: int


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done: these variables are written."""

    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """The work waits for an answer: the token stays, a task is listed."""


@dataclass(frozen=True, slots=True)
class Thrown:
    """The work ended in a BPMN error."""

    error: str
    message: str = ""


ActionResult = Done | Ask | Thrown
Act = Callable[[ActionCall], ActionResult]
Decide = Callable[[str, Mapping[str, Any]], Any]
Gather = Callable[[int], Mapping[int, Any]]


def ask(_call: ActionCall) -> ActionResult:
    """List every service task as open."""
    return Ask()


def no_results(_number: int) -> Mapping[int, Any]:
    """Know no result."""
    return {}


def no_decision(name: str, _inputs: Mapping[str, Any]) -> Any:
    """Know no decision."""
    raise LookupError(name)


@dataclass(frozen=True, slots=True)
class Host:
    """The surroundings of one step.

    `now` is an aware instant, `zone` the civil time of the unit. `act` and `decide` may raise JalonError: the token
    stops with an incident. `names` gives root names that are not variables (dossier, parametre, option, unite...).
    A parallel repetition of more than `apart` items runs as instances of their own; `gather` gives their results,
    by index from 0.
    """

    now: datetime
    zone: str = "Europe/Paris"
    act: Act = ask
    decide: Decide = no_decision
    names: Mapping[str, Any] = field(default_factory=dict)
    calendar: Any = None
    max_steps: int = 10_000
    max_items: int = 10_000
    coalesce: bool = True
    apart: int = 20
    gather: Gather = no_results
