"""Formats asserted as RFC 3339, ISO 8601 and the like define them, plus our own (NIR, SIRET...)."""

import re
import warnings
from calendar import monthrange
from collections.abc import Callable

from email_validator import EmailNotValidError, validate_email
from jsonschema import FormatChecker
from jsonschema.validators import Draft202012Validator

from jalon.engines.forms.numbers import check_value

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})")
_CIVIL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?")
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)?)?)"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NOT_ECMA = re.compile(r"(?<!\\)(?:\\\\)*\\[aAzZQE]")
_ONLY_ECMA = re.compile(r"\\[pP]\{[A-Za-z_=]+\}|\\c[A-Za-z]|\\u\{[0-9a-fA-F]+\}")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")

Check = Callable[[str], bool]


def is_date(text: str) -> bool:
    """Tell whether a text is an RFC 3339 full-date."""
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= (29 if year == 0 and month == 2 else monthrange(max(year, 4), month)[1])


def is_time(text: str) -> bool:
    """Tell whether a text is an RFC 3339 full-time: an offset is needed, a leap second is 23:59:60 UTC."""
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second = (int(part) for part in found.groups()[:3])
    offset = found.group(4)
    shift = 0
    if offset not in "zZ":
        hours, minutes = int(offset[1:3]), int(offset[4:])
        if hours > 23 or minutes > 59:
            return False
        shift = (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)
    if hour > 23 or minute > 59 or second > 60:
        return False
    return second < 60 or (hour * 60 + minute - shift) % 1440 == 1439


def is_date_time(text: str) -> bool:
    """Tell whether a text is an RFC 3339 date-time."""
    return len(text) > 11 and text[10] in "tT" and is_date(text[:10]) and is_time(text[11:])


def is_civil_time(text: str) -> bool:
    """Tell whether a text is a time on the wall, without offset, or an RFC 3339 full-time."""
    return _CIVIL_TIME.fullmatch(text) is not None or is_time(text)


def is_duration(text: str) -> bool:
    """Tell whether a text is an ISO 8601 duration as RFC 3339 appendix A writes it."""
    return _DURATION.fullmatch(text) is not None and text not in {"P", "PT"} and not text.endswith("T")


def is_email(text: str) -> bool:
    """Tell whether a text is an RFC 5321 mailbox, quoted local parts and address literals included."""
    try:
        validate_email(
            text,
            check_deliverability=False,
            allow_quoted_local=True,
            allow_domain_literal=True,
            allow_smtputf8=False,
            test_environment=True,
        )
    except (EmailNotValidError, ValueError, IndexError):
        return False
    return True


def is_uuid(text: str) -> bool:
    """Tell whether a text is an RFC 4122 UUID, dashes in their place."""
    return _UUID.fullmatch(text) is not None


def is_regex(text: str) -> bool:
    """Tell whether a text is a regular expression of ECMA 262 (as far as Python knows)."""
    if _NOT_ECMA.search(text):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[a]": what a later Python may understand otherwise
            re.compile(_NAMED_GROUP.sub("(?P<", _ONLY_ECMA.sub("x", text)))
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _ours(kind: str) -> Check:
    return lambda text: check_value(kind, text)[0]


_STANDARD: dict[str, Check] = {
    "date": is_date,
    "time": is_time,
    "date-time": is_date_time,
    "duration": is_duration,
    "email": is_email,
    "uuid": is_uuid,
    "regex": is_regex,
}
_OURS: dict[str, Check] = {kind: _ours(kind) for kind in ("nir", "siren", "siret", "rna", "iban")}
_OURS |= {
    "phone": _ours("phone_fr"),
    "postal_code": _ours("postcode_fr"),
    "commune": _ours("insee_commune"),
    "time": is_civil_time,  # a form asks the time on the wall
}


def _checker(*tables: dict[str, Check]) -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checkers = dict(Draft202012Validator.FORMAT_CHECKER.checkers)
    for table in tables:
        for name, check in table.items():
            checker.checkers[name] = (_on_texts(check), ())
    return checker


def _on_texts(check: Check) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or check(value)


STANDARD_FORMATS = _checker(_STANDARD)
"""The formats of JSON Schema 2020-12, nothing else."""

FORM_FORMATS = _checker(_STANDARD, _OURS)
"""Those, ours, and times on the wall."""

KNOWN_FORMATS = frozenset(FORM_FORMATS.checkers)
