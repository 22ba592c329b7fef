"""Which names an expression reads, and which it defines itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.basics import dotted
from jalon.engines.expressions.errors import ExpressionInvalid
from jalon.engines.expressions.registry import find
from jalon.engines.expressions.tokens import tokenize

MAX_NAME = 200


def odd_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that hold a sign, a digit apart or a reserved word: they are read whole only when announced."""
    return tuple(sorted({" ".join(name.split()) for name in names if _is_odd(name)}))


def _is_odd(name: str) -> bool:
    if not name or not (name[0].isalpha() or name[0] == "_") or len(name) > MAX_NAME or '"' in name or "." in name:
        return False
    try:
        tokens = tokenize(name)[:-1]
    except ExpressionInvalid:
        return True
    if len(tokens) == 1 or find(name) is not None:
        return False
    plain = all(token.kind == "name" for token in tokens)
    return not plain or " ".join(token.text for token in tokens) != " ".join(name.split())


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
