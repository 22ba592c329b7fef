"""What instances ask of one another: calls, errors, messages, signals; done in order until nothing is left."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from jalon.base.errors import JalonError, NotFound
from jalon.base.ids import new_id
from jalon.engines.processes import (
    CallCancelled,
    Called,
    ErrorUncaught,
    EscalationUncaught,
    Execution,
    MessageThrown,
    Program,
    SignalThrown,
    Spread,
)
from jalon.engines.processes.faults import CallMissing, CallTooDeep
from jalon.engines.processes.repeats import UNDO
from jalon.runtime.correlation import PLACE, Letter, accepts, from_buffer, sought
from jalon.runtime.protocol import BufferedMessage, EventRecord, InstanceRecord, Subscription
from jalon.runtime.spreading import around, is_apart, visible
from jalon.runtime.steps import Steps

MESSAGE_LIFE = timedelta(days=30)
MAX_ROUTED = 10_000


class Routing(Steps):
    """Carries what a step asked of other instances to them."""

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
                case Spread():
                    self._spread(sender, change)
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
        program = self.library.program(caller.process_key, caller.process_hash)
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
        except JalonError as error:
            fault = error
            self._try(caller, lambda step: step.stop_token(change.token, fault))
            return
        self._save(record, execution, 0, fresh=True)

    def _spread(self, sender: InstanceRecord, change: Spread) -> None:
        """Begin the repetitions of an activity as instances; they share what they see of the one they are part of."""
        parent = self.store.get_instance(sender.id)
        if parent is None or parent.ended_at is not None:
            return
        program = self.library.program(parent.process_key, parent.process_hash)
        shared = around(self.store, parent, change.place)
        written: set[int] = set()
        for own in change.own:
            record = self._new(program, parent.unit, parent.business_key, None, self._by)
            record.parent, record.parent_token, record.root = parent.id, change.token, parent.root
            record.depth, record.conversation = parent.depth + 1, parent.conversation
            values = {**own, PLACE: change.place}
            execution = Execution.begin_apart(program, self._host(record), change.element, values, shared.values)
            self._save(record, execution, 0, fresh=True)
            written |= execution.sight.written
        self._save_outer(shared, written)

    def _returned(self, record: InstanceRecord) -> None:
        if record.parent is None or record.parent_token is None or record.status != "completed":
            return
        parent, token = self.store.get_instance(record.parent), record.parent_token
        if parent is not None and parent.ended_at is None:
            variables = dict(record.variables.get("0", {}))
            if is_apart(record):
                self._try(parent, lambda execution: execution.count_apart(token, variables.get(UNDO, ())))
                return
            self._try(parent, lambda execution: execution.return_call(token, variables))

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
        for subscription in self.store.listeners(sought(letter)):
            receiver = self.store.get_instance(subscription.instance)
            if (
                receiver is not None
                and not receiver.suspended
                and letter.target in (None, receiver.id, receiver.root)
                and self._accepts(subscription, receiver, letter)
            ):
                self._deliver(receiver, subscription.wait, letter)
                return
        starters = self.library.started_by("message", letter.name, letter.unit) if letter.target is None else ()
        if starters and self._routed < MAX_ROUTED:
            for program, start in starters:
                self._start_from(letter, program, start)
            return
        self._buffer(letter)

    def _accepts(self, subscription: Subscription, receiver: InstanceRecord, letter: Letter) -> bool:
        seen = visible(self.store, receiver) if is_apart(receiver) else None
        return accepts(subscription, receiver, letter, seen)

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
                and self._accepts(subscription, record, from_buffer(message))
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
