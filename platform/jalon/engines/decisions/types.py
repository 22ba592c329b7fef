"""The types a column declares, and bringing values to them."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.expressions import Months, TemporalInvalid, Value
from jalon.engines.expressions.moments import read_date, read_length, read_moment, read_time
from jalon.engines.expressions.run import Run

_SYNONYMS = {
    "integer": "number", "long": "number", "double": "number", "decimal": "number", "int": "number", "float": "number",
    "nombre": "number", "texte": "string", "text": "string", "booleen": "boolean", "bool": "boolean",
    "datetime": "date and time", "dateandtime": "date and time", "daytimeduration": "days and time duration",
    "daysandtimeduration": "days and time duration", "yearmonthduration": "years and months duration",
    "yearsandmonthsduration": "years and months duration", "duration": "duration",
}  # fmt: skip
_WHOLE = frozenset({"integer", "long", "int"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}([.,][0-9]{1,40})?", re.ASCII)
_BOOLEANS = {"true": True, "vrai": True, "oui": True, "false": False, "faux": False, "non": False}

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (date, datetime),
    "time": (time,),
    "date and time": (datetime, date),
    "days and time duration": (timedelta,),
    "years and months duration": (Months,),
    "duration": (timedelta, Months),
}
"""Type of a column -> the values it accepts; a type that is not here accepts all."""

TEMPORAL = frozenset(PYTHON_TYPES) - {"number", "string", "boolean"}
"""The types whose values may also be written as ISO text."""


def type_name(declared: str | None) -> str:
    """Return the one name of a declared type (`integer`, `dateTime`, `feel:string`), empty when it says nothing."""
    name = (declared or "").rpartition(":")[2].strip()
    known = _SYNONYMS.get(name.replace(" ", "").lower(), name.lower() if name.lower() in PYTHON_TYPES else name)
    return known if known in PYTHON_TYPES else ""


def is_whole(declared: str | None) -> bool:
    """Tell whether a declared type only has whole numbers."""
    return (declared or "").rpartition(":")[2].strip().lower() in _WHOLE


def coerce(run: Run, value: Value, declared: str, label: str) -> Value:
    """Bring a value to a declared type: text is read; what cannot be is null with a notice."""
    if declared.startswith("list<"):
        items = value if type(value) is list else [] if value is None else [value]
        return None if value is None else [coerce(run, item, declared[5:-1], label) for item in items]
    kind = type_name(declared)
    if value is None or not kind or type(value) in PYTHON_TYPES[kind]:
        return value
    if type(value) is str:
        try:
            read = _READERS[kind](value.strip())
        except TemporalInvalid:
            read = None
        if read is not None:
            return read
    if type(value) is list:  # a list where one value is declared is a list of such values
        return [coerce(run, item, declared, label) for item in value]
    run.warn("decision.type", f"« {label} » attend le type {kind} : la valeur reçue est ignorée.")
    return None


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _date(text: str) -> date:
    return read_date(text) if len(text) <= 10 else read_moment(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "string": str,
    "boolean": lambda text: _BOOLEANS.get(text.lower()),
    "date": _date,
    "time": read_time,
    "date and time": read_moment,
    "days and time duration": read_length,
    "years and months duration": read_length,
    "duration": read_length,
}
