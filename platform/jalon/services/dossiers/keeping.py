"""Write in case files: every value leaves its provenance, nothing is overwritten in silence."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import NotFound, Stale
from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.services import access, audit
from jalon.services.dossiers.paths import differences, pattern_of, value_at, with_value
from jalon.services.dossiers.renaming import present_data, present_path, present_paths
from jalon.services.dossiers.scopes import CREATE, WRITE, owner_of, scope_of
from jalon.services.dossiers.types import DossierType, displayed_name, dossier_type
from jalon.services.dossiers.words import index_words
from jalon.store import dossiers as store
from jalon.store.dossiers import Dossier, DossierChange, DossierDocument, DossierRelation
from jalon.store.places import zone_of


class Overtaken(Stale):
    """Somebody wrote another value there since the person saw it."""

    code = "valeur.modifiee"
    message = fr(
        "« {label} » a été modifié entre-temps dans le dossier. Votre saisie est conservée : relisez, puis validez."
    )


def create(
    session: Session,
    actor: Actor,
    type_key: str,
    unit: UUID,
    values: Mapping[str, Any],
    *,
    origin: str = "agency",
    now: datetime,
    key: str | None = None,
    form_hash: str = "",
    task_id: UUID | None = None,
) -> Dossier:
    """Open a case file at a unit (or at its region or the network, when its type is shared).

    `values` are by path. `key` names an imported case file so that importing it again finds it.
    """
    access.require(actor, CREATE, unit)
    return open_file(
        session,
        actor,
        type_key,
        unit,
        values,
        origin=origin,
        now=now,
        key=key,
        form_hash=form_hash,
        task_id=task_id,
    )


def open_file(
    session: Session,
    actor: Actor,
    type_key: str,
    unit: UUID,
    values: Mapping[str, Any],
    *,
    origin: str = "agency",
    now: datetime,
    key: str | None = None,
    form_hash: str = "",
    task_id: UUID | None = None,
) -> Dossier:
    """Open a case file for a caller that checked the right to: a run that starts with a new one."""
    kind = dossier_type(session, type_key, unit, _today(session, unit, now))
    owner = owner_of(session, unit, kind.audience)
    opened = Dossier(
        id=new_id(),
        unit_id=owner,
        type=type_key,
        audience=kind.audience,
        status="open",
        import_key=key,
        data={},
        created_at=now,
        updated_at=now,
    )
    session.add(opened)
    session.flush()
    _write(session, actor, opened, kind, values, origin, form_hash, task_id, now)
    audit.record(session, actor, "dossier.cree", unit_id=owner, target=opened.id, type=type_key)
    return opened


def note(
    session: Session,
    actor: Actor,
    dossier: Dossier,
    changes: Mapping[str, Any],
    *,
    origin: str,
    form_hash: str = "",
    task_id: UUID | None = None,
    now: datetime,
    seen_version: int | None = None,
) -> list[DossierChange]:
    """Write values by path and keep their provenance; the caller checked that the actor may.

    `origin` is agency, young_person, partner, process or import as the pack words it. With
    `seen_version`, a value changed by somebody else since then is left alone if the person did not
    touch it, and refused (Stale) if they wrote something else.
    """
    kind = dossier_type(session, dossier.type, dossier.unit_id, _today(session, dossier.unit_id, now))
    if seen_version is not None and seen_version < dossier.version:
        changes = _unless_overtaken(session, dossier, kind, changes, seen_version)
    noted = _write(session, actor, dossier, kind, changes, origin, form_hash, task_id, now)
    if noted:
        audit.record(session, actor, "dossier.modifie", unit_id=dossier.unit_id, target=dossier.id, values=len(noted))
    return noted


def edit(
    session: Session, actor: Actor, dossier_id: UUID, changes: Mapping[str, Any], *, now: datetime, seen_version: int
) -> list[DossierChange]:
    """Change values of a case file by hand, for who may modify it."""
    found = writable(session, actor, dossier_id)
    return note(session, actor, found, changes, origin="agency", now=now, seen_version=seen_version)


def writable(session: Session, actor: Actor, dossier_id: UUID) -> Dossier:
    """Return a case file the actor may modify; NotFound outside."""
    found = store.dossier(session, scope_of(session, actor, WRITE), dossier_id)
    if found is None:
        raise NotFound(id=dossier_id)
    return found


def set_status(session: Session, actor: Actor, dossier_id: UUID, status: str, now: datetime) -> Dossier:
    """Change the status of a case file (open, closed...)."""
    found = writable(session, actor, dossier_id)
    found.status, found.updated_at = status, now
    _flush(session)
    audit.record(session, actor, "dossier.statut", unit_id=found.unit_id, target=found.id, status=status)
    return found


def relate(session: Session, actor: Actor, dossier: Dossier, kind: str, other: Dossier, now: datetime) -> None:
    """Tie a case file to another; telling it twice changes nothing."""
    known = store.relations(session, dossier.id)
    if any(row.from_id == dossier.id and row.to_id == other.id and row.kind == kind for row in known):
        return
    session.add(DossierRelation(unit_id=dossier.unit_id, from_id=dossier.id, to_id=other.id, kind=kind, at=now))
    session.flush()
    audit.record(session, actor, "dossier.relie", unit_id=dossier.unit_id, target=dossier.id, other=other.id, kind=kind)


def add_document(
    session: Session,
    actor: Actor,
    dossier: Dossier,
    *,
    content_hash: str,
    name: str,
    media_type: str,
    size: int,
    task_id: UUID | None = None,
    now: datetime,
) -> DossierDocument:
    """Keep a paper with a case file; its bytes are already in the file store."""
    paper = DossierDocument(
        unit_id=dossier.unit_id,
        dossier_id=dossier.id,
        content_hash=content_hash,
        name=name[:200],
        media_type=media_type,
        size=size,
        added_by=actor.name,
        task_id=task_id,
        at=now,
    )
    session.add(paper)
    session.flush()
    audit.record(session, actor, "document.ajoute", unit_id=dossier.unit_id, target=dossier.id, document=paper.id)
    return paper


def _write(
    session: Session,
    actor: Actor,
    dossier: Dossier,
    kind: DossierType,
    changes: Mapping[str, Any],
    origin: str,
    form_hash: str,
    task_id: UUID | None,
    now: datetime,
) -> list[DossierChange]:
    data = dict(present_data(dossier.data, kind.renamed))
    found = differences(data, present_paths(changes, kind.renamed))
    if not found and dossier.name:
        return []
    for path, _, new in found:
        data = with_value(data, path, new)
    dossier.data = data
    dossier.name = displayed_name(kind, data, now)
    dossier.birth_date = _date(value_at(data, kind.birth_date)) if kind.birth_date else None
    dossier.updated_at = now
    _flush(session)
    noted = [
        DossierChange(
            unit_id=dossier.unit_id,
            dossier_id=dossier.id,
            path=path,
            old=old,
            new=new,
            actor_id=actor.id,
            actor_name=actor.name,
            origin=origin,
            form_hash=form_hash,
            task_id=task_id,
            version=dossier.version,
            at=now,
        )
        for path, old, new in found
    ]
    session.add_all(noted)
    store.replace_words(session, dossier, index_words(dossier.id, dossier.name, data, kind.search))
    session.flush()
    return noted


def _unless_overtaken(
    session: Session, dossier: Dossier, kind: DossierType, changes: Mapping[str, Any], seen_version: int
) -> dict[str, Any]:
    """Leave out the values others changed and the person did not touch; raise Stale when both did."""
    present = present_data(dossier.data, kind.renamed)
    seen: dict[str, Any] = {}
    for change in store.changes_since(session, dossier.id, seen_version):
        seen.setdefault(present_path(change.path, kind.renamed), change.old)
    kept: dict[str, Any] = {}
    for path, new in present_paths(changes, kind.renamed).items():
        before = {
            where: old for where, old in seen.items() if where == path or where.startswith((f"{path}/", f"{path}."))
        }
        if not before or not differences(present, {path: new}):
            kept[path] = new
            continue
        as_seen = dict(present)
        for where, old in before.items():
            as_seen = with_value(as_seen, where, old)
        if differences(as_seen, {path: new}):
            raise Overtaken(label=kind.label_of(pattern_of(path)))
    return kept


def _flush(session: Session) -> None:
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale from error


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _today(session: Session, unit_id: UUID, now: datetime) -> date:
    return civil_date(now, zone_of(session, unit_id))
