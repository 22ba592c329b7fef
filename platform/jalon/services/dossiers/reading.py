"""Read case files: values with where they come from, what happened, who opened them last."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.services import audit
from jalon.services.dossiers.paths import leaves, pattern_of
from jalon.services.dossiers.renaming import present_data, present_path, present_paths
from jalon.services.dossiers.scopes import scope_of
from jalon.services.dossiers.showing import Reader, reader_for
from jalon.services.dossiers.types import DossierType, dossier_type
from jalon.store import dossiers as store
from jalon.store import exceptions
from jalon.store.database import now_of
from jalon.store.dossiers import Dossier, DossierChange, DossierDocument, DossierVisit, Scope

READ_CODE = "dossier.consulte"
"""What the journal of readings says of a case file opened."""

ORIGINS = {
    "agency": "structure",
    "young_person": "la personne elle-même",
    "partner": "partenaire",
    "process": "parcours",
    "import": "reprise de données",
    "correction": "correction",
    "merge": "dossier réuni",
}
"""Where a value comes from, as a page says it."""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One value of a case file: its label, the text people read, where it comes from and when it was entered."""

    path: str
    label: str
    value: Any
    shown: str
    origin: str
    actor: str
    at: datetime | None
    form_hash: str = ""
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One thing that happened to a case file, the values changed with it."""

    at: datetime
    actor: str
    origin: str
    task_id: UUID | None
    changes: tuple[tuple[str, str, str], ...]  # label, old and new as people read them


def read(session: Session, actor: Actor, dossier_id: UUID) -> Dossier:
    """Return a case file of the actor's scope or opened to them exceptionally; NotFound, as if there were none."""
    found = store.dossier(session, scope_of(session, actor), dossier_id)
    if found is None and actor.id and exceptions.opened_to(session, actor.id, dossier_id, now_of(session)):
        found = session.get(Dossier, dossier_id)
    if found is None:
        raise NotFound(id=dossier_id)
    return found


def read_some(session: Session, actor: Actor, ids: Collection[UUID]) -> Sequence[Dossier]:
    """Return those of these case files that are in the actor's scope, by name."""
    return store.dossiers_in_scope(session, scope_of(session, actor), ids)


