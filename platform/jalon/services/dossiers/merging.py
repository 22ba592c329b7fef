"""Two case files about the same person put together, and taken apart again if it was a mistake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound, Refused
from jalon.base.i18n import fr
from jalon.services import audit
from jalon.services.dossiers.keeping import note, writable
from jalon.services.dossiers.paths import leaves, value_at
from jalon.services.dossiers.renaming import data_of, value_of
from jalon.services.dossiers.searching import possible_duplicates
from jalon.services.dossiers.types import dossier_type
from jalon.services.dossiers.words import index_words
from jalon.store import dossiers as files
from jalon.store import merges as store
from jalon.store.dossiers import Dossier
from jalon.store.merges import DossierMerge

MERGED, ORIGIN = "merged", "merge"


class MergeRefused(Refused):
    """Two case files that cannot be one."""

    code, message = "dossier.fusion", fr("Ces deux dossiers ne peuvent pas être réunis : {reason}.")


def alike(session: Session, actor: Actor, dossier: Dossier, now: datetime) -> list[tuple[Dossier, tuple[str, ...]]]:
    """Return the other case files this one resembles, with the reasons."""
    values = dict(leaves(data_of(dossier)))
    found = possible_duplicates(session, actor, dossier.type, dossier.unit_id, values, now, limit=6)
    return [(other, reasons) for other, reasons in found if other.id != dossier.id]


def merge(session: Session, actor: Actor, kept_id: UUID, other_id: UUID, reason: str, now: datetime) -> DossierMerge:
    """Put a case file into another: its runs and papers follow, its values fill what the kept one lacks.

    Where both have a value, the kept one's stands; the other case file stays as it was, put away.
    """
    kept, other = writable(session, actor, kept_id), writable(session, actor, other_id)
    _check(kept, other)
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise MergeRefused(reason=fr("dites pourquoi c’est la même personne"))
    added = {path: value for path, value in leaves(data_of(other)) if value_of(kept, path) is None}
    runs = store.runs_of(session, other.id)
    papers = [paper.id for paper in files.documents(session, other.id)]
    for run, role in runs:
        store.move_run(session, run, role, kept.id)
    store.move_papers(session, papers, kept.id)
    note(session, actor, kept, added, origin=ORIGIN, now=now)
    made = DossierMerge(
        unit_id=kept.unit_id,
        kept_id=kept.id,
        other_id=other.id,
        reason=reason,
        status=other.status,
        moved={"runs": [[str(run), role] for run, role in runs], "papers": [str(paper) for paper in papers]},
        added=added,
        actor_name=actor.name,
        at=now,
    )
    session.add(made)
    other.status, other.merged_into, other.updated_at = MERGED, kept.id, now
    files.replace_words(session, other, set())
    session.flush()
    audit.record(session, actor, "dossier.reuni", unit_id=kept.unit_id, target=kept.id, other=other.id, merge=made.id)
    return made


def undo(session: Session, actor: Actor, merge_id: UUID, now: datetime) -> Dossier:
    """Take apart two case files put together and return the one that was put away, as it was.

    Runs and papers go back; a value that came from it leaves the kept one, unless somebody changed it since.
    """
    made = session.get(DossierMerge, merge_id)
    if made is None or made.undone_at is not None:
        raise NotFound(id=merge_id)
    kept, other = writable(session, actor, made.kept_id), writable(session, actor, made.other_id)
    here = set(store.runs_of(session, kept.id))
    for run, role in made.moved["runs"]:
        if (UUID(run), role) in here:
            store.move_run(session, UUID(run), role, other.id)
    store.move_papers(session, [UUID(paper) for paper in made.moved["papers"]], other.id)
    untouched = {path: None for path, value in made.added.items() if value_at(kept.data, path) == value}
    note(session, actor, kept, untouched, origin=ORIGIN, now=now)
    other.status, other.merged_into, other.updated_at, made.undone_at = made.status, None, now, now
    kind = dossier_type(session, other.type, other.unit_id)
    files.replace_words(session, other, index_words(other.id, other.name, other.data, kind.search))
    session.flush()
    audit.record(session, actor, "dossier.separe", unit_id=kept.unit_id, target=kept.id, other=other.id, merge=made.id)
    return other


def merged_here(session: Session, dossier: Dossier) -> Sequence[tuple[DossierMerge, Dossier]]:
    """Return the case files put into one already read, with the merge that did it."""
    made = store.merges_of(session, dossier.id)
    others = files.dossiers_by_id(session, {one.other_id for one in made})
    return [(one, others[one.other_id]) for one in made]


def _check(kept: Dossier, other: Dossier) -> None:
    if kept.id == other.id:
        raise MergeRefused(reason=fr("c’est le même"))
    if kept.type != other.type:
        raise MergeRefused(reason=fr("ils ne sont pas du même type"))
    if kept.unit_id != other.unit_id:
        raise MergeRefused(reason=fr("ils sont suivis par deux structures"))
    if kept.merged_into or other.merged_into:
        raise MergeRefused(reason=fr("l’un des deux est déjà réuni à un autre"))
