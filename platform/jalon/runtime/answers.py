"""What the sandbox answers: plain records, stable for tools."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from jalon.base.clock import instant_text
from jalon.runtime.looking import Waiting
from jalon.runtime.protocol import TaskRecord


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was started."""

    id: str
    process: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task that is ready."""

    id: str
    run: str
    element: str
    title: str
    kind: str
    role: str | None
    lane: str | None
    form: str | None
    due_at: str | None
    iteration: int | None
    recipient: dict[str, Any] | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run is; `waiting` and `incidents` include the runs it called."""

    status: str
    variables: dict[str, Any]
    ended_at: list[str]
    waiting: list[Waiting]
    incidents: list[tuple[str, str, str]]


class Sent(NamedTuple):
    """Where a message went: how many instances received it, started on it, or 1 when it was buffered."""

    delivered: int
    started: int
    buffered: int


class SentMessage(NamedTuple):
    """A message a run sent."""

    name: str
    payload: dict[str, Any]
    element: str
    correlation: dict[str, Any]


class Passed(NamedTuple):
    """A completed node: the process it belongs to, the element, and when (UTC text)."""

    process: str
    element: str
    at: str


class Acted(NamedTuple):
    """An action a service task would have asked for, with `services` "pass" or "simulate": nothing left for outside."""

    action: str
    parameters: dict[str, Any]
    element: str


class Taken(NamedTuple):
    """A decision a run took, and why, in French sentences."""

    decision: str
    outputs: dict[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision gave."""

    outputs: Any
    value: Any
    matched: list[str]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The value of an expression as plain data, and the notices met."""

    value: Any
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a posted form gives; also reads as the tuple (ok, data, errors)."""

    ok: bool
    data: dict[str, Any]
    errors: dict[str, str]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.ok, self.data, self.errors))


def shown(task: TaskRecord) -> Task:
    """Return a task as the sandbox shows it."""
    return Task(
        str(task.id),
        str(task.instance),
        task.element,
        task.title,
        task.kind,
        task.role,
        task.lane,
        task.form,
        instant_text(task.due_at) if task.due_at else None,
        task.iteration,
        task.recipient,
        task.why,
    )
