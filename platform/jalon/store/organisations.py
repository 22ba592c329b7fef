"""The tree of units: who is above whom, at any depth."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table


class Unit(Identified, Table):
    """A place in the network; its code is given once and never to another.

    `path` repeats the codes from the root, such as `/fr/occitanie/d31/`, so that a subtree is one
    comparison of texts. `zone`, `calendar`, `telephone` and `email` are empty when the unit follows its parent.
    """

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(60), unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    level: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(60), default="")
    calendar: Mapped[str] = mapped_column(String(60), default="")
    telephone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    path: Mapped[str] = mapped_column(String(600), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def codes(self) -> list[str]:
        """The codes from the root down to this unit."""
        return self.path.strip("/").split("/")


def unit_by_code(session: Session, code: str) -> Unit | None:
    """Return the unit of that code, closed or not."""
    return session.scalars(select(Unit).where(Unit.code == code)).one_or_none()


def ancestors(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return the units above, root first, then the unit itself."""
    query = select(Unit).where(Unit.code.in_(unit.codes)).order_by(Unit.path)
    return session.scalars(query).all()


def subtree_ids(session: Session, unit: Unit) -> frozenset[UUID]:
    """Return the ids of the unit and of all those below, closed ones included."""
    query = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))
    return frozenset(session.scalars(query))


def subtree(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return the unit and all those below, each after its parent."""
    query = select(Unit).where(Unit.path.startswith(unit.path, autoescape=True)).order_by(Unit.path)
    return session.scalars(query).all()


def children(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return the open units just below, by title."""
    query = select(Unit).where(Unit.parent_id == unit.id, Unit.closed_at.is_(None))
    return session.scalars(query.order_by(Unit.title)).all()


def units(session: Session, ids: Collection[UUID] | None = None) -> Sequence[Unit]:
    """Return these units, or all of them, each after its parent."""
    query = select(Unit).order_by(Unit.path)
    if ids is not None:
        query = query.where(Unit.id.in_(ids))
    return session.scalars(query).all()


def levels(session: Session) -> list[str]:
    """Return the names of the levels in use, the highest first."""
    query = select(Unit.level).group_by(Unit.level).order_by(func.min(func.length(Unit.path)))
    return list(session.scalars(query))


def root(session: Session) -> Unit | None:
    """Return the unit above all others, if the network exists."""
    return session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.path).limit(1)).one_or_none()
