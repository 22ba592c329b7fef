"""What case files and runs made of the configuration: values given at a path, decisions taken for a date."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.store.dossiers import DossierChange
from jalon.store.processes import DecisionLog


def given_values(
    session: Session, unit_ids: Collection[UUID], paths: Collection[str]
) -> Iterator[tuple[UUID, str, Any]]:
    """Yield (case file, path, value) for each value given at these paths, oldest first."""
    query = select(DossierChange.dossier_id, DossierChange.path, DossierChange.new)
    query = query.where(DossierChange.unit_id.in_(unit_ids), DossierChange.path.in_(paths))
    for row in session.execute(query.order_by(DossierChange.seq)).yield_per(1000):
        yield row[0], row[1], row[2]


def decisions_taken(
    session: Session, names: Collection[str], unit_ids: Collection[UUID], since: date, until: date
) -> Sequence[DecisionLog]:
    """Return the decisions of these names taken at these units for a date between two (the last one excluded)."""
    query = select(DecisionLog).where(
        DecisionLog.decision.in_(names),
        DecisionLog.unit_id.in_(unit_ids),
        DecisionLog.reference_date >= since,
        DecisionLog.reference_date < until,
    )
    return session.scalars(query.order_by(DecisionLog.id)).all()
