"""From JSON to the values of expressions, and back."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.expressions.moments import write_temporal
from jalon.engines.expressions.numbers import CONTEXT
from jalon.engines.expressions.values import Function, Months, Range, Value

MAX_DEPTH = 64


def from_json(value: Any, depth: int = MAX_DEPTH) -> Value:
    """Return plain data as values: numbers become exact decimals, text stays text, what is unknown becomes null."""
    read = _READERS.get(type(value))
    if read is not None:
        return read(value)
    if depth == 0:
        return None
    if isinstance(value, list | tuple):
        return [from_json(item, depth - 1) for item in value]
    if isinstance(value, Mapping):
        return {str(key): from_json(item, depth - 1) for key, item in value.items()}
    for kind, reader in _READERS.items():
        if isinstance(value, kind):
            return reader(value)
    return None


def to_json(value: Value) -> Any:
    """Return a value as plain data: integers, floats, ISO text for dates and durations, null for functions.

    A whole number is an integer as long as it holds in 64 bits; any other number is the nearest float,
    or its text when no float is near.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, date | time | Months | timedelta):
        return write_temporal(value)
    if isinstance(value, Range):
        low, high = _bound(value.low), _bound(value.high)
        return f"{'[' if value.low_included else ']'}{low}..{high}{']' if value.high_included else '['}"
    return None


def _plain_number(value: Decimal) -> int | float | str:
    if value.adjusted() < 19 and value == value.to_integral_value(context=CONTEXT):
        return int(value)
    plain = float(value)
    near = plain not in {float("inf"), float("-inf")} and (plain != 0 or value == 0)
    return plain if near else str(value)


def _bound(value: Value) -> str:
    plain = to_json(value)
    return "" if plain is None else str(plain)


def _from_int(value: int) -> Value:
    if value.bit_length() > 20_000:
        return None
    return Decimal(value) if value.bit_length() < 100 else CONTEXT.create_decimal(value)


def _from_float(value: float) -> Value:
    number = Decimal(repr(value))
    return number if number.is_finite() else None


def _from_decimal(value: Decimal) -> Value:
    return CONTEXT.plus(value) if value.is_finite() and abs(value.adjusted()) < 6000 else None


def _from_datetime(value: datetime) -> Value:
    if value.tzinfo is not None and value.utcoffset() is None:
        return value.replace(tzinfo=None)
    return value


def _same(value: Value) -> Value:
    return value


_READERS: dict[type, Callable[[Any], Value]] = {
    type(None): _same,
    bool: _same,
    str: _same,
    int: _from_int,
    float: _from_float,
    Decimal: _from_decimal,
    datetime: _from_datetime,
    date: _same,
    time: _same,
    timedelta: _same,
    Months: _same,
    Range: _same,
    Function: _same,
}
