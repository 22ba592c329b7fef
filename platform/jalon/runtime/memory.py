"""The RunStore of the sandbox and of tests: dictionaries, copies in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from jalon.base.errors import Stale
from jalon.runtime.correlation import may_receive
from jalon.runtime.protocol import (
    BufferedMessage,
    DueRecord,
    EventRecord,
    IncidentRecord,
    InstanceRecord,
    Sought,
    StartDue,
    Subscription,
    SubscriptionKind,
    TaskRecord,
)


class MemoryStore:
    """Everything in dictionaries; insertion order is creation order."""

    def __init__(self) -> None:
        self._instances: dict[UUID, InstanceRecord] = {}
        self._tasks: dict[UUID, TaskRecord] = {}
        self._open: dict[tuple[UUID, int], UUID] = {}
        self._dues: dict[UUID, dict[int, DueRecord]] = {}
        self._subscriptions: dict[UUID, dict[int, Subscription]] = {}
        self._listening: dict[tuple[str, str], dict[UUID, None]] = {}
        self._order: dict[UUID, int] = {}
        self._starts: list[StartDue] = []
        self._messages: dict[UUID, BufferedMessage] = {}
        self._incidents: dict[UUID, IncidentRecord] = {}
        self._events: list[EventRecord] = []
        self._children: dict[UUID, list[UUID]] = {}

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        """Return a copy of the instance, or None."""
        found = self._instances.get(instance)
        return self._copy(found) if found else None

    def _copy(self, record: InstanceRecord) -> InstanceRecord:
        # one level is enough: the engine replaces values, and changes none in place
        return replace(record, variables={scope: dict(values) for scope, values in record.variables.items()})

    def _keep(self, record: InstanceRecord) -> None:
        self._instances[record.id] = self._copy(record)

    def add_instance(self, record: InstanceRecord) -> None:
        """Keep a new instance."""
        self._order[record.id] = len(self._order)
        self._keep(record)
        if record.parent:
            self._children.setdefault(record.parent, []).append(record.id)

    def save_instance(self, record: InstanceRecord) -> None:
        """Replace the instance unless somebody saved another version in between."""
        if self._instances[record.id].version != record.version:
            raise Stale
        record.version += 1
        self._keep(record)

    def children(self, parent: UUID, token: int | None = None) -> Sequence[InstanceRecord]:
        """Return the instances this one called that are not over, oldest first."""
        called = (self._instances[child] for child in self._children.get(parent, ()))
        return [self._copy(c) for c in called if c.ended_at is None and (token is None or c.parent_token == token)]

    def completed_variables(self, parent: UUID, token: int) -> Sequence[dict[str, Any]]:
        """Return the process variables of each instance that token called and that completed, oldest first."""
        called = (self._instances[child] for child in self._children.get(parent, ()))
        over = [one for one in called if one.parent_token == token and one.status == "completed"]
        return [dict(one.variables.get("0", {})) for one in over]

    def add_task(self, record: TaskRecord) -> None:
        """Keep a new open task."""
        self._tasks[record.id] = replace(record)
        self._open[record.instance, record.token] = record.id

    def get_task(self, task: UUID) -> TaskRecord | None:
        """Return a copy of the task, or None."""
        found = self._tasks.get(task)
        return replace(found) if found else None

    def open_task(self, instance: UUID, token: int) -> TaskRecord | None:
        """Return the open task of that token, or None."""
        found = self._open.get((instance, token))
        return replace(self._tasks[found]) if found else None

    def open_tasks(self, root: UUID | None = None, instance: UUID | None = None) -> Sequence[TaskRecord]:
        """Return open tasks in creation order."""
        found = (self._tasks[task] for task in self._open.values())
        return [replace(t) for t in found if root in (None, t.root) and instance in (None, t.instance)]

    def save_task(self, record: TaskRecord) -> None:
        """Replace a task."""
        before = self._tasks[record.id]
        self._tasks[record.id] = replace(record)
        if record.state != "ready":
            self._open.pop((before.instance, before.token), None)
        elif record.token != before.token:
            self._open.pop((before.instance, before.token), None)
            self._open[record.instance, record.token] = record.id

    def set_dues(self, instance: UUID, dues: Iterable[DueRecord]) -> None:
        """Make these the only timers of the instance."""
        self._dues[instance] = {due.wait: due for due in dues}

    def dues(self, until: datetime | None = None, limit: int | None = None) -> Sequence[DueRecord]:
        """Return timers due at or before `until`, earliest first."""
        found = [
            due
            for instance, dues in self._dues.items()
            if dues and not self._instances[instance].suspended
            for due in dues.values()
            if until is None or due.at <= until
        ]
        return sorted(found, key=lambda due: due.at)[:limit]

    def set_start_dues(self, unit: str, process_key: str, dues: Iterable[StartDue]) -> None:
        """Make these the only starts of a process by the clock at a unit."""
        self._starts = [one for one in self._starts if (one.unit, one.process_key) != (unit, process_key)] + list(dues)

    def start_dues(
        self, until: datetime | None = None, limit: int | None = None, unit: str | None = None, key: str | None = None
    ) -> Sequence[StartDue]:
        """Return starts due at or before `until`, earliest first."""
        found = [
            one
            for one in self._starts
            if (until is None or one.at <= until) and unit in (None, one.unit) and key in (None, one.process_key)
        ]
        return sorted(found, key=lambda one: one.at)[:limit]

    def claim_start(self, due: StartDue, following: StartDue | None) -> bool:
        """Put what follows in the place of a start; tell whether it was still there."""
        if due not in self._starts:
            return False
        self._starts.remove(due)
        self._starts += [following] if following else []
        return True

    def set_subscriptions(self, instance: UUID, subscriptions: Iterable[Subscription]) -> None:
        """Make these the only subscriptions of the instance."""
        wanted = {found.wait: found for found in subscriptions}
        before = self._subscriptions.get(instance)
        if not wanted and not before:
            return
        for found in (before or {}).values():
            self._listening.get((found.kind, found.name), {}).pop(instance, None)
        for found in wanted.values():
            self._listening.setdefault((found.kind, found.name), {})[instance] = None
        self._subscriptions[instance] = wanted

    def subscriptions(
        self, kind: SubscriptionKind, name: str, unit: str | None = None, instance: UUID | None = None
    ) -> Sequence[Subscription]:
        """Return who listens to that name, oldest instance first."""
        return [
            found
            for number in sorted(self._listening.get((kind, name), ()), key=self._order.__getitem__)
            for found in self._subscriptions[number].values()
            if found.kind == kind
            and found.name == name
            and unit in (None, found.unit)
            and instance in (None, found.instance)
        ]

    def listeners(self, sought: Sought) -> Iterable[Subscription]:
        """Return who may receive a message, the same conversation first, then the oldest."""
        found = self.subscriptions("message", sought.name, sought.unit)
        found = [one for one in found if may_receive(one, self._instances[one.instance], sought)]
        return sorted(found, key=lambda one: sought.conversation is None or one.conversation != sought.conversation)

    def add_message(self, message: BufferedMessage) -> None:
        """Buffer a message."""
        self._messages[message.id] = message

    def messages(self, name: str, at: datetime, unit: str | None = None) -> Sequence[BufferedMessage]:
        """Return the messages of that name still alive, oldest first."""
        alive = (m for m in self._messages.values() if m.name == name and m.expires_at > at)
        return [m for m in alive if unit in (None, m.unit)]

    def remove_message(self, message: UUID) -> None:
        """Forget a message that was delivered."""
        self._messages.pop(message, None)

    def all_instances(self) -> Sequence[InstanceRecord]:
        """Return every instance, over or not, oldest first."""
        return [self._copy(record) for record in self._instances.values()]

    def all_subscriptions(self) -> Sequence[Subscription]:
        """Return every subscription."""
        return [found for listening in self._subscriptions.values() for found in listening.values()]

    def all_messages(self) -> Sequence[BufferedMessage]:
        """Return every buffered message, oldest first (the sandbox saves them with a run)."""
        return list(self._messages.values())

    def add_incident(self, record: IncidentRecord) -> None:
        """Keep a new open incident."""
        self._incidents[record.id] = replace(record)

    def open_incidents(self, instance: UUID | None = None, root: UUID | None = None) -> Sequence[IncidentRecord]:
        """Return open incidents, oldest first."""
        found = (i for i in self._incidents.values() if i.closed_at is None)
        return [replace(i) for i in found if instance in (None, i.instance) and root in (None, i.root)]

    def save_incident(self, record: IncidentRecord) -> None:
        """Replace an incident."""
        self._incidents[record.id] = replace(record)

    def add_events(self, events: Iterable[EventRecord]) -> None:
        """Append lines to the token log."""
        self._events.extend(events)

    def events(
        self, root: UUID | None = None, instance: UUID | None = None, kind: str | None = None, last: int | None = None
    ) -> Sequence[EventRecord]:
        """Return lines of the token log in order."""
        found = [
            event
            for event in self._events
            if root in (None, event.root) and instance in (None, event.instance) and kind in (None, event.kind)
        ]
        return found[-last:] if last else found
