"""What + - * / **, = and < do between values: null and a notice rather than an error."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.moments import read_temporal
from jalon.engines.expressions.numbers import CONTEXT, SERIES_COST, NumberError
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.temporal import add_months, localised
from jalon.engines.expressions.values import Function, Months, Range, Value

TYPE_NAMES: dict[type, str] = {
    type(None): "null", bool: "un booléen", Decimal: "un nombre", str: "un texte", date: "une date",
    datetime: "une date et heure", time: "une heure", timedelta: "une durée", Months: "une durée en mois",
    list: "une liste", dict: "un contexte", Range: "un intervalle", Function: "une fonction",
}  # fmt: skip
_PLAIN = frozenset({Decimal, str, bool})
_TEMPORAL = (date, time, timedelta, Months)
_SYMBOLS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def kind_of(value: Value) -> str:
    """Name the type of a value in French, for messages."""
    return TYPE_NAMES.get(type(value), "une valeur")


def single(value: Value) -> Value:
    """Return the element of a list of one, else the value: `[x]` is as good as `x` to an operator."""
    return value[0] if type(value) is list and len(value) == 1 else value


def alike(run: Run, a: Value, b: Value) -> tuple[Value, Value] | None:
    """Bring two values to one type when they can be: ISO text beside a date, date beside date and time."""
    if type(a) is type(b):
        if type(a) is datetime and (a.tzinfo is None) != (b.tzinfo is None):
            return localised(a, run.zone), localised(b, run.zone)
        if type(a) is time and (a.tzinfo is None) != (b.tzinfo is None):
            return a.replace(tzinfo=None), b.replace(tzinfo=None)
        return a, b
    if isinstance(a, str) and isinstance(b, _TEMPORAL):
        a = _read(a)
    elif isinstance(b, str) and isinstance(a, _TEMPORAL):
        b = _read(b)
    if type(a) is type(b):
        return alike(run, a, b)
    if type(a) is date and type(b) is datetime:
        return alike(run, datetime.combine(a, time()), b)
    if type(b) is date and type(a) is datetime:
        return alike(run, a, datetime.combine(b, time()))
    a, b = single(a), single(b)
    return alike(run, a, b) if type(a) is type(b) else None


def equal(run: Run, a: Value, b: Value) -> bool | None:
    """Tell whether two values are equal; null only equals null; values of different types give null."""
    if a is None or b is None:
        return a is b
    if type(a) is type(b) and type(a) in _PLAIN:
        if type(a) is str and len(a) > 256:
            run.spend(len(a) >> 6)
        return bool(a == b)
    pair = alike(run, a, b)
    if pair is None:
        run.warn("type.comparaison", f"On ne peut pas comparer {kind_of(a)} et {kind_of(b)}.")
        return None
    a, b = pair
    if type(a) is list:
        run.spend(len(a) + 1)
        return len(a) == len(b) and all(equal(run, x, y) is True for x, y in zip(a, b, strict=True))
    if type(a) is dict:
        run.spend(len(a) + 1)
        return a.keys() == b.keys() and all(equal(run, a[key], b[key]) is True for key in a)
    if type(a) is Range:
        sides = (a.low_included, a.high_included) == (b.low_included, b.high_included)
        return sides and equal(run, a.low, b.low) is True and equal(run, a.high, b.high) is True
    try:
        return bool(a == b)
    except (TypeError, OverflowError):
        return None


def compare(run: Run, op: str, a: Value, b: Value) -> bool | None:
    """Return `a op b` for < <= > >=; null when either is null or they do not compare."""
    if a is None or b is None:
        return None
    pair = alike(run, a, b)
    if pair is None or type(pair[0]) in {bool, list, dict, Range, Function, type(None)}:
        run.warn("type.comparaison", f"On ne peut pas comparer {kind_of(a)} et {kind_of(b)}.")
        return None
    try:
        return _SYMBOLS[op](*pair)
    except (TypeError, OverflowError):
        return None


def inside(run: Run, value: Value, interval: Range) -> bool | None:
    """Tell whether a value is in an interval; a null bound of the interval is without limit."""
    above = below = True if value is not None else None
    if interval.low is not None:
        above = compare(run, ">=" if interval.low_included else ">", value, interval.low)
    if interval.high is not None:
        below = compare(run, "<=" if interval.high_included else "<", value, interval.high)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def negative(run: Run, value: Value) -> Value:
    """Return minus the value: a number or a duration."""
    value = single(value)
    if isinstance(value, Decimal):
        return CONTEXT.minus(value)
    if isinstance(value, timedelta):
        return -value
    if isinstance(value, Months):
        return Months(-value.count)
    return None if value is None else _refuse(run, "-", value)


def arithmetic(run: Run, op: str, a: Value, b: Value) -> Value:
    """Return `a op b`; null when either is null, the types do not go together or the result does not exist."""
    if a is None or b is None:
        return None
    a, b = single(a), single(b)
    work = _ARITHMETIC.get((op, type(a), type(b)))
    if work is None:
        if op == "-" and isinstance(a, str) != isinstance(b, str) and (pair := alike(run, a, b)) is not None:
            return arithmetic(run, op, *pair)
        if isinstance(a, str) and isinstance(b, timedelta | Months) and (read := _read(a)) is not None:
            return arithmetic(run, op, read, b) if isinstance(read, date) else _refuse(run, op, a, b)
        return _refuse(run, op, a, b)
    try:
        return work(run, a, b)
    except ZeroDivisionError:
        run.warn("division.zero", "Une division par zéro n’a pas de résultat.")
    except (NumberError, OverflowError, ValueError):
        run.warn("calcul.impossible", f"Le résultat de « {op} » est trop grand ou n’existe pas.")
    return None


def _refuse(run: Run, op: str, *values: Value) -> None:
    run.warn("type.calcul", f"« {op} » ne s’applique pas à {' et '.join(kind_of(value) for value in values)}.")


def _read(text: str) -> Value:
    try:
        return read_temporal(text)
    except TemporalInvalid:
        return None


def _join(run: Run, a: str, b: str) -> str:
    run.write(len(a) + len(b))
    return a + b


def _shift(moment: datetime, length: timedelta) -> datetime:
    """Add elapsed time: exact for an aware moment, on the wall for a civil one."""
    if moment.tzinfo is None:
        return moment + length
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)


def _shift_date(day: date, length: timedelta) -> date:
    return (datetime.combine(day, time()) + length).date()


def _shift_time(clock: time, length: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 1), clock.replace(tzinfo=None)) + (length % timedelta(days=1))
    return moved.time().replace(tzinfo=clock.tzinfo)


def shift_months(moment: date, months: int) -> date:
    """Add months to a date or a date and time, clipping to the end of the month."""
    if isinstance(moment, datetime):
        return datetime.combine(add_months(moment.date(), months), moment.timetz())
    return add_months(moment, months)


def _between(run: Run, a: datetime, b: datetime) -> timedelta:
    if (a.tzinfo is None) != (b.tzinfo is None):
        a, b = localised(a, run.zone), localised(b, run.zone)
    return a.astimezone(UTC) - b.astimezone(UTC) if a.tzinfo else a - b


def _scale(length: timedelta, factor: Decimal) -> timedelta:
    micro = CONTEXT.multiply(Decimal(length // timedelta(microseconds=1)), factor)
    return timedelta(microseconds=int(micro)) if micro.adjusted() < 20 else timedelta.max * 2


def _scale_months(length: Months, factor: Decimal) -> Months:
    count = CONTEXT.multiply(Decimal(length.count), factor)
    if count.adjusted() > 9:
        raise OverflowError
    return Months(int(count))


def _ratio(a: timedelta, b: timedelta) -> Decimal:
    unit = timedelta(microseconds=1)
    return _divide(Decimal(a // unit), Decimal(b // unit))


def _divide(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise ZeroDivisionError  # 0 / 0 would be another error
    return CONTEXT.divide(a, b)


def _power(run: Run, a: Decimal, b: Decimal) -> Decimal:
    run.spend(SERIES_COST)
    if not a and b < 0:
        raise ZeroDivisionError  # decimal would say Infinity
    return CONTEXT.power(a, b)


_LATER = datetime.combine
_ARITHMETIC: dict[tuple[str, type, type], Callable[[Run, Any, Any], Value]] = {
    ("+", Decimal, Decimal): lambda _, a, b: CONTEXT.add(a, b),
    ("-", Decimal, Decimal): lambda _, a, b: CONTEXT.subtract(a, b),
    ("*", Decimal, Decimal): lambda _, a, b: CONTEXT.multiply(a, b),
    ("/", Decimal, Decimal): lambda _, a, b: _divide(a, b),
    ("**", Decimal, Decimal): _power,
    ("+", str, str): _join,
    ("+", date, timedelta): lambda _, a, b: _shift_date(a, b),
    ("+", timedelta, date): lambda _, a, b: _shift_date(b, a),
    ("-", date, timedelta): lambda _, a, b: _shift_date(a, -b),
    ("+", date, Months): lambda _, a, b: shift_months(a, b.count),
    ("+", Months, date): lambda _, a, b: shift_months(b, a.count),
    ("-", date, Months): lambda _, a, b: shift_months(a, -b.count),
    ("-", date, date): lambda _, a, b: a - b,
    ("+", datetime, timedelta): lambda _, a, b: _shift(a, b),
    ("+", timedelta, datetime): lambda _, a, b: _shift(b, a),
    ("-", datetime, timedelta): lambda _, a, b: _shift(a, -b),
    ("+", datetime, Months): lambda _, a, b: shift_months(a, b.count),
    ("+", Months, datetime): lambda _, a, b: shift_months(b, a.count),
    ("-", datetime, Months): lambda _, a, b: shift_months(a, -b.count),
    ("-", datetime, datetime): _between,
    ("-", datetime, date): lambda run, a, b: _between(run, a, _LATER(b, time())),
    ("-", date, datetime): lambda run, a, b: _between(run, _LATER(a, time()), b),
    ("+", time, timedelta): lambda _, a, b: _shift_time(a, b),
    ("-", time, timedelta): lambda _, a, b: _shift_time(a, -b),
    ("-", time, time): lambda run, a, b: _between(
        run, _LATER(date(2000, 1, 1), a.replace(tzinfo=None)), _LATER(date(2000, 1, 1), b.replace(tzinfo=None))
    ),
    ("+", timedelta, timedelta): lambda _, a, b: a + b,
    ("-", timedelta, timedelta): lambda _, a, b: a - b,
    ("*", timedelta, Decimal): lambda _, a, b: _scale(a, b),
    ("*", Decimal, timedelta): lambda _, a, b: _scale(b, a),
    ("/", timedelta, Decimal): lambda _, a, b: _scale(a, _divide(Decimal(1), b)),
    ("/", timedelta, timedelta): lambda _, a, b: _ratio(a, b),
    ("+", Months, Months): lambda _, a, b: _scale_months(Months(a.count + b.count), Decimal(1)),
    ("-", Months, Months): lambda _, a, b: _scale_months(Months(a.count - b.count), Decimal(1)),
    ("*", Months, Decimal): lambda _, a, b: _scale_months(a, b),
    ("*", Decimal, Months): lambda _, a, b: _scale_months(b, a),
    ("/", Months, Decimal): lambda _, a, b: _scale_months(a, _divide(Decimal(1), b)),
    ("/", Months, Months): lambda _, a, b: _divide(Decimal(a.count), Decimal(b.count)),
}
"""(sign, type on the left, type on the right) -> the calculation."""
