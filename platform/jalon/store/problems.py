"""Problems people report from a page: what they typed, the page, the request that drew it; nobody's name."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class ProblemReport(Identified, Table):
    """One problem reported; `code` is what the person may quote on the telephone."""

    __tablename__ = "problem_report"
    __table_args__ = (Index("ix_problem_report_at", "at"),)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    at: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(120))
    request_id: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(2000))


def reports(session: Session, limit: int = 200) -> Sequence[ProblemReport]:
    """Return the problems reported, the latest first."""
    query = select(ProblemReport).order_by(ProblemReport.at.desc(), ProblemReport.id.desc())
    return session.scalars(query.limit(limit)).all()


def reported_since(session: Session, since: datetime) -> int:
    """Count the problems reported since an instant."""
    return session.scalar(select(func.count()).select_from(ProblemReport).where(ProblemReport.at >= since)) or 0
