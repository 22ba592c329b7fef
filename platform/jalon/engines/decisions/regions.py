"""Cut the values of a column into regions that every cell covers whole or not at all.

A cell that is only constants, comparisons with constants, intervals of constants and their negation is a set
of regions; anything else is too rich, and nothing is claimed about its table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.decisions.compiling import constant_value
from jalon.engines.decisions.model import Column
from jalon.engines.decisions.types import PYTHON_TYPES, is_whole, type_name
from jalon.engines.expressions import Expression, Months, Value
from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.expression import Expression as _Parsed


class TooRich(Exception):
    """A cell whose set of values cannot be told without running it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One test of a cell: `low..high` with None for no limit, or a constant, which may be null."""

    low: Value
    high: Value
    low_included: bool = True
    high_included: bool = True
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell accepts: pieces, or all but these pieces."""

    pieces: tuple[Piece, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a column's values, with one value of it to show."""

    sample: Value


@dataclass(frozen=True, slots=True)
class Regions:
    """A column cut up: its regions, and for each cell a bit mask of those it covers."""

    samples: tuple[Value, ...]
    masks: tuple[int, ...]

    @property
    def all(self) -> int:
        """The mask of every region."""
        return (1 << len(self.samples)) - 1


_ORDERED = (Decimal, date, datetime, timedelta, Months)


def cut(column: Column, cells: Sequence[Expression]) -> Regions:
    """Cut a column along its cells; raises TooRich."""
    read = [_cell(cell) for cell in cells]
    domain = None if column.values is None else _cell(column.values)
    bounds = {bound for cell in [*read, *([domain] if domain else [])] for bound in _bounds(cell)}
    kinds = {type(bound) for bound in bounds if bound is not None}
    if len(kinds) > 1:
        raise TooRich(column.label)
    accepted = PYTHON_TYPES.get(type_name(column.type))
    if accepted is not None and kinds - set(accepted):
        raise TooRich(column.label)
    kind = next(iter(kinds), bool if type_name(column.type) == "boolean" else None)
    samples = _samples(kind, bounds, column)
    if domain is not None:
        samples = [sample for sample in samples if _holds(domain, sample)]
    masks = [sum(1 << at for at, sample in enumerate(samples) if _holds(cell, sample)) for cell in read]
    return Regions(tuple(samples), tuple(masks))


def _bounds(cell: Cell) -> list[Value]:
    found: list[Value] = []
    for piece in cell.pieces:
        if piece.constant and piece.low is None:
            found.append(None)
        found += [bound for bound in (piece.low, piece.high) if bound is not None]
    return found


def _samples(kind: type | None, bounds: set[Value], column: Column) -> list[Value]:
    """Return one value for each region that the bounds cut out, the null one if a cell speaks of null."""
    null = [None] if None in bounds else []
    points = [bound for bound in bounds if bound is not None]
    if kind is bool:
        return [True, False, *null]
    if kind is str:
        other = "autre valeur"
        while other in points:
            other += "…"
        return [*sorted(points), other, *null]
    if kind is None:
        return [_any_value(column), *null]
    if kind not in _ORDERED:
        raise TooRich(column.label)
    points.sort()
    whole = is_whole(column.type) or kind is date
    ordered = [_before(points[0])]
    for at, point in enumerate(points):
        ordered.append(point)
        between = _between(point, points[at + 1], whole) if at + 1 < len(points) else _after(point)
        ordered += [] if between is None else [between]
    return [*ordered, *null]


# One value of each type, to try a cell on; a decision's civil time has no zone.
_SAMPLES: dict[str, Any] = {
    "number": Decimal(0), "boolean": True,
    "date": date(2026, 1, 1), "date and time": datetime.combine(date(2026, 1, 1), time()),
    "days and time duration": timedelta(), "years and months duration": Months(0),
}  # fmt: skip


def _any_value(column: Column) -> Value:
    return _SAMPLES.get(type_name(column.type), "toute valeur")


def _step(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal(1)
    return Months(1) if isinstance(value, Months) else timedelta(days=1)


def _before(value: Any) -> Any:
    return Months(value.count - 1) if isinstance(value, Months) else value - _step(value)


def _after(value: Any) -> Any:
    return Months(value.count + 1) if isinstance(value, Months) else value + _step(value)


def _between(low: Any, high: Any, whole: bool) -> Value:
    """Return a value strictly between two, a round one when there is, or None when there is none."""
    if isinstance(low, Months):
        return Months(low.count + 1) if low.count + 1 < high.count else None
    following = low + _step(low)
    if isinstance(low, Decimal):
        following = low.to_integral_value(rounding="ROUND_FLOOR") + 1
    if following < high:
        return following
    if whole:
        return None
    middle = low + (high - low) / 2
    return middle if low < middle < high else None


def _holds(cell: Cell, value: Value) -> bool:
    if not cell.pieces:
        return True
    if cell.negated and value is None and not all(piece.constant for piece in cell.pieces):
        return False  # null is neither inside nor outside an interval
    return any(_in_piece(piece, value) for piece in cell.pieces) != cell.negated


def _in_piece(piece: Piece, value: Value) -> bool:
    if value is None or piece.constant:
        return piece.constant and bool(piece.low == value)
    above = piece.low is None or (value >= piece.low if piece.low_included else value > piece.low)
    below = piece.high is None or (value <= piece.high if piece.high_included else value < piece.high)
    return bool(above and below)


def _cell(cell: Expression) -> Cell:
    tree = cell.tree
    assert isinstance(tree, n.Tests)
    return Cell(tuple(piece for test in tree.tests for piece in _pieces(test)), tree.negated)


def _pieces(test: n.Test) -> list[Piece]:
    if test.op == "!=":
        raise TooRich(test.op)
    if test.op and test.op != "=":
        value = _constant(test.operand)
        if type(value) not in _ORDERED:
            raise TooRich(test.op)
        above, included = test.op.startswith(">"), test.op.endswith("=")
        return [Piece(value, None, included) if above else Piece(None, value, True, included)]
    if isinstance(test.operand, n.RangeOf):
        low, high = _constant(test.operand.low), _constant(test.operand.high)
        if type(low) not in _ORDERED or type(low) is not type(high):
            raise TooRich("intervalle")
        return [Piece(low, high, test.operand.low_included, test.operand.high_included)]
    items = test.operand.items if isinstance(test.operand, n.ListOf) and not test.op else (test.operand,)
    return [Piece(value, value, constant=True) for value in map(_constant, items)]


def _constant(node: n.Node) -> Value:
    found, value = constant_value(_Parsed("", "expression", node))
    if not found or (value is not None and type(value) not in {*_ORDERED, bool, str}):
        raise TooRich("expression")
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise TooRich("fuseau")
    if value is None and not isinstance(node, n.Literal):
        raise TooRich("valeur")
    return value
