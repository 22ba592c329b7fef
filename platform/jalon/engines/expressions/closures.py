"""From tree to Python closures `f(run, scope)`: no text is ever executed, no attribute of an object is ever read.

An expression without a loop evaluates each node at most once, so only what repeats is charged: each turn of
a loop, filter or function body costs the number of nodes of its body. Each kind of node registers how it is
compiled, so that a new construct is one function.
"""

from collections.abc import Callable
from typing import Any

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.run import Run, Scope
from jalon.engines.expressions.values import Value

Closure = Callable[[Run, Scope | None], Value]
"""What a node compiles to."""

_COMPILERS: dict[type[n.Node], Callable[[Any], Closure]] = {}


def compiles(kind: type[n.Node]) -> Callable[[Callable[[Any], Closure]], Callable[[Any], Closure]]:
    """Register how a kind of node is compiled."""

    def register(work: Callable[[Any], Closure]) -> Callable[[Any], Closure]:
        _COMPILERS[kind] = work
        return work

    return register


def compile_node(node: n.Node) -> Closure:
    """Return the closure of a node."""
    return _COMPILERS[type(node)](node)


def size(root: n.Node) -> int:
    """Count the nodes of a tree: what evaluating it once may cost."""
    count, left = 0, [root]
    while left:
        count += 1
        left.extend(n.children(left.pop()))
    return count


def local(scope: Scope | None, name: str) -> Scope | None:
    """Return the scope that defines a name, or None."""
    while scope is not None and name not in scope.values:
        scope = scope.parent
    return scope
