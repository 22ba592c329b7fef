"""What waits for a second reader: acts that change what runs for others, asked for and not done yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class SecondReading(Identified, Table):
    """An act that another person must read before it is done, at the highest of the units that demand it.

    `act` is rollback, decision, promotion, move or pack; `terms` is what doing it needs. `demanding` names the units
    whose level asks for the reading; `epoch` and `digest` say which result was shown, `report` says it in words:
    {"sentences", "warnings", "conflicts"}. `state` is waiting, approved, declined or withdrawn.
    """

    __tablename__ = "second_reading"
    __table_args__ = (Index("ix_second_reading_unit_id_state", "unit_id", "state"),)

    act: Mapped[str] = mapped_column(String(20))
    terms: Mapped[dict[str, Any]]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    demanding: Mapped[list[Any]]
    epoch: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID | None]
    author: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    reader_id: Mapped[UUID | None] = mapped_column(default=None)
    reader: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    answer: Mapped[str] = mapped_column(Text, default="")
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"), default=None)


def second_readings(
    session: Session, unit_ids: Collection[UUID], *, state: str = "waiting", limit: int = 100
) -> Sequence[SecondReading]:
    """Return what these units must read over, oldest first; in every state, newest first, when `state` is empty."""
    query = select(SecondReading).where(SecondReading.unit_id.in_(unit_ids)).limit(limit)
    if not state:
        return session.scalars(query.order_by(SecondReading.id.desc())).all()
    return session.scalars(query.where(SecondReading.state == state).order_by(SecondReading.id)).all()


def count_waiting(session: Session, unit_id: UUID, but: UUID | None) -> int:
    """Count what a unit must read over, what one person asked for left out."""
    query = select(func.count()).select_from(SecondReading)
    query = query.where(SecondReading.unit_id == unit_id, SecondReading.state == "waiting")
    return session.scalar(query.where(SecondReading.author_id.is_distinct_from(but))) or 0
