"""ISO 8601 durations and cycles, and adding them in civil time: months clip to their last day, days follow the wall."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jalon.engines.expressions.errors import TemporalInvalid

MAX_MONTHS = 12 * 1000
MAX_DAYS = 366 * 1000
MAX_REPETITIONS = 1_000_000

_DAY = 86_400 * 1_000_000
_DURATION = re.compile(
    r"(?P<sign>-)?P(?=[0-9T])(?:(?P<years>[0-9]{1,15})Y)?(?:(?P<months>[0-9]{1,15})M)?(?:(?P<weeks>[0-9]{1,15})W)?"
    r"(?:(?P<days>[0-9]{1,15})D)?(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,15})H)?(?:(?P<minutes>[0-9]{1,15})M)?"
    r"(?:(?P<seconds>[0-9]{1,15})(?:\.(?P<fraction>[0-9]{1,9}))?S)?)?",
    re.ASCII,
)
_CYCLE = re.compile(r"R(?P<count>[0-9]{0,9})/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?(?:[@\[](?P<zone>[A-Za-z_]+(?:[/+-][A-Za-z0-9_+-]+)*)\]?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as people say it: months on the calendar, days on the wall, then elapsed microseconds."""

    months: int = 0
    days: int = 0
    microseconds: int = 0

    def __neg__(self) -> "Span":
        return Span(-self.months, -self.days, -self.microseconds)

    def times(self, count: int) -> "Span":
        """Return the span repeated `count` times."""
        return Span(self.months * count, self.days * count, self.microseconds * count)

    @property
    def elapsed(self) -> timedelta:
        """The part that is not months, with days of 24 hours."""
        return timedelta(days=self.days, microseconds=self.microseconds)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repetition: `count` times (None: without end), every `every`, from `start` when the cycle gives one."""

    count: int | None
    every: Span
    start: datetime | None = None
    end: datetime | None = None

    def occurrence(self, n: int, origin: datetime, zone: str | None = None) -> datetime | None:
        """Return the n-th due moment, counting from 0, or None after the last.

        With a start of its own the first is that start, else it is one span after `origin`. Each is
        counted from the first and not from the one before: the 31st of January every month gives the
        28th of February, then the 31st of March.
        """
        if n < 0 or (self.count is not None and n >= self.count):
            return None
        start = origin if self.start is None else _in_kind(self.start, origin, zone)
        steps = n + 1 if self.start is None else n
        due = _as_moment(add_duration(start, self.every.times(steps), zone))
        if self.end is not None and due > _in_kind(self.end, origin, zone):
            return None
        return due


def parse_duration(text: str) -> Span:
    """Read an ISO 8601 duration strictly; refuse `P`, `1D`, the empty text and lengths beyond 1,000 years."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise TemporalInvalid(text, "une durée ISO 8601", "P1Y6M, P7D, PT1H30M")
    part = {name: int(value or 0) for name, value in found.groupdict().items() if name not in {"sign", "fraction"}}
    months = part["years"] * 12 + part["months"]
    seconds = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    days = part["weeks"] * 7 + part["days"]
    if months > MAX_MONTHS or days > MAX_DAYS or seconds > MAX_DAYS * 86_400:
        raise TemporalInvalid(text, "une durée de moins de 1 000 ans", "P1Y6M, P7D, PT1H30M")
    span = Span(months, days, seconds * 1_000_000 + int((found["fraction"] or "0").ljust(6, "0")[:6]))
    return -span if found["sign"] else span


