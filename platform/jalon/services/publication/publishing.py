"""Publish drafts: impact, publication, scheduled publication, rollback, history."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.publication.model import CountRunningWork, Impact, Published


def impact(
    session: Session,
    actor: Actor,
    draft_ids: Sequence[UUID],
    *,
    effective_from: date | None = None,
    count_running: CountRunningWork | None = None,
) -> Impact:
    """Return what publishing these drafts would do; writes nothing."""
    raise NotImplementedError


def submit_for_review(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> None:
    """Ask for a second reader: the draft waits, still open to changes."""
    raise NotImplementedError


def publish(
    session: Session,
    actor: Actor,
    draft_ids: Sequence[UUID],
    *,
    effective_from: date,
    reason: str,
    approver: Actor | None = None,
    legal: str = "",
    epoch: int | None = None,
) -> Published:
    """Publish drafts together or not at all; raises EpochChanged, DraftOutdated, PublicationRefused, NothingToPublish.

    A future date schedules: pointers wait for it. A past date is allowed and reported as retroactive.
    """
    raise NotImplementedError


def publish_due(session: Session, now: datetime) -> list[Published]:
    """Put in force the scheduled releases whose date has come in their unit's zone."""
    raise NotImplementedError


def rollback(session: Session, actor: Actor, release_id: UUID, reason: str) -> Published:
    """Publish again what was there before a release; raises RollbackRefused when later releases stand on it."""
    raise NotImplementedError


def history(session: Session, unit_id: UUID | None = None, limit: int = 100) -> list[Published]:
    """Return the releases that reach a unit, its own and those of the levels above, newest first."""
    raise NotImplementedError
