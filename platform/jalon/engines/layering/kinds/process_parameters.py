"""Parameters of the actions of service tasks that a process leaves open: a typed value, or « = expression »."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from jalon.base.errors import JalonError
from jalon.base.json import Json
from jalon.engines.expressions import parse, parse_duration
from jalon.engines.layering.model import ABSENT, Value

PARAM: Final = "param:"
TYPES: Final[Mapping[str, str]] = {
    "text": "un texte",
    "number": "un nombre",
    "boolean": "oui ou non",
    "date": "une date",
    "duration": "une durée",
    "choice": "un des choix",
    "expression": "une expression",
}
"""What a parameter may be declared as; whatever it is, a level may also write « = » and an expression."""


def value_of(kind: str, expression: str) -> Json:
    """Return the value an attribute `expression` holds for a parameter of this type."""
    try:
        found = json.loads(expression, parse_constant=_no_number) if kind != "expression" else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, str | bool | int | float) and _is_of(kind, found):
        return found
    return f"= {expression.strip()}"


def expression_of(value: Json) -> str:
    """Return the expression that gives a value."""
    if isinstance(value, str) and value.startswith("="):
        return value.removeprefix("=").strip()
    return json.dumps(value, ensure_ascii=False)


def wrong_value(kind: str, choices: Json, value: Value) -> str | None:
    """Return why a parameter of this type cannot take a value, None when it can."""
    if value in (ABSENT, None, ""):
        return "ce paramètre attend une valeur"
    if isinstance(value, str) and value.startswith("="):
        try:
            parse(value.removeprefix("=").strip())
        except JalonError as error:
            return f"l’expression ne se lit pas : {error.text().rstrip('.')}"
        return None
    if kind == "expression":
        return "une expression s’écrit après le signe « = »"
    if not _is_of(kind, value):
        return f"ce paramètre est {TYPES.get(kind, kind)}"
    if kind == "choice" and isinstance(choices, list) and value not in choices:
        return f"ce paramètre ne propose pas « {value} »"
    return None


def _no_number(text: str) -> None:
    raise ValueError(text)


def _is_of(kind: str, value: object) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    try:
        if kind == "date":
            date.fromisoformat(value)
        elif kind == "duration":
            parse_duration(value)
    except (ValueError, JalonError):
        return False
    return True
