"""The coordinator: every act on an instance, inside the caller's transaction, through a RunStore."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from jalon.base.errors import JalonError, NotFound, Refused, Stale
from jalon.engines.processes import Execution, Program, load
from jalon.engines.processes.faults import NothingThere
from jalon.engines.processes.relocation import Relocation, plan, relocate
from jalon.engines.processes.waiting import waits_for
from jalon.runtime.correlation import Letter
from jalon.runtime.protocol import InstanceRecord, StartDue, Subscription
from jalon.runtime.recording import Happened, subscriptions_of
from jalon.runtime.routing import Routing
from jalon.runtime.spreading import is_apart, outer_of
from jalon.runtime.starting import following, planned
from jalon.runtime.steps import Around, Step, Surroundings


@dataclass(frozen=True, slots=True)
class Migration:
    """What a move to another version does: `choices` are live elements with no counterpart, `refused` says why not."""

    moves: dict[str, str]
    choices: tuple[str, ...] = ()
    refused: str = ""
    done: bool = False
    happened: Happened = field(default_factory=Happened)


class Runtime(Routing):
    """`Runtime(store, library, around, now)`: one object per transaction, cheap to build.

    Every act raises NotFound for an unknown instance or task, TaskAlreadyDone for a task no longer open, Refused for
    an act the instance's state forbids and Stale when somebody stepped in; the caller then rolls back.
    """

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

    def stop_task(self, task: UUID, fault: JalonError) -> Happened:
        """Turn a task nobody can do any more into an incident: what did it has given up."""
        found = self._task(task)
        return self._act(found.instance, lambda execution: execution.stop_token(found.token, fault), None)

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
        happened = self._close(None)
        for start in self.store.start_dues(until or self.now(), limit):
            happened.join(self.fire_start(start))
        return happened

    def schedule_starts(self, program: Program, unit: str) -> list[StartDue]:
        """Note when the clock starts a process at a unit; a version whose timers are the same changes nothing."""
        record = self._new(program, unit, None, None, None)  # never kept: it stands for the unit
        found = planned(program, unit, self._host(record), self.store.start_dues(unit=unit, key=program.key))
        self.store.set_start_dues(unit, program.key, found)
        return found

    def fire_start(self, due: StartDue) -> Happened:
        """Start what the clock starts, unless it is gone; then set its next turn."""
        self._open(None)
        program = self.library.latest(due.process_key, due.unit)
        record = self._new(program, due.unit, None, None, None)
        if not self.store.claim_start(due, following(due, self._host(record))):
            return self._close(None)
        if due.element in program.starts:
            self._begin(record, program, {}, due.element)
            self._route()
        return self._close(record.id)

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

    def retry_incident(self, instance: UUID, token: int, *, by: str | None = None, reason: str = "") -> Happened:
        """Try again what failed."""
        return self._operated(instance, lambda execution: execution.retry(token), by, "retried", reason)

    def skip(self, instance: UUID, token: int, *, by: str | None = None, reason: str = "") -> Happened:
        """Go on after the element that failed."""
        return self._operated(instance, lambda execution: execution.skip(token), by, "skipped", reason)

    def move_token(
        self, instance: UUID, token: int, element: str, *, by: str | None = None, reason: str = ""
    ) -> Happened:
        """Carry a token to another element of the same level; one repetition carries the whole activity."""
        record = self._get(instance)
        here = load(record.state).tokens.get(token)
        if is_apart(record) and here is not None and here.scope == 0 and record.parent and record.parent_token:
            instance, token = record.parent, record.parent_token
        return self._operated(instance, lambda execution: execution.move_token(token, element), by, "moved", reason)

    def set_variables(
        self, instance: UUID, values: Mapping[str, Any], *, scope: int = 0, by: str | None = None, reason: str = ""
    ) -> Happened:
        """Correct variables."""

        def step(execution: Execution) -> None:
            execution.set_variables(values, scope)

        happened = self._act(instance, step, by)
        self._recorder().note(self._get(instance), "edited", names=sorted(values), reason=reason)
        return happened

    def _operated(self, instance: UUID, step: Step, by: str | None, act: str, reason: str) -> Happened:
        """Take a step an operator asked for, and keep why."""
        happened = self._act(instance, step, by)
        self._recorder().note(self._get(instance), "operated", act=act, reason=reason)
        return happened

    def refresh(self, instance: UUID) -> Happened:
        """Look at the conditions of an instance again: something outside may have changed."""
        return self._act(instance, lambda execution: execution.refresh(), None)

    def suspend(self, instance: UUID, *, by: str | None = None, reason: str = "") -> Happened:
        """Hold an instance and what it called: no timer fires, no task completes, until it resumes.

        Meanwhile messages for it are buffered, signals pass it by, and timers keep their instants.
        """
        return self._hold(instance, True, by, reason)

    def resume(self, instance: UUID, *, by: str | None = None, reason: str = "") -> Happened:
        """Let a held instance go on: buffered messages are delivered at once, timers that are due fire next."""
        return self._hold(instance, False, by, reason)

    def _hold(self, instance: UUID, suspended: bool, by: str | None, reason: str) -> Happened:
        self._open(by)
        record = self._get(instance)
        if record.ended_at is not None:
            raise Refused(reason="cette instance est terminée")
        family = [record, *self._called(record)]
        for one in family:
            one.suspended = suspended
            self.store.save_instance(one)
        self._recorder().note(record, "suspended" if suspended else "resumed", reason=reason)
        if not suspended:
            self._queue.extend((one, found) for one in family for found in self._listening(one))
            self._route()
        return self._close(instance)

    def _called(self, record: InstanceRecord) -> list[InstanceRecord]:
        """Return the live instances an instance called, those they called included."""
        own = list(self.store.children(record.id))
        return own + [inner for child in own for inner in self._called(child)]

    def _listening(self, record: InstanceRecord) -> list[Subscription]:
        """Return the messages an instance waits for."""
        program = self.library.program(record.process_key, record.process_hash)
        execution = Execution.resume(program, record.state, record.variables, self._host(record))
        return [found for found in subscriptions_of(record, execution) if found.kind == "message"]

    def migrate(
        self,
        instance: UUID,
        process_hash: str,
        relocation: Mapping[str, str] | None = None,
        *,
        renamed: Mapping[str, str] | None = None,
        dry_run: bool = False,
        by: str | None = None,
        reason: str = "",
    ) -> Migration:
        """Move an instance to another version of its process; a dry run only says what would happen.

        `renamed` gives variables whose name changed, new name by old one: both stay.
        """
        self._open(by)
        record = self._get(instance)
        if record.ended_at is not None:
            raise Refused(reason="cette instance est terminée")
        old = self.library.program(record.process_key, record.process_hash)
        new = self.library.program(record.process_key, process_hash)
        records = [record, *self._apart(record)]
        plans = [plan(load(one.state), old, new, relocation) for one in records]
        moves = {old: new for found in plans for old, new in found.moves.items()}
        choices = tuple(sorted({choice for found in plans for choice in found.choices}))
        refused = next((found.refused for found in plans if found.refused), "")
        if dry_run or choices or refused:
            return Migration(moves, choices, refused)
        for one, found in zip(records, plans, strict=True):
            for values in one.variables.values():
                for was, name in (renamed or {}).items():
                    if was in values and name not in values:
                        values[name] = values[was]
            self._relocate(one, found, old, new)
        self._recorder().note(record, "migrated", to=process_hash, reason=reason)
        self._route()
        return Migration(moves, done=True, happened=self._close(instance))

    def _relocate(self, record: InstanceRecord, found: Relocation, old: Program, new: Program) -> None:
        outer = outer_of(self.store, record)
        execution = Execution.resume(new, record.state, record.variables, self._host(record), outer.values)
        for token, boundary in relocate(execution.state, new, found.moves):
            token.waits += waits_for(execution, new.nodes[boundary], execution.place(token))
        record.process_hash = new.hash
        for task in self.store.open_tasks(instance=record.id):
            node, before = new.nodes[found.moves[task.element]], old.nodes[task.element]
            title = task.title if node.name == before.name else node.name or node.id
            form = task.form if node.form == before.form else node.form
            moved = replace(
                task, element=node.id, kind=node.kind, title=title, role=node.role, lane=node.lane, form=form
            )
            self.store.save_task(moved)
        execution.run()
        self._save(record, execution, execution.state.count)
        self._save_outer(outer, execution.sight.written)

    def restore(self, image: InstanceRecord, *, by: str | None = None, reason: str = "") -> Happened:
        """Put an instance back to an image of it: version, state and variables; its timers and waits follow.

        `image.version` is the version the instance must still have: Stale when it has gone on since.
        """
        self._open(by)
        record = self._get(image.id)
        if record.ended_at is not None:
            raise Stale
        return self._put_back(record, image, "restored", reason)

    def reopen(self, image: InstanceRecord, *, by: str | None = None, reason: str = "") -> Happened:
        """Have an instance that was stopped go on from an image of it; Stale when it is under way, see `restore`."""
        self._open(by)
        record = self._get(image.id)
        if record.ended_at is None:
            raise Stale
        record.ended_at = None
        return self._put_back(record, image, "reopened", reason)

    def _put_back(self, record: InstanceRecord, image: InstanceRecord, what: str, reason: str) -> Happened:
        if record.version != image.version:
            raise Stale
        record.process_hash, record.status = image.process_hash, image.status
        program = self.library.program(record.process_key, record.process_hash)
        variables = {scope: dict(values) for scope, values in image.variables.items()}
        execution = Execution.resume(program, image.state, variables, self._host(record))
        self._save(record, execution, execution.state.count)
        self._recorder().note(record, what, reason=reason)
        return self._close(record.id)

    def _apart(self, record: InstanceRecord) -> list[InstanceRecord]:
        """Return the live repetitions of an instance that run apart, theirs included."""
        own = [child for child in self.store.children(record.id) if is_apart(child)]
        return own + [inner for child in own for inner in self._apart(child)]

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


__all__ = ["Around", "Happened", "Migration", "Runtime", "Surroundings"]
