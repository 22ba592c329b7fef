"""Dates and times: JJ/MM/AAAA for people, ISO 8601 in the data."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jalon.base.i18n import fr
from jalon.engines.forms.model import Question
from jalon.engines.forms.texts import Unreadable

DEFAULT_ZONE = "Europe/Paris"

_FRENCH = re.compile(r"([0-9]{1,2})\s*[/.\-\s]\s*([0-9]{1,2})\s*[/.\-\s]\s*([0-9]{4})")
_SOLID = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{1,2})\s*[:hH]\s*([0-9]{2})?(?:[:mM]?([0-9]{2}))?")
_STORED_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?.*", re.DOTALL)
_BAD_DATE = fr("Écrivez une date qui existe, sous la forme JJ/MM/AAAA, par exemple 12/03/2008.")
_BAD_TIME = fr("Écrivez une heure sous la forme HH:MM, par exemple 09:30.")
_BAD_INSTANT = fr("Écrivez une date et une heure, par exemple 12/03/2026 09:30.")


def read_date(_: Question, text: str) -> str:
    """Read JJ/MM/AAAA (also with points, dashes, spaces or nothing between, or ISO) as an ISO date."""
    found = _ISO.fullmatch(text)
    french = _FRENCH.fullmatch(text) or _SOLID.fullmatch(text)
    if found:
        year, month, day = found.groups()
    elif french:
        day, month, year = french.groups()
    else:
        raise Unreadable(_BAD_DATE)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise Unreadable(_BAD_DATE) from error


def write_date(_: Question, value: Any) -> str:
    """Write an ISO date as JJ/MM/AAAA; anything else as it is."""
    found = _ISO.fullmatch(str(value))
    return f"{found[3]}/{found[2]}/{found[1]}" if found else str(value)


def read_time(_: Question, text: str) -> str:
    """Read HH:MM (also « 9h30 », « 9 h ») as HH:MM:SS on the wall."""
    found = _TIME.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable(_BAD_TIME)
    return f"{hour:02}:{minute:02}:{second:02}"


def write_time(_: Question, value: Any) -> str:
    """Write a time as HH:MM, with its seconds when they count."""
    found = _STORED_TIME.fullmatch(str(value))
    if not found:
        return str(value)
    return f"{found[1]}:{found[2]}" + (f":{found[3]}" if found[3] and found[3] != "00" else "")


def read_instant(question: Question, text: str) -> str:
    """Read « JJ/MM/AAAA HH:MM » as an ISO instant with the offset of the zone on that day.

    The zone is the question's option `zone`, else Europe/Paris.
    """
    day, _, hour = text.replace("T", " ").replace(" à ", " ").strip().rpartition(" ")
    if not day:
        raise Unreadable(_BAD_INSTANT)
    try:
        naive = datetime.fromisoformat(f"{read_date(question, day.strip())}T{read_time(question, hour)}")
        return naive.replace(tzinfo=_zone(question)).isoformat()
    except (Unreadable, OverflowError) as error:
        raise Unreadable(_BAD_INSTANT) from error


def write_instant(question: Question, value: Any) -> str:
    """Write an ISO instant as « JJ/MM/AAAA HH:MM » in the question's zone."""
    try:
        instant = datetime.fromisoformat(str(value))
        local = instant.astimezone(_zone(question)) if instant.tzinfo else instant
    except (ValueError, OverflowError):
        return str(value)
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"{local.day:02}/{local.month:02}/{local.year:04} {clock}"


def show_instant(question: Question, value: Any) -> str:
    """Display an instant: « 12/03/2026 à 09:30 »."""
    return write_instant(question, value).replace(" ", " à ", 1)


def _zone(question: Question) -> ZoneInfo:
    return ZoneInfo(str(question.options.get("zone") or DEFAULT_ZONE))
