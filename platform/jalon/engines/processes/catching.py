"""Errors and escalations: looking outwards for who catches them, then going there."""

from collections.abc import Mapping
from typing import Any

from jalon.engines.processes.changes import ErrorUncaught, EscalationUncaught, Noted
from jalon.engines.processes.core import Core
from jalon.engines.processes.faults import ErrorNotCaught
from jalon.engines.processes.program import Node
from jalon.engines.processes.state import ROOT, Scope, Token
from jalon.engines.processes.waiting import interrupt, receive, start_event_sub

Catcher = tuple[Token | None, Scope | None, Node]
"""The host of a boundary event, or the scope of an event sub-process, and the event."""


def throw_error(
    core: Core, token: Token, code: str, message: str = "", values: Mapping[str, Any] | None = None
) -> bool:
    """Raise a BPMN error at a token; uncaught, the token becomes an incident until a calling instance takes it."""
    core.changes.append(Noted("thrown", token.element, token.id, {"error": code}))
    found = find_catcher(core, token, "error", code)
    if found is None:
        fault = ErrorNotCaught(error=code, element=core.label(token.element), detail=message)
        element = token.element
        core.stop(token, fault, "enter")
        core.changes.append(ErrorUncaught(token.id, element, code, message))
        return False
    host, scope, event = found
    facts = {**(values or {}), "errorCode": code, "errorMessage": message}
    brought = dict(values or {})
    if host is not None:
        receive(core, event, brought, host.scope) if not event.outputs else _receive_mapped(
            core, event, brought, facts, host
        )
        interrupt(core, host, event)
    elif scope is not None:
        start_event_sub(core, scope, event, payload=brought if not event.outputs else facts)
    return True


def _receive_mapped(core: Core, event: Node, brought: dict[str, Any], facts: dict[str, Any], host: Token) -> None:
    core.sight.write(host.scope, brought)
    for line in event.outputs:
        core.sight.write_path(host.scope, line.name, core.compute_in(host.scope, event.id, line.expression, facts))


def throw_escalation(core: Core, token: Token, code: str) -> bool:
    """Raise an escalation at a token; tell whether somebody here catches it. Uncaught, nothing stops."""
    core.changes.append(Noted("escalated", token.element, token.id, {"escalation": code}))
    found = find_catcher(core, token, "escalation", code)
    if found is None:
        core.changes.append(EscalationUncaught(token.element, code))
        return False
    host, scope, event = found
    facts = {"escalationCode": code}
    if host is not None:
        if event.outputs:
            _receive_mapped(core, event, {}, facts, host)
        if event.interrupting:
            interrupt(core, host, event)
        else:
            core.push("leave", core.add_token(event.id, host.scope))
    elif scope is not None:
        start_event_sub(core, scope, event, payload=facts if event.outputs else None)
    return True


def find_catcher(core: Core, token: Token, kind: str, code: str) -> Catcher | None:
    """Return the nearest event that catches this code, walking from the token outwards; a named code wins."""
    current = token
    while True:
        node = core.node(current)
        if not core.is_body(current):
            boundary = _choose([core.program.nodes[name] for name in node.boundaries], kind, code)
            if boundary is not None:
                return current, None, boundary
        scope = core.state.scopes[current.scope]
        inside_handler = (
            node.id in core.program.containers
            and node.id not in core.program.containers[node.container].starts
            and core.program.containers[node.id].kind == "eventSubProcess"
        )
        if scope.kind == "s" and not inside_handler:
            container = core.program.containers["" if scope.id == ROOT else scope.element]
            starts = [
                core.program.nodes[start]
                for sub in container.event_subs
                for start in core.program.containers[sub].triggered
            ]
            start = _choose(starts, kind, code)
            if start is not None:
                return None, scope, start
        if scope.id == ROOT:
            return None
        current = core.state.tokens[scope.owner]


def _choose(events: list[Node], kind: str, code: str) -> Node | None:
    general = None
    for event in events:
        for definition in event.definitions:
            if definition.kind == kind:
                if definition.name and (code == definition.name or code in definition.ids):
                    return event
                if not definition.name and general is None:
                    general = event
    return general
