"""Parse once, evaluate many times: the entry of the expression engine."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from jalon.engines.expressions import basics, library, loops
from jalon.engines.expressions.basics import compile_tests
from jalon.engines.expressions.calendar import WorkingCalendar
from jalon.engines.expressions.closures import compile_node
from jalon.engines.expressions.errors import ExpressionExhausted
from jalon.engines.expressions.jsonvalues import from_json
from jalon.engines.expressions.names import free_names
from jalon.engines.expressions.nodes import Node, Tests
from jalon.engines.expressions.parser import read_expression, read_tests
from jalon.engines.expressions.run import DEFAULT_FUEL, Fuel, Notice, Run, Scope
from jalon.engines.expressions.values import Value

__all__ = ["Expression", "Fuel", "Kind", "Notice", "Outcome", "basics", "evaluate", "library", "loops", "matches"]

Kind = Literal["expression", "unary_tests"]
MAX_RESULT_DEPTH = 64


class Outcome:
    """The value of an expression (see `values`; `to_json` makes it plain) and the notices met on the way."""

    __slots__ = ("value", "warnings")

    def __init__(self, value: Value, warnings: tuple[Notice, ...] = ()) -> None:
        self.value, self.warnings = value, warnings

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outcome) and (self.value, self.warnings) == (other.value, other.warnings)

    def __hash__(self) -> int:
        return hash(self.warnings)

    def __repr__(self) -> str:
        return f"Outcome({self.value!r}, {self.warnings!r})"


class Expression:
    """An expression read and compiled; `names` are the dotted paths it reads, such as `dossier.contact.ville`."""

    __slots__ = ("_call", "kind", "names", "source", "tree")

    def __init__(self, source: str, kind: Kind, tree: Node) -> None:
        self.source, self.kind, self.tree = source, kind, tree
        self.names: frozenset[str] = free_names(tree)
        self._call: Any = compile_tests(tree) if isinstance(tree, Tests) else compile_node(tree)

    def run(self, run: Run, *values: Value) -> Value:
        """Evaluate within a run already started; unary tests receive the input value."""
        if self.kind == "expression":
            return self._call(run, None)
        return self._call(run, Scope({"?": values[0]}, None), values[0])

    def __repr__(self) -> str:
        return f"Expression({self.source!r}, {self.kind!r})"


@lru_cache(maxsize=2048)
def parse(source: str, kind: Kind = "expression", names: tuple[str, ...] = ()) -> Expression:
    """Read an expression or the unary tests of a decision cell; raises ExpressionInvalid.

    `names` are those that hold signs or reserved words and may stand in it (see `odd_names`).
    """
    text = unicodedata.normalize("NFC", source)
    return Expression(source, kind, read_tests(text, names) if kind == "unary_tests" else read_expression(text, names))


def evaluate(
    expression: Expression | str,
    names: Mapping[str, Any],
    *,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    calendar: WorkingCalendar | None = None,
    fuel: Fuel | None = None,
) -> Outcome:
    """Return the value; raises ExpressionExhausted, and ExpressionInvalid when given text that does not parse."""
    if type(expression) is str:
        expression = parse(expression)
    assert not isinstance(expression, str)
    run = Run(names, now, zone, calendar, fuel or DEFAULT_FUEL)
    return finish(run, expression)


def matches(
    tests: Expression | str,
    input_value: Any,
    names: Mapping[str, Any] | None = None,
    *,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    calendar: WorkingCalendar | None = None,
    fuel: Fuel | None = None,
) -> Outcome:
    """Tell whether a value satisfies the unary tests of a decision cell (true, false or null)."""
    if isinstance(tests, str):
        tests = parse(tests, "unary_tests")
    run = Run(names or {}, now, zone, calendar, fuel or DEFAULT_FUEL)
    return finish(run, tests, from_json(input_value))


def finish(run: Run, expression: Expression, *values: Value) -> Outcome:
    """Evaluate within a run and check that the result is not larger than what the run may produce."""
    try:
        value = expression.run(run, *values)
        if type(value) is list or type(value) is dict:
            _measure(run, value)
    except RecursionError as error:
        raise ExpressionExhausted("niveaux imbriqués") from error
    return Outcome(value, tuple(run.notices)) if run.notices else Outcome(value)


def _measure(run: Run, root: Value) -> None:
    """Count a result as it would be written: what shares parts inside may be far larger outside."""
    level, depth = [root], 0
    budget = run.elements + run.steps
    while level:
        depth += 1
        inner: list[Value] = []
        for value in level:
            parts = value if type(value) is list else value.values() if type(value) is dict else ()
            budget -= len(parts)
            if budget < 0 or depth > MAX_RESULT_DEPTH:
                raise ExpressionExhausted("éléments")
            inner.extend(part for part in parts if type(part) is list or type(part) is dict)
        level = inner
