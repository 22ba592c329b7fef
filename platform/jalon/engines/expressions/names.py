"""Which names an expression reads, and which it defines itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.basics import dotted


@dataclass(frozen=True, slots=True)
class Reading:
    """A path read: `maybe_item` when it stands in a filter and may be an entry of the element."""

    path: str
    at: int
    maybe_item: bool = False


def free_names(root: n.Node) -> frozenset[str]:
    """Return the dotted paths a tree reads from outside, those that may be entries of an element included."""
    return frozenset(reading.path for reading in readings(root))


def readings(root: n.Node) -> Iterator[Reading]:
    """List what a tree reads from outside, with its place."""
    return _read(root, frozenset(), False)


def _read(node: n.Node, own: frozenset[str], filtered: bool) -> Iterator[Reading]:
    words = dotted(node)
    if words is not None:
        if words[0] not in own and words[0] != "?":
            start = node
            while isinstance(start, n.Path):
                start = start.target
            yield Reading(".".join(words), start.at, filtered)
        return
    match node:
        case n.Filter(target=target, predicate=predicate):
            yield from _read(target, own, filtered)
            yield from _read(predicate, own | {"item"}, True)
        case n.Call(function=n.Name(), arguments=arguments):
            for argument in arguments:
                yield from _read(argument, own, filtered)
        case n.For(iterations=iterations, body=last) | n.Quantified(iterations=iterations, condition=last):
            for iteration in iterations:
                for part in n.children(iteration):
                    yield from _read(part, own, filtered)
                own = own | {iteration.name}
            yield from _read(last, own | {"partial"} if isinstance(node, n.For) else own, filtered)
        case n.FunctionOf(parameters=parameters, body=body):
            yield from _read(body, own | set(parameters), filtered)
        case n.ContextOf(entries=entries):
            for key, value in entries:
                yield from _read(value, own, filtered)
                own = own | {key}
        case _:
            for part in n.children(node):
                yield from _read(part, own, filtered)
