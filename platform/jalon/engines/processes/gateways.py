"""Splits and joins."""

from jalon.engines.processes.core import Core
from jalon.engines.processes.faults import NoFlow, Stuck
from jalon.engines.processes.program import Flow, Node
from jalon.engines.processes.state import JOIN, STOP, WAIT, Token
from jalon.engines.processes.waiting import waits_for


def enter_parallel(core: Core, token: Token, node: Node) -> None:
    """Wait for one token on each incoming flow."""
    if len(node.incoming) < 2:
        core.push("leave", token)
        return
    arrived: dict[str, Token] = {}
    for waiting in core.join(token):
        arrived.setdefault(waiting.flow, waiting)
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


def _fire(core: Core, tokens: list[Token]) -> None:
    for token in tokens:
        core.unjoin(token)
    for token in tokens[:-1]:
        core.remove(token)
    core.push("leave", tokens[-1])


def check_joins(core: Core) -> bool:
    """Fire one inclusive join that may go; tell whether one did."""
    for (scope, element), numbers in core.joins.items():
        node = core.program.nodes[element]
        if node.kind == "inclusiveGateway":
            arrived: dict[str, Token] = {}
            for number in numbers:
                waiting = core.state.tokens[number]
                arrived.setdefault(waiting.flow, waiting)
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
        if place == node.id:
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
        stuck = hopeless if node.kind == "parallelGateway" else not _alive(core, scope)
        if stuck:
            for number in list(numbers):
                token = core.state.tokens[number]
                core.unjoin(token)
                core.stop(token, Stuck(element=core.label(element)), "join")


def _alive(core: Core, scope: int) -> bool:
    return any(token.doing not in {JOIN, STOP} for token in core.tokens_in(scope))


def choose(core: Core, token: Token, node: Node) -> list[Flow]:
    """Return the flows a token leaves by; raises NoFlow when conditions leave it nowhere to go."""
    flows = node.outgoing
    if node.kind in {"parallelGateway", "eventBasedGateway"} or not flows:
        return list(flows)
    if node.kind == "exclusiveGateway":
        return [_first(core, token, node)]
    default = node.default
    taken = [
        flow
        for flow in flows
        if flow.id != default and (not flow.condition or core.compute(token, flow.condition) is True)
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
