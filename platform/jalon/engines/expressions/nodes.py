"""The tree of an expression. `at` is the offset in the source, ignored when comparing trees."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Any part of an expression."""

    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name to look up; `?` is the input of unary tests."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`target.name`."""

    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`target[predicate]`."""

    target: Node
    predicate: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`; `names` is None, or one name for each argument."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left op right` with + - * / **."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left op right` with = != < <= > >=."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a and b and c`, or the same with or."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One test on the input: `< 5` (op and operand), or an expression (op empty)."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """A list of tests, one of which must hold; none at all is `-`, which always holds."""

    tests: tuple[Test, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value in tests`."""

    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for iterations return body`."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some|every iterations satisfies condition`."""

    kind: str
    iterations: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class TypeOf:
    """A type as it is written: `parts` are what angle brackets hold, each with its name in a context."""

    name: str
    parts: tuple[tuple[str, "TypeOf"], ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`value instance of type`."""

    value: Node
    type: TypeOf


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """`{name: value}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    """`[low..high]`, with either bound excluded."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """`function(parameters) body`."""

    parameters: tuple[str, ...]
    body: Node


def children(node: Node) -> list[Node]:
    """Return the direct parts of a node, in the order they are written."""
    match node:
        case (
            Path(target=one) | Negative(operand=one) | InstanceOf(value=one) | Test(operand=one) | FunctionOf(body=one)
        ):
            return [one]
        case Filter(target=a, predicate=b) | Arithmetic(left=a, right=b) | Comparison(left=a, right=b):
            return [a, b]
        case RangeOf(low=a, high=b) | In(value=a, tests=b):
            return [a, b]
        case Call(function=function, arguments=arguments):
            return [function, *arguments]
        case Logic(operands=many) | ListOf(items=many) | Tests(tests=many):
            return list(many)
        case Between(value=a, low=b, high=c) | If(condition=a, yes=b, no=c):
            return [a, b, c]
        case Iteration(source=source, end=end):
            return [source] if end is None else [source, end]
        case For(iterations=iterations, body=last) | Quantified(iterations=iterations, condition=last):
            return [*iterations, last]
        case ContextOf(entries=entries):
            return [value for _, value in entries]
    return []
