"""By when tasks are to be done: the reminders and alerts that remain to send, the tasks whose rule changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, and_, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Table
from jalon.store.processes import Instance
from jalon.store.worklist import Task


class Deadline(Table):
    """A reminder, or an alert to somebody else, still to send for an open task.

    An alert (`role` not empty) goes to who holds that role at the unit, or above it at the `level` named.
    """

    __tablename__ = "task_reminder"
    __table_args__ = (Index("ix_task_reminder_at", "sent_at", "at"),)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    role: Mapped[str] = mapped_column(String(100), default="")
    level: Mapped[str] = mapped_column(String(40), default="")


LATE = -1
"""The number of what tells that a task is late: written once it is told."""


def reminders_due(session: Session, now: datetime, limit: int) -> Sequence[tuple[Deadline, Task]]:
    """Return the reminders whose hour has come for open tasks of runs not held, each for one worker only."""
    query = (
        select(Deadline, Task)
        .join(Task, Task.id == Deadline.task_id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Deadline.sent_at.is_(None), Deadline.at <= now, Task.state == "ready", ~Instance.suspended)
        .order_by(Deadline.at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Deadline)
    )
    return [(reminder, found) for reminder, found in session.execute(query)]


def late_untold(session: Session, before: datetime, limit: int) -> Sequence[Task]:
    """Return the open tasks of runs not held, due before an instant, of which nobody was told: for one worker only."""
    told = exists().where(Deadline.task_id == Task.id, Deadline.number == LATE)
    query = select(Task).join(Instance, Instance.id == Task.instance_id)
    query = query.where(Task.state == "ready", Task.urgent_at <= before, ~Instance.suspended, ~told)
    query = query.order_by(Task.urgent_at, Task.seq).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True, of=Task)).all()


def deadlines_of(session: Session, task_id: UUID) -> Sequence[Deadline]:
    """Return the reminders and alerts of a task, sent or not."""
    return session.scalars(select(Deadline).where(Deadline.task_id == task_id)).all()


def tasks_under_another_rule(
    session: Session, process_key: str, unit_ids: Collection[UUID], rules: Mapping[str, str], limit: int
) -> Sequence[Task]:
    """Return open tasks of a process that follow another rule than that of their step: `{element: rule}`."""
    query = select(Task).join(Instance, Instance.id == Task.instance_id)
    query = query.where(Instance.process_key == process_key, Task.unit_id.in_(unit_ids), Task.state == "ready")
    changed = [and_(Task.element == element, Task.deadline != rule) for element, rule in rules.items()]
    gone = and_(Task.deadline != "", Task.element.not_in(list(rules)))
    return session.scalars(query.where(or_(gone, *changed)).order_by(Task.seq).limit(limit)).all()
