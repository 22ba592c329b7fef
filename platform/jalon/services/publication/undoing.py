"""Go back: publish again what was there before a release. And the history of releases."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.publication.errors import RollbackRefused
from jalon.services.publication.model import Published
from jalon.services.publication.planning import Change, plan_release
from jalon.services.publication.readying import Prepared, ready
from jalon.services.publication.releasing import apply, published
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store import publication as releases
from jalon.store.configuration import Artifact, Revision, RevisionState
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.publication import ConfigConflict, OpOutcome, Release


def rollback(session: Session, actor: Actor, release_id: UUID, reason: str) -> Published:
    """Publish again what was there before a release; raises RollbackRefused when later releases stand on it."""
    return apply(session, actor, prepare_rollback(session, actor, release_id, reason))


def prepare_rollback(session: Session, actor: Actor, release_id: UUID, reason: str) -> Prepared:
    """Compute the way back before a release; writes nothing, `apply` does."""
    release = session.get(Release, release_id)
    if release is None:
        raise NotFound(id=release_id)
    require(actor, "configuration.publier", release.unit_id, hide=True)
    if release.state == "rolled_back":
        raise RollbackRefused(reason="cette publication a déjà été annulée.")
    if release.origin == "pack":
        raise RollbackRefused(reason="un paquet se remplace en important sa version précédente.")
    revisions = [one for one in store.revisions_of_release(session, release.id) if one.state in store.LIVE]
    if not revisions or any(_stands_under_another(session, revision) for revision in revisions):
        raise RollbackRefused(reason="une publication plus récente s’appuie sur elle : annulez d’abord celle-là.")
    epoch = store.epoch(session)
    doubts = [one for one in releases.open_conflicts(session) if one.release_id == release.id]
    overtaken = releases.outcomes(session, release.id)
    day = max(release.effective_from, store.today(session, release.unit_id))
    plans = [
        plan_release(
            session,
            artifact,
            _back(session, revisions, _forgiven(doubts, overtaken, artifact), artifact),
            day,
            levels.facts_for(session, artifact.kind, artifact.key),
            forgiven=_forgiven(doubts, overtaken, artifact),
        )
        for artifact in _artifacts(session, revisions)
    ]
    unit = session.get(Unit, release.unit_id) if release.unit_id else None
    doubtful = [one.id for one in doubts]

    def settle(session: Session, actor: Actor, _undoing: Release) -> None:
        session.get_one(Release, release_id).state = "rolled_back"
        for conflict in (session.get_one(ConfigConflict, one) for one in doubtful):
            if conflict.release_id == release_id:  # one the way back did not meet again
                conflict.state, conflict.choice, conflict.reason = "decided", "rolled_back", reason
                conflict.decided_by, conflict.decided_at = actor.name, now_of(session)

    return ready(
        session,
        plans,
        origin="rollback",
        epoch=epoch,
        unit=unit,
        effective_from=day,
        reason=reason,
        title=f"Retour avant la publication n° {release.number}",
        undoes=release.id,
        settle=settle,
    )


def history(session: Session, unit_id: UUID | None = None, limit: int = 100) -> list[Published]:
    """Return the releases that reach a unit, its own and those of the levels above, newest first."""
    if unit_id is None:
        return [published(release) for release in releases.releases(session, limit=limit)]
    unit = levels.known_unit(session, unit_id)
    line = [None, *(one.id for one in organisations.ancestors(session, unit))]
    return [published(release) for release in releases.releases(session, line, limit)]


def _artifacts(session: Session, revisions: Sequence[Revision]) -> list[Artifact]:
    return [session.get_one(Artifact, one) for one in dict.fromkeys(revision.artifact_id for revision in revisions)]


def _back(
    session: Session, revisions: Sequence[Revision], forgiven: Mapping[UUID, frozenset[str]], artifact: Artifact
) -> list[Change]:
    """Return what each level had before."""
    changes = []
    for revision in revisions:
        if revision.artifact_id != artifact.id or revision.unit_id is None:
            continue
        before = session.get(Revision, revision.based_on) if revision.based_on else None
        ops = levels.ops_of(before.ops) if before else ()
        revived = forgiven.get(revision.unit_id, frozenset())
        changes.append(Change(session.get_one(Unit, revision.unit_id), ops, fresh=True, revived=revived))
    return changes


def _forgiven(
    doubts: Sequence[ConfigConflict], overtaken: Sequence[OpOutcome], artifact: Artifact
) -> dict[UUID, frozenset[str]]:
    """Return, by unit, the ops that the release made doubtful or useless: they apply again as if it had never been."""
    found: dict[UUID, frozenset[str]] = {}
    named = [(one.artifact_id, one.unit_id, one.op_id) for one in doubts]
    named += [(one.artifact_id, one.unit_id, one.op_id) for one in overtaken]
    for artifact_id, unit_id, op_id in named:
        if artifact_id == artifact.id:
            found[unit_id] = found.get(unit_id, frozenset()) | {op_id}
    return found


def _stands_under_another(session: Session, revision: Revision) -> bool:
    """Tell whether a later revision of the same level was made from this one."""
    later = store.revisions(
        session,
        revision.artifact_id,
        [RevisionState.PUBLISHED, RevisionState.SCHEDULED],
        units=[revision.unit_id],
    )
    return any(one.number > revision.number and one.based_on == revision.id for one in later)
