"""Case files put together because they are about the same person, and how to take them apart again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.dossiers import DossierDocument
from jalon.store.processes import InstanceDossier


class DossierMerge(Identified, Table):
    """One case file put into another.

    `moved` holds {"runs": [[instance, role]], "papers": [document]} as texts, `added` the values copied by path,
    `status` that of the case file put away.
    """

    __tablename__ = "dossier_merge"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(20))
    moved: Mapped[dict[str, Any]]
    added: Mapped[dict[str, Any]]
    actor_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)


def into(session: Session, other_id: UUID) -> DossierMerge | None:
    """Return the merge that put a case file away, if it still holds."""
    query = select(DossierMerge).where(DossierMerge.other_id == other_id, DossierMerge.undone_at.is_(None))
    return session.scalars(query).one_or_none()


def merges_of(session: Session, kept_id: UUID) -> Sequence[DossierMerge]:
    """Return the merges that hold in a case file, the latest first."""
    query = select(DossierMerge).where(DossierMerge.kept_id == kept_id, DossierMerge.undone_at.is_(None))
    return session.scalars(query.order_by(DossierMerge.id.desc())).all()


def runs_of(session: Session, dossier_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Return the runs a case file takes part in, with its role there."""
    query = select(InstanceDossier.instance_id, InstanceDossier.role)
    rows = session.execute(query.where(InstanceDossier.dossier_id == dossier_id).order_by(InstanceDossier.instance_id))
    return [(run, role) for run, role in rows]


def move_run(session: Session, run: UUID, role: str, dossier_id: UUID) -> None:
    """Give a run another case file in a role."""
    kept = (InstanceDossier.instance_id == run, InstanceDossier.role == role)
    session.execute(update(InstanceDossier).where(*kept).values(dossier_id=dossier_id))


def move_papers(session: Session, papers: Sequence[UUID], dossier_id: UUID) -> None:
    """Put papers in another case file."""
    session.execute(update(DossierDocument).where(DossierDocument.id.in_(papers)).values(dossier_id=dossier_id))
