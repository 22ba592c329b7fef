"""The audit journal, to read: who did what, where, never the values."""

from typing import Any, ClassVar
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from jalon.base.json import canonical
from jalon.services.audit import PRODUCT
from jalon.store import organisations
from jalon.store.audit import AuditEvent
from jalon.store.people import Person
from jalon.ui import display
from jalon.ui.request import reading
from jalon_admin.tables.base import ScopedTable


def _at(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    return display.moment(event.at)


def _actor(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    if event.actor_id is None:
        return _("Le produit")
    names = g.setdefault("journal_people", {})
    if event.actor_id not in names:
        person = reading().get(Person, event.actor_id)
        names[event.actor_id] = person.name if person else _("Personne sans compte")
    return str(names[event.actor_id])


def _unit(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    if event.chain == PRODUCT:
        return _("Tout le réseau")
    titles: dict[UUID, str] = g.setdefault(
        "journal_units", {one.id: one.title for one in organisations.units(reading())}
    )
    return titles.get(event.chain, "")


def _facts(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    return ", ".join(
        f"{name} : {value if isinstance(value, str) else canonical(value)}" for name, value in event.facts.items()
    )


class Journal(ScopedTable):
    """What was done in the structures where the person reads the journal, newest first."""

    permission = "audit.voir"
    scope_column = "chain"
    heading = _l("Journal")
    intro = _l(
        "Chaque ligne est scellée à la précédente : rien ne s’y efface. Les valeurs saisies n’y figurent jamais."
    )
    column_list = ("at", "actor_id", "action", "chain", "facts")
    column_labels: ClassVar[dict[str, Any]] = {
        "at": _l("Quand"),
        "actor_id": _l("Qui"),
        "action": _l("Action"),
        "chain": _l("Structure"),
        "facts": _l("Précisions"),
    }
    column_formatters: ClassVar[dict[str, Any]] = {"at": _at, "actor_id": _actor, "chain": _unit, "facts": _facts}
    column_searchable_list = ("action",)
    column_sortable_list = ("at",)
    column_default_sort = ("id", True)

    def __init__(self) -> None:
        super().__init__(AuditEvent, "journal", "Journal")
