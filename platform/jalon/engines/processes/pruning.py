"""What a variant of a process leaves out: branches its options switch off, steps nothing leads to any more."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines.expressions import evaluate, from_json, parse
from jalon.engines.processes.drawing import Drawing
from jalon.engines.processes.program import Flow, Node, Program

OPTION = "option."


def switched_off(program: Program, options: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the steps and flows that can never be taken with these options, whatever else happens."""
    closed = {flow.id for node in program.nodes.values() for flow in _closed(node, options)}
    reached: set[str] = set()
    waiting = [start for container in program.containers.values() for start in _starts(program, container.id)]
    while waiting:
        uid = waiting.pop()
        if uid in reached or uid not in program.nodes:
            continue
        node = program.nodes[uid]
        if node.container and node.container not in reached:
            continue  # looked at again once the sub-process is
        reached.add(uid)
        waiting.extend(flow.target for flow in node.outgoing if flow.id not in closed)
        waiting.extend([*node.boundaries, *([node.compensation] if node.compensation else [])])
        waiting.extend(_starts(program, uid) if uid in program.containers else ())
    flows = {
        flow.id
        for node in program.nodes.values()
        for flow in node.outgoing
        if flow.id in closed or node.id not in reached or flow.target not in reached
    }
    return frozenset({uid for uid in program.nodes if uid not in reached} | flows)


def pruned(drawing: Drawing, off: frozenset[str]) -> Drawing:
    """Return a drawing without what is switched off."""
    shapes = tuple(shape for shape in drawing.shapes if shape.element not in off)
    return replace(drawing, shapes=shapes, lines=tuple(line for line in drawing.lines if line.element not in off))


def _starts(program: Program, container: str) -> tuple[str, ...]:
    found = program.containers[container]
    return (*found.starts, *found.triggered, *found.event_subs)


def _closed(node: Node, options: Mapping[str, Any]) -> Iterator[Flow]:
    """Yield the flows a gateway or step never takes: a condition that cannot hold, a default nothing is left for."""
    verdicts = {flow.id: _verdict(flow.condition, options) for flow in node.outgoing if flow.condition}
    chosen = node.kind == "exclusiveGateway" and True in verdicts.values()
    for flow in node.outgoing:
        if verdicts.get(flow.id) is False or (chosen and flow.id == node.default):
            yield flow


def _verdict(condition: str, options: Mapping[str, Any]) -> bool | None:
    """Judge a condition from the options alone; None when something else counts."""
    for link, decisive in ((" or ", True), (" and ", False)):
        parts = condition.split(link)
        if len(parts) > 1 and "(" not in condition and all(part.count('"') % 2 == 0 for part in parts):
            verdicts = [_verdict(part, options) for part in parts]
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive
    try:
        names = [str(name) for name in parse(condition).names]
        if not names or not all(name.startswith(OPTION) for name in names):
            return None
        values = {name: from_json(value) for name, value in options.items()}
        return evaluate(condition, {"option": values}).value is True
    except JalonError:
        return None  # the lint of the process says what is wrong with it
