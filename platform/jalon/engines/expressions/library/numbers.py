"""Functions on numbers."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import partial

from jalon.engines.expressions.numbers import CONTEXT, SERIES_COST
from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Value

_number = partial(builtin, family="nombre")


def _quantize(value: Decimal, scale: int, rounding: str) -> Decimal:
    if not -6000 <= scale <= 6000:
        raise Unfit("le nombre de décimales est trop grand.")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -scale:
        return value
    return value.quantize(Decimal(1).scaleb(-scale, context=CONTEXT), rounding=rounding, context=CONTEXT)


def _rounds(name: str, rounding: str, aliases: tuple[str, ...], fr: str, en: str, example: str, result: str) -> None:
    """Register one way of rounding; the number of decimals may be left out."""

    @_number(name, "n: number", "scale: integer?", aliases=aliases, fr=fr, en=en, example=example, result=result)
    def _round(_: Run, value: Decimal, scale: int | None = None) -> Value:
        return _quantize(value, scale or 0, rounding)


_rounds("decimal", ROUND_HALF_EVEN, (), "Arrondi à tant de décimales, à la plus proche (la paire à égalité).",
        "Rounded to so many decimals, to the nearest (even when halfway).", "decimal(2.345, 2)", "2.34")  # fmt: skip
_rounds("floor", ROUND_FLOOR, ("partie entiere", "arrondi inferieur"), "Arrondi vers moins l’infini.",
        "Rounded towards minus infinity.", "floor(-1.5)", "-2")  # fmt: skip
_rounds("ceiling", ROUND_CEILING, ("arrondi superieur",), "Arrondi vers plus l’infini.",
        "Rounded towards plus infinity.", "ceiling(1.2)", "2")  # fmt: skip
_rounds("round up", ROUND_UP, (), "Arrondi en s’éloignant de zéro.", "Rounded away from zero.",
        "round up(1.121, 2)", "1.13")  # fmt: skip
_rounds("round down", ROUND_DOWN, ("tronquer",), "Arrondi en se rapprochant de zéro.", "Rounded towards zero.",
        "round down(1.129, 2)", "1.12")  # fmt: skip
_rounds("round half up", ROUND_HALF_UP, ("arrondi",), "Arrondi au plus proche, en s’éloignant de zéro à égalité.",
        "Rounded to the nearest, away from zero when halfway.", "round half up(2.345, 2)", "2.35")  # fmt: skip
_rounds("round half down", ROUND_HALF_DOWN, (), "Arrondi au plus proche, en se rapprochant de zéro à égalité.",
        "Rounded to the nearest, towards zero when halfway.", "round half down(2.345, 2)", "2.34")  # fmt: skip


@_number(
    "abs", "n: any", aliases=("valeur absolue",),
    fr="La valeur sans son signe : un nombre ou une durée.", en="The value without its sign: a number or a duration.",
    example="abs(-4)", result="4",
)  # fmt: skip
def _abs(_: Run, value: Value) -> Value:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return CONTEXT.abs(value)
    kind = type(value)
    if kind.__name__ == "timedelta":
        return abs(value)
    if kind.__name__ == "Months":
        return kind(abs(value.count))
    raise Unfit("un nombre ou une durée est attendu.", "fonction.type")


@_number(
    "modulo", "dividend: number", "divisor: number", aliases=("reste",),
    fr="Le reste de la division, du signe du diviseur.", en="The remainder, with the sign of the divisor.",
    example="modulo(-12, 5)", result="3",
)  # fmt: skip
def _modulo(_: Run, dividend: Decimal, divisor: Decimal) -> Value:
    if not divisor:
        raise Unfit("une division par zéro n’a pas de résultat.", "division.zero")
    rest = CONTEXT.remainder(dividend, divisor)
    return CONTEXT.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@_number(
    "sqrt", "number: number", aliases=("racine carree",),
    fr="La racine carrée.", en="The square root.", example="sqrt(16)", result="4",
)  # fmt: skip
def _sqrt(run: Run, value: Decimal) -> Value:
    run.spend(SERIES_COST)
    return CONTEXT.sqrt(value)


@_number(
    "log", "number: number", aliases=("logarithme",),
    fr="Le logarithme naturel.", en="The natural logarithm.", example="log(1)", result="0",
)  # fmt: skip
def _log(run: Run, value: Decimal) -> Value:
    if value <= 0:
        raise Unfit("un nombre positif est attendu.")
    run.spend(SERIES_COST)
    return CONTEXT.ln(value)


@_number(
    "exp", "number: number", aliases=("exponentielle",),
    fr="L’exponentielle.", en="The exponential.", example="exp(0)", result="1",
)  # fmt: skip
def _exp(run: Run, value: Decimal) -> Value:
    run.spend(SERIES_COST)
    return CONTEXT.exp(value)


@_number(
    "odd", "number: integer", aliases=("impair",),
    fr="Vrai si le nombre est impair.", en="True when the number is odd.", example="odd(5)", result="true",
)  # fmt: skip
def _odd(_: Run, value: int) -> Value:
    return value % 2 == 1


@_number(
    "even", "number: integer", aliases=("pair",),
    fr="Vrai si le nombre est pair.", en="True when the number is even.", example="even(5)", result="false",
)  # fmt: skip
def _even(_: Run, value: int) -> Value:
    return value % 2 == 0
