"""Ad hoc sub-processes: activities offered without an order, until their condition says it is enough.

Every activity nothing leads to is offered once; where a condition says when it is over, people may do theirs again
until then. One at a time, they come in the order they are written.
"""

from jalon.engines.processes.core import Core
from jalon.engines.processes.faults import AdHocUnfinished
from jalon.engines.processes.program import HUMAN_TASKS, Container, Node
from jalon.engines.processes.state import ROOT, Scope, Token
from jalon.engines.processes.waiting import open_inner

NEXT = "#next"  # a name no expression can read: which activity comes next, one at a time


def begin_ad_hoc(core: Core, token: Token, node: Node) -> None:
    """Open the sub-process and offer its activities: all of them, or the first."""
    scope = open_inner(core, token)
    starts = core.program.containers[node.id].starts
    if node.sequential:
        core.sight.declare(scope.id, {NEXT: 1})
        starts = starts[:1]
    for start in starts:
        core.push("enter", core.add_token(start, scope.id))


def performed(core: Core, node: Node, scope: int) -> None:
    """Look at an ad hoc sub-process again when one of its activities is done."""
    inside = core.program.containers[node.container]
    known = core.state.scopes.get(scope)
    if inside.kind == "adHocSubProcess" and known is not None and known.kind == "s" and known.id != ROOT:
        core.push("adhoc", core.state.tokens[known.owner])


def go_on(core: Core, token: Token, _number: int = 0) -> None:
    """Finish the sub-process if its condition is true or all is done; else offer what may still be done."""
    node = core.node(token)
    scope = next(scope for scope in core.scopes_of(token) if scope.kind == "s")
    container = core.program.containers[node.id]
    if node.condition and core.compute_in(scope.id, node.id, node.condition) is True:
        if node.cancels_rest:
            for other in core.tokens_in(scope.id):
                core.kill(other)
    else:
        _offer(core, node, container, scope)
        if node.condition and not core.tokens_in(scope.id):
            raise AdHocUnfinished(element=core.label(node.id))
    if not core.tokens_in(scope.id):
        core.push("leave", token)


def _offer(core: Core, node: Node, container: Container, scope: Scope) -> None:
    """Offer the next activity, or again those people may repeat."""
    if not node.sequential:
        if node.condition:
            live = {token.element for token in core.tokens_in(scope.id)}
            for start in container.starts:
                if _repeatable(core, start) and not live & _following(core, start):
                    core.push("enter", core.add_token(start, scope.id))
        return
    if core.tokens_in(scope.id):
        return
    turn = int(core.sight.variables[str(scope.id)][NEXT])
    count = len(container.starts)
    for index in range(turn, turn + count):
        start = container.starts[index % count]
        if index < count or (node.condition and _repeatable(core, start)):
            core.sight.declare(scope.id, {NEXT: index + 1})
            core.push("enter", core.add_token(start, scope.id))
            return


def _repeatable(core: Core, start: str) -> bool:
    """Tell whether a person does the activity: what runs by itself would be done again without end."""
    return core.program.nodes[start].kind in HUMAN_TASKS


def _following(core: Core, start: str) -> set[str]:
    """Return an activity and all that its flows lead to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [flow.target for flow in core.program.nodes[name].outgoing]
    return found
