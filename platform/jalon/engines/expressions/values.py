"""The values an expression handles, and what equal, smaller and inside mean between them.

null None, boolean bool, number Decimal, text str, date, time, datetime, elapsed duration timedelta,
duration in months `Months`, list, context dict (text keys), `Range`, `Function`. Nothing else: a value of
another Python type never enters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = Any
"""One of the values listed above."""


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A duration in years and months."""

    count: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; a bound of None is without limit."""

    low: Value
    high: Value
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value: its parameter names and what to call, `call(run, arguments)`."""

    parameters: tuple[str, ...]
    call: Callable[[Any, list[Value]], Value]
    name: str = ""
