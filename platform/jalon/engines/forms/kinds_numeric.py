"""Numbers: typed with spaces and comma, kept as JSON numbers, no digit ever lost."""

import re
from decimal import Decimal
from typing import Any

from jalon.base.i18n import fr
from jalon.engines.forms.model import Question
from jalon.engines.forms.texts import Unreadable

_SPACES = re.compile(r"[ \u00a0\u202f\u2009]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
_MONEY = re.compile(r"[+-]?[0-9]{1,13}(?:[.,][0-9]{1,2})?")
_THIN = "\u202f"


def read_integer(_: Question, text: str) -> int:
    """Read a whole number of at most 15 digits; « 12,0 » is refused, not rounded."""
    digits = _SPACES.sub("", text)
    if not _INTEGER.fullmatch(digits):
        raise Unreadable(fr("Écrivez un nombre entier, en chiffres et sans virgule, par exemple 1250."))
    return int(digits)


def read_decimal(_: Question, text: str) -> int | float:
    """Read a number of at most 15 digits and 6 decimals."""
    digits = _SPACES.sub("", text)
    if not _DECIMAL.fullmatch(digits):
        raise Unreadable(fr("Écrivez un nombre en chiffres, par exemple 1250,50."))
    return _number(digits)


def read_money(question: Question, text: str) -> int | float:
    """Read euros: a JSON number of euros, or of cents when the schema's type is integer."""
    digits = _SPACES.sub("", text).removesuffix("€")
    if not _MONEY.fullmatch(digits):
        raise Unreadable(fr("Écrivez un montant en euros, par exemple 1250,50."))
    if question.schema.get("type") == "integer":
        return int(Decimal(digits.replace(",", ".")) * 100)
    return _number(digits)


def write(_: Question, value: Any) -> str:
    """Write a number with a comma, without a needless `,0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    text = repr(value)
    return text.removesuffix(".0").replace(".", ",")


def write_money(question: Question, value: Any) -> str:
    """Write euros with two decimals, whether kept as euros or cents."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    amount = Decimal(repr(value))
    if question.schema.get("type") == "integer":
        amount /= 100
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 or abs(amount) >= 10**15:
        return write(question, value)
    return f"{amount:.2f}".replace(".", ",")


def show(question: Question, value: Any) -> str:
    """Display a number with groups of three digits."""
    return _spaced(write(question, value))


def show_money(question: Question, value: Any) -> str:
    """Display euros: « 1 250,50 € »."""
    return _spaced(write_money(question, value)) + "\u00a0€"


def _number(digits: str) -> int | float:
    exact = Decimal(digits.replace(",", "."))
    if exact == exact.to_integral_value() and "," not in digits and "." not in digits:
        return int(exact)
    value = float(exact)
    if Decimal(repr(value)) != exact:
        raise Unreadable(fr("Ce nombre a trop de chiffres : gardez-en 15 au plus."))
    return value


def _spaced(text: str) -> str:
    whole, comma, decimals = text.partition(",")
    sign = whole[:1] if whole[:1] in "+-" else ""
    digits = whole.removeprefix(sign)
    if not digits.isdigit():
        return text
    groups: list[str] = []
    while digits:
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    return sign + _THIN.join(groups) + comma + decimals
