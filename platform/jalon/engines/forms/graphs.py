"""Cycles in a graph of names."""

from collections.abc import Collection, Mapping


def cycle_in(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names of one cycle in order, the first repeated at the end; empty when there is none."""
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        stack = [(start, iter(sorted(graph.get(start, ()))))] if start not in done else []
        path.extend(name for name, _ in stack)
        while stack:
            name, following = stack[-1]
            target = next(following, None)
            if target is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif target in path:
                return [*path[path.index(target) :], target]
            elif target not in done:
                stack.append((target, iter(sorted(graph.get(target, ())))))
                path.append(target)
    return []