def format_duration(span: Span) -> str:
    """Write a span in ISO 8601, such as P1Y6M or P1DT2H; nothing at all is PT0S."""
    if not (span.months or span.days or span.microseconds):
        return "PT0S"
    signs = {value < 0 for value in (span.months, span.days, span.microseconds) if value}
    if signs == {True}:
        return "-" + format_duration(-span)
    if len(signs) > 1:  # ISO has one sign for the whole: fold days into microseconds, months cannot be folded
        total = span.days * _DAY + span.microseconds
        return format_duration(Span(span.months, *_split(total))) if not span.months else _mixed(span)
    years, months = divmod(span.months, 12)
    text = "P" + _part(years, "Y") + _part(months, "M") + _part(span.days, "D")
    if span.microseconds:
        seconds, micro = divmod(span.microseconds, 1_000_000)
        hours, rest = divmod(seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        fraction = f".{micro:06d}".rstrip("0") if micro else ""
        text += "T" + _part(hours, "H") + _part(minutes, "M") + (f"{seconds}{fraction}S" if seconds or micro else "")
    return text


def parse_instant(text: str) -> datetime | date:
    """Read an ISO 8601 date, or date and time with or without offset or `@Zone`; strict about the shape."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        found = _INSTANT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        clock = found["time"]
        if "." in clock:
            clock = clock.split(".")[0] + "." + clock.split(".")[1].ljust(6, "0")[:6]
        offset = (found["offset"] or "").upper().replace("Z", "+00:00")
        moment = datetime.fromisoformat(f"{found['day']}T{clock}{offset}")
        if found["zone"]:
            zone = ZoneInfo(found["zone"])
            return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError) as error:
        raise TemporalInvalid(text, "une date ISO 8601", "2026-01-31 ou 2026-01-31T09:00:00+01:00") from error


def add_duration(moment: datetime | date, duration: Span | str, zone: str | None = None) -> datetime | date:
    """Add a duration as people mean it and return a value of the kind given (a bare date stays one if it can).

    Months clip to the last day of the month, days keep the time on the wall of `zone`, hours are elapsed
    time. A wall time that a change of hour skips moves forward by what was skipped. Without a zone, an
    aware moment keeps its own. Raises TemporalInvalid outside the years 1 to 9999.
    """
    span = parse_duration(duration) if isinstance(duration, str) else duration
    try:
        if not isinstance(moment, datetime):
            day = add_months(moment, span.months) + timedelta(days=span.days)
            if span.microseconds == 0:
                return day
            moment, span = datetime.combine(day, time()), Span(0, 0, span.microseconds)
        place = ZoneInfo(zone) if zone else moment.tzinfo
        local = moment.astimezone(place) if moment.tzinfo else moment.replace(tzinfo=place)
        if span.months or span.days:
            wall = local.replace(tzinfo=None)
            wall = datetime.combine(add_months(wall.date(), span.months), wall.time()) + timedelta(days=span.days)
            local = wall.replace(tzinfo=place)
        if place is not None:
            local = (local.astimezone(UTC) + timedelta(microseconds=span.microseconds)).astimezone(place)
        else:
            local += timedelta(microseconds=span.microseconds)
        return local if moment.tzinfo else local.replace(tzinfo=None, fold=0)
    except (OverflowError, ValueError) as error:
        raise TemporalInvalid(format_duration(span), "une durée possible à cette date", "P1M") from error


def add_duration_text(moment: str, duration: str, zone: str | None = None) -> str:
    """Add a duration to a date or date and time written in ISO 8601, and write the result the same way."""
    return add_duration(parse_instant(moment), duration, zone).isoformat()


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or the last day of that month when it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= years <= 9999:
        raise OverflowError(years)
    return day.replace(year=years, month=month + 1, day=min(day.day, monthrange(years, month + 1)[1]))


def parse_cycle(text: str) -> Cycle:
    """Read `R3/PT1H`, `R/2026-01-01T00:00:00/P1D` or `R5/P1D/2026-02-01T00:00:00` (span, then end)."""
    found = _CYCLE.fullmatch(text)
    if found is None:
        raise TemporalInvalid(text, "un cycle ISO 8601", "R3/PT1H ou R/2026-01-01T00:00:00/P1D")
    count = int(found["count"]) if found["count"] else None
    start = end = None
    if found["second"] is None:
        every = parse_duration(found["first"])
    elif found["first"].startswith("P"):
        every, end = parse_duration(found["first"]), _as_moment(parse_instant(found["second"]))
    else:
        start = _as_moment(parse_instant(found["first"]))
        every = parse_duration(found["second"])
    if every.months < 0 or every.days < 0 or every.microseconds < 0 or every == Span():
        raise TemporalInvalid(text, "un cycle dont la durée avance", "R3/PT1H")
    if count is not None and count > MAX_REPETITIONS:
        raise TemporalInvalid(text, "un cycle de moins d’un million de répétitions", "R3/PT1H")
    return Cycle(count, every, start, end)


def localised(moment: datetime, zone: str) -> datetime:
    """Return the instant a civil moment is in a zone; an aware one is returned as it is."""
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _in_kind(moment: datetime, like: datetime, zone: str | None) -> datetime:
    """Make a moment aware or civil as `like` is, so that both compare."""
    if (moment.tzinfo is None) == (like.tzinfo is None):
        return moment
    place = ZoneInfo(zone) if zone else (like.tzinfo or moment.tzinfo)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=place)
    return moment.astimezone(place).replace(tzinfo=None)


def _as_moment(value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _part(value: int, letter: str) -> str:
    return f"{value}{letter}" if value else ""


def _split(total: int) -> tuple[int, int]:
    """Split microseconds into days and the rest, both of one sign."""
    days, rest = divmod(abs(total), _DAY)
    return (days, rest) if total >= 0 else (-days, -rest)


def _mixed(span: Span) -> str:
    raise TemporalInvalid(repr(span), "une durée d’un seul signe", "P1M ou -P3D")
