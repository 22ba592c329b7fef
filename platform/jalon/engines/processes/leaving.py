"""How a token leaves a node: what completed is noted and remembered, then the flows are taken."""

from jalon.engines.processes import repeats
from jalon.engines.processes.adhoc import go_on, performed
from jalon.engines.processes.changes import Ended
from jalon.engines.processes.core import Core
from jalon.engines.processes.gateways import choose
from jalon.engines.processes.program import Flow, Node
from jalon.engines.processes.state import READY, Token
from jalon.engines.processes.undoing import remember, undone


def leave(core: Core, token: Token, _number: int = 0) -> None:
    """Complete the node the token is at and go on."""
    node, scope = core.node(token), token.scope
    repeated = bool(token.many)
    body = node.is_activity and core.is_body(token)
    if node.outputs and node.is_activity and not repeated:
        _map_outputs(core, token, node)
    flows = [] if body else choose(core, token, node)
    token.doing, token.many = READY, {}
    if not repeated:
        core.passed(token)
        if node.is_activity:
            remember(core, token, node, next((s for s in core.scopes_of(token) if s.kind == "s"), None))
    for inner in core.scopes_of(token):
        core.close_scope(inner.id)
    token.local, token.waits = 0, []
    if body:
        repeats.body_done(core, token, node)
    elif token.undoes:
        undone(core, token)
    elif flows:
        take(core, token, flows * node.gives)
    else:
        if node.kind == "endEvent":
            core.changes.append(Ended(node.id, token.id))
        core.end(token)
    if node.is_activity and not body:
        performed(core, node, scope)


def onward(core: Core, token: Token, _number: int = 0) -> None:
    """Take the flows out of an event that is already noted as completed."""
    flows = choose(core, token, core.node(token))
    token.doing = READY
    for inner in core.scopes_of(token):
        core.close_scope(inner.id)
    token.local = 0
    if flows:
        take(core, token, flows)
    else:
        core.end(token)


def _map_outputs(core: Core, token: Token, node: Node) -> None:
    values = [(line.name, core.compute(token, line.expression)) for line in node.outputs]
    for name, value in values:
        core.sight.write_path(token.scope, name, value)


def take(core: Core, token: Token, flows: list[Flow]) -> None:
    """Send the token along the first flow and new ones along the others."""
    others = [core.add_token(flow.target, token.scope, flow.id) for flow in flows[1:]]
    core.move(token, flows[0].target, flows[0].id)
    core.push("enter", token)
    for other in others:
        core.push("enter", other)


def inner_done(core: Core, token: Token, scope: int) -> None:
    """Leave a sub-process whose inside is over."""
    if scope not in core.state.scopes or core.tokens_in(scope):
        return
    container = core.program.containers[token.element]
    if container.kind == "eventSubProcess":
        core.passed(token)
        core.close_scope(scope)
        if token.undoes:
            undone(core, token)
        else:
            core.end(token)
        return
    if container.kind == "adHocSubProcess":
        go_on(core, token)
    else:
        leave(core, token)
