"""Say a condition in French."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.basics import dotted
from jalon.engines.expressions.expression import Expression, parse
from jalon.engines.expressions.moments import write_temporal
from jalon.engines.expressions.numbers import number_text
from jalon.engines.expressions.registry import plain_name

Labels = Mapping[str, str]

_COMPARED = {
    "=": "est", "!=": "n’est pas", "<": "est inférieur à", "<=": "est inférieur ou égal à",
    ">": "est supérieur à", ">=": "est supérieur ou égal à",
}  # fmt: skip
_DATED = {
    "=": "est le", "!=": "n’est pas le", "<": "est avant le", "<=": "est au plus tard le",
    ">": "est après le", ">=": "est au plus tôt le",
}  # fmt: skip
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CALLED = {
    "contains": "contient", "contient": "contient", "starts with": "commence par", "commence par": "commence par",
    "ends with": "finit par", "finit par": "finit par", "list contains": "comprend", "liste contient": "comprend",
}  # fmt: skip


def sentence(expression: Expression | str, labels: Labels | None = None) -> str:
    """Return a condition as a French sentence: « Permis est « Non » et Âge est supérieur à 18 ».

    What is not a simple condition is quoted as it is written. Unary tests speak of « la valeur », or of the
    label given for `?`.
    """
    expression = parse(expression) if isinstance(expression, str) else expression
    speaker = _Speaker(expression.source, labels or {})
    if isinstance(expression.tree, n.Tests):
        return speaker.tests(speaker.subject(n.Name("?")), expression.tree)
    said = speaker.condition(expression.tree)
    return said[:1].upper() + said[1:] if said.startswith("si ") else said


class _Speaker:
    """Says the parts of one expression with the labels given for its paths."""

    def __init__(self, source: str, labels: Labels) -> None:
        self.source, self.labels = source, labels

    def condition(self, node: n.Node, inner: bool = False) -> str:
        match node:
            case n.Logic(op=op, operands=operands):
                text = (" et " if op == "and" else " ou ").join(self.condition(operand, True) for operand in operands)
                return f"({text})" if inner and op == "or" else text
            case n.Comparison(op=op, left=left, right=right):
                if isinstance(left, n.Literal) and not isinstance(right, n.Literal):
                    left, right, op = right, left, _SWAPPED.get(op, op)
                return self.compared(self.subject(left), op, right)
            case n.Between(value=value, low=low, high=high):
                return f"{self.subject(value)} est compris entre {self.value(low)} et {self.value(high)}"
            case n.In(value=value, tests=tests):
                return self.tests(self.subject(value), tests)
            case n.Call(function=n.Name(name=name), arguments=arguments):
                return self.called(plain_name(name), arguments)
            case n.Name() | n.Path():
                return f"{self.subject(node)} est « Oui »"
        return self.value(node)

    def called(self, name: str, arguments: tuple[n.Node, ...]) -> str:
        if name in {"not", "non"} and len(arguments) == 1:
            return self.negated(arguments[0])
        if name in {"is defined", "est defini"} and len(arguments) == 1:
            return f"{self.subject(arguments[0])} est renseigné"
        if name in _CALLED and len(arguments) == 2:
            return f"{self.subject(arguments[0])} {_CALLED[name]} {self.value(arguments[1])}"
        shown = ", ".join(self.value(argument) for argument in arguments)
        return f"{name}({shown})"

    def negated(self, node: n.Node) -> str:
        match node:
            case n.Comparison(op=op, left=left, right=right):
                return self.condition(n.Comparison(_OPPOSITE[op], left, right))
            case n.Name() | n.Path():
                return f"{self.subject(node)} est « Non »"
            case n.Call(function=n.Name(name=name), arguments=(one,)) if plain_name(name) in {
                "is defined",
                "est defini",
            }:
                return f"{self.subject(one)} n’est pas renseigné"
        return f"il est faux que {self.condition(node, True)}"

    def compared(self, subject: str, op: str, operand: n.Node) -> str:
        if isinstance(operand, n.Literal) and operand.value is None and op in {"=", "!="}:
            return f"{subject} {'n’est pas' if op == '=' else 'est'} renseigné"
        if self.is_date(operand):
            return f"{subject} {_DATED[op]} {self.value(operand)}"
        return f"{subject} {_COMPARED[op]} {self.value(operand)}"

    def tests(self, subject: str, tests: n.Tests) -> str:
        if not tests.tests:
            return f"{subject} est quelconque"
        listed = [item for test in tests.tests for item in _items(test)]
        if listed and all(not isinstance(item, n.RangeOf) for item in listed):
            values = " ou ".join(self.value(item) for item in listed)
            return f"{subject} {'n’est pas' if tests.negated else 'est'} {values}"
        said = " ou ".join(self.tested(subject, test) for test in tests.tests)
        return f"il est faux que {said}" if tests.negated else said

    def tested(self, subject: str, test: n.Test) -> str:
        if test.op:
            return self.compared(subject, test.op, test.operand)
        if isinstance(test.operand, n.RangeOf):
            return self.ranged(subject, test.operand)
        if isinstance(test.operand, n.Literal | n.ListOf):
            values = " ou ".join(self.value(item) for item in _items(test))
            return f"{subject} est {values}"
        if isinstance(test.operand, n.Name | n.Path):
            return f"{subject} fait partie de {self.subject(test.operand)}"
        return self.condition(test.operand, True)

    def ranged(self, subject: str, interval: n.RangeOf) -> str:
        low, high = self.value(interval.low), self.value(interval.high)
        bounds = (interval.low_included, interval.high_included)
        if bounds == (True, True):
            return f"{subject} est compris entre {low} et {high}"
        sides = ["inclus" if bound else "exclu" for bound in bounds]
        return f"{subject} est compris entre {low} {sides[0]} et {high} {sides[1]}"

    def subject(self, node: n.Node) -> str:
        words = dotted(node)
        if words is None:
            return self.value(node)
        path = ".".join(words)
        return self.labels.get(path, "la valeur" if path == "?" else path)

    def value(self, node: n.Node) -> str:
        match node:
            case n.Literal(value=value):
                return said(value)
            case n.Name() | n.Path() if dotted(node) is not None:
                return self.subject(node)
            case n.ListOf(items=items):
                return ", ".join(self.value(item) for item in items)
            case n.Arithmetic(op=op, left=left, right=right):
                return f"{self.value(left)} {op} {self.value(right)}"
            case n.Call(function=n.Name(name="date"), arguments=(n.Literal(value=str(text)),)):
                return _day(text)
            case n.Call(function=n.Name(name=name), arguments=arguments):
                return f"{name}({', '.join(self.value(argument) for argument in arguments)})"
            case n.Logic() | n.Comparison() | n.Between() | n.In():
                return self.condition(node, True)
        return f"« {self.source} »"

    def is_date(self, node: n.Node) -> bool:
        match node:
            case n.Literal(value=value):
                return isinstance(value, date)
            case n.Call(function=n.Name(name="date"), arguments=(n.Literal(),)):
                return True
        return False


def said(value: Any) -> str:
    """Say a constant in French: « Oui », 12,5, 31/01/2026, « texte »."""
    sayers: dict[type, Callable[[Any], str]] = {
        type(None): lambda _: "vide",
        bool: lambda v: "« Oui »" if v else "« Non »",
        str: lambda v: f"« {v} »",
        Decimal: lambda v: number_text(v).replace(".", ","),
        date: lambda v: v.strftime("%d/%m/%Y"),
        datetime: lambda v: v.strftime("%d/%m/%Y à %H:%M"),
    }
    if type(value) in sayers:
        return sayers[type(value)](value)
    if isinstance(value, list):
        return ", ".join(said(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} : {said(item)}" for key, item in value.items())
    return write_temporal(value)


def _items(test: n.Test) -> list[n.Node]:
    """Return the constants a test lists, or nothing when it is another kind of test."""
    if test.op:
        return []
    if isinstance(test.operand, n.Literal):
        return [test.operand]
    return list(test.operand.items) if isinstance(test.operand, n.ListOf) else []


def _day(text: str) -> str:
    return "/".join(reversed(text.split("-"))) if len(text) == 10 else f"« {text} »"
