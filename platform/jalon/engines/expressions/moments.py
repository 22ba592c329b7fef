"""Dates, times and durations as values of expressions: reading them from text and writing them."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.temporal import Span, format_duration, parse_duration, parse_instant
from jalon.engines.expressions.values import Months, Value

_TIME = re.compile(
    r"(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.(?P<fraction>[0-9]{1,9}))?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
    r"(?:@(?P<zone>[A-Za-z_]+(?:[/+-][A-Za-z0-9_+-]+)*))?",
    re.ASCII,
)

_FRACTION = re.compile(r"\.[0-9]{6}")


@lru_cache(maxsize=2048)
def read_date(text: str) -> date:
    """Read `2026-01-31`; raises TemporalInvalid."""
    value = parse_instant(text)
    if isinstance(value, datetime):
        raise TemporalInvalid(text, "une date ISO 8601", "2026-01-31")
    return value


@lru_cache(maxsize=2048)
def read_moment(text: str) -> datetime:
    """Read `2026-01-31T09:00:00`, with an offset or `@Europe/Paris` if any; a bare date is its midnight."""
    value = parse_instant(text)
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def read_time(text: str) -> time:
    """Read `09:30:00`, with an offset or `@Europe/Paris` if any."""
    found = _TIME.fullmatch(text.removeprefix("T"))
    try:
        if found is None:
            raise ValueError(text)
        fraction = (found["fraction"] or "0").ljust(6, "0")[:6]
        clock = found["clock"] if found["clock"].count(":") == 2 else found["clock"] + ":00"
        value = time.fromisoformat(f"{clock}.{fraction}{(found['offset'] or '').upper().replace('Z', '+00:00')}")
        return value.replace(tzinfo=ZoneInfo(found["zone"])) if found["zone"] else value
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise TemporalInvalid(text, "une heure ISO 8601", "09:30:00") from error


def read_length(text: str) -> Months | timedelta:
    """Read a duration, in months (`P1Y6M`) or elapsed (`P1DT2H`), not both at once."""
    span = parse_duration(text)
    if span.months and (span.days or span.microseconds):
        raise TemporalInvalid(text, "une durée soit en mois, soit en jours et heures", "P1Y6M ou P10D")
    if span.months or ("T" not in text and "D" not in text and "W" not in text):
        return Months(span.months)
    return span.elapsed


def read_temporal(text: str) -> Value:
    """Read whichever of date, time, date and time or duration the text is; raises TemporalInvalid."""
    if text.lstrip("-").startswith("P"):
        return read_length(text)
    if "T" in text[1:] or (len(text) >= 10 and text[4:5] == "-"):
        return parse_instant(text)
    return read_time(text)


def write_temporal(value: date | time | Months | timedelta) -> str:
    """Write a date, time, date and time or duration in ISO 8601; a region zone as `@Europe/Paris`."""
    if isinstance(value, Months):
        return format_duration(Span(months=value.count)) if value.count else "P0M"
    if isinstance(value, timedelta):
        total = value // timedelta(microseconds=1)
        days, rest = divmod(abs(total), 86_400_000_000)
        span = Span(0, days, rest)
        return format_duration(-span if total < 0 else span)
    if isinstance(value, time):
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else ""
        return _short(value.replace(tzinfo=None).isoformat()) + f"@{zone}" if zone else _short(value.isoformat())
    return _short(value.isoformat())


def _short(text: str) -> str:
    """Drop the zeros that end a fraction of a second."""
    return _FRACTION.sub(lambda found: found[0].rstrip("0").rstrip("."), text)
