"""Drafts: what a level is about to change, shared by those who administer it, never silently overwritten."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import instant_text
from jalon.base.errors import NotFound
from jalon.engines.layering import Op, read_op
from jalon.services import audit
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.draftviews import Draft, standpoint, view
from jalon.services.configuration.errors import DraftChanged, DraftClosed, NothingToUndo
from jalon.services.configuration.proposing import propose
from jalon.store import configuration as store
from jalon.store.configuration import Revision, RevisionState
from jalon.store.database import now_of

__all__ = ["Draft", "change_draft", "discard", "open_draft", "open_drafts", "read_draft", "redo", "restore", "undo"]


def open_draft(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str) -> Draft:
    """Return the draft of a unit on an artifact, begun from what is published; one per unit and artifact."""
    require(actor, "configuration.modifier", unit_id, hide=True)
    artifact = levels.known_artifact(session, kind, key)
    unit = levels.known_unit(session, unit_id)
    revision = store.open_draft(session, artifact.id, unit_id)
    if revision is not None:
        return view(session, revision)
    published = levels.latest_revision(session, artifact.id, unit_id)
    now = now_of(session)
    revision = Revision(
        artifact_id=artifact.id,
        unit_id=unit_id,
        number=store.next_number(session, artifact.id, unit_id),
        state=RevisionState.DRAFT,
        ops=list(published.ops) if published else [],
        based_on=published.id if published else None,
        author_id=actor.id,
        author=actor.name,
        created_at=now,
        changed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(revision)
    except IntegrityError:  # a colleague opened it in the same second
        theirs = store.open_draft(session, artifact.id, unit_id)
        if theirs is None:
            raise
        return view(session, theirs)
    audit.record(session, actor, "brouillon.ouvert", unit_id=unit.id, target=revision.id, artifact=f"{kind}/{key}")
    return view(session, revision)


def open_drafts(session: Session, actor: Actor) -> list[Draft]:
    """Return the open drafts where the actor administers, last changed first."""
    units = actor.units_for("configuration.modifier")
    return [view(session, revision) for revision in store.drafts_of(session, units)]


def read_draft(session: Session, actor: Actor, draft_id: UUID) -> Draft:
    """Return a draft as it stands; raises NotFound outside the actor's scope, DraftClosed once it is over."""
    return view(session, _mine(session, actor, draft_id, "configuration.voir"))


def change_draft(session: Session, actor: Actor, draft_id: UUID, ops: Sequence[Op], row_version: int) -> Draft:
    """Add changes to a draft; raises DraftChanged, ChangeLocked or ChangeRefused, and then keeps nothing.

    Ids, author, instant and the parent's value seen are filled in. Setting twice the same thing keeps the last.
    """
    revision = _mine(session, actor, draft_id)
    if any(op.verb in ("lock", "unlock") for op in ops):
        require(actor, "configuration.verrouiller", revision.unit_id)
    _check_version(session, revision, ops, row_version)
    place = standpoint(session, revision)
    before = levels.draft_ops(session, revision)
    after = propose(place, before, ops, author=actor.name, at=instant_text(now_of(session)))
    _keep(session, actor, revision, after, row_version, ops)
    return view(session, revision)


def restore(session: Session, actor: Actor, draft_id: UUID, uid: str, prop: str, row_version: int) -> Draft:
    """Take away this level's changes of one property (of the whole item when `prop` is empty): inherit again."""
    revision = _mine(session, actor, draft_id)
    _check_version(session, revision, (), row_version)
    place = standpoint(session, revision)
    before = levels.draft_ops(session, revision)
    after = tuple(op for op in before if op.uid != uid or (prop and place.prop_of(op) != prop))
    _keep(session, actor, revision, after, row_version, ())
    return view(session, revision)


def undo(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> Draft:
    """Undo the last change of a draft; raises NothingToUndo."""
    return _step(session, actor, draft_id, row_version, back=True)


def redo(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> Draft:
    """Do again what was last undone; raises NothingToUndo."""
    return _step(session, actor, draft_id, row_version, back=False)


def discard(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> None:
    """Give up a draft; what is published does not move."""
    revision = _mine(session, actor, draft_id)
    _check_version(session, revision, (), row_version)
    if not store.claim(session, revision.id, row_version):
        raise _changed(session, revision, (), row_version)
    revision.state = RevisionState.WITHDRAWN
    session.flush()
    audit.record(session, actor, "brouillon.abandonne", unit_id=revision.unit_id, target=revision.id)


def _mine(session: Session, actor: Actor, draft_id: UUID, permission: str = "configuration.modifier") -> Revision:
    revision = session.get(Revision, draft_id)
    if revision is None or revision.unit_id is None:
        raise NotFound(id=draft_id)
    require(actor, permission, revision.unit_id, hide=True)
    if revision.state not in store.OPEN:
        raise DraftClosed()
    return revision


def _check_version(session: Session, revision: Revision, mine: Sequence[Op], seen: int) -> None:
    if revision.row_version != seen:
        raise _changed(session, revision, mine, seen)


def _keep(
    session: Session,
    actor: Actor,
    revision: Revision,
    after: tuple[Op, ...],
    seen: int,
    mine: Sequence[Op],
) -> None:
    """Write the new ops if the draft is still the one seen: the version is compared by the database itself."""
    if not store.claim(session, revision.id, seen):
        raise _changed(session, revision, mine, seen)
    documents = levels.documents_of(after)
    before, now = {op["id"] for op in revision.ops}, {op["id"] for op in documents}
    change = {
        "version": seen + 1,
        "author": actor.name,
        "by": str(actor.id) if actor.id else None,
        "at": instant_text(now_of(session)),
        "before": [op for op in revision.ops if op["id"] not in now],
        "after": [op for op in documents if op["id"] not in before],
        "order": [op["id"] for op in revision.ops],
    }
    revision.changes = [*revision.changes, change]
    revision.undone = []
    revision.ops = documents
    latest = levels.latest_revision(session, revision.artifact_id, revision.unit_id) if revision.unit_id else None
    revision.based_on = latest.id if latest else None
    revision.changed_at = now_of(session)
    session.flush()


def _step(session: Session, actor: Actor, draft_id: UUID, seen: int, *, back: bool) -> Draft:
    revision = _mine(session, actor, draft_id)
    _check_version(session, revision, (), seen)
    stack = revision.changes if back else revision.undone
    if not stack:
        raise NothingToUndo()
    if not store.claim(session, revision.id, seen):
        raise _changed(session, revision, (), seen)
    change = stack[-1]
    leave, enter = (change["after"], change["before"]) if back else (change["before"], change["after"])
    gone = {document["id"] for document in leave}
    ops = [*(document for document in revision.ops if document["id"] not in gone), *enter]
    if back:
        ranks = {op_id: rank for rank, op_id in enumerate(change["order"])}
        ops.sort(key=lambda document: ranks.get(document["id"], len(ranks)))
        revision.changes, revision.undone = revision.changes[:-1], [*revision.undone, change]
    else:
        revision.changes, revision.undone = [*revision.changes, change], revision.undone[:-1]
    revision.ops, revision.changed_at = ops, now_of(session)
    session.flush()
    return view(session, revision)


def _changed(session: Session, revision: Revision, mine: Sequence[Op], seen: int) -> DraftChanged:
    """Say who changed the draft since the version seen, and how."""
    session.refresh(revision)
    since = [change for change in revision.changes if change["version"] > seen]
    theirs = [read_op(document) for change in since for document in change["after"]]
    who = since[-1]["author"] if since else revision.author
    return DraftChanged(who=who, theirs=theirs, mine=mine, row_version=revision.row_version)
