"""Loops on activities: standard loops, and multi-instance in sequence or in parallel."""

from typing import Any

from jalon.engines.processes.changes import CallCancelled, Spread
from jalon.engines.processes.core import Core
from jalon.engines.processes.events import throw_definition
from jalon.engines.processes.faults import BadRepeat, TooMany
from jalon.engines.processes.program import Node, Repeat
from jalon.engines.processes.state import APART, INSIDE, ROOT, Token

ITEMS, RESULTS, RESULT, UNDO = "#items", "#results", "#result", "#undo"  # names no expression can read


def begin(core: Core, token: Token, node: Node) -> None:
    """Start the repetitions of the activity the token entered."""
    repeat = node.repeat
    assert repeat is not None
    token.doing = INSIDE
    if repeat.kind == "while":
        _begin_while(core, token, node, repeat)
        return
    total, items = _size(core, token, node, repeat)
    if total > core.host.max_items:
        raise TooMany(element=core.label(node.id), count=total, maximum=core.host.max_items)
    token.many = {"total": total}
    if repeat.kind == "parallel" and total > core.host.apart and core.program.runs_apart(node.id):
        _spread(core, token, node, repeat, items)
        return
    held: dict[str, Any] = {}
    if items is not None:
        held[ITEMS] = items
    if repeat.output:
        held[RESULTS] = [None] * total
    if held:
        core.sight.declare(core.local(token), held)
    if total == 0:
        _finish(core, token, repeat, [])
        return
    for _ in range(1 if repeat.kind == "sequential" else total):
        _next(core, token, node, repeat)


def _spread(core: Core, token: Token, node: Node, repeat: Repeat, items: list[Any] | None) -> None:
    """Ask for one instance per repetition: this one keeps a counter only."""
    token.doing, token.many["next"] = APART, token.many["total"]
    token.many["apart"] = core.state.number()
    own = tuple(
        _own(repeat, index, None if items is None else items[index], held=items is not None)
        for index in range(token.many["total"])
    )
    core.changes.append(Spread(token.many["apart"], node.id, core.place(token), own))


def _begin_while(core: Core, token: Token, node: Node, repeat: Repeat) -> None:
    if repeat.maximum:
        value = core.compute(token, repeat.maximum)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadRepeat(element=core.label(node.id), expected="un nombre entier", value=_shown(value))
        token.many["total"] = value
    if (repeat.test_before and not _go_on(core, token, repeat)) or token.many.get("total") == 0:
        _finish(core, token, repeat)
    else:
        _next(core, token, node, repeat)


def _go_on(core: Core, token: Token, repeat: Repeat) -> bool:
    if "total" in token.many and token.many.get("done", 0) >= token.many["total"]:
        return False
    counter = {"loopCounter": token.many.get("done", 0)}
    return not repeat.condition or core.compute(token, repeat.condition, counter) is True


def _size(core: Core, token: Token, node: Node, repeat: Repeat) -> tuple[int, list[Any] | None]:
    if repeat.collection:
        items = core.compute(token, repeat.collection)
        if not isinstance(items, list):
            raise BadRepeat(element=core.label(node.id), expected="une liste", value=_shown(items))
        return len(items), items
    count = core.compute(token, repeat.cardinality)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool):
        raise BadRepeat(element=core.label(node.id), expected="un nombre entier", value=_shown(count))
    return max(count, 0), None


def _shown(value: Any) -> str:
    return "nulle" if value is None else f"« {str(value)[:60]} »"


def _next(core: Core, token: Token, node: Node, repeat: Repeat) -> None:
    index = token.many.get("next", 0)
    token.many["next"] = index + 1
    scope = core.open_scope("i", node.id, core.place(token), token.id)
    items = core.sight.variables.get(str(token.local), {}).get(ITEMS)
    core.sight.declare(scope.id, _own(repeat, index, items[index] if items else None, held=items is not None))
    core.push("enter", core.add_token(node.id, scope.id))


def _own(repeat: Repeat, index: int, item: Any, *, held: bool) -> dict[str, Any]:
    """Return the variables one repetition does not share: its number, its item, its result."""
    own: dict[str, Any] = {"loopCounter": index + 1}
    if repeat.kind != "while":
        if repeat.item and held:
            own[repeat.item] = item
        if repeat.output and repeat.output_item.isidentifier() and repeat.output_item not in own:
            own[repeat.output_item] = None
    return own


