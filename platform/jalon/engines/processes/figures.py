"""How big and how tangled a process is: plain counts, for `jalon process lint` and the workshop."""

from collections import Counter
from dataclasses import dataclass

from jalon.engines.processes.program import HUMAN_TASKS, Program

MAX_PATHS = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one process; `paths` are the ways from start to end without taking a loop twice, at most a million."""

    elements: int
    flows: int
    activities: int
    human_tasks: int
    gateways: int
    events: int
    depth: int
    longest: int
    paths: int
    kinds: dict[str, int]


def figures(program: Program) -> Figures:
    """Return the counts of a process."""
    kinds = Counter(node.kind for node in program.nodes.values())
    longest, paths = _paths(program)
    return Figures(
        elements=len(program.nodes),
        flows=sum(len(node.outgoing) for node in program.nodes.values()),
        activities=sum(node.is_activity for node in program.nodes.values()),
        human_tasks=sum(kinds[kind] for kind in HUMAN_TASKS),
        gateways=sum(count for kind, count in kinds.items() if kind.endswith("Gateway")),
        events=sum(count for kind, count in kinds.items() if kind.endswith("Event")),
        depth=max(_depth(program, name) for name in program.containers),
        longest=longest,
        paths=paths,
        kinds=dict(sorted(kinds.items())),
    )


def _depth(program: Program, container: str) -> int:
    depth = 0
    while container:
        container = program.nodes[container].container
        depth += 1
    return depth


def _paths(program: Program) -> tuple[int, int]:
    """Return the number of nodes of the longest way through the process itself, and how many ways there are."""
    after = {
        node.id: [flow.target for flow in node.outgoing]
        + [flow.target for name in node.boundaries for flow in program.nodes[name].outgoing]
        for node in program.nodes.values()
    }
    length: dict[str, int] = {}
    ways: dict[str, int] = {}
    for start in program.starts:
        stack, open_now = [(start, False)], set[str]()
        while stack:
            name, done = stack.pop()
            if done:
                open_now.discard(name)
                onward = [target for target in after[name] if target in length]
                length[name] = 1 + max((length[target] for target in onward), default=0)
                ways[name] = min(sum(ways[target] for target in onward) or 1, MAX_PATHS)
            elif name not in length and name not in open_now:
                open_now.add(name)
                stack.append((name, True))
                stack.extend((target, False) for target in after[name] if target not in open_now)
    return (
        max((length[start] for start in program.starts), default=0),
        min(sum(ways[start] for start in program.starts), MAX_PATHS),
    )
