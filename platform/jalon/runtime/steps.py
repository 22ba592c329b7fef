"""One step of one instance: taken from the store, run by the engine, written back with what it changed."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from jalon.base.errors import NotFound, TaskAlreadyDone
from jalon.base.ids import new_id
from jalon.engines.processes import Execution, Host, Program
from jalon.engines.processes.faults import NothingThere
from jalon.engines.processes.host import Act, Decide
from jalon.runtime.library import Library
from jalon.runtime.protocol import EventRecord, InstanceRecord, InstanceStatus, RunStore, Subscription, TaskRecord
from jalon.runtime.recording import Happened, Outward, Recorder, dues_of, subscriptions_of, waits_of
from jalon.runtime.spreading import Outer, outer_of, results


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What varies by instance: actions, decisions, civil time, calendar, root names. Services build it per instance."""

    act: Act
    decide: Decide
    zone: str = "Europe/Paris"
    calendar: Any = None
    names: Mapping[str, Any] = field(default_factory=dict)


Around = Callable[[InstanceRecord], Surroundings]
ENDED: Mapping[str, InstanceStatus] = {"completed": "completed", "terminated": "terminated"}
"""What the engine says of an execution that is over, and what is kept of it."""
Step = Callable[[Execution], None]


class Steps:
    """Takes steps and queues what they ask of other instances."""

    def __init__(
        self,
        store: RunStore,
        library: Library,
        around: Around,
        now: Callable[[], datetime],
        *,
        max_steps: int = 10_000,
        max_depth: int = 50,
        coalesce: bool = True,
        apart: int = 20,
    ) -> None:
        self.store, self.library, self.around, self.now = store, library, around, now
        self._max_steps, self._max_depth, self._coalesce, self._most_inside = max_steps, max_depth, coalesce, apart
        self._queue: deque[tuple[InstanceRecord, Outward | Subscription | None]] = deque()
        self._happened = Happened()
        self._by: str | None = None
        self._routed = 0

    def _open(self, by: str | None) -> None:
        self._happened, self._by, self._routed = Happened(), by, 0

    def _close(self, instance: UUID | None) -> Happened:
        self._happened.instance = instance
        return self._happened

    def _recorder(self) -> Recorder:
        return Recorder(self.store, self._happened, self.now(), self._by)

    def _get(self, instance: UUID) -> InstanceRecord:
        record = self.store.get_instance(instance)
        if record is None:
            raise NotFound(instance=str(instance))
        return record

    def _task(self, task: UUID) -> TaskRecord:
        found = self.store.get_task(task)
        if found is None:
            raise NotFound(task=str(task))
        if found.state != "ready":
            raise TaskAlreadyDone(who=found.closed_by or "Quelqu’un")
        return found

    def _host(self, record: InstanceRecord) -> Host:
        around = self.around(record)
        return Host(
            self.now(),
            around.zone,
            around.act,
            around.decide,
            around.names,
            around.calendar,
            self._max_steps,
            coalesce=self._coalesce,
            apart=self._most_inside,
            gather=lambda number: results(self.store, record.id, number),
        )

    def _step(self, record: InstanceRecord, step: Step) -> Execution:
        program = self.library.program(record.process_key, record.process_hash)
        outer = outer_of(self.store, record)
        execution = Execution.resume(program, record.state, record.variables, self._host(record), outer.values)
        before, waited = execution.state.count, any(True for _ in waits_of(execution))
        step(execution)
        self._save(record, execution, before, waited=waited)
        self._save_outer(outer, execution.sight.written)
        return execution

    def _save_outer(self, outer: Outer, written: set[int]) -> None:
        """Save the instances whose variables a repetition of theirs wrote; their conditions look again."""
        for owner in outer.written(written):
            self._step(owner, lambda execution: execution.refresh())

    def _save(
        self, record: InstanceRecord, execution: Execution, before: int, *, fresh: bool = False, waited: bool = True
    ) -> None:
        """Write an instance and what it waits for; nothing to say of waits when it had none (`waited`) and has none."""
        record.state, record.variables = execution.dump(), execution.variables
        status = execution.state.status
        stopped = any(token.doing == "i" for token in execution.state.tokens.values())
        record.status = "incident" if stopped else ENDED.get(status, "running")
        if status != "running" and record.ended_at is None:
            record.ended_at = self.now()
            self._happened.finished.append(record.id)
        if fresh:
            self.store.add_instance(record)
        else:
            self.store.save_instance(record)
        outward = self._recorder().record(record, execution)
        subscriptions = subscriptions_of(record, execution)
        if waited or any(True for _ in waits_of(execution)):
            self.store.set_dues(record.id, dues_of(record, execution))
            self.store.set_subscriptions(record.id, subscriptions)
        self._queue.extend((record, change) for change in outward)
        if record.ended_at is not None:
            self._queue.append((record, None))
        else:
            new = [found for found in subscriptions if found.wait > before and found.kind == "message"]
            self._queue.extend((record, subscription) for subscription in new)

    def _new(
        self, program: Program, unit: str, business_key: str | None, instance: UUID | None, by: str | None
    ) -> InstanceRecord:
        number = instance or new_id()
        return InstanceRecord(
            id=number,
            process_key=program.key,
            process_hash=program.hash,
            unit=unit,
            business_key=business_key,
            status="running",
            state=b"",
            variables={},
            root=number,
            started_at=self.now(),
            conversation=str(number),
            started_by=by,
        )

    def _begin(
        self, record: InstanceRecord, program: Program, variables: Mapping[str, Any], start_event: str | None = None
    ) -> None:
        execution = Execution.begin(program, self._host(record), variables)
        execution.start(start_event)
        line = EventRecord(record.id, record.root, self.now(), "started", "", None, {"process": program.key})
        self._happened.events.append(line)
        self._happened.started.append(record.id)
        self.store.add_events([line])
        self._save(record, execution, 0, fresh=True, waited=False)

    def _try(self, record: InstanceRecord, step: Step) -> bool:
        """Take a step that may come too late; tell whether it did not."""
        try:
            self._step(record, step)
        except NothingThere:
            return False
        return True
