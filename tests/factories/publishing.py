"""Published content without the publication service: what readers need and nothing else."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.configuration import Artifact, Pointer
from jalon.store.organisations import Unit
from jalon.store.publication import Release

SINCE = date(2020, 1, 1)


def make_release(session: Session) -> Release:
    """A release that carries whatever the test publishes."""
    number = (session.scalar(select(func.max(Release.number))) or 0) + 1
    release = Release(
        number=number,
        origin="pack",
        state="published",
        effective_from=SINCE,
        author="Essai",
        at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    session.add(release)
    session.flush()
    return release


def publish(
    session: Session, kind: str, key: str, content: dict[str, Any], unit: Unit | None = None, since: date = SINCE
) -> str:
    """Make a content the one every unit (or this one and those below) has from a date, and return its hash."""
    store.advance_epoch(session, store.epoch(session))
    artifact = store.artifact(session, kind, key)
    if artifact is None:
        artifact = Artifact(kind=kind, key=key, pack="essai", title=str(content.get("title", key)))
        session.add(artifact)
        session.flush()
    kept = snapshots.keep(session, kind, key, content)
    query = select(Pointer).where(Pointer.artifact_id == artifact.id, Pointer.valid_from == since)
    query = query.where(Pointer.unit_id == unit.id if unit else Pointer.unit_id.is_(None))
    pointer = session.scalar(query)
    if pointer is None:
        release = make_release(session)
        session.add(
            Pointer(
                artifact_id=artifact.id,
                unit_id=unit.id if unit else None,
                valid_from=since,
                hash=kept,
                release_id=release.id,
            )
        )
    else:
        pointer.hash = kept
    session.flush()
    return kept
