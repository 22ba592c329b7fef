"""Follow a setting « jusqu’à ce que j’y touche »: news of it until the unit changes it itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.layering import ROOT
from jalon.engines.layering.fold import ORDER, effect
from jalon.engines.layering.kinds import adapter
from jalon.services import audit
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.errors import ArtifactUnknown
from jalon.services.configuration.news import RecentChange, recent_changes
from jalon.services.configuration.reading import content
from jalon.store import configuration as store
from jalon.store import promotions as rows
from jalon.store.configuration import Artifact
from jalon.store.database import now_of
from jalon.store.promotions import Following


@dataclass(frozen=True, slots=True)
class Followed:
    """A setting a unit follows; `changed_here`: it has changed it since, and hears of it no more."""

    kind: str
    key: str
    title: str
    uid: str
    prop: str
    author: str
    at: datetime
    changed_here: bool


def follow(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str, uid: str, prop: str = "") -> None:
    """Follow a property of an item (every one when `prop` is empty); following twice is following once."""
    require(actor, "configuration.voir", unit_id, hide=True)
    artifact = levels.known_artifact(session, kind, key)
    if uid != ROOT and uid not in adapter(kind).explode(content(session, kind, key, unit_id).content).items:
        raise ArtifactUnknown(kind=kind, key=f"{key}/{uid}")
    if rows.following(session, unit_id, artifact.id, uid, prop) is None:
        session.add(
            Following(
                unit_id=unit_id, artifact_id=artifact.id, uid=uid, prop=prop, author=actor.name, at=now_of(session)
            )
        )
        session.flush()
        audit.record(session, actor, "configuration.suivie", unit_id=unit_id, target=artifact.id, uid=uid, prop=prop)


def unfollow(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str, uid: str, prop: str = "") -> None:
    """Follow it no more; what was not followed stays so."""
    require(actor, "configuration.voir", unit_id, hide=True)
    artifact = levels.known_artifact(session, kind, key)
    found = rows.following(session, unit_id, artifact.id, uid, prop)
    if found is not None:
        session.delete(found)
        session.flush()


def followed(session: Session, unit_id: UUID) -> list[Followed]:
    """Return what a unit follows, oldest first."""
    found = []
    for row in rows.followings(session, unit_id):
        artifact = session.get_one(Artifact, row.artifact_id)
        touched = (row.uid, row.prop) in _touched(session, artifact, unit_id, {(row.uid, row.prop)})
        title = artifact.title or artifact.key
        found.append(Followed(artifact.kind, artifact.key, title, row.uid, row.prop, row.author, row.at, touched))
    return found


def followed_changes(session: Session, unit_id: UUID, since: date | None = None) -> list[RecentChange]:
    """Return the recent changes of what a unit follows and has not changed itself."""
    wanted = {(one.kind, one.key, one.uid, one.prop) for one in followed(session, unit_id) if not one.changed_here}
    if not wanted:
        return []
    changes = recent_changes(session, unit_id, since)
    return [
        one
        for one in changes
        if {(one.kind, one.key, one.uid, one.prop), (one.kind, one.key, one.uid, "")} & wanted and one.level != unit_id
    ]


def _touched(
    session: Session, artifact: Artifact, unit_id: UUID, atoms: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return which of these atoms a unit has changes of its own on, those set aside left out."""
    revision = levels.latest_revision(session, artifact.id, unit_id)
    if revision is None:
        return set()
    pointer = store.pointers_at(session, artifact.id, store.today(session, unit_id)).get(unit_id)
    found = set()
    for op in levels.applied(revision, pointer):
        written = effect(adapter(artifact.kind), op)
        prop = ORDER if op.verb == "move_after" else written[0] if written else op.prop
        found |= {(uid, wanted) for uid, wanted in atoms if uid == op.uid and wanted in ("", prop)}
    return found
