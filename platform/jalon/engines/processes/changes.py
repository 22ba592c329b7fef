"""What a step did, in order: the coordinator turns these into records and events."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Passed:
    """A node completed."""

    element: str
    kind: str
    token: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A path reached an end event."""

    element: str
    token: int


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """Somebody has to act: a human task, or a service the platform did not run at once."""

    token: int
    element: str
    iteration: int | None
    title: str
    form: str | None
    recipient: dict[str, Any] | None
    assignee: str | None
    due_at: str | None
    priority: int | None


@dataclass(frozen=True, slots=True)
class TaskClosed:
    """A task is no longer open: `done`, or cancelled by something else."""

    token: int
    element: str
    done: bool


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message leaves for other instances, or for whoever listens."""

    element: str
    name: str
    payload: dict[str, Any]
    correlation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal is broadcast; this instance has already heard it."""

    element: str
    name: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Called:
    """A call activity wants a run of another process."""

    token: int
    element: str
    process: str
    variables: dict[str, Any]
    business_key: str | None


@dataclass(frozen=True, slots=True)
class Spread:
    """An activity wants its repetitions run as instances of their own, called by `token`.

    `own` holds each repetition's variables; they see those of the scope `place` of this instance.
    """

    token: int
    element: str
    place: int
    own: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CallCancelled:
    """What this token called is not wanted any more."""

    token: int
    element: str


@dataclass(frozen=True, slots=True)
class ErrorUncaught:
    """An error nobody here catches: the calling instance may; until then the token is an incident."""

    token: int
    element: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class EscalationUncaught:
    """An escalation nobody here catches: the calling instance may."""

    element: str
    escalation: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A token stopped."""

    token: int
    element: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """The token goes on, or is gone."""

    token: int
    element: str
    how: str


@dataclass(frozen=True, slots=True)
class Warned:
    """An expression met something unknown; nothing stopped."""

    element: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """A line for the token log that changes nothing else."""

    kind: str
    element: str
    token: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


Change = (
    Passed
    | Ended
    | TaskOpened
    | TaskClosed
    | MessageThrown
    | SignalThrown
    | Called
    | Spread
    | CallCancelled
    | ErrorUncaught
    | EscalationUncaught
    | IncidentRaised
    | IncidentClosed
    | Warned
    | Noted
)
