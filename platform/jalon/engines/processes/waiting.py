"""What may happen to a token or a scope: timers, messages, signals and conditions, set and triggered."""

from collections.abc import Mapping
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines.processes.changes import Warned
from jalon.engines.processes.core import Core
from jalon.engines.processes.program import Definition, Node
from jalon.engines.processes.state import ROOT, Scope, Token, Wait
from jalon.engines.processes.timing import is_iso, next_turn, schedule

WAITED = frozenset({"timer", "message", "signal", "condition"})


def waits_for(core: Core, node: Node, scope: int) -> list[Wait]:
    """Return the waits an event sets when it is reached; timers get their absolute instant now."""
    return [
        _wait(core, node, index, definition, scope)
        for index, definition in enumerate(node.definitions)
        if definition.kind in WAITED
    ]


def _wait(core: Core, node: Node, index: int, definition: Definition, scope: int) -> Wait:
    wait = Wait(core.state.number(), definition.kind, node.id, index=index)
    if definition.kind == "timer":
        text = definition.expression
        value = text if is_iso(text) else core.compute_in(scope, node.id, text)
        schedule(wait, value, core.now, core.host.zone, core.label(node.id))
        if core.is_due(wait):
            core.push_later("fire", None, wait.id)
    elif definition.kind == "condition":
        core.sight.changed = True
    else:
        wait.name = event_name(core, definition, scope, node.id)
        wait.correlation = {
            line.name: core.compute_in(scope, node.id, line.expression) for line in definition.correlation
        }
    return wait


def event_name(core: Core, definition: Definition, scope: int, element: str) -> str:
    """Return the name of a message or signal; one written `=expression` is computed."""
    if definition.name.startswith("="):
        value = core.compute_in(scope, element, definition.name[1:])
        return "" if value is None else str(value)
    return definition.name


def listen(core: Core, token: Token) -> None:
    """Set the boundary events of the activity a token enters."""
    for name in core.node(token).boundaries:
        token.waits.extend(waits_for(core, core.program.nodes[name], core.place(token)))


def listen_in(core: Core, scope: Scope) -> None:
    """Set the starts of the event sub-processes of a scope that opens."""
    container = scope.element if scope.id != ROOT else ""
    for sub in core.program.containers[container].event_subs:
        for start in core.program.containers[sub].triggered:
            scope.waits.extend(waits_for(core, core.program.nodes[start], scope.id))


def trigger(core: Core, number: int, payload: Mapping[str, Any] | None = None) -> bool:
    """Let a wait happen; tell whether it was still there."""
    found = core.holder(number)
    if found is None:
        return False
    token, scope, wait = found
    node = core.program.nodes[wait.element]
    if node.all_of and _others(core, found, node, payload):
        return True
    if token is not None:
        if node.is_activity:
            answer(core, token, node, payload or {})
        else:
            receive(core, node, payload, token.scope)
        _trigger_token(core, token, wait, node)
    elif scope is not None:
        start_event_sub(core, scope, node, wait, payload)
    return True


def _others(
    core: Core, found: tuple[Token | None, Scope | None, Wait], node: Node, payload: Mapping[str, Any] | None
) -> bool:
    """Note one of the things an event waits for together; tell whether others are still to come."""
    token, scope, wait = found
    waits = token.waits if token is not None else scope.waits if scope is not None else []
    if not any(other.element == wait.element for other in waits if other is not wait):
        return False
    waits.remove(wait)
    receive(core, node, payload, token.scope if token is not None else scope.id if scope is not None else ROOT)
    return True


def receive(core: Core, node: Node, payload: Mapping[str, Any] | None, scope: int) -> None:
    """Write what an event brings: its mapped outputs when it has some, else everything."""
    values = dict(payload or {})
    if not node.outputs_only:
        core.sight.write(scope, values)
    computed = {line.name: core.compute_in(scope, node.id, line.expression, values) for line in node.outputs}
    for name, value in computed.items():
        core.sight.write_path(scope, name, value)


