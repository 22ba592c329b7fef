"""Parse once, evaluate many times: the entry of the expression engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from jalon.engines.expressions.calendar import WorkingCalendar
from jalon.engines.expressions.values import Value

Kind = Literal["expression", "unary_tests"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What went wrong during an evaluation without stopping it: the value there is null."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Fuel:
    """What one evaluation may spend: evaluated nodes, list elements and characters produced."""

    steps: int = 50_000
    elements: int = 50_000
    characters: int = 500_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The value of an expression (see `values`; `to_json` makes it plain) and the notices met on the way."""

    value: Value
    warnings: tuple[Notice, ...] = ()


class Expression:
    """An expression read and compiled; `names` are the dotted paths it reads, such as `dossier.contact.ville`."""

    source: str
    kind: Kind
    names: frozenset[str]


def parse(source: str, kind: Kind = "expression") -> Expression:
    """Read an expression or the unary tests of a decision cell; raises ExpressionInvalid."""
    raise NotImplementedError


def evaluate(
    expression: Expression | str,
    names: Mapping[str, Value],
    *,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    calendar: WorkingCalendar | None = None,
    fuel: Fuel | None = None,
) -> Outcome:
    """Return the value; raises ExpressionExhausted, and ExpressionInvalid when given text that does not parse."""
    raise NotImplementedError


def matches(
    tests: Expression | str,
    input_value: Value,
    names: Mapping[str, Value] | None = None,
    *,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    calendar: WorkingCalendar | None = None,
    fuel: Fuel | None = None,
) -> Outcome:
    """Tell whether a value satisfies the unary tests of a decision cell (true, false or null)."""
    raise NotImplementedError
