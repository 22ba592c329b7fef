"""Conflicts between levels: listed in groups, decided one by one or together; what a unit should know."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.json import Json
from jalon.engines.layering import ABSENT, Value
from jalon.services.publication.model import Choice, Conflict, Notice


def conflicts(session: Session, unit_id: UUID | None = None, *, below: bool = False) -> list[Conflict]:
    """Return the conflicts to decide at a unit (and below it); every one without a unit."""
    raise NotImplementedError


def decide_conflict(
    session: Session, actor: Actor, conflict_id: UUID, choice: Choice, reason: str, value: Value = ABSENT
) -> None:
    """Decide a conflict: keep one's own value, take the new one, merge into `value`, or ask the level above."""
    raise NotImplementedError


def decide_conflicts(
    session: Session, actor: Actor, conflict_ids: Sequence[UUID], choice: Choice, reason: str, value: Json = None
) -> int:
    """Decide a group of conflicts alike and return how many were."""
    raise NotImplementedError


def notices(session: Session, unit_id: UUID) -> list[Notice]:
    """Return what an administrator of a unit should know: conflicts, changes that became useless, news from above."""
    raise NotImplementedError
