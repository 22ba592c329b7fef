"""Splits and joins."""

from collections.abc import Iterable
from typing import Any

from jalon.engines.processes.core import Core
from jalon.engines.processes.faults import NoFlow, Stuck
from jalon.engines.processes.program import Flow, Node
from jalon.engines.processes.state import JOIN, READY, RESET, STOP, WAIT, Token
from jalon.engines.processes.waiting import waits_for


def enter_parallel(core: Core, token: Token, node: Node) -> None:
    """Wait for one token on each incoming flow."""
    if len(node.incoming) < 2:
        core.push("leave", token)
        return
    arrived = _by_flow(core.join(token))
    if len(arrived) == len(node.incoming):
        _fire(core, list(arrived.values()))


def enter_inclusive(core: Core, token: Token, node: Node) -> None:
    """Wait until no other token can still arrive (looked at once everything else has moved)."""
    if len(node.incoming) < 2:
        core.push("leave", token)
    else:
        core.join(token)


def enter_event_based(core: Core, token: Token, node: Node) -> None:
    """Wait for the first of the events that follow."""
    token.doing = WAIT
    for flow in node.outgoing:
        token.waits.extend(waits_for(core, core.program.nodes[flow.target], token.scope))


def enter_complex(core: Core, token: Token, node: Node) -> None:
    """Let through when the activation condition says so; what comes later only makes the gateway ready again."""
    if len(node.incoming) < 2:
        core.push("leave", token)
        return
    waiting = core.join(token)
    if any(other.doing == RESET and other.element == node.id for other in core.tokens_in(token.scope)):
        return
    arrived = _by_flow(waiting)
    if core.compute(token, node.condition, _activation(node, waiting)) is not True:
        return
    kept = core.add_token(node.id, token.scope)
    kept.doing, kept.plan = RESET, [{"f": flow} for flow in arrived]
    core.push("leave", _merged(core, list(arrived.values())))


def _by_flow(tokens: Iterable[Token]) -> dict[str, Token]:
    """Return the oldest token of each flow."""
    found: dict[str, Token] = {}
    for token in tokens:
        found.setdefault(token.flow, token)
    return found


def _activation(node: Node, waiting: list[Token]) -> dict[str, Any]:
    """Return what an activation condition may read: how many flows have a token, and how many tokens each has."""
    counts = {flow.id: sum(token.flow == flow.id for token in waiting) for flow in node.incoming}
    return {**counts, "activationCount": sum(1 for count in counts.values() if count), "waitingForStart": True}


def check_resets(core: Core) -> bool:
    """Make ready one complex gateway whose other branches have come or cannot come; tell whether one was."""
    for token in core.state.tokens.values():
        if token.doing == RESET:
            node = core.program.nodes[token.element]
            consumed = {step["f"] for step in token.plan}
            numbers = core.joins.get((token.scope, token.element), [])
            late = _by_flow(core.state.tokens[n] for n in numbers if core.state.tokens[n].flow not in consumed)
            if _complete(core, token.scope, node, consumed | set(late)):
                _reset(core, token, node, list(late.values()))
                return True
    return False


def _reset(core: Core, token: Token, node: Node, late: list[Token]) -> None:
    """Take what came late; only flows whose condition asks for it leave this time."""
    for other in late:
        core.unjoin(other)
        core.remove(other)
    token.doing, token.plan = READY, []
    flows = [
        flow
        for flow in node.outgoing
        if "waitingForStart" in flow.condition
        and core.compute(token, flow.condition, {"waitingForStart": False}) is True
    ]
    for flow in flows:
        core.passed(token)
        core.push("enter", core.add_token(flow.target, token.scope, flow.id))
    left = core.joins.get((token.scope, token.element), [])
    if left:
        core.push("again", core.state.tokens[left[0]])
    core.end(token)


def again(core: Core, token: Token, _number: int = 0) -> None:
    """Look again at what waits at a complex gateway made ready."""
    core.unjoin(token)
    enter_complex(core, token, core.node(token))


def _merged(core: Core, tokens: list[Token]) -> Token:
    for token in tokens:
        core.unjoin(token)
    for token in tokens[:-1]:
        core.remove(token)
    return tokens[-1]


def _fire(core: Core, tokens: list[Token]) -> None:
    core.push("leave", _merged(core, tokens))


def check_joins(core: Core) -> bool:
    """Fire one inclusive join that may go; tell whether one did."""
    for (scope, element), numbers in core.joins.items():
        node = core.program.nodes[element]
        if node.kind == "inclusiveGateway":
            arrived = _by_flow(core.state.tokens[number] for number in numbers)
            if _complete(core, scope, node, set(arrived)):
                _fire(core, list(arrived.values()))
                return True
    return False


def _complete(core: Core, scope: int, node: Node, arrived: set[str]) -> bool:
    """Apply the BPMN rule: a token that can reach an empty flow can also reach one that has its token."""
    empty = [core.program.reaching(node.id, flow) for flow in node.incoming if flow.id not in arrived]
    full = [core.program.reaching(node.id, flow) for flow in node.incoming if flow.id in arrived]
    for token in core.tokens_in(scope):
        place = token.element
        if place == node.id or token.after == "vanish":
            continue
        if any(place in nodes for nodes in empty) and not any(place in nodes for nodes in full):
            return False
    return True


def check_stuck(core: Core) -> None:
    """Turn into incidents the tokens that wait for a branch nothing can reach any more."""
    for (scope, element), numbers in list(core.joins.items()):
        node = core.program.nodes[element]
        arrived = {core.state.tokens[number].flow for number in numbers}
        places = {token.element for token in core.tokens_in(scope) if token.element != element}
        hopeless = any(
            not places & core.program.reaching(element, flow) for flow in node.incoming if flow.id not in arrived
        )
        if node.is_activity:
            stuck = not any(places & core.program.reaching(element, flow) for flow in node.incoming)
        else:
            stuck = hopeless if node.kind == "parallelGateway" else not _alive(core, scope)
        if stuck:
            for number in list(numbers):
                token = core.state.tokens[number]
                core.unjoin(token)
                core.stop(token, Stuck(element=core.label(element)), "join")


def _alive(core: Core, scope: int) -> bool:
    return any(token.doing not in {JOIN, STOP, RESET} for token in core.tokens_in(scope))


def choose(core: Core, token: Token, node: Node) -> list[Flow]:
    """Return the flows a token leaves by; raises NoFlow when conditions leave it nowhere to go."""
    flows = node.outgoing
    if node.kind in {"parallelGateway", "eventBasedGateway"} or not flows:
        return list(flows)
    if node.kind == "exclusiveGateway":
        return [_first(core, token, node)]
    default = node.default
    seen = {"waitingForStart": True} if node.kind == "complexGateway" else None
    taken = [
        flow
        for flow in flows
        if flow.id != default and (not flow.condition or core.compute(token, flow.condition, seen) is True)
    ]
    if not taken:
        taken = [flow for flow in flows if flow.id == default]
    if not taken:
        raise NoFlow(element=core.label(node.id))
    return taken


def _first(core: Core, token: Token, node: Node) -> Flow:
    fallback = None
    for flow in node.outgoing:
        if flow.id == node.default or not flow.condition:
            fallback = fallback if fallback and flow.id != node.default else flow
        elif core.compute(token, flow.condition) is True:
            return flow
    if fallback is None:
        raise NoFlow(element=core.label(node.id))
    return fallback
