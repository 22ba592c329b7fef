"""The engine: state in, state out. One `Execution` is one step of one instance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from jalon.engines.processes import activities, adhoc, events, gateways, repeats, undoing
from jalon.engines.processes.catching import find_catcher, throw_error, throw_escalation
from jalon.engines.processes.changes import CallCancelled, IncidentClosed, Noted, TaskClosed
from jalon.engines.processes.core import Core, Operation
from jalon.engines.processes.faults import NothingThere, UnknownStart
from jalon.engines.processes.host import Host
from jalon.engines.processes.leaving import inner_done, leave, onward, take
from jalon.engines.processes.program import Node, Program
from jalon.engines.processes.state import APART, CALL, OPEN, READY, ROOT, STOP, Scope, State, Token, dump, load
from jalon.engines.processes.values import Variables
from jalon.engines.processes.waiting import check_conditions, listen_in, trigger

_ENTER: dict[str, Callable[[Core, Token, Node], None]] = {
    "startEvent": lambda core, token, _node: core.push("leave", token),
    "boundaryEvent": lambda core, token, _node: core.push("leave", token),
    "intermediateCatchEvent": events.enter_catch,
    "intermediateThrowEvent": events.enter_throw,
    "endEvent": events.enter_end,
    "exclusiveGateway": lambda core, token, _node: core.push("leave", token),
    "parallelGateway": gateways.enter_parallel,
    "inclusiveGateway": gateways.enter_inclusive,
    "complexGateway": gateways.enter_complex,
    "eventBasedGateway": gateways.enter_event_based,
    **dict.fromkeys(activities.PERFORM, activities.enter_activity),
}


def _enter(core: Core, token: Token, _number: int) -> None:
    node = core.node(token)
    _ENTER[node.kind](core, token, node)


class Execution(Core):
    """A step being taken. Build it with `begin` or `resume`, act, then read `changes` and `dump()`.

    Acts raise NothingThere when the token or wait is gone; whatever fails inside the process is an
    incident on its token, never an exception.
    """

    operations: ClassVar[Mapping[str, Operation]] = {
        "enter": _enter,
        "leave": leave,
        "onward": onward,
        "inner": inner_done,
        "throw": events.throw,
        "undo": undoing.undo_next,
        "cancelled": events.transaction_cancelled,
        "join": _enter,
        "counted": repeats.check_apart,
        "vanish": undoing.vanish,
        "adhoc": adhoc.go_on,
        "again": gateways.again,
    }

    @classmethod
    def begin(cls, program: Program, host: Host, variables: Mapping[str, Any] | None = None) -> "Execution":
        """Prepare a new instance with its first variables; `start` runs it."""
        state = State()
        state.scopes[ROOT] = Scope(ROOT, "s")
        return cls(program, state, {str(ROOT): dict(variables or {})}, host)

    @classmethod
    def begin_apart(
        cls, program: Program, host: Host, element: str, own: Mapping[str, Any], outer: Sequence[dict[str, Any]]
    ) -> "Execution":
        """Run one repetition of an activity as an instance; `outer` are the variables around it, nearest first."""
        state = State()
        state.scopes[ROOT] = Scope(ROOT, "i", element)
        run = cls(program, state, {str(ROOT): dict(own)}, host, outer)
        run.push("enter", run.add_token(element, ROOT))
        run.run()
        return run

    @classmethod
    def resume(
        cls, program: Program, state: bytes, variables: Variables, host: Host, outer: Sequence[dict[str, Any]] = ()
    ) -> "Execution":
        """Take up an instance where its stored state left it; `variables` and `outer` are changed in place."""
        return cls(program, load(state), variables, host, outer)

    def dump(self) -> bytes:
        """Return the state to store."""
        return dump(self.state)

    @property
    def variables(self) -> Variables:
        """The variables by scope."""
        return self.sight.variables

    # -- acts ---------------------------------------------------------------------------------

    def start(self, start_event: str | None = None) -> None:
        """Begin at the plain start, at the only other one, or at the one given."""
        starts = self._choose_starts(start_event)
        listen_in(self, self.state.scopes[ROOT])
        for name in starts:
            self._begin_at(self.program.nodes[name])
        self.run()

    def _choose_starts(self, start_event: str | None) -> tuple[str, ...]:
        container = self.program.containers[""]
        if start_event is not None:
            if start_event in self.program.starts:
                return (start_event,)
        elif container.starts:
            plain = [name for name in container.starts if self.program.nodes[name].kind == "startEvent"]
            if len(plain) < 2:
                return container.starts
        elif len(container.triggered) == 1:
            return container.triggered
        raise UnknownStart(process=self.program.title, starts=", ".join(self.program.starts))

    def _begin_at(self, node: Node) -> None:
        gateways_before = [self.program.nodes[flow.source] for flow in node.incoming]
        token = self.add_token(node.id, ROOT)
        if node.id in self.program.containers[""].triggered and node.kind != "startEvent":
            for before in gateways_before:
                if before.instantiate:
                    self.passed(token, before.id)
                if before.all_of:
                    for flow in before.outgoing:
                        if flow.target != node.id:
                            self.push("enter", self.add_token(flow.target, ROOT, flow.id))
            self.push("leave", token)
        else:
            self.push("enter", token)

    def complete(self, token: int, values: Mapping[str, Any] | None = None) -> None:
        """Close the open task of a token with its answers."""
        found = self._token(token, OPEN)
        self.changes.append(TaskClosed(token, found.element, done=True))
        found.doing = READY
        activities.answered(self, found, self.node(found), dict(values or {}))
        self.run()

    def fail(self, token: int, error: str, message: str = "", values: Mapping[str, Any] | None = None) -> None:
        """End the open task (or the call) of a token in a BPMN error."""
        found = self._token(token, OPEN, CALL)
        throw_error(self, found, error, message, values)
        self.run()

    def error_caught(self, token: int, error: str, message: str = "") -> bool:
        """Offer an error that a called instance did not catch; tell whether this instance takes it."""
        found = self._caller(token)
        if found is None or found.doing not in {CALL, APART}:
            return False
        if find_catcher(self, found, "error", error) is None:
            return False
        throw_error(self, found, error, message)
        self.run()
        return True

    def escalate(self, token: int, code: str) -> bool:
        """Raise an escalation at a task or a call; tell whether somebody here catches it."""
        found = self._caller(token)
        if found is None or found.doing not in {OPEN, CALL, APART}:
            raise NothingThere(element=token)
        caught = throw_escalation(self, found, code)
        self.run()
        return caught

    def fire(self, wait: int, payload: Mapping[str, Any] | None = None) -> None:
        """Trigger a wait, without running what follows."""
        trigger(self, wait, payload)

    def happen(self, wait: int, payload: Mapping[str, Any] | None = None) -> None:
        """Trigger a timer that is due, or deliver a message to who waits for it."""
        if not trigger(self, wait, payload):
            raise NothingThere(element=wait)
        self.run()

    def hear(self, signal: str, payload: Mapping[str, Any] | None = None) -> int:
        """Broadcast a signal inside the instance; return how many waits heard it."""
        heard = events.hear_signal(self, signal, dict(payload or {}))
        self.run()
        return heard

    def return_call(self, token: int, variables: Mapping[str, Any]) -> None:
        """Go on after a called process that completed with these variables."""
        found = self._token(token, CALL)
        found.doing = READY
        activities.answered(self, found, self.node(found), dict(variables))
        self.run()

    def count_apart(self, caller: int, undo: Sequence[dict[str, Any]] = ()) -> None:
        """Count a repetition that completed as an instance of its own; `undo` is what could compensate it."""
        found = self._caller(caller)
        if found is None or "apart" not in found.many:
            raise NothingThere(element=caller)
        undoing.keep(self, found, undo)
        found.many["done"] = found.many.get("done", 0) + 1
        if found.doing == APART:
            self.push("counted", found)
        self.run()

    def cancel(self) -> None:
        """Stop the whole instance."""
        self.finish("terminated")

    def retry(self, token: int) -> None:
        """Try again what failed."""
        found = self._token(token, STOP)
        operation = self._reopen(found, "retried")
        self.push(operation, found)
        self.run()

    def skip(self, token: int) -> None:
        """Go on after the element that failed, as if it had completed."""
        found = self._token(token, STOP)
        operation = self._reopen(found, "skipped")
        if "apart" in found.many:
            self.changes.append(CallCancelled(found.many["apart"], found.element))
        node = self.node(found)
        if operation == "leave" and node.outgoing and not self.is_body(found):
            flow = next((flow for flow in node.outgoing if flow.id == node.default), node.outgoing[0])
            self.passed(found)
            take(self, found, [flow])
        else:
            self.push("leave", found)
        self.run()

    def _reopen(self, token: Token, how: str) -> str:
        operation = token.incident.get("at", "enter")
        token.incident, token.doing = {}, APART if operation == "counted" else READY
        self.changes.append(IncidentClosed(token.id, token.element, how))
        return operation

    def stop_token(self, token: int, fault: Any) -> None:
        """Turn the token of a call or a task into an incident: what it waits for cannot be."""
        self.stop(self._token(token, CALL, OPEN), fault)

    def move_token(self, token: int, element: str) -> None:
        """Carry a token to another element of the same container, whatever it was doing."""
        found = self._caller(token)
        target = self.program.nodes.get(element)
        if found is None or target is None or target.kind in {"boundaryEvent", "startEvent"}:
            raise NothingThere(element=element if found else token)
        if self.is_body(found):
            found = self.state.tokens[self.state.scopes[found.scope].owner]
        if self.node(found).container != target.container:
            raise NothingThere(element=element)
        self.empty(found)
        self.changes.append(Noted("moved", found.element, found.id, {"to": element}))
        self.move(found, element)
        self.push("enter", found)
        self.run()

    def set_variables(self, values: Mapping[str, Any], scope: int = ROOT) -> None:
        """Correct variables from outside; a null stays a value."""
        if scope not in self.state.scopes:
            raise NothingThere(element=scope)
        self.sight.write(scope, dict(values))
        self.run()

    def refresh(self) -> None:
        """Look at the conditions again: something outside may have changed."""
        self.sight.changed = True
        self.run()

    # -- running ------------------------------------------------------------------------------

    def run(self) -> None:
        """Go as far as possible: queue, conditions, inclusive joins, until nothing moves."""
        while self.state.status == "running":
            if self.drain() or check_conditions(self) or gateways.check_joins(self) or gateways.check_resets(self):
                continue
            break
        if self.state.status == "running":
            gateways.check_stuck(self)

    def _caller(self, number: int) -> Token | None:
        """Return the token of that number, or whose repetitions run apart under that number."""
        found = self.state.tokens.get(number)
        if found is None:
            found = next((token for token in self.state.tokens.values() if token.many.get("apart") == number), None)
        return found

    def _token(self, number: int, *doing: str) -> Token:
        token = self.state.tokens.get(number)
        if token is None or token.doing not in doing:
            raise NothingThere(element=self.label(token.element) if token else number)
        return token
