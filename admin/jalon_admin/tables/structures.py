"""The tree of structures, to read."""

from typing import Any, ClassVar

from flask import url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from jalon.store.organisations import Unit
from jalon.ui import display
from jalon.ui.request import reading
from jalon_admin import words
from jalon_admin.tables.base import ScopedTable


def _level(_view: Any, _context: Any, unit: Unit, _name: str) -> str:
    return words.levels().get(unit.level, unit.level)


def _title(_view: Any, _context: Any, unit: Unit, _name: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for("console.unit", unit=unit.code), unit.title)


def _parent(_view: Any, _context: Any, unit: Unit, _name: str) -> str:
    above = reading().get(Unit, unit.parent_id) if unit.parent_id else None
    return above.title if above else ""


def _calendar(_view: Any, _context: Any, unit: Unit, _name: str) -> str:
    return words.calendars().get(unit.calendar, unit.calendar)


def _reach(_view: Any, _context: Any, unit: Unit, _name: str) -> Markup:
    number = Markup('<span class="text-nowrap">{}</span>').format(display.phone(unit.telephone))
    return Markup("<br>").join(filter(None, [number if unit.telephone else "", unit.email]))


class Structures(ScopedTable):
    """The structures whose configuration the person reads; they are created by importing a file."""

    permission = "configuration.voir"
    scope_column = "id"
    heading = _l("Structures")
    intro = _l("Les structures dont vous voyez la configuration. Elles se créent et se rattachent par import.")
    column_list = ("title", "level", "parent_id", "telephone", "zone", "calendar")
    column_labels: ClassVar[dict[str, Any]] = {
        "title": _l("Nom"),
        "level": _l("Niveau"),
        "parent_id": _l("Rattachée à"),
        "telephone": _l("Pour la joindre"),
        "zone": _l("Fuseau horaire"),
        "calendar": _l("Calendrier"),
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "title": _title,
        "level": _level,
        "parent_id": _parent,
        "telephone": _reach,
        "calendar": _calendar,
    }
    column_searchable_list = ("title", "code")
    column_sortable_list = ("title", "level")
    column_default_sort = "path"

    def __init__(self) -> None:
        super().__init__(Unit, "structures", "Structures")
