"""Who has an editor open on a draft: what a second administrator is told of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Table


class DraftPresence(Table):
    """One person in the editor of an artifact at a unit, from `since` to `seen_at`."""

    __tablename__ = "draft_presence"

    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    seen_at: Mapped[datetime]


def present(session: Session, artifact_id: UUID, unit_id: UUID, after: datetime) -> Sequence[DraftPresence]:
    """Return who was seen there after an instant, the first come first."""
    place = (DraftPresence.artifact_id == artifact_id, DraftPresence.unit_id == unit_id)
    query = select(DraftPresence).where(*place, DraftPresence.seen_at > after)
    return session.scalars(query.order_by(DraftPresence.since, DraftPresence.person_id)).all()


def forget(session: Session, before: datetime) -> None:
    """Delete those not seen since an instant."""
    session.execute(delete(DraftPresence).where(DraftPresence.seen_at <= before))
