"""The SQL RunStore: the runtime's records as rows, inside the caller's transaction.

Units are codes in records and ids in rows. Instances and tasks pass through the session's identity
map, so that a step reads each row once and writes it once.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, cast, delete, false, insert, or_, select, true, update
from sqlalchemy.orm import Session, undefer_group
from sqlalchemy.orm.exc import StaleDataError

from jalon.base.errors import NotFound, Stale
from jalon.runtime.correlation import BUSINESS_KEYS, PLACE
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
from jalon.store.holding import hold
from jalon.store.places import place, place_of_code
from jalon.store.processes import (
    Due,
    Incident,
    Instance,
    MessageBuffer,
    ProcessEvent,
    StartDueRow,
    SubscriptionRow,
)
from jalon.store.sequence import next_seq
from jalon.store.worklist import NO_DEADLINE, Task

_BARE = re.compile(r"-?\d+(\.\d+)?|true|false|null")
PAGE = 50  # listeners read at a time: the first one is nearly always the right one
RENAMED = {"instance": "instance_id", "root": "root_id", "parent": "parent_id"}
"""Record fields whose column says that it holds an id."""


class SqlRunStore:
    """Keeps what the coordinator needs in SQL; built for one session, cheap to build."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._at_hand: dict[tuple[UUID, int], Task] = {}  # what was asked by id: nearly always what is closed next

    # instances

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        """Return a copy of the instance, or None."""
        row = self._session.get(Instance, instance, options=[undefer_group("state")])
        return self._instance_record(row) if row else None

    def add_instance(self, record: InstanceRecord) -> None:
        """Keep a new instance."""
        self._session.add(Instance(**self._values(record)))
        self._session.flush()

    def save_instance(self, record: InstanceRecord) -> None:
        """Replace the instance unless somebody saved another version in between."""
        row = self._session.get(Instance, record.id, options=[undefer_group("state")])
        if row is None or row.version != record.version:
            raise Stale
        record.version += 1
        for name, value in self._values(record).items():
            setattr(row, name, value)
        try:
            self._session.flush()
        except StaleDataError as error:
            raise Stale from error

    def children(self, parent: UUID, token: int | None = None) -> Sequence[InstanceRecord]:
        """Return the instances this one called that are not over, oldest first."""
        query = select(Instance).where(Instance.parent_id == parent, Instance.ended_at.is_(None))
        if token is not None:
            query = query.where(Instance.parent_token == token)
        rows = self._session.scalars(query.order_by(Instance.seq).options(undefer_group("state")))
        return [self._instance_record(row) for row in rows]

    def completed_variables(self, parent: UUID, token: int) -> Sequence[dict[str, Any]]:
        """Return the process variables of each instance that token called and that completed, oldest first."""
        query = select(Instance.variables).where(
            Instance.parent_id == parent, Instance.parent_token == token, Instance.status == "completed"
        )
        return [found.get("0", {}) for found in self._session.scalars(query.order_by(Instance.seq))]

    # tasks

    def add_task(self, record: TaskRecord) -> None:
        """Keep a new open task."""
        row = Task(**self._values(record), urgent_at=record.due_at or NO_DEADLINE)
        self._session.add(hold(self._session, row))

    def get_task(self, task: UUID) -> TaskRecord | None:
        """Return a copy of the task, or None."""
        row = self._session.get(Task, task)
        if row is not None:
            self._at_hand[row.instance_id, row.token] = row
        return self._task_record(row) if row else None

    def open_task(self, instance: UUID, token: int) -> TaskRecord | None:
        """Return the open task of that token, or None."""
        at_hand = self._at_hand.get((instance, token))
        if at_hand is not None and at_hand.state == "ready":
            return self._task_record(at_hand)
        query = select(Task).where(Task.instance_id == instance, Task.token == token, Task.state == "ready")
        row = self._session.scalar(query.limit(1))
        return self._task_record(row) if row else None

    def open_tasks(self, root: UUID | None = None, instance: UUID | None = None) -> Sequence[TaskRecord]:
        """Return open tasks in creation order."""
        query = select(Task).where(Task.state == "ready")
        if root is not None:
            query = query.where(Task.root_id == root)
        if instance is not None:
            query = query.where(Task.instance_id == instance)
        return [self._task_record(row) for row in self._session.scalars(query.order_by(Task.seq))]

    def save_task(self, record: TaskRecord) -> None:
        """Replace a task, keeping what the worklist alone knows about it."""
        row = self._session.get_one(Task, record.id)
        for name, value in self._values(record).items():
            setattr(row, name, value)
        row.urgent_at = record.due_at or NO_DEADLINE

    # timers and subscriptions

    def set_dues(self, instance: UUID, dues: Iterable[DueRecord]) -> None:
        """Make these the only timers of the instance."""
        wanted = {due.wait: self._values(due) for due in dues}
        known = self._session.scalars(select(Due).where(Due.instance_id == instance))
        self._replace(Due, {row.wait: row for row in known}, wanted)

    def dues(self, until: datetime | None = None, limit: int | None = None) -> Sequence[DueRecord]:
        """Return timers due at or before `until`, earliest first; not those of suspended instances."""
        query = select(Due).join(Instance, Instance.id == Due.instance_id).where(Instance.suspended.is_(False))
        if until is not None:
            query = query.where(Due.at <= until)
        # several workers share what is due: each takes the rows nobody holds
        query = query.order_by(Due.at, Due.seq).limit(limit).with_for_update(skip_locked=True, of=Due)
        rows = self._session.scalars(query)
        return [DueRecord(row.instance_id, row.wait, row.at, row.element) for row in rows]

    def set_start_dues(self, unit: str, process_key: str, dues: Iterable[StartDue]) -> None:
        """Make these the only starts of a process by the clock at a unit."""
        where = (StartDueRow.unit_id == self._unit_id(unit), StartDueRow.process_key == process_key)
        self._session.execute(delete(StartDueRow).where(*where))
        self._session.add_all(StartDueRow(**self._values(due)) for due in dues)
        self._session.flush()

    def start_dues(
        self, until: datetime | None = None, limit: int | None = None, unit: str | None = None, key: str | None = None
    ) -> Sequence[StartDue]:
        """Return starts due at or before `until`, earliest first."""
        query = select(StartDueRow)
        if until is not None:
            query = query.where(StartDueRow.at <= until)
        if unit is not None:
            query = query.where(StartDueRow.unit_id == self._unit_id(unit))
        if key is not None:
            query = query.where(StartDueRow.process_key == key)
        rows = self._session.scalars(query.order_by(StartDueRow.at, StartDueRow.seq).limit(limit))
        return [self._record(StartDue, row) for row in rows]

    def claim_start(self, due: StartDue, following: StartDue | None) -> bool:
        """Put what follows in the place of a start; of two that try at once, one finds it gone."""
        claimed = self._session.execute(
            delete(StartDueRow).where(
                StartDueRow.unit_id == self._unit_id(due.unit),
                StartDueRow.process_key == due.process_key,
                StartDueRow.element == due.element,
                StartDueRow.index == due.index,
                StartDueRow.at == due.at,
            )
        )
        if not claimed.rowcount:
            return False
        if following is not None:
            self._session.add(StartDueRow(**self._values(following)))
            self._session.flush()
        return True

    def set_subscriptions(self, instance: UUID, subscriptions: Iterable[Subscription]) -> None:
        """Make these the only subscriptions of the instance."""
        wanted = {found.wait: self._values(found) for found in subscriptions}
        known = self._session.scalars(select(SubscriptionRow).where(SubscriptionRow.instance_id == instance))
        self._replace(SubscriptionRow, {row.wait: row for row in known}, wanted)

    def subscriptions(
        self, kind: SubscriptionKind, name: str, unit: str | None = None, instance: UUID | None = None
    ) -> Sequence[Subscription]:
        """Return who listens to that name, oldest instance first."""
        query = (
            select(SubscriptionRow)
            .join(Instance, Instance.id == SubscriptionRow.instance_id)
            .where(SubscriptionRow.kind == kind, SubscriptionRow.name == name)
        )
        if unit is not None:
            query = query.where(SubscriptionRow.unit_id == self._unit_id(unit))
        if instance is not None:
            query = query.where(SubscriptionRow.instance_id == instance)
        rows = self._session.scalars(query.order_by(Instance.seq, SubscriptionRow.wait))
        return [self._record(Subscription, row) for row in rows]

    def listeners(self, sought: Sought) -> Iterable[Subscription]:
        """Return who may receive a message: the same conversation first, then the oldest."""
        first = case((SubscriptionRow.conversation == sought.conversation, 0), else_=1)
        query = (
            select(SubscriptionRow)
            .join(Instance, Instance.id == SubscriptionRow.instance_id)
            .where(SubscriptionRow.kind == "message", SubscriptionRow.name == sought.name)
            .where(SubscriptionRow.unit_id == self._unit_id(sought.unit), Instance.suspended.is_(False))
            .where(or_(self._without_correlation(sought), self._with_correlation(sought)))
        )
        if sought.target is not None:
            query = query.where(or_(Instance.id == sought.target, Instance.root_id == sought.target))
        query = query.order_by(first, Instance.seq, SubscriptionRow.wait).limit(PAGE)
        for page in count():
            rows = self._session.scalars(query.offset(page * PAGE)).all()
            yield from (self._record(Subscription, row) for row in rows)
            if len(rows) < PAGE:
                return

    def _with_correlation(self, sought: Sought) -> ColumnElement[bool]:
        """Keep those whose own key is among what the message carries."""
        held = cast(SubscriptionRow.correlation, Text)
        if sought.values is None:
            return held != "{}"
        parts = sorted({part for text in sought.values for part in _as_stored(text)})
        return and_(held != "{}", or_(false(), *(held.contains(part, autoescape=True) for part in parts)))

    def _without_correlation(self, sought: Sought) -> ColumnElement[bool]:
        """Keep those whose variables or business key agree with each key of the message."""
        agree: list[ColumnElement[bool]] = []
        for name, texts in sought.keys.items():
            if texts is None or "null" in texts or not name.isidentifier():
                continue
            same_key = Instance.business_key.in_(texts)
            if name not in BUSINESS_KEYS:
                held = Instance.variables[("0", name)]
                same_key = or_(and_(held.as_string().is_(None), same_key), cast(held.as_string(), Text).in_(texts))
            agree.append(same_key)
        if not sought.keys and (sought.business_key is not None or sought.conversation is not None):
            # its own key, or without any the runs that have none: SQL reads `== None` as IS NULL
            kin = SubscriptionRow.conversation == sought.conversation
            agree.append(or_(kin, Instance.business_key == sought.business_key))
        apart = Instance.variables[("0", PLACE)].as_string().is_not(None)  # sees variables of another row
        return and_(cast(SubscriptionRow.correlation, Text) == "{}", or_(apart, and_(true(), *agree)))

    # messages

    def add_message(self, message: BufferedMessage) -> None:
        """Buffer a message."""
        self._session.add(MessageBuffer(**self._values(message)))

    def messages(self, name: str, at: datetime, unit: str | None = None) -> Sequence[BufferedMessage]:
        """Return the messages of that name still alive, oldest first."""
        query = select(MessageBuffer).where(MessageBuffer.name == name, MessageBuffer.expires_at > at)
        if unit is not None:
            query = query.where(MessageBuffer.unit_id == self._unit_id(unit))
        return [self._record(BufferedMessage, row) for row in self._session.scalars(query.order_by(MessageBuffer.seq))]

    def remove_message(self, message: UUID) -> None:
        """Forget a message that was delivered."""
        self._session.execute(delete(MessageBuffer).where(MessageBuffer.id == message))

    # incidents and the token log

    def add_incident(self, record: IncidentRecord) -> None:
        """Keep a new open incident."""
        run = self._session.get_one(Instance, record.instance)
        self._session.add(Incident(**self._values(record), unit_id=run.unit_id))

    def open_incidents(self, instance: UUID | None = None, root: UUID | None = None) -> Sequence[IncidentRecord]:
        """Return open incidents, oldest first."""
        query = select(Incident).where(Incident.closed_at.is_(None))
        if instance is not None:
            query = query.where(Incident.instance_id == instance)
        if root is not None:
            query = query.where(Incident.root_id == root)
        return [self._record(IncidentRecord, row) for row in self._session.scalars(query.order_by(Incident.seq))]

    def save_incident(self, record: IncidentRecord) -> None:
        """Replace an incident."""
        values = self._values(record)
        self._session.execute(update(Incident).where(Incident.id == values.pop("id")).values(**values))

    def add_events(self, events: Iterable[EventRecord]) -> None:
        """Append lines to the token log."""
        rows = [{**self._values(event), "seq": next_seq()} for event in events]
        if rows:
            self._session.flush()
            self._session.execute(insert(ProcessEvent), rows)

    def events(
        self, root: UUID | None = None, instance: UUID | None = None, kind: str | None = None, last: int | None = None
    ) -> Sequence[EventRecord]:
        """Return lines of the token log in order."""
        query = select(ProcessEvent)
        for column, wanted in (
            (ProcessEvent.root_id, root),
            (ProcessEvent.instance_id, instance),
            (ProcessEvent.kind, kind),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        rows = self._session.scalars(query.order_by(ProcessEvent.seq.desc()).limit(last)).all()
        return [self._record(EventRecord, row) for row in reversed(rows)]

    # rows and records

    def _values(self, record: Any) -> dict[str, Any]:
        found = {RENAMED.get(item.name, item.name): getattr(record, item.name) for item in fields(record)}
        if "unit" in found:
            found["unit_id"] = self._unit_id(found.pop("unit"))
        return found

    def _record(self, kind: type[Any], row: Any) -> Any:
        values = {}
        for item in fields(kind):
            if item.name == "unit":
                values["unit"] = self._unit_code(row.unit_id)
            else:
                values[item.name] = getattr(row, RENAMED.get(item.name, item.name))
        return kind(**values)

    def _instance_record(self, row: Instance) -> InstanceRecord:
        record: InstanceRecord = self._record(InstanceRecord, row)
        record.variables = {scope: dict(values) for scope, values in record.variables.items()}
        return record

    def _task_record(self, row: Task) -> TaskRecord:
        record: TaskRecord = self._record(TaskRecord, row)
        return record

    def _replace(self, table: type[Any], known: dict[int, Any], wanted: dict[int, dict[str, Any]]) -> None:
        for wait, row in known.items():
            if wait not in wanted:
                self._session.delete(row)
        for wait, values in wanted.items():
            row = known.get(wait)
            if row is None:
                self._session.add(table(**values))
            else:
                for name, value in values.items():
                    setattr(row, name, value)

    def _unit_id(self, code: str) -> UUID:
        found = place_of_code(self._session, code)
        if found is None:
            raise NotFound(unit=code)
        return found.id

    def _unit_code(self, unit_id: UUID) -> str:
        return place(self._session, unit_id).code


def _as_stored(text: str) -> set[str]:
    """Return how a value may appear in the text of a JSON object of either database."""
    quoted = {json.dumps(text, ensure_ascii=ascii) for ascii in (True, False)}
    bare = {f":{space}{text}{end}" for space in (" ", "") for end in ",}"} if _BARE.fullmatch(text) else set()
    return quoted | bare
