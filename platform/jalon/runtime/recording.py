"""From what a step changed to records: tasks, incidents, events, timers and subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from jalon.base.clock import instant_from
from jalon.base.ids import new_id
from jalon.engines.processes import (
    CallCancelled,
    Called,
    Change,
    Ended,
    ErrorUncaught,
    EscalationUncaught,
    Execution,
    IncidentClosed,
    IncidentRaised,
    MessageThrown,
    Noted,
    Passed,
    SignalThrown,
    Spread,
    TaskClosed,
    TaskOpened,
    Wait,
    Warned,
)
from jalon.runtime.protocol import (
    DueRecord,
    EventRecord,
    IncidentRecord,
    InstanceRecord,
    RunStore,
    Subscription,
    TaskRecord,
)

Outward = Called | Spread | CallCancelled | MessageThrown | SignalThrown | ErrorUncaught | EscalationUncaught


@dataclass(slots=True)
class Happened:
    """What a call changed, all instances together, in order.

    `delivered`, `started` and `buffered` tell where messages went; `warnings` are (instance, element, sentence).
    """

    instance: UUID | None = None
    opened: list[TaskRecord] = field(default_factory=list)
    closed: list[TaskRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    started: list[UUID] = field(default_factory=list)
    finished: list[UUID] = field(default_factory=list)
    incidents: list[IncidentRecord] = field(default_factory=list)
    sent: list[tuple[UUID, MessageThrown]] = field(default_factory=list)
    delivered: int = 0
    buffered: int = 0
    warnings: list[tuple[UUID, str, str]] = field(default_factory=list)

    def join(self, other: "Happened") -> None:
        """Add what another act changed."""
        for one in fields(self):
            mine = getattr(self, one.name)
            if isinstance(mine, list):
                mine.extend(getattr(other, one.name))
        self.delivered += other.delivered
        self.buffered += other.buffered


class Recorder:
    """Writes the changes of one step of one instance."""

    def __init__(self, store: RunStore, happened: Happened, now: datetime, by: str | None) -> None:
        self.store, self.happened, self.now, self.by = store, happened, now, by

    def record(self, instance: InstanceRecord, execution: Execution) -> list[Outward]:
        """Write what changed and return what concerns other instances, in order."""
        outward: list[Outward] = []
        lines: list[EventRecord] = []
        for rank, change in enumerate(execution.changes):
            if isinstance(change, Outward):
                outward.append(change)
            line = self._one(instance, execution, change, rank)
            if line is not None:
                lines.append(line)
        self.happened.events.extend(lines)
        self.store.add_events(lines)
        return outward

    def _one(self, instance: InstanceRecord, execution: Execution, change: Change, rank: int) -> EventRecord | None:
        match change:
            case Passed(element, kind, token):
                return self._event(instance, "passed", element, token, kind=kind)
            case Ended(element, token):
                return self._event(instance, "ended", element, token)
            case TaskOpened():
                self._open(instance, execution, change, rank)
                return self._event(instance, "opened", change.element, change.token)
            case TaskClosed(token, element, done):
                self._close(instance, token, done=done)
                return self._event(instance, "closed", element, token, done=done)
            case IncidentRaised(token, element, code, message):
                incident = IncidentRecord(new_id(), instance.id, instance.root, token, element, code, message, self.now)
                self.store.add_incident(incident)
                self.happened.incidents.append(incident)
                return self._event(instance, "incident", element, token, code=code)
            case IncidentClosed(token, element, how):
                self._solve(instance, token, how)
                return self._event(instance, "solved", element, token, how=how)
            case MessageThrown(element, name):
                self.happened.sent.append((instance.id, change))
                return self._event(instance, "sent", element, None, name=name)
            case SignalThrown(element, name):
                return self._event(instance, "signalled", element, None, name=name)
            case Warned(element, messages):
                self.happened.warnings.extend((instance.id, element, message) for message in messages)
                return None
            case Noted(kind, element, token, facts):
                return self._event(instance, kind, element, token, **facts)
        return None

    def _event(
        self, instance: InstanceRecord, what: str, element: str, token: int | None = None, **facts: Any
    ) -> EventRecord:
        return EventRecord(instance.id, instance.root, self.now, what, element, token, facts)

    def note(self, instance: InstanceRecord, kind: str, **facts: Any) -> None:
        """Add a line that no step of the engine produced, with who asked for it."""
        told = {name: value for name, value in {**facts, "by": self.by}.items() if value not in (None, "")}
        line = self._event(instance, kind, "", None, **told)
        self.happened.events.append(line)
        self.store.add_events([line])

    def _open(self, instance: InstanceRecord, execution: Execution, change: TaskOpened, rank: int) -> None:
        node = execution.program.nodes[change.element]
        task = TaskRecord(
            id=new_id(),
            instance=instance.id,
            root=instance.root,
            token=change.token,
            element=change.element,
            title=change.title,
            kind=node.kind,
            unit=instance.unit,
            opened_at=self.now,
            rank=rank,
            role=node.role,
            lane=node.lane,
            form=change.form,
            why=node.why or None,
            recipient=change.recipient,
            assignee=change.assignee,
            due_at=instant_from(change.due_at) if change.due_at else None,
            priority=change.priority,
            iteration=change.iteration,
        )
        self.store.add_task(task)
        self.happened.opened.append(task)

    def _close(self, instance: InstanceRecord, token: int, *, done: bool) -> None:
        task = self.store.open_task(instance.id, token)
        if task is None:
            return
        task.state = "done" if done else "cancelled"
        task.closed_at, task.closed_by = self.now, self.by
        self.store.save_task(task)
        self.happened.closed.append(task)

    def _solve(self, instance: InstanceRecord, token: int, how: str) -> None:
        for incident in self.store.open_incidents(instance=instance.id):
            if incident.token == token:
                incident.closed_at, incident.resolution = self.now, how
                self.store.save_incident(incident)


def waits_of(execution: Execution) -> Iterable[Wait]:
    """Return every wait of an instance."""
    for token in execution.state.tokens.values():
        yield from token.waits
    for scope in execution.state.scopes.values():
        yield from scope.waits


def dues_of(instance: InstanceRecord, execution: Execution) -> list[DueRecord]:
    """Return the timers of an instance."""
    return [
        DueRecord(instance.id, wait.id, instant_from(wait.at), wait.element)
        for wait in waits_of(execution)
        if wait.kind == "timer"
    ]


def subscriptions_of(instance: InstanceRecord, execution: Execution) -> list[Subscription]:
    """Return what an instance listens to."""
    return [
        Subscription(
            instance.id,
            wait.id,
            "message" if wait.kind == "message" else "signal",
            wait.name,
            wait.element,
            instance.unit,
            instance.business_key,
            instance.conversation,
            wait.correlation,
        )
        for wait in waits_of(execution)
        if wait.kind in {"message", "signal"}
    ]
