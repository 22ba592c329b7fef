"""How much the configuration is used: case files that hold a value, decisions taken with what a release corrects."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines.layering.kinds import adapter
from jalon.services.publication.recomputing import LoggedDecision
from jalon.store import configuration as store
from jalon.store import snapshots, using


def count_values(session: Session, kind: str, key: str, uid: str, unit_ids: frozenset[UUID]) -> int:
    """Count the case files of these units that hold an answer to a question, or a value of a list, today."""
    if kind == "form":
        paths = _bound(session, {key}, lambda name, _item: name == uid)
        return len(_held(session, unit_ids, paths, None))
    if kind == "list":
        readers = {one.reader_key for one in store.readers_of(session, kind, key) if one.reader_kind == "form"}
        paths = _bound(session, readers, lambda _name, item: key in _lists_of(item))
        return len(_held(session, unit_ids, paths, uid))
    return 0


def list_decisions(
    session: Session, names: Collection[str], unit_ids: frozenset[UUID], since: date, until: date
) -> list[LoggedDecision]:
    """Return the decisions of these names taken at these units for a date between two (the last one excluded)."""
    return [
        LoggedDecision(
            one.id, one.unit_id, one.decision, one.reference_date, one.snapshot_hash, one.instance_id, one.at
        )
        for one in using.decisions_taken(session, names, unit_ids, since, until)
    ]


def _bound(session: Session, forms: Collection[str], keep: Callable[[str, Mapping[str, Any]], bool]) -> set[str]:
    """Return the paths of case files that the questions kept are bound to, in any version; a role may come first."""
    hashes = store.hashes_of_kind(session, "form")
    found: set[str] = set()
    for form in forms:
        for content in snapshots.contents(session, hashes.get(form, set())).values():
            for name, item in adapter("form").explode(content).items.items():
                bind = item.get("bind")
                if isinstance(bind, str) and keep(name, item):
                    found |= {bind, bind.partition(".")[2]}
    return found


def _lists_of(item: Mapping[str, Any]) -> set[str]:
    rows = item.get("items")
    return {str(item.get("list", "")), str(rows.get("x-jalon-list", "")) if isinstance(rows, Mapping) else ""}


def _held(session: Session, unit_ids: Collection[UUID], paths: Collection[str], code: str | None) -> set[UUID]:
    """Return the case files whose last value at one of these paths is there, and names the code when one is given."""
    last: dict[tuple[UUID, str], Any] = {}
    if paths:
        for dossier_id, path, value in using.given_values(session, unit_ids, paths):
            last[dossier_id, path] = value
    return {
        dossier_id
        for (dossier_id, _), value in last.items()
        if value is not None and (code is None or value == code or (isinstance(value, list) and code in value))
    }
