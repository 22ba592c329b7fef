"""What a level offers to the one above, and what it follows until it changes it itself."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class Promotion(Identified, Table):
    """An item a unit added, offered to a unit above.

    `figures` say how much it is used: {"dossiers", "units", "lookalikes"}. `state` is offered, accepted or declined;
    once accepted, `new_uid` is its name above and `release_id` the release that brought it.
    """

    __tablename__ = "promotion"
    __table_args__ = (Index("ix_promotion_parent_id_state", "parent_id", "state"),)

    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    parent_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    uid: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(20), default="offered")
    author_id: Mapped[UUID | None]
    author: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    new_uid: Mapped[str] = mapped_column(String(200), default="")
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"), default=None)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")


class Following(Identified, Table):
    """A property that a unit wants news of until it changes it itself."""

    __tablename__ = "following"
    __table_args__ = (UniqueConstraint("unit_id", "artifact_id", "uid", "prop"),)

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"))
    uid: Mapped[str] = mapped_column(String(200))
    prop: Mapped[str] = mapped_column(String(80), default="")
    author: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]


def promotions(
    session: Session, unit_ids: Collection[UUID] | None = None, *, state: str = "", artifact_id: UUID | None = None
) -> Sequence[Promotion]:
    """Return what these units offered or were offered, oldest first; of one state, of one artifact if asked."""
    query = select(Promotion).order_by(Promotion.id)
    if unit_ids is not None:
        query = query.where(or_(Promotion.unit_id.in_(unit_ids), Promotion.parent_id.in_(unit_ids)))
    if state:
        query = query.where(Promotion.state == state)
    if artifact_id is not None:
        query = query.where(Promotion.artifact_id == artifact_id)
    return session.scalars(query).all()


def followings(session: Session, unit_id: UUID) -> Sequence[Following]:
    """Return what a unit follows, oldest first."""
    return session.scalars(select(Following).where(Following.unit_id == unit_id).order_by(Following.id)).all()


def following(session: Session, unit_id: UUID, artifact_id: UUID, uid: str, prop: str) -> Following | None:
    """Return what a unit follows under that name, if it does."""
    query = select(Following).where(Following.unit_id == unit_id, Following.artifact_id == artifact_id)
    return session.scalars(query.where(Following.uid == uid, Following.prop == prop)).one_or_none()
