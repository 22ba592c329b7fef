"""How much work in progress uses given forms and processes."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from jalon.store.processes import Instance
from jalon.store.worklist import Draft, Task

OVER = ("completed", "terminated")
"""The states of a run that is finished."""


class TaskCounts(NamedTuple):
    """Open tasks nobody opened yet, those somebody opened, and the drafts of answers among them."""

    unopened: int
    opened: int
    drafts: int


def tasks_on_forms(session: Session, forms: Collection[str], unit_ids: Collection[UUID]) -> TaskCounts:
    """Count the open tasks of these units that ask one of these forms."""
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(case((Task.pinned_at.is_not(None), 1), else_=0)), 0),
            func.count(Draft.task_id),
        )
        .select_from(Task)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .where(Task.closed_at.is_(None), Task.form.in_(forms), Task.unit_id.in_(unit_ids))
    )
    total, opened, drafts = session.execute(query).one()
    return TaskCounts(total - opened, opened, drafts)


def open_runs(session: Session, processes: Collection[str], unit_ids: Collection[UUID]) -> int:
    """Count the runs of these processes that are not over at these units."""
    query = select(func.count()).select_from(Instance)
    query = query.where(Instance.process_key.in_(processes), Instance.unit_id.in_(unit_ids))
    return session.scalar(query.where(Instance.status.not_in(OVER))) or 0
