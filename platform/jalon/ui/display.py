"""Dates, counts and durations as people read them, in the person's language and the unit's zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import format_date, gettext
from markupsafe import Markup

from jalon.engines.forms.numbers import grouped


def day(value: date | datetime | None) -> str:
    """Write a date: 12 mars 2026."""
    if value is None:
        return ""
    return format_date(_local(value).date() if isinstance(value, datetime) else value, "d MMMM yyyy")


def short_day(value: date | datetime | None) -> str:
    """Write a date: 12/03/2026."""
    if value is None:
        return ""
    value = _local(value) if isinstance(value, datetime) else value
    return value.strftime("%d/%m/%Y")


def moment(value: datetime | None) -> str:
    """Write an instant: 12/03/2026 à 09:05."""
    if value is None:
        return ""
    local = _local(value)
    return gettext("{day} à {time}").format(day=local.strftime("%d/%m/%Y"), time=local.strftime("%H:%M"))


def clock_time(value: datetime) -> str:
    """Write the time of an instant: 09:05."""
    return _local(value).strftime("%H:%M")


def due(value: datetime | None, now: datetime) -> str:
    """Say when something is due, relative to today."""
    if value is None:
        return ""
    days = (_local(value).date() - _local(now).date()) // timedelta(days=1)
    if days == 0:
        return gettext("aujourd’hui")
    if days == 1:
        return gettext("demain")
    if days == -1:
        return gettext("depuis hier")
    if days < 0:
        return gettext("en retard de {days} jours").format(days=-days)
    if days <= 14:
        return gettext("dans {days} jours").format(days=days)
    return gettext("le {day}").format(day=short_day(value))


def civil_day(text: str) -> date | None:
    """Read a date typed as 24/12/2026; None when it is none."""
    try:
        day, month, year = (int(part) for part in text.strip().split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def phone(number: str) -> str:
    """Write a telephone number with the spaces people write in it: 05 36 49 10 08."""
    return grouped("phone", number)


def midnight(now: datetime) -> datetime:
    """Return the instant today began, in the unit's zone."""
    return _local(now).replace(hour=0, minute=0, second=0, microsecond=0)


def prose(text: str) -> Markup:
    """Turn plain text written as content into paragraphs, headings (## ) and lists (- )."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Markup("\n").join(_block(block) for block in blocks)


def _block(block: str) -> Markup:
    lines = block.split("\n")
    if block.startswith("## ") and len(lines) == 1:
        return Markup("<h2>{}</h2>").format(block[3:])
    if all(line.startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(line[2:]) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(Markup("<br>").join(lines))


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(g.get("zone") or "Europe/Paris"))
