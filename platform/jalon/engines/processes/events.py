"""What events do when a token reaches them."""

from collections.abc import Callable

from jalon.engines.processes.catching import throw_error, throw_escalation
from jalon.engines.processes.changes import Ended, MessageThrown, SignalThrown
from jalon.engines.processes.core import Core
from jalon.engines.processes.program import Definition, Node
from jalon.engines.processes.state import ROOT, WAIT, Token
from jalon.engines.processes.undoing import compensate, compensate_apart
from jalon.engines.processes.waiting import WAITED, event_name, interrupt, trigger, waits_for

Throw = Callable[[Core, Token, Node, Definition], bool]
"""Throws one definition; returns False when the token must not go on by itself."""
THROWS: dict[str, Throw] = {}
_AT_ONCE = frozenset({"message", "signal", "escalation"})


def throws(kind: str) -> Callable[[Throw], Throw]:
    """Register how one kind of event is thrown."""

    def register(throw_one: Throw) -> Throw:
        THROWS[kind] = throw_one
        return throw_one

    return register


def enter_catch(core: Core, token: Token, node: Node) -> None:
    """Wait for one of the definitions of an intermediate event (none: go on)."""
    if not any(definition.kind in WAITED for definition in node.definitions):
        core.push("leave", token)
        return
    token.doing = WAIT
    token.waits = waits_for(core, node, token.scope)


def enter_throw(core: Core, token: Token, node: Node) -> None:
    """Throw when every other branch has gone as far as it can: who is about to listen will hear."""
    if any(definition.kind in {"message", "signal"} for definition in node.definitions):
        core.push_later("throw", token)
    else:
        core.push("throw", token)


def throw(core: Core, token: Token, _number: int = 0) -> None:
    """Throw what the event the token is at defines, then go on."""
    node = core.node(token)
    at_once = not node.is_activity and all(definition.kind in _AT_ONCE for definition in node.definitions)
    if at_once:  # what throws comes before what catches
        core.passed(token)
        if node.kind == "endEvent":
            core.changes.append(Ended(node.id, token.id))
    for definition in node.definitions:
        throw_one = THROWS.get(definition.kind)
        if throw_one is not None and not throw_one(core, token, node, definition):
            return
        if token.id not in core.state.tokens or core.state.status != "running":
            return
    core.push("onward" if at_once else "leave", token)


def throw_definition(core: Core, token: Token, node: Node, definition: Definition) -> None:
    """Throw one definition on behalf of an activity that goes on: what catches it may interrupt it."""
    if definition.kind == "error":
        throw_error(core, token, definition.name)
    else:
        THROWS[definition.kind](core, token, node, definition)


@throws("message")
def _message(core: Core, token: Token, node: Node, definition: Definition) -> bool:
    place = core.place(token)
    core.changes.append(
        MessageThrown(
            node.id,
            event_name(core, definition, place, node.id),
            {line.name: core.compute(token, line.expression) for line in definition.payload},
            {line.name: core.compute(token, line.expression) for line in definition.correlation},
        )
    )
    return True


@throws("signal")
def _signal(core: Core, token: Token, node: Node, definition: Definition) -> bool:
    name = event_name(core, definition, core.place(token), node.id)
    payload = {line.name: core.compute(token, line.expression) for line in definition.payload}
    core.changes.append(SignalThrown(node.id, name, payload))
    hear_signal(core, name, payload)
    return True


def hear_signal(core: Core, name: str, payload: dict[str, object]) -> int:
    """Trigger every wait for a signal; return how many heard it."""
    waits = [wait for token in core.state.tokens.values() for wait in token.waits]
    waits += [wait for scope in core.state.scopes.values() for wait in scope.waits]
    hearing = [wait.id for wait in waits if wait.kind == "signal" and wait.name == name]
    return sum(trigger(core, number, payload) for number in hearing)


@throws("escalation")
def _escalation(core: Core, token: Token, _node: Node, definition: Definition) -> bool:
    throw_escalation(core, token, definition.name)
    return True


@throws("compensation")
def _compensation(core: Core, token: Token, _node: Node, definition: Definition) -> bool:
    if not definition.waits:
        compensate_apart(core, token, definition.name)
        return True
    compensate(core, token, definition.name, "leave")
    return False


@throws("error")
def _error(core: Core, token: Token, _node: Node, definition: Definition) -> bool:
    element, number = token.element, token.id
    core.changes.append(Ended(element, number))
    core.passed(token)
    throw_error(core, token, definition.name)
    return False


@throws("terminate")
def _terminate(core: Core, token: Token, _node: Node, _definition: Definition) -> bool:
    core.passed(token)
    core.changes.append(Ended(token.element, token.id))
    scope = token.scope
    for other in core.tokens_in(scope):
        core.kill(other)
    core.settle(scope)
    return False


@throws("cancel")
def _cancel(core: Core, token: Token, _node: Node, _definition: Definition) -> bool:
    core.passed(token)
    core.changes.append(Ended(token.element, token.id))
    core.state.scopes[token.scope].waits.clear()
    for other in core.tokens_in(token.scope):
        if other is not token:
            core.kill(other)
    compensate(core, token, "", "cancelled")
    return False


def transaction_cancelled(core: Core, token: Token, _number: int = 0) -> None:
    """Leave a cancelled transaction by its cancel event, once compensation is over."""
    if token.scope == ROOT:
        core.push("leave", token)
        return
    owner = core.state.tokens[core.state.scopes[token.scope].owner]
    host = owner
    if core.is_body(owner):
        host = core.state.tokens[core.state.scopes[owner.scope].owner]
    for name in core.node(host).boundaries:
        boundary = core.program.nodes[name]
        if any(definition.kind == "cancel" for definition in boundary.definitions):
            interrupt(core, host, boundary)
            return
    core.push("leave", token)


def enter_end(core: Core, token: Token, node: Node) -> None:
    """Throw what the end event defines, then end the path."""
    enter_throw(core, token, node)
