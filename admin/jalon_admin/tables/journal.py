"""The audit journal, to read: who did what, where, never the values."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from jalon.base.json import canonical
from jalon.services import access
from jalon.services.audit import PRODUCT
from jalon.store import configuration, organisations
from jalon.store.audit import AuditEvent
from jalon.store.people import Person
from jalon.ui import display
from jalon.ui.request import reading
from jalon_admin.looking import title_of
from jalon_admin.tables.acts import acts, fact_names
from jalon_admin.tables.base import ScopedTable

NAMED = {"process": "process", "form": "form", "type": "dossier-type"}
"""Facts that are the key of a configured thing -> its kind: people read its title."""


def _at(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    return display.moment(event.at)


def _actor(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    if event.actor_id is None:
        return _("Personne extérieure") if event.actor_kind == "link" else _("Le produit")
    return _person(event.actor_id)


def _person(person_id: UUID) -> str:
    names: dict[UUID, str] = g.setdefault("journal_people", {})
    if person_id not in names:
        person = reading().get(Person, person_id)
        names[person_id] = person.name if person else _("Personne sans compte")
    return names[person_id]


def _act(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    return acts().get(event.action, event.action)


def _unit(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    if event.chain == PRODUCT:
        return _("Tout le réseau")
    titles: dict[UUID, str] = g.setdefault(
        "journal_units", {one.id: one.title for one in organisations.units(reading())}
    )
    return titles.get(event.chain, "")


def _facts(_view: Any, _context: Any, event: AuditEvent, _name: str) -> str:
    names = fact_names()
    return ", ".join(
        f"{names[name]} : {_fact(event, name, value)}"
        for name, value in event.facts.items()
        if name in names and value is not None
    )


def _fact(event: AuditEvent, name: str, value: Any) -> str:
    if name in NAMED and isinstance(value, str):
        return _titles(NAMED[name]).get(value, value)
    if name == "role" and event.chain != PRODUCT:
        return _role(event.chain, str(value))
    if name == "status":
        return {"open": _("ouvert"), "closed": _("clos")}.get(str(value), str(value))
    if name in {"person", "replacement"}:
        return _person(UUID(value))
    if name in {"starts", "ends"}:
        return display.short_day(date.fromisoformat(value))
    return value if isinstance(value, str) else canonical(value)


def _titles(kind: str) -> dict[str, str]:
    known: dict[str, dict[str, str]] = g.setdefault("journal_titles", {})
    if kind not in known:
        known[kind] = {one.key: title_of(one) for one in configuration.artifacts(reading(), kind, closed=True)}
    return known[kind]


def _role(unit_id: UUID, key: str) -> str:
    roles: dict[UUID, dict[str, Any]] = g.setdefault("journal_roles", {})
    if unit_id not in roles:
        roles[unit_id] = dict(access.current_roles(reading(), unit_id))
    return str(roles[unit_id].get(key, {}).get("label", key))


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
    column_formatters: ClassVar[dict[str, Any]] = {
        "at": _at,
        "actor_id": _actor,
        "action": _act,
        "chain": _unit,
        "facts": _facts,
    }
    column_searchable_list = ("action",)
    column_sortable_list = ("at",)
    column_default_sort = ("id", True)

    def __init__(self) -> None:
        super().__init__(AuditEvent, "journal", "Journal")

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        """Keep the acts whose words, or whose code, hold what is sought."""
        sought = search.casefold()
        codes = [code for code, said in acts().items() if sought in said.casefold() or sought in code]
        kept = AuditEvent.action.in_(codes)
        counted = count_query.filter(kept) if count_query is not None else None  # the pager does not count
        return query.filter(kept), counted, joins, count_joins
