"""Negation, presence and conversion to text and numbers."""

import re
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial

from jalon.engines.expressions.moments import write_temporal
from jalon.engines.expressions.numbers import CONTEXT, number_text
from jalon.engines.expressions.operators import equal
from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Months, Range, Value

_various = partial(builtin, family="divers")
_NUMBER = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?", re.ASCII)


@_various(
    "not", "negand: any", aliases=("non",),
    fr="Vrai devient faux et faux devient vrai ; toute autre valeur donne nul.",
    en="True becomes false and false becomes true; anything else is null.", example="not(true)", result="false",
)  # fmt: skip
def _not(_: Run, value: Value) -> Value:
    return not value if type(value) is bool else None


@_various(
    "is defined", "value: any", aliases=("est defini",),
    fr="Vrai si la valeur existe et n’est pas nulle.", en="True when the value exists and is not null.",
    example="is defined(null)", result="false",
)  # fmt: skip
def _defined(_: Run, value: Value) -> Value:
    return value is not None


@_various(
    "is", "value1: any", "value2: any", aliases=("est identique a",),
    fr="Vrai si les deux valeurs sont du même type et égales.", en="True when both have the same type and are equal.",
    example='is(1, "1")', result="false",
)  # fmt: skip
def _is(run: Run, a: Value, b: Value) -> Value:
    return type(a) is type(b) and equal(run, a, b) is True


@_various(
    "string", "from: any", aliases=("texte",),
    fr="La valeur écrite en texte.", en="The value written as text.", example="string(1.50)", result='"1.5"',
)  # fmt: skip
def _string(run: Run, value: Value) -> Value:
    return None if value is None else write(run, value)


def write(run: Run, value: Value, inner: bool = False) -> str:
    """Write a value as FEEL text; texts inside lists and contexts have quotes."""
    run.spend(1)
    if type(value) is str:
        text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inner else value
    elif value is None:
        text = "null"
    elif type(value) is bool:
        text = "true" if value else "false"
    elif type(value) is Decimal:
        text = number_text(value)
    elif isinstance(value, date | time | timedelta | Months):
        text = write_temporal(value)
    elif type(value) is list:
        text = "[" + ", ".join(write(run, item, True) for item in value) + "]"
    elif type(value) is dict:
        text = "{" + ", ".join(f"{key}: {write(run, item, True)}" for key, item in value.items()) + "}"
    elif type(value) is Range:
        low, high = write(run, value.low, True), write(run, value.high, True)
        text = f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"
    else:
        text = "function"
    run.write(len(text))
    return text


@_various(
    "number", "from: any", "grouping separator: text?", "decimal separator: text?", aliases=("nombre",),
    fr="Le nombre écrit dans un texte, avec ses séparateurs de milliers et de décimales.",
    en="The number written in a text, with its grouping and decimal separators.",
    example='number("1 234,5", " ", ",")', result="1234.5",
)  # fmt: skip
def _number(_: Run, value: Value, grouping: Value = None, decimal: Value = None) -> Value:
    if value is None or type(value) is Decimal:
        return value
    if type(value) is not str or grouping not in {None, " ", ",", "."} or decimal not in {None, ",", "."}:
        raise Unfit("un texte est attendu, et des séparateurs parmi l’espace, la virgule et le point.", "fonction.type")
    if grouping is not None and grouping == decimal:
        raise Unfit("les deux séparateurs doivent être différents.")
    text = value.replace("\u202f", " ").replace("\u00a0", " ").strip()
    text = text.replace(grouping, "") if grouping else text
    text = text.replace(decimal, ".") if decimal else text
    if not _NUMBER.fullmatch(text):
        raise Unfit("ce texte n’est pas un nombre.")
    return CONTEXT.create_decimal(text)
