"""Who else is changing the same thing right now: a courtesy beside the version of the draft, which is what protects."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.store import presence as store
from jalon.store.database import now_of
from jalon.store.presence import DraftPresence

ABSENT_AFTER = timedelta(seconds=75)
"""Editors tell every 20 seconds that they are there."""


@dataclass(frozen=True, slots=True)
class Present:
    """A person in the editor, and since when."""

    name: str
    since: datetime


def be_present(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str) -> list[Present]:
    """Note that the actor has the editor open and return the others who have, the first come first."""
    require(actor, "configuration.voir", unit_id, hide=True)
    artifact = levels.known_artifact(session, kind, key)
    now = now_of(session)
    store.forget(session, now - ABSENT_AFTER)
    mine = session.get(DraftPresence, (artifact.id, unit_id, actor.id))
    if mine is not None:
        mine.seen_at = now
        session.flush()
    else:
        named = {"artifact_id": artifact.id, "unit_id": unit_id, "person_id": actor.id, "name": actor.name}
        _arrive(session, DraftPresence(**named, since=now, seen_at=now))
    there = store.present(session, artifact.id, unit_id, now - ABSENT_AFTER)
    return [Present(one.name, one.since) for one in there if one.person_id != actor.id]


def leave(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str) -> None:
    """Note that the actor closed the editor."""
    require(actor, "configuration.voir", unit_id, hide=True)
    artifact = levels.known_artifact(session, kind, key)
    mine = session.get(DraftPresence, (artifact.id, unit_id, actor.id))
    if mine is not None:
        session.delete(mine)
        session.flush()


def _arrive(session: Session, row: DraftPresence) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return  # the same person opened it twice in the same second
