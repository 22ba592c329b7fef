"""What operators do to many runs at once, and the images of runs kept before they touch one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.sequence import Sequence64, next_seq

KEPT_IMAGES = 20
"""How many images of one run are kept; the oldest makes room."""


class Operation(Identified, Table):
    """One act on many runs, done piece by piece by jobs; `arguments` are emptied once it is over.

    `undoes` names the operation this one takes back.
    """

    __tablename__ = "operation"
    act: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(500))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    total: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undoes: Mapped[UUID | None]


class OperationItem(Table):
    """What an operation does to one run: `result` is empty while it waits, then done, refused or failed."""

    __tablename__ = "operation_item"
    __table_args__ = (Index("ix_operation_item_result", "operation_id", "result", "rank"),)
    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operation.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    instance_id: Mapped[UUID]
    incident_id: Mapped[UUID | None]
    result: Mapped[str] = mapped_column(String(10), default="")
    message: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None]


class InstanceImage(Table):
    """A run as it was before an operator touched it, `version` being the one after the act.

    Gone when the run ends, except what a cancelled run was: it may be reopened.
    """

    __tablename__ = "instance_state_history"
    __table_args__ = (Index("ix_instance_state_history_operation", "operation_id"),)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, primary_key=True, default=next_seq)
    root_id: Mapped[UUID]
    cause: Mapped[str] = mapped_column(String(40))
    operation_id: Mapped[UUID | None]
    version: Mapped[int]
    at: Mapped[datetime]
    process_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12))
    state: Mapped[bytes] = mapped_column(LargeBinary)
    variables: Mapped[dict[str, Any]]
    tasks: Mapped[list[Any]]
    incidents: Mapped[list[Any]]


def operation(session: Session, operation_id: UUID) -> Operation | None:
    """Return one operation."""
    return session.get(Operation, operation_id)


def operations(
    session: Session, actor_id: UUID | None, units: Collection[UUID] | None, limit: int = 50
) -> list[Operation]:
    """Return the last operations: one's own and those on runs of these units (None: all of them)."""
    query = select(Operation).order_by(Operation.id.desc()).limit(limit)
    if units is not None:
        touching = select(OperationItem.operation_id).where(OperationItem.unit_id.in_(units))
        query = query.where((Operation.actor_id == actor_id) | Operation.id.in_(touching))
    return list(session.scalars(query))


def waiting_items(session: Session, operation_id: UUID, limit: int) -> Sequence[OperationItem]:
    """Return the next items to do."""
    query = select(OperationItem).where(OperationItem.operation_id == operation_id, OperationItem.result == "")
    return session.scalars(query.order_by(OperationItem.rank).limit(limit)).all()


def items_of(
    session: Session, operation_id: UUID, result: str | None = None, after: int = -1, limit: int = 100
) -> Sequence[OperationItem]:
    """Return items in order, those after a rank; of one result if given."""
    query = select(OperationItem).where(OperationItem.operation_id == operation_id, OperationItem.rank > after)
    if result is not None:
        query = query.where(OperationItem.result == result)
    return session.scalars(query.order_by(OperationItem.rank).limit(limit)).all()


def counts_of(session: Session, operation_id: UUID) -> dict[str, int]:
    """Count the items of an operation by result."""
    query = select(OperationItem.result, func.count().label("how_many")).where(
        OperationItem.operation_id == operation_id
    )
    rows = session.execute(query.group_by(OperationItem.result))
    return {row.result: row.how_many for row in rows}


def keep_image(session: Session, image: InstanceImage) -> None:
    """Keep an image and forget the oldest ones of its run beyond the number kept."""
    session.add(image)
    session.flush()
    old = select(InstanceImage.seq).where(InstanceImage.instance_id == image.instance_id)
    beyond = session.scalars(old.order_by(InstanceImage.seq.desc()).offset(KEPT_IMAGES)).all()
    if beyond:
        gone = delete(InstanceImage).where(InstanceImage.instance_id == image.instance_id)
        session.execute(gone.where(InstanceImage.seq.in_(beyond)))


def images_of(session: Session, instance_id: UUID) -> Sequence[InstanceImage]:
    """Return the images of a run, the latest first."""
    query = select(InstanceImage).where(InstanceImage.instance_id == instance_id)
    return session.scalars(query.order_by(InstanceImage.seq.desc())).all()


def images_by_cause(session: Session, root_id: UUID, cause: str) -> Sequence[InstanceImage]:
    """Return the images kept of a run and of those it called for one cause, oldest first."""
    query = select(InstanceImage).where(InstanceImage.root_id == root_id, InstanceImage.cause == cause)
    return session.scalars(query.order_by(InstanceImage.seq)).all()


def images_by_operation(session: Session, operation_id: UUID, root_id: UUID) -> Sequence[InstanceImage]:
    """Return the images an operation kept of one run and of the repetitions that are part of it, oldest first."""
    query = select(InstanceImage).where(InstanceImage.operation_id == operation_id, InstanceImage.root_id == root_id)
    return session.scalars(query.order_by(InstanceImage.seq)).all()


def forget_images(session: Session, instance_ids: Collection[UUID]) -> None:
    """Forget the images of runs that are over."""
    session.execute(delete(InstanceImage).where(InstanceImage.instance_id.in_(instance_ids)))