def answer(core: Core, token: Token, node: Node, values: Mapping[str, Any]) -> None:
    """Keep what an activity receives from outside: seen by its outputs, and written unless they alone come out."""
    if not node.outputs_only:
        core.sight.write(core.place(token), values)
    if node.outputs:
        core.sight.declare(core.local(token), values)


def _trigger_token(core: Core, token: Token, wait: Wait, node: Node) -> None:
    if node.kind == "boundaryEvent":
        if node.interrupting:
            interrupt(core, token, node)
            return
        if node.all_of:
            token.waits.remove(wait)
            token.waits.extend(waits_for(core, node, core.place(token)))
        else:
            _rearm(core, token.waits, wait)
        core.push("leave", core.add_token(node.id, token.scope))
        return
    if node.id != token.element:  # an event-based gateway has chosen
        core.passed(token)
    token.waits = []
    core.move(token, node.id)
    core.push("leave", token)


def interrupt(core: Core, token: Token, boundary: Node) -> None:
    """Cancel an activity and go on from the boundary event that interrupts it."""
    core.empty(token)
    core.move(token, boundary.id)
    core.push("leave", token)


def start_event_sub(
    core: Core, scope: Scope, start: Node, wait: Wait | None = None, payload: Mapping[str, Any] | None = None
) -> Token:
    """Run the event sub-process whose start event was triggered in a scope, and return its token."""
    if start.interrupting:
        for token in core.tokens_in(scope.id):
            core.kill(token)
        scope.waits.clear()
    elif wait is not None and start.all_of:
        scope.waits.remove(wait)
        scope.waits.extend(waits_for(core, start, scope.id))
    elif wait is not None:
        _rearm(core, scope.waits, wait)
    token = core.add_token(start.container, scope.id)
    inner = open_inner(core, token)
    values = dict(payload or {})
    if not start.outputs_only:
        core.sight.write(inner.id, values)
    for line in start.outputs:
        core.sight.write_path(inner.id, line.name, core.compute_in(inner.id, start.id, line.expression, values))
    core.push("leave", core.add_token(start.id, inner.id))
    return token


def open_inner(core: Core, token: Token) -> Scope:
    """Open the inside of a sub-process for the token at it."""
    scope = core.open_scope("s", token.element, core.place(token), token.id)
    token.doing = "s"
    container = core.program.containers[token.element]
    if container.declares:
        core.sight.declare(scope.id, dict.fromkeys(container.declares))
    listen_in(core, scope)
    return scope


def _rearm(core: Core, waits: list[Wait], wait: Wait) -> None:
    """Keep a non-interrupting wait for its next time, or let it go."""
    if wait.kind == "timer":
        if not next_turn(wait, core.now, core.host.zone, coalesce=core.host.coalesce):
            waits.remove(wait)
        elif core.is_due(wait):
            core.push_later("fire", None, wait.id)


def check_conditions(core: Core) -> bool:
    """Trigger the conditions that have become true since they were last looked at; tell whether any did."""
    if not core.sight.changed:
        return False
    core.sight.changed = False
    holders = [(token.waits, core.place(token)) for token in core.state.tokens.values() if token.waits]
    holders += [(scope.waits, scope.id) for scope in core.state.scopes.values() if scope.waits]
    true = []
    for waits, place in holders:
        for wait in waits:
            if wait.kind == "condition":
                definition = core.program.nodes[wait.element].definitions[wait.index]
                before, wait.seen = wait.seen, _is_true(core, place, wait.element, definition.expression)
                if wait.seen and not before:
                    true.append(wait.id)
    for number in true:
        trigger(core, number)
    return bool(true)


def _is_true(core: Core, scope: int, element: str, source: str) -> bool:
    try:
        return core.compute_in(scope, element, source) is True
    except JalonError as error:
        core.changes.append(Warned(element, (error.text(),)))
        return False
