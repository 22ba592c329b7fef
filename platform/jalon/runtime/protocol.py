"""What the coordinator keeps between two steps: plain records, and the store that holds them.

A store works inside its caller's transaction: it never commits, and what it wrote is visible to
its own later reads. Two stores exist, a dict (`runtime.memory`) and SQL (`store`); one conformance
suite runs through both and must give equal traces.

Instants are aware datetimes in UTC. Variables are JSON values by scope: the key is the scope number
as text, "0" being the process itself. `state` is the engine's own JSON text (docs/reference/process-state.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

InstanceStatus = Literal["running", "incident", "completed", "terminated"]
TaskState = Literal["ready", "done", "cancelled"]
SubscriptionKind = Literal["message", "signal"]


@dataclass(slots=True)
class InstanceRecord:
    """One run of one process version.

    `parent` and `parent_token` name the call activity that started it, `root` the run nobody called
    (itself for a root), `depth` how many calls separate them. `conversation` ties instances that
    exchange messages: inherited by those a message starts. `incident` means running with at least
    one open incident. `version` grows by one at each saved step.
    """

    id: UUID
    process_key: str
    process_hash: str
    unit: str
    business_key: str | None
    status: InstanceStatus
    state: bytes
    variables: dict[str, dict[str, Any]]
    root: UUID
    started_at: datetime
    conversation: str
    parent: UUID | None = None
    parent_token: int | None = None
    depth: int = 0
    version: int = 1
    suspended: bool = False
    ended_at: datetime | None = None
    started_by: str | None = None


@dataclass(slots=True)
class TaskRecord:
    """Something somebody (or a service) has to do; `token` is where the answer goes.

    `kind` is the BPMN local name (userTask, manualTask, task, serviceTask...), `role` the role key or lane name,
    `recipient` the evaluated `{nom, courriel}` of a task done through a link, `iteration` the number
    of the repetition from 1 (None when the task is not repeated). `rank` orders the tasks of an instance.
    """

    id: UUID
    instance: UUID
    root: UUID
    token: int
    element: str
    title: str
    kind: str
    unit: str
    opened_at: datetime
    rank: int
    role: str | None = None
    lane: str | None = None
    form: str | None = None
    why: str | None = None
    recipient: dict[str, Any] | None = None
    assignee: str | None = None
    due_at: datetime | None = None
    priority: int | None = None
    iteration: int | None = None
    state: TaskState = "ready"
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A timer: wait number `wait` of that instance fires at `at`."""

    instance: UUID
    wait: int
    at: datetime
    element: str


