"""Publications: releases, what became of the changes made below, conflicts somebody must decide."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.configuration import Artifact


class Release(Identified, Table):
    """Several revisions published together or not at all.

    `origin` is publication, pack, rollback or decision. `state` is scheduled, published or rolled_back.
    `flips` lists every pointer moved: {"kind", "key", "unit", "from", "old", "new"}; `report` counts and sentences.
    """

    __tablename__ = "release"

    number: Mapped[int] = mapped_column(unique=True)
    origin: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    pack: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    effective_from: Mapped[date]
    author_id: Mapped[UUID | None]
    author: Mapped[str] = mapped_column(String(200))
    approver_id: Mapped[UUID | None] = mapped_column(default=None)
    at: Mapped[datetime]
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"), default=None)
    flips: Mapped[list[Any]] = mapped_column(default=list)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OpOutcome(Identified, Table):
    """What became of one op of a level below when a release passed over it; `new_base` is what it now stands on."""

    __tablename__ = "op_outcome"
    __table_args__ = (Index("ix_op_outcome_artifact_id_unit_id", "artifact_id", "unit_id"),)

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), index=True)
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    op_id: Mapped[str] = mapped_column(String(80))
    uid: Mapped[str] = mapped_column(String(200))
    prop: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(20))
    new_base: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")


class ConfigConflict(Identified, Table):
    """A change made at a level that a publication above made doubtful; never blocks the publication.

    `values` holds {"old", "new", "local"}, each left out when there is none. `state` is open, asked or decided;
    `applied` tells whether the local change still holds meanwhile.
    """

    __tablename__ = "config_conflict"
    __table_args__ = (Index("ix_config_conflict_unit_id_state", "unit_id", "state"),)

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), index=True)
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    op_id: Mapped[str] = mapped_column(String(80))
    uid: Mapped[str] = mapped_column(String(200))
    prop: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")
    applied: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20), default="open")
    choice: Mapped[str] = mapped_column(String(20), default="")
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    deadline: Mapped[date | None] = mapped_column(default=None)


def releases(session: Session, unit_ids: Collection[UUID | None] | None = None, limit: int = 100) -> Sequence[Release]:
    """Return the releases, newest first; of these levels only when given (None among them: the packs')."""
    query = select(Release).order_by(Release.number.desc()).limit(limit)
    if unit_ids is not None:
        named = Release.unit_id.in_([unit for unit in unit_ids if unit is not None])
        query = query.where(named | Release.unit_id.is_(None) if None in unit_ids else named)
    return session.scalars(query).all()


def starting_since(session: Session, day: date, limit: int) -> Sequence[Release]:
    """Return the releases made, or taking effect, on that day or later, newest first."""
    made = Release.at >= datetime.combine(day, time(), UTC) - timedelta(days=1)  # whatever the zone
    query = select(Release).where(made | (Release.effective_from >= day)).order_by(Release.number.desc())
    return session.scalars(query.limit(limit)).all()


def next_number(session: Session) -> int:
    """Return the number of the next release."""
    return (session.scalar(select(func.max(Release.number))) or 0) + 1


def scheduled(session: Session) -> Sequence[Release]:
    """Return the releases that wait for their date, the nearest first."""
    query = select(Release).where(Release.state == "scheduled")
    return session.scalars(query.order_by(Release.effective_from, Release.number)).all()


def last_of_pack(session: Session, pack: str) -> Release:
    """Return the release that published a pack last."""
    query = select(Release).where(Release.pack == pack).order_by(Release.number.desc()).limit(1)
    return session.scalars(query).one()


def by_number(session: Session, number: int) -> Release:
    """Return a release by its number."""
    return session.scalars(select(Release).where(Release.number == number)).one()


def numbers(session: Session, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the numbers of releases."""
    return dict(session.execute(select(Release.id, Release.number).where(Release.id.in_(ids))).all())


def open_conflicts(
    session: Session, unit_ids: Collection[UUID] | None = None, artifact_id: UUID | None = None
) -> Sequence[ConfigConflict]:
    """Return the conflicts nobody decided yet, oldest first."""
    query = select(ConfigConflict).where(ConfigConflict.state != "decided").order_by(ConfigConflict.id)
    if unit_ids is not None:
        query = query.where(ConfigConflict.unit_id.in_(unit_ids))
    if artifact_id is not None:
        query = query.where(ConfigConflict.artifact_id == artifact_id)
    return session.scalars(query).all()


def outcomes(session: Session, release_id: UUID) -> Sequence[OpOutcome]:
    """Return what became of the changes below a release."""
    return session.scalars(select(OpOutcome).where(OpOutcome.release_id == release_id).order_by(OpOutcome.id)).all()


def write_outcomes(session: Session, told: list[dict[str, Any]], doubts: list[dict[str, Any]]) -> None:
    """Insert what became of the changes below, and the conflicts to decide, in two statements."""
    if told:
        session.execute(insert(OpOutcome), told)
    if doubts:
        session.execute(insert(ConfigConflict), doubts)
    session.flush()


def artifact_names(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """Return (kind, key, title) of artifacts."""
    rows = session.execute(select(Artifact.id, Artifact.kind, Artifact.key, Artifact.title).where(Artifact.id.in_(ids)))
    return {id_: (kind, key, title) for id_, kind, key, title in rows}