def iteration(core: Core, token: Token) -> int | None:
    """Return which repetition surrounds the token, from 1, or None when none does."""
    scope = core.state.scopes[token.scope]
    while scope.kind != "i":
        if not scope.owner:
            return None
        scope = core.state.scopes[core.state.tokens[scope.owner].scope]
    return int(core.sight.variables[str(scope.id)]["loopCounter"])


def body_done(core: Core, body: Token, node: Node) -> None:
    """Count one finished repetition, keep its result, then start another, wait, or go on."""
    repeat = node.repeat
    assert repeat is not None
    scope = core.state.scopes[body.scope]
    value = core.compute_in(scope.id, node.id, repeat.output_item) if repeat.output and repeat.output_item else None
    if scope.id == ROOT:
        core.sight.declare(ROOT, {RESULT: value, **({UNDO: list(scope.done)} if scope.done else {})})
        core.remove(body)
        core.finish("completed")
        return
    token = core.state.tokens[scope.owner]
    if repeat.output:
        gathered = list(core.sight.variables[str(token.local)][RESULTS])
        gathered[int(core.sight.variables[str(scope.id)]["loopCounter"]) - 1] = value
        core.sight.declare(token.local, {RESULTS: gathered})
    token.many["done"] = token.many.get("done", 0) + 1
    core.remove(body)
    core.close_scope(scope.id)
    if repeat.throws and not _thrown(core, token, node, repeat):
        return
    if repeat.kind == "while":
        if _go_on(core, token, repeat):
            _next(core, token, node, repeat)
        else:
            _finish(core, token, repeat)
        return
    if repeat.condition and core.compute(token, repeat.condition, _counters(token)) is True:
        for left in core.scopes_of(token):
            if left.kind == "i":
                for other in core.tokens_in(left.id):
                    core.kill(other)
                core.close_scope(left.id)
        _finish(core, token, repeat, _results(core, token))
    elif token.many["done"] == token.many["total"]:
        _finish(core, token, repeat, _results(core, token))
    elif repeat.kind == "sequential":
        _next(core, token, node, repeat)


def _thrown(core: Core, token: Token, node: Node, repeat: Repeat) -> bool:
    """Throw what a completed repetition throws; tell whether the activity goes on after that."""
    for condition, definition in repeat.throws:
        if repeat.behavior == "One" and token.many["done"] > 1:
            continue
        if condition and core.compute(token, condition, _counters(token)) is not True:
            continue
        throw_definition(core, token, node, definition)
        if core.state.tokens.get(token.id) is not token or token.doing != INSIDE or not token.many:
            return False
    return True


def check_apart(core: Core, token: Token, _number: int = 0) -> None:
    """Go on once the repetitions that run apart are done, or enough of them."""
    repeat = core.node(token).repeat
    assert repeat is not None
    enough = bool(repeat.condition) and core.compute(token, repeat.condition, _counters(token)) is True
    if not enough and token.many["done"] < token.many["total"]:
        return
    results = None
    if repeat.output:
        found = core.host.gather(token.many["apart"])
        results = [found.get(index) for index in range(token.many["total"])]
    if token.many["done"] < token.many["total"]:
        core.changes.append(CallCancelled(token.many["apart"], token.element))
    _finish(core, token, repeat, results)


def _results(core: Core, token: Token) -> list[Any] | None:
    found: list[Any] | None = core.sight.variables.get(str(token.local), {}).get(RESULTS)
    return found


def _counters(token: Token) -> dict[str, Any]:
    total, begun, done = (token.many.get(name, 0) for name in ("total", "next", "done"))
    return {
        "nrOfInstances": total,
        "nrOfCompletedInstances": done,
        "nrOfActiveInstances": begun - done,
        "nrOfTerminatedInstances": 0,
        "numberOfInstances": total,
        "numberOfCompletedInstances": done,
        "numberOfActiveInstances": begun - done,
        "numberOfTerminatedInstances": 0,
        "loopCounter": done,
    }


def _finish(core: Core, token: Token, repeat: Repeat, results: list[Any] | None = None) -> None:
    if repeat.output and results is not None:
        core.sight.write(token.scope, {repeat.output: results})
    token.many["over"] = 1
    core.push("leave", token)