@dataclass(frozen=True, slots=True)
class StartDue:
    """A process the clock starts at a unit: definition `index` of the start event `element`, written `text`.

    `origin`, `cycle` and `fired` tell how it repeats, as for a timer of a run.
    """

    process_key: str
    unit: str
    element: str
    index: int
    text: str
    at: datetime
    origin: datetime | None = None
    fired: int = 0
    cycle: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Wait number `wait` of that instance listens to messages or signals of that name.

    `correlation` is what the diagram itself demands of a message (may be empty); `variables` are not copied here:
    the coordinator reads them from the instance when a message names other keys.
    """

    instance: UUID
    wait: int
    kind: SubscriptionKind
    name: str
    element: str
    unit: str
    business_key: str | None
    conversation: str
    correlation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BufferedMessage:
    """A message nobody was waiting for, kept until `expires_at`."""

    id: UUID
    name: str
    payload: dict[str, Any]
    correlation: dict[str, Any]
    unit: str
    business_key: str | None
    conversation: str | None
    received_at: datetime
    expires_at: datetime
    target: UUID | None = None


@dataclass(slots=True)
class IncidentRecord:
    """A token that stopped: `code` is stable, `message` a French sentence with the facts."""

    id: UUID
    instance: UUID
    root: UUID
    token: int
    element: str
    code: str
    message: str
    opened_at: datetime
    closed_at: datetime | None = None
    resolution: str | None = None  # retried | skipped | moved | cancelled


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One line of the append-only token log, in the order of `add_events` calls.

    `kind`: started, passed (a node completed), ended (an end event reached), opened and closed (a task), sent (a
    message left), signalled, thrown (an error), escalated, incident, solved, cancelled, completed, terminated, moved,
    migrated, edited, suspended, resumed, operated (an operator retried, skipped or moved), restored,
    reopened.
    `facts` are small plain data (never values of variables).
    """

    instance: UUID
    root: UUID
    at: datetime
    kind: str
    element: str = ""
    token: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a message says of who may receive it: a store leaves aside, before loading anything, who cannot.

    `keys` are the texts each of its correlation keys may be held under, `values` the texts of all it carries; None
    when they are not sure. None for `business_key` and `conversation`: the message does not say. `target` is a run.
    """

    name: str
    unit: str
    keys: dict[str, frozenset[str] | None] = field(default_factory=dict)
    values: frozenset[str] | None = frozenset()
    business_key: str | None = None
    conversation: str | None = None
    target: UUID | None = None


class RunStore(Protocol):
    """Keeps instances, tasks, timers, subscriptions, messages, incidents and the event log."""

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        """Return a copy of the instance, or None."""
        ...

    def add_instance(self, record: InstanceRecord) -> None:
        """Keep a new instance."""
        ...

    def save_instance(self, record: InstanceRecord) -> None:
        """Replace the instance if the stored version is `record.version`, then count one more on both.

        Raises `Stale` when somebody saved another version in between.
        """
        ...

    def children(self, parent: UUID, token: int | None = None) -> Sequence[InstanceRecord]:
        """Return the instances this one called that are not over, oldest first; of one token if given."""
        ...

    def completed_variables(self, parent: UUID, token: int) -> Sequence[dict[str, Any]]:
        """Return the process variables of each instance that token called and that completed, oldest first."""
        ...

    def add_task(self, record: TaskRecord) -> None:
        """Keep a new open task."""
        ...

    def get_task(self, task: UUID) -> TaskRecord | None:
        """Return a copy of the task, open or not, or None."""
        ...

    def open_task(self, instance: UUID, token: int) -> TaskRecord | None:
        """Return the open task of that token, or None."""
        ...

    def open_tasks(self, root: UUID | None = None, instance: UUID | None = None) -> Sequence[TaskRecord]:
        """Return open tasks in creation order: of a whole run, of one instance, or all."""
        ...

    def save_task(self, record: TaskRecord) -> None:
        """Replace a task (closed, reassigned, moved to another element)."""
        ...

    def set_dues(self, instance: UUID, dues: Iterable[DueRecord]) -> None:
        """Make these the only timers of the instance (rows that do not change are left alone)."""
        ...

    def dues(self, until: datetime | None = None, limit: int | None = None) -> Sequence[DueRecord]:
        """Return timers due at or before `until` (all by default), earliest first; not those of suspended instances."""
        ...

    def set_start_dues(self, unit: str, process_key: str, dues: Iterable[StartDue]) -> None:
        """Make these the only starts of a process by the clock at a unit."""
        ...

    def start_dues(
        self, until: datetime | None = None, limit: int | None = None, unit: str | None = None, key: str | None = None
    ) -> Sequence[StartDue]:
        """Return starts due at or before `until` (all by default), earliest first; of one unit or process if given."""
        ...

    def claim_start(self, due: StartDue, following: StartDue | None) -> bool:
        """Put what follows in the place of a start, in the caller's transaction; tell whether it was still there."""
        ...

    def set_subscriptions(self, instance: UUID, subscriptions: Iterable[Subscription]) -> None:
        """Make these the only subscriptions of the instance (rows that do not change are left alone)."""
        ...

    def subscriptions(
        self, kind: SubscriptionKind, name: str, unit: str | None = None, instance: UUID | None = None
    ) -> Sequence[Subscription]:
        """Return who listens to that name, oldest first; within a unit or an instance if given."""
        ...

    def listeners(self, sought: Sought) -> Iterable[Subscription]:
        """Return who may receive a message, lazily: the same conversation first, then the oldest.

        May hold some who do not (the coordinator asks each), never leaves out one who does.
        """
        ...

    def add_message(self, message: BufferedMessage) -> None:
        """Buffer a message."""
        ...

    def messages(self, name: str, at: datetime, unit: str | None = None) -> Sequence[BufferedMessage]:
        """Return the messages of that name still alive at that instant, oldest first."""
        ...

    def remove_message(self, message: UUID) -> None:
        """Forget a message that was delivered."""
        ...

    def add_incident(self, record: IncidentRecord) -> None:
        """Keep a new open incident."""
        ...

    def open_incidents(self, instance: UUID | None = None, root: UUID | None = None) -> Sequence[IncidentRecord]:
        """Return open incidents, oldest first: of one instance, of a whole run, or all."""
        ...

    def save_incident(self, record: IncidentRecord) -> None:
        """Replace an incident (closed)."""
        ...

    def add_events(self, events: Iterable[EventRecord]) -> None:
        """Append lines to the token log."""
        ...

    def events(
        self, root: UUID | None = None, instance: UUID | None = None, kind: str | None = None, last: int | None = None
    ) -> Sequence[EventRecord]:
        """Return lines of the token log in order: of a whole run or one instance, of one kind, the last so many."""
        ...
