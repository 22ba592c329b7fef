"""What follows a point: entries of contexts, parts of dates and durations, bounds of intervals."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.moments import read_temporal
from jalon.engines.expressions.operators import kind_of
from jalon.engines.expressions.registry import plain_name
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Months, Range, Value

_SYNONYMS = {
    "annee": "year", "mois": "month", "jour": "day", "jour de semaine": "weekday", "heure": "hour",
    "minute": "minute", "seconde": "second", "annees": "years", "jours": "days", "heures": "hours",
    "minutes": "minutes", "secondes": "seconds", "debut": "start", "fin": "end", "decalage": "time offset",
    "fuseau": "timezone",
}  # fmt: skip


def _offset(value: Any) -> Value:
    return value.utcoffset()


def _zone(value: Any) -> Value:
    return getattr(value.tzinfo, "key", None)


def _parts(length: timedelta) -> tuple[int, int, int, int]:
    seconds = abs(length) // timedelta(seconds=1)
    sign = -1 if length < timedelta() else 1
    return sign * (seconds // 86_400), sign * (seconds // 3600 % 24), sign * (seconds // 60 % 60), sign * (seconds % 60)


def _months(length: Months) -> tuple[int, int]:
    sign = -1 if length.count < 0 else 1
    return sign * (abs(length.count) // 12), sign * (abs(length.count) % 12)


_OF_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda v: v.year,
    "month": lambda v: v.month,
    "day": lambda v: v.day,
    "weekday": lambda v: v.isoweekday(),
}
_OF_TIME: dict[str, Callable[[Any], Any]] = {
    "hour": lambda v: v.hour,
    "minute": lambda v: v.minute,
    "second": lambda v: v.second,
    "time offset": _offset,
    "timezone": _zone,
}
_PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    date: _OF_DATE,
    time: _OF_TIME,
    datetime: _OF_DATE | _OF_TIME,
    timedelta: {
        "days": lambda v: _parts(v)[0],
        "hours": lambda v: _parts(v)[1],
        "minutes": lambda v: _parts(v)[2],
        "seconds": lambda v: _parts(v)[3],
    },
    Months: {"years": lambda v: _months(v)[0], "months": lambda v: _months(v)[1]},
    Range: {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_included,
        "end included": lambda v: v.high_included,
    },
}


def property_of(run: Run, value: Value, name: str) -> Value:
    """Return `value.name`; on a list, the list of what each element has; null with a notice when there is none."""
    if type(value) is dict:
        if name in value:
            return value[name]
        run.warn("chemin.absent", f"« {name} » n’est pas renseigné ou n’existe pas.")
        return None
    if value is None:
        return None
    if type(value) is list:
        run.produce(len(value))
        return [property_of(run, item, name) for item in value]
    key = plain_name(name)
    key = _SYNONYMS.get(key, key)
    if type(value) is Months and key == "month":
        key = "months"
    if type(value) is str and (key in _OF_DATE or key in _OF_TIME):
        try:
            value = read_temporal(value)
        except TemporalInvalid:
            value = str(value)
    found = _PROPERTIES.get(type(value), {}).get(key)
    if found is None:
        run.warn("chemin.absent", f"« {name} » n’existe pas sur {kind_of(value)}.")
        return None
    result = found(value)
    return Decimal(result) if type(result) is int else result
