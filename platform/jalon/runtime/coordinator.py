"""The coordinator: every act on an instance, inside the caller's transaction, through a RunStore."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from jalon.base.errors import NotFound, Refused, TaskAlreadyDone
from jalon.base.ids import new_id
from jalon.engines.processes import (
    CallCancelled,
    Called,
    ErrorUncaught,
    EscalationUncaught,
    Execution,
    Host,
    MessageThrown,
    Program,
    SignalThrown,
    load,
)
from jalon.engines.processes.faults import CallMissing, CallTooDeep, NothingThere
from jalon.engines.processes.host import Act, Decide
from jalon.engines.processes.relocation import plan, relocate
from jalon.engines.processes.waiting import waits_for
from jalon.runtime.correlation import Letter, accepts, best, from_buffer
from jalon.runtime.library import Library
from jalon.runtime.protocol import BufferedMessage, EventRecord, InstanceRecord, RunStore, Subscription, TaskRecord
from jalon.runtime.recording import Happened, Outward, Recorder, dues_of, subscriptions_of, waits_of

MESSAGE_LIFE = timedelta(days=30)
MAX_ROUTED = 10_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What varies by instance: actions, decisions, civil time, calendar, root names. Services build it per instance."""

    act: Act
    decide: Decide
    zone: str = "Europe/Paris"
    calendar: Any = None
    names: Mapping[str, Any] = field(default_factory=dict)


