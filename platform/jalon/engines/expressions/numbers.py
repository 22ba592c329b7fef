"""Numbers are decimals of 34 digits (IEEE 754 decimal128), as DMN asks; nothing is ever infinite."""

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

CONTEXT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""Use its methods rather than the operators: `CONTEXT.add(a, b)`."""

SERIES_COST = 100
"""Steps charged for a result computed as a series: a root, a power, a logarithm."""

NumberError = DecimalException


def number_text(value: Decimal) -> str:
    """Write a number without exponent nor useless zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


def whole(value: Decimal) -> int | None:
    """Return a whole number small enough to count with, or None."""
    if value.adjusted() > 15 or value != value.to_integral_value(context=CONTEXT):
        return None
    return int(value)
