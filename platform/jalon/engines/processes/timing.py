"""When a timer is due: ISO 8601 text or the value of an expression, in the civil time of the unit."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from jalon.base.clock import instant_from, instant_text
from jalon.engines.expressions import Cycle, TemporalInvalid, add_duration, localised, parse_cycle, parse_instant
from jalon.engines.processes.faults import BadTimer
from jalon.engines.processes.state import Wait

_ISO = re.compile(r"-?P[0-9T]|R[0-9]*/|[0-9]{4}-[0-9]{2}")


def is_iso(text: str) -> bool:
    """Tell whether a timer is written as bare ISO 8601 rather than as an expression."""
    return _ISO.match(text) is not None


def schedule(wait: Wait, text: Any, now: datetime, zone: str, element: str) -> None:
    """Set the first instant of a timer, and how it repeats; raises BadTimer."""
    try:
        if not isinstance(text, str):
            raise TypeError(text)
        if text.startswith("R"):
            cycle, origin = parse_cycle(text), now.astimezone(UTC)
            wait.cycle, wait.origin, wait.fired = text, instant_text(now), _first_turn(cycle, origin, zone)
            due = cycle.occurrence(wait.fired, origin, zone)
            if due is None:
                raise TypeError(text)
        elif text.lstrip("-").startswith("P"):
            due = _moment(add_duration(now, text, zone), zone)
        else:
            due = _moment(parse_instant(text), zone)
        wait.at = instant_text(due)
    except (TemporalInvalid, TypeError, ValueError, OverflowError) as error:
        shown = "nul" if text is None else f"« {text} »"
        raise BadTimer(element=element, value=shown) from error


def _first_turn(cycle: Cycle, now: datetime, zone: str) -> int:
    """Return the first turn still to come of a cycle without end that began in the past; 0 for any other."""
    begun = cycle.occurrence(0, now, zone)
    if cycle.start is None or cycle.count is not None or begun is None or begun >= now:
        return 0
    span = cycle.every
    seconds = span.months * 31 * 86_400 + span.days * 86_400 + span.microseconds / 1_000_000
    turn = max(0, int((now - begun).total_seconds() / seconds) - 2)
    while (due := cycle.occurrence(turn, now, zone)) is not None and due < now:
        turn += 1
    return turn


def next_turn(wait: Wait, now: datetime, zone: str, *, coalesce: bool) -> bool:
    """Move a repeating timer to its next instant; tell whether there is one. Missed turns are skipped if asked."""
    if not wait.cycle:
        return False
    cycle, origin = parse_cycle(wait.cycle), instant_from(wait.origin)
    while True:
        wait.fired += 1
        due = cycle.occurrence(wait.fired, origin, zone)
        if due is None:
            return False
        if not coalesce or due.astimezone(UTC) > now:
            wait.at = instant_text(due)
            return True


def _moment(value: datetime | date, zone: str) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return localised(moment, zone)