def listed(
    session: Session,
    actor: Actor,
    type_key: str | None = None,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> Sequence[Dossier]:
    """Return a page of case files in name order, after a (name, id) already seen."""
    scope = scope_of(session, actor)
    return store.listed(session, scope, type_key, after=after, limit=limit) if scope else []


def values_with_provenance(
    session: Session,
    dossier: Dossier,
    kind: DossierType | None = None,
    latest: Mapping[tuple[UUID, str], DossierChange] | None = None,
) -> list[ValueLine]:
    """Return each value of a case file with its label and its last change, in the order of its sections.

    `latest` are the last changes, when the caller has read them.
    """
    kind = kind or dossier_type(session, dossier.type, dossier.unit_id)
    latest = store.latest_changes(session, [dossier.id]) if latest is None else latest
    hashes = {change.form_hash for change in latest.values() if change.dossier_id == dossier.id}
    data = present_data(dossier.data, kind.renamed)
    held = [(pattern_of(path), value) for path, value in leaves(data)]
    reader = reader_for(session, hashes, dossier.unit_id, held)
    numbers = _row_numbers(data)
    own = {path: change for (owner, path), change in latest.items() if owner == dossier.id}
    last = present_paths(own, kind.renamed)
    lines = [_value_line(path, value, kind, last.get(path), reader, numbers) for path, value in leaves(data)]
    order = {path: place for place, path in enumerate(path for section in kind.sections for path in section["paths"])}
    return sorted(lines, key=lambda line: _place(order, pattern_of(line.path)))


def timeline(session: Session, dossier: Dossier, limit: int = 200) -> list[TimelineLine]:
    """Return what happened to a case file, the latest first, values entered together on one line."""
    kind = dossier_type(session, dossier.type, dossier.unit_id)
    changes = store.changes(session, dossier.id, limit=limit)
    held = [(pattern_of(change.path), change.new) for change in changes]
    reader = reader_for(session, {change.form_hash for change in changes}, dossier.unit_id, held)
    grouped: dict[tuple[Any, ...], list[DossierChange]] = {}
    for change in changes:
        grouped.setdefault((change.at, change.actor_name, change.origin, change.task_id), []).append(change)
    return [
        TimelineLine(
            at=at,
            actor=who,
            origin=ORIGINS.get(origin, origin),
            task_id=task_id,
            changes=tuple(_change(c, kind, reader) for c in reversed(together)),
        )
        for (at, who, origin, task_id), together in grouped.items()
    ]


def visit(session: Session, actor: Actor, dossier_id: UUID, now: datetime) -> None:
    """Remember that a person opened a case file (journal entries, written on GET)."""
    if actor.id is None:
        return
    found = session.get(Dossier, dossier_id)
    audit.access_log(session, actor, READ_CODE, unit_id=found.unit_id if found else None, target=dossier_id)
    known = store.visit(session, actor.id, dossier_id)
    if known is None:
        session.add(DossierVisit(person_id=actor.id, dossier_id=dossier_id, at=now))
    else:
        known.at = now
    session.flush()


def pin(session: Session, actor: Actor, dossier_id: UUID, pinned: bool, now: datetime) -> None:
    """Keep a case file at the top of one's list, or let it go."""
    read(session, actor, dossier_id)
    if actor.id is not None and store.visit(session, actor.id, dossier_id) is None:
        visit(session, actor, dossier_id, now)
    if actor.id is not None and (known := store.visit(session, actor.id, dossier_id)):
        known.pinned = pinned
        session.flush()


def is_pinned(session: Session, actor: Actor, dossier_id: UUID) -> bool:
    """Tell whether a person keeps a case file at the top of their list."""
    known = store.visit(session, actor.id, dossier_id) if actor.id else None
    return known is not None and known.pinned


def recent(session: Session, actor: Actor, limit: int = 10) -> Sequence[tuple[Dossier, bool]]:
    """Return the case files a person opened last, pinned ones first, with their pin."""
    if actor.id is None:
        return []
    return store.visited(session, scope_of(session, actor) or Scope(frozenset()), actor.id, limit)


def related(session: Session, actor: Actor, dossier: Dossier) -> list[tuple[str, Dossier]]:
    """Return the case files tied to this one that the actor may read, with the name of the tie."""
    rows = store.relations(session, dossier.id)
    others = store.dossiers_by_id(session, {row.to_id if row.from_id == dossier.id else row.from_id for row in rows})
    scope = scope_of(session, actor)
    found = []
    for row in rows:
        other = others[row.to_id if row.from_id == dossier.id else row.from_id]
        shared = scope is not None and other.audience != "unit" and other.unit_id in scope.above
        if scope is None or other.unit_id in scope.units or shared:
            found.append((row.kind, other))
    return found


def documents(session: Session, dossier: Dossier) -> Sequence[DossierDocument]:
    """Return the papers of a case file already read, the latest first."""
    return store.documents(session, dossier.id)


def _value_line(
    path: str,
    value: Any,
    kind: DossierType,
    change: DossierChange | None,
    reader: Reader,
    numbers: dict[str, int],
) -> ValueLine:
    pattern, form_hash = pattern_of(path), change.form_hash if change else ""
    label = _label(kind, reader, pattern, form_hash)
    if path.rpartition("/")[0] in numbers:
        label = f"{label} ({numbers[path.rpartition('/')[0]]})"
    shown = reader.shown(pattern, value, form_hash)
    if change is None:
        return ValueLine(path, label, value, shown, "", "", None)
    return ValueLine(
        path=path,
        label=label,
        value=value,
        shown=shown,
        origin=ORIGINS.get(change.origin, change.origin),
        actor=change.actor_name,
        at=change.at,
        form_hash=change.form_hash,
        task_id=change.task_id,
    )


def _change(change: DossierChange, kind: DossierType, reader: Reader) -> tuple[str, str, str]:
    pattern = pattern_of(change.path)
    label = _label(kind, reader, pattern_of(present_path(change.path, kind.renamed)), change.form_hash)
    old, new = (reader.shown(pattern, value, change.form_hash) for value in (change.old, change.new))
    return label, old, new


def _label(kind: DossierType, reader: Reader, pattern: str, form_hash: str) -> str:
    """Return the label the type of case file gives, else the one of the form, else the last word of the path."""
    written = (kind.labels or {}).get(pattern)
    return written or reader.label(pattern, form_hash) or kind.label_of(pattern)


def _row_numbers(data: Any) -> dict[str, int]:
    """Return the number of each row of lists that have several, by path of the row: one row needs no number."""
    rows: dict[str, dict[str, int]] = {}
    for path, _ in leaves(data):
        row = path.rpartition("/")[0]
        if row:
            together = rows.setdefault(row.rpartition("/")[0], {})
            together.setdefault(row, len(together) + 1)
    return {row: number for together in rows.values() if len(together) > 1 for row, number in together.items()}


def _place(order: dict[str, int], pattern: str) -> int:
    while pattern:
        if pattern in order:
            return order[pattern]
        pattern = pattern.rpartition(".")[0]
    return len(order)
