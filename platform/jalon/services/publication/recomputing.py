"""After a change that starts in the past: the decisions taken meanwhile with what it corrects."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.services.access import require
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit
from jalon.store.publication import Release


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A decision taken: which one, where, for which date, from which published version, in which run."""

    id: UUID
    unit_id: UUID
    decision: str
    reference_date: date
    snapshot_hash: str
    instance_id: UUID | None
    at: datetime


class ListDecisions(Protocol):
    """Lists the decisions of these names taken at these units for a date between two (the last one excluded)."""

    def __call__(
        self, session: Session, names: Collection[str], unit_ids: frozenset[UUID], since: date, until: date
    ) -> Sequence[LoggedDecision]:
        """Return them, oldest first."""
        ...


def to_recompute(
    session: Session, actor: Actor, release_id: UUID, list_decisions: ListDecisions
) -> list[LoggedDecision]:
    """Return the decisions that a retroactive release makes doubtful; none for a release that only looks ahead.

    They were taken before it, for a date it now covers, and read an artifact it changed. Nothing is recomputed: a
    right already given is for a person to look at again.
    """
    release = session.get(Release, release_id)
    if release is None:
        raise NotFound(id=release_id)
    require(actor, "configuration.voir", release.unit_id, hide=True)
    if not release.report.get("retroactive"):
        return []
    until = store.today(session, release.unit_id)
    found: dict[UUID, LoggedDecision] = {}
    for artifact, unit_ids in _changed(session, release):
        names = _decisions_reading(session, artifact)
        if names:
            for one in list_decisions(session, names, unit_ids, release.effective_from, until):
                if one.at < release.at:
                    found[one.id] = one
    return sorted(found.values(), key=lambda one: (one.at, one.id))


def _changed(session: Session, release: Release) -> list[tuple[Artifact, frozenset[UUID]]]:
    """Return the artifacts a release changed, each with the units it changed it for."""
    found: dict[UUID, set[UUID]] = {}
    for revision in store.revisions_of_release(session, release.id):
        unit = session.get(Unit, revision.unit_id) if revision.unit_id else organisations.root(session)
        below = organisations.subtree_ids(session, unit) if unit else frozenset()
        found.setdefault(revision.artifact_id, set()).update(below)
    return [(session.get_one(Artifact, key), frozenset(ids)) for key, ids in found.items()]


def _decisions_reading(session: Session, artifact: Artifact) -> set[str]:
    """Return the names of the decisions an artifact holds, or that read it."""
    keys = {artifact.key} if artifact.kind == "decision" else set()
    if artifact.kind in ("parameters", "list", "form"):
        readers = store.readers_of(session, artifact.kind, artifact.key)
        keys = {one.reader_key for one in readers if one.reader_kind == "decision"}
    found = set(keys)
    for key in keys:
        model = store.current_content(session, "decision", key) or {}
        found |= {str(one[word]) for one in model.get("decisions", ()) for word in ("id", "name") if one.get(word)}
    return found