Around = Callable[[InstanceRecord], Surroundings]
Step = Callable[[Execution], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a move to another version does: `choices` are live elements with no counterpart, `refused` says why not."""

    moves: dict[str, str]
    choices: tuple[str, ...] = ()
    refused: str = ""
    done: bool = False


class Runtime:
    """`Runtime(store, library, around, now)`: one object per transaction, cheap to build.

    Every act raises NotFound for an unknown instance or task, TaskAlreadyDone for a task no longer open, Refused for
    an act the instance's state forbids and Stale when somebody stepped in; the caller then rolls back.
    """

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
    ) -> None:
        self.store, self.library, self.around, self.now = store, library, around, now
        self._max_steps, self._max_depth, self._coalesce = max_steps, max_depth, coalesce
        self._queue: deque[tuple[InstanceRecord, Outward | Subscription | None]] = deque()
        self._happened = Happened()
        self._by: str | None = None
        self._routed = 0

    # -- acts ---------------------------------------------------------------------------------

    def start(
        self,
        process_key: str,
        variables: Mapping[str, Any] | None = None,
        *,
        unit: str = "",
        business_key: str | None = None,
        start_event: str | None = None,
        started_by: str | None = None,
        instance: UUID | None = None,
        program: Program | None = None,
    ) -> Happened:
        """Start a run of the latest version (or of the program given); `Happened.instance` is its id."""
        self._open(started_by)
        found = program or self.library.latest(process_key, unit)
        record = self._new(found, unit, business_key, instance, started_by)
        self._begin(record, found, dict(variables or {}), start_event)
        self._route()
        return self._close(record.id)

    def complete_task(self, task: UUID, values: Mapping[str, Any] | None = None, *, by: str | None = None) -> Happened:
        """Close a task with its answers and go on."""
        found = self._task(task)
        return self._act(found.instance, lambda execution: execution.complete(found.token, values), by)

    def fail_task(
        self,
        task: UUID,
        error: str,
        message: str = "",
        values: Mapping[str, Any] | None = None,
        *,
        by: str | None = None,
    ) -> Happened:
        """End a task in a BPMN error; uncaught anywhere, it is an incident."""
        found = self._task(task)
        return self._act(found.instance, lambda execution: execution.fail(found.token, error, message, values), by)

    def escalate_task(self, task: UUID, escalation: str, *, by: str | None = None) -> Happened:
        """Raise an escalation at a task; the task stays open unless what catches it interrupts."""
        found = self._task(task)

        def step(execution: Execution) -> None:
            execution.escalate(found.token, escalation)

        return self._act(found.instance, step, by)

    def fire_due(self, until: datetime | None = None, limit: int = 100) -> Happened:
        """Fire the timers due at `until` (now by default), earliest first."""
        self._open(None)
        for due in self.store.dues(until or self.now(), limit):
            self._fire(due.instance, due.wait)
        return self._close(None)

    def fire(self, instance: UUID, wait: int) -> Happened:
        """Fire one timer; one that is gone does nothing."""
        self._open(None)
        self._fire(instance, wait)
        return self._close(instance)

    def send(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation: Mapping[str, Any] | None = None,
        instance: UUID | None = None,
        unit: str = "",
        business_key: str | None = None,
    ) -> Happened:
        """Give a message to the one who waits for it, else start who it starts, else buffer it."""
        self._open(None)
        self._post(Letter(name, dict(payload or {}), dict(correlation or {}), unit, business_key, None, instance))
        self._route()
        return self._close(instance)

    def signal(
        self, name: str, payload: Mapping[str, Any] | None = None, *, instance: UUID | None = None, unit: str = ""
    ) -> Happened:
        """Broadcast a signal to who listens in the unit (or in one run), and start who it starts."""
        self._open(None)
        self._broadcast(name, dict(payload or {}), unit, only=instance)
        self._route()
        return self._close(instance)

    def cancel(self, instance: UUID, *, by: str | None = None, reason: str = "") -> Happened:
        """Stop an instance and what it called."""

        def step(execution: Execution) -> None:
            execution.cancel()

        happened = self._act(instance, step, by)
        if reason:
            self._recorder().note(self._get(instance), "cancelled", reason=reason)
        return happened

    def retry_incident(self, instance: UUID, token: int, *, by: str | None = None) -> Happened:
        """Try again what failed."""
        return self._act(instance, lambda execution: execution.retry(token), by)

    def skip(self, instance: UUID, token: int, *, by: str | None = None) -> Happened:
        """Go on after the element that failed."""
        return self._act(instance, lambda execution: execution.skip(token), by)

    def move_token(self, instance: UUID, token: int, element: str, *, by: str | None = None) -> Happened:
        """Carry a token to another element of the same level."""
        return self._act(instance, lambda execution: execution.move_token(token, element), by)

    def set_variables(
        self, instance: UUID, values: Mapping[str, Any], *, scope: int = 0, by: str | None = None
    ) -> Happened:
        """Correct variables."""

        def step(execution: Execution) -> None:
            execution.set_variables(values, scope)

        happened = self._act(instance, step, by)
        self._recorder().note(self._get(instance), "edited", names=sorted(values))
        return happened

    def refresh(self, instance: UUID) -> Happened:
        """Look at the conditions of an instance again: something outside may have changed."""
        return self._act(instance, lambda execution: execution.refresh(), None)

    def suspend(self, instance: UUID, *, by: str | None = None) -> Happened:
        """Hold an instance: no timer fires, no task completes, until it resumes."""
        return self._hold(instance, True, by)

    def resume(self, instance: UUID, *, by: str | None = None) -> Happened:
        """Let a held instance go on."""
        return self._hold(instance, False, by)

    def _hold(self, instance: UUID, suspended: bool, by: str | None) -> Happened:
        self._open(by)
        record = self._get(instance)
        record.suspended = suspended
        self.store.save_instance(record)
        self._recorder().note(record, "suspended" if suspended else "resumed")
        return self._close(instance)

    def migrate(
        self,
        instance: UUID,
        process_hash: str,
        relocation: Mapping[str, str] | None = None,
        *,
        dry_run: bool = False,
        by: str | None = None,
    ) -> Migration:
        """Move an instance to another version of its process; a dry run only says what would happen."""
        self._open(by)
        record = self._get(instance)
        old = self.library.program(record.process_key, record.process_hash, record.unit)
        new = self.library.program(record.process_key, process_hash, record.unit)
        state = load(record.state)
        found = plan(state, old, new, relocation)
        if dry_run or not found.possible:
            return Migration(found.moves, found.choices, found.refused)
        execution = Execution.resume(new, record.state, record.variables, self._host(record))
        for token, boundary in relocate(execution.state, new, found.moves):
            token.waits += waits_for(execution, new.nodes[boundary], execution.place(token))
        record.process_hash = process_hash
        for task in self.store.open_tasks(instance=instance):
            node = new.nodes[found.moves[task.element]]
            title = task.title if node.name == old.nodes[task.element].name else node.name or node.id
            moved = replace(task, element=node.id, title=title, role=node.role, lane=node.lane)
            self.store.save_task(moved)
        execution.run()
        self._save(record, execution, execution.state.count)
        self._recorder().note(record, "migrated", to=process_hash)
        self._route()
        self._close(instance)
        return Migration(found.moves, done=True)

    # -- one step -----------------------------------------------------------------------------

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
        )

    def _act(self, instance: UUID, step: Step, by: str | None) -> Happened:
        self._open(by)
        record = self._get(instance)
        if record.ended_at is not None:
            raise Refused(reason="cette instance est terminée")
        if record.suspended:
            raise Refused(reason="cette instance est suspendue ; reprenez-la d’abord")
        try:
            self._step(record, step)
        except NothingThere as error:
            raise NotFound(**error.facts) from error
        self._route()
        return self._close(instance)

    def _step(self, record: InstanceRecord, step: Step) -> Execution:
        program = self.library.program(record.process_key, record.process_hash, record.unit)
        execution = Execution.resume(program, record.state, record.variables, self._host(record))
        before = execution.state.count
        step(execution)
        self._save(record, execution, before)
        return execution

    def _save(self, record: InstanceRecord, execution: Execution, before: int, *, fresh: bool = False) -> None:
        record.state, record.variables = execution.dump(), execution.variables
        status = execution.state.status
        stopped = any(token.doing == "i" for token in execution.state.tokens.values())
        record.status = "incident" if stopped else status if status in {"completed", "terminated"} else "running"  # type: ignore[assignment]  # the engine's words are ours
        if status != "running" and record.ended_at is None:
            record.ended_at = self.now()
            self._happened.finished.append(record.id)
        if fresh:
            self.store.add_instance(record)
        else:
            self.store.save_instance(record)
        outward = self._recorder().record(record, execution)
        subscriptions = subscriptions_of(record, execution)
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
        self._save(record, execution, 0, fresh=True)

    # -- between instances --------------------------------------------------------------------

    def _route(self) -> None:
        """Do what steps asked of other instances, in order, until nothing is left."""
        while self._queue:
            sender, change = self._queue.popleft()
            self._routed += 1
            match change:
                case None:
                    self._returned(sender)
                case Subscription():
                    self._from_buffer(sender, change)
                case Called():
                    self._call(sender, change)
                case CallCancelled(token):
                    for child in self.store.children(sender.id, token):
                        self._step(child, lambda execution: execution.cancel())
                case MessageThrown(_, name, payload, correlation):
                    letter = Letter(name, payload, correlation, sender.unit, sender.business_key, sender.conversation)
                    self._post(letter)
                case SignalThrown(_, name, payload):
                    self._broadcast(name, payload, sender.unit, but=sender.id)
                case ErrorUncaught():
                    self._raise_upwards(sender, change)
                case EscalationUncaught(_, escalation):
                    self._escalate_upwards(sender, escalation)

    def _call(self, sender: InstanceRecord, change: Called) -> None:
        caller = self.store.get_instance(sender.id)
        if caller is None or caller.ended_at is not None:
            return
        program = self.library.program(caller.process_key, caller.process_hash, caller.unit)
        label = program.nodes[change.element].name or change.element
        if caller.depth >= self._max_depth:
            fault: Any = CallTooDeep(element=label, maximum=self._max_depth)
            self._try(caller, lambda execution: execution.stop_token(change.token, fault))
            return
        try:
            called = self.library.called(program, change.process, caller.unit)
        except NotFound:
            missing = CallMissing(element=label, process=change.process)
            self._try(caller, lambda execution: execution.stop_token(change.token, missing))
            return
        if called is None:
            self._try(caller, lambda execution: execution.return_call(change.token, {}))
            return
        record = self._new(called, caller.unit, change.business_key or caller.business_key, None, self._by)
        record.parent, record.parent_token, record.root = caller.id, change.token, caller.root
        record.depth, record.conversation = caller.depth + 1, caller.conversation
        execution = Execution.begin(called, self._host(record), change.variables)
        line = EventRecord(record.id, record.root, self.now(), "started", "", None, {"process": called.key})
        self._happened.events.append(line)
        self.store.add_events([line])
        try:
            execution.start()
        except Exception as error:
            fault = error
            self._try(caller, lambda step: step.stop_token(change.token, fault))
            return
        self._save(record, execution, 0, fresh=True)

    def _returned(self, record: InstanceRecord) -> None:
        if record.parent is None or record.parent_token is None or record.status != "completed":
            return
        parent, token = self.store.get_instance(record.parent), record.parent_token
        if parent is not None and parent.ended_at is None:
            variables = dict(record.variables.get("0", {}))
            self._try(parent, lambda execution: execution.return_call(token, variables))

    def _try(self, record: InstanceRecord, step: Step) -> bool:
        """Take a step that may come too late; tell whether it did not."""
        try:
            self._step(record, step)
        except NothingThere:
            return False
        return True

    def _raise_upwards(self, sender: InstanceRecord, change: ErrorUncaught) -> None:
        """Offer an uncaught error to the callers, nearest first; whoever takes it cancels what it called."""
        record: InstanceRecord | None = sender
        while record is not None and record.parent is not None and record.parent_token is not None:
            parent, token = self.store.get_instance(record.parent), record.parent_token
            if parent is None or parent.ended_at is not None:
                return
            caught = False

            def offer(execution: Execution, token: int = token) -> None:
                nonlocal caught
                caught = execution.error_caught(token, change.error, change.message)

            self._step(parent, offer)
            if caught:
                return
            record = parent

    def _escalate_upwards(self, sender: InstanceRecord, escalation: str) -> None:
        if sender.parent is None or sender.parent_token is None:
            return
        parent, token = self.store.get_instance(sender.parent), sender.parent_token
        if parent is not None and parent.ended_at is None:

            def step(execution: Execution) -> None:
                execution.escalate(token, escalation)

            self._try(parent, step)

    def _fire(self, instance: UUID, wait: int) -> None:
        record = self.store.get_instance(instance)
        if record is not None and record.ended_at is None and not record.suspended:
            self._try(record, lambda execution: execution.happen(wait))
            self._route()

    # -- messages and signals -----------------------------------------------------------------

    def _post(self, letter: Letter) -> None:
        candidates = []
        for subscription in self.store.subscriptions("message", letter.name, letter.unit):
            receiver = self.store.get_instance(subscription.instance)
            if (
                receiver is not None
                and not receiver.suspended
                and letter.target in (None, receiver.id, receiver.root)
                and accepts(subscription, receiver, letter)
            ):
                candidates.append((subscription, receiver))
        chosen = best(candidates, letter)
        if chosen is not None:
            self._deliver(chosen[1], chosen[0].wait, letter)
            return
        starters = self.library.started_by("message", letter.name, letter.unit) if letter.target is None else ()
        if starters and self._routed < MAX_ROUTED:
            for program, start in starters:
                self._start_from(letter, program, start)
            return
        self._buffer(letter)

    def _deliver(self, receiver: InstanceRecord, wait: int, letter: Letter) -> None:
        self._happened.delivered += 1
        self._try(receiver, lambda execution: execution.happen(wait, letter.payload))

    def _start_from(self, letter: Letter, program: Program, start: str) -> None:
        keys = list(letter.correlation.values())
        business_key = letter.business_key or (str(keys[0]) if len(keys) == 1 else None)
        record = self._new(program, letter.unit, business_key, None, self._by)
        record.conversation = letter.conversation or record.conversation
        self._begin(record, program, {**letter.correlation, **letter.payload}, start)

    def _buffer(self, letter: Letter) -> None:
        now = self.now()
        self._happened.buffered += 1
        self.store.add_message(
            BufferedMessage(
                new_id(),
                letter.name,
                dict(letter.payload),
                dict(letter.correlation),
                letter.unit,
                letter.business_key,
                letter.conversation,
                now,
                now + MESSAGE_LIFE,
                letter.target,
            )
        )

    def _from_buffer(self, record: InstanceRecord, subscription: Subscription) -> None:
        """Give a new wait the oldest buffered message meant for it."""
        found = next(
            (
                message
                for message in self.store.messages(subscription.name, self.now(), record.unit)
                if message.target in (None, record.id, record.root)
                and accepts(subscription, record, from_buffer(message))
            ),
            None,
        )
        current = self.store.get_instance(record.id)
        if found is None or current is None or current.ended_at is not None:
            return
        self.store.remove_message(found.id)
        self._try(current, lambda execution: execution.happen(subscription.wait, found.payload))

    def _broadcast(
        self,
        name: str,
        payload: Mapping[str, Any],
        unit: str,
        *,
        but: UUID | None = None,
        only: UUID | None = None,
    ) -> None:
        listening = dict.fromkeys(found.instance for found in self.store.subscriptions("signal", name, unit))
        for number in listening:
            record = self.store.get_instance(number)
            if record is None or record.ended_at is not None or number == but or record.suspended:
                continue
            if only in (None, record.id, record.root):
                self._happened.delivered += 1

                def hear(execution: Execution) -> None:
                    execution.hear(name, payload)

                self._try(record, hear)
        if only is None and self._routed < MAX_ROUTED:
            for program, start in self.library.started_by("signal", name, unit):
                record = self._new(program, unit, None, None, self._by)
                self._begin(record, program, payload, start)


__all__ = ["Around", "Happened", "Migration", "Runtime", "Surroundings", "waits_of"]
