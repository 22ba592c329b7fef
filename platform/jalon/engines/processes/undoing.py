"""Compensation: what completed is remembered where it can be undone, and undone last first."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from jalon.engines.processes.core import Core
from jalon.engines.processes.program import Node
from jalon.engines.processes.state import ROOT, UNDO, Scope, Token
from jalon.engines.processes.waiting import open_inner


def remember(core: Core, token: Token, node: Node, inner: Scope | None = None) -> None:
    """Keep what this completed activity would need to be undone."""
    handler = compensation_sub(core, node.id) if inner else None
    inside = inner.done if inner else []
    if not (node.compensation or handler or inside):
        return
    entry: dict[str, Any] = {"e": node.id}
    if inside:
        entry["d"] = inside
    own = core.sight.variables.get(str(inner.id)) if inner else None
    values = {**_own(core, token), **(own or {})}
    if values:
        entry["v"] = deepcopy(values)
    keep(core, token, [entry])


def keep(core: Core, token: Token, entries: Sequence[dict[str, Any]]) -> None:
    """Remember entries where the token is: a repetition is remembered by what surrounds the whole loop."""
    keeper = core.state.scopes[token.scope]
    while keeper.kind != "s" and keeper.id != ROOT:
        keeper = core.state.scopes[core.state.tokens[keeper.owner].scope]
    keeper.done.extend(entries)


def _own(core: Core, token: Token) -> dict[str, Any]:
    scope = core.state.scopes[token.scope]
    if scope.kind != "i":
        return {}
    return {name: value for name, value in core.sight.variables.get(str(scope.id), {}).items() if name[0] != "#"}


def compensation_sub(core: Core, element: str) -> Node | None:
    """Return the compensation start of the event sub-process inside a sub-process, if it has one."""
    container = core.program.containers.get(element)
    for sub in container.event_subs if container else ():
        for start in core.program.containers[sub].triggered:
            if core.program.nodes[start].definitions[0].kind == "compensation":
                return core.program.nodes[start]
    return None


def compensate_apart(core: Core, token: Token, activity: str) -> None:
    """Undo what completed beside the token, which goes on at once."""
    compensate(core, core.add_token(token.element, token.scope), activity, "vanish")


def vanish(core: Core, token: Token, _number: int = 0) -> None:
    """Take away the token of a compensation nobody waited for."""
    core.end(token)


def compensate(core: Core, token: Token, activity: str, after: str) -> None:
    """Undo what completed in the token's scope (one activity, or all of it), then let the token go on to `after`."""
    plan: list[dict[str, Any]] = []
    for keeper in _keepers(core, token):
        entries = [entry for entry in keeper.done if not activity or entry["e"] == activity]
        if entries:
            keeper.done = [entry for entry in keeper.done if entry not in entries]
            plan = _flatten(core, entries)
            break
    token.doing, token.plan, token.after = UNDO, plan, after
    core.push("undo", token)


def _keepers(core: Core, token: Token) -> list[Scope]:
    """Return the scope the token is in; from an event sub-process also the one it handles."""
    scope = core.state.scopes[token.scope]
    found = [scope]
    while scope.id != ROOT:
        owner = core.state.tokens[scope.owner]
        handler = core.program.containers.get(scope.element)
        if scope.kind == "s" and not (handler and handler.kind == "eventSubProcess"):
            break
        scope = core.state.scopes[owner.scope]
        if scope.kind == "s" or scope.id == ROOT:
            found.append(scope)
            break
    return found


def _flatten(core: Core, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the handlers to run, in running order: the last completed first, insides in place of their sub-process."""
    order: list[dict[str, Any]] = []
    waiting = list(entries)
    while waiting:
        entry = waiting.pop()
        node = core.program.nodes[entry["e"]]
        sub = compensation_sub(core, node.id)
        if node.compensation:
            order.append({"h": node.compensation, "v": entry.get("v", {})})
        elif sub is not None:
            order.append({"h": sub.container, "v": entry.get("v", {})})
        else:
            waiting.extend(entry.get("d", []))
    return order


def undo_next(core: Core, token: Token, _number: int = 0) -> None:
    """Run the next handler of a compensation, or let the token go on when all have run."""
    if not token.plan:
        after, token.after = token.after, ""
        core.push(after, token)
        return
    step = token.plan.pop(0)
    place = core.open_scope("l", token.element, token.scope, token.id) if step["v"] else None
    handler = core.add_token(step["h"], token.scope)
    handler.undoes = token.id
    if place is not None:
        place.owner = handler.id
        core.adopt(place.id, token.id, handler.id)
        handler.local = place.id
        core.sight.declare(place.id, step["v"])
    if step["h"] in core.program.containers and core.program.containers[step["h"]].kind == "eventSubProcess":
        inner = open_inner(core, handler)
        start = core.program.containers[step["h"]].triggered[0]
        core.push("leave", core.add_token(start, inner.id))
    else:
        core.push("enter", handler)


def undone(core: Core, handler: Token) -> None:
    """Go on with the compensation a finished handler was part of."""
    asker = core.state.tokens.get(handler.undoes)
    core.remove(handler)
    if asker is not None:
        core.push("undo", asker)
