"""Tasks of people: the open ones, their drafts, what was submitted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, and_, false, func, literal, or_, select, tuple_, union, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.util import identity_key

from jalon.store.base import Document, Identified, Table
from jalon.store.processes import Instance, InstanceDossier, lock
from jalon.store.sequence import Sequence64, next_seq

NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts after every deadline, so that one index gives the urgent tasks first."""


class Task(Table):
    """Something somebody has to do; the runtime writes the first half, the worklist the second."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_unit_state_urgent", "unit_id", "state", "role", "urgent_at", "seq"),
        Index("ix_task_unit_urgent", "unit_id", "state", "urgent_at", "seq"),
        Index("ix_task_assignee", "assignee", "state", "urgent_at", "seq"),
        Index("ix_task_instance_token", "instance_id", "token", "state"),
        Index("ix_task_root", "root_id", "state"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"))
    root_id: Mapped[UUID]
    token: Mapped[int]
    element: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    opened_at: Mapped[datetime]
    rank: Mapped[int]
    role: Mapped[str | None] = mapped_column(String(100))
    lane: Mapped[str | None] = mapped_column(String(200))
    form: Mapped[str | None] = mapped_column(String(100))
    why: Mapped[str | None]
    recipient: Mapped[Any] = mapped_column(Document, nullable=True)
    assignee: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None]
    priority: Mapped[int | None]
    iteration: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(200))
    # the worklist's own
    urgent_at: Mapped[datetime] = mapped_column(default=NO_DEADLINE)
    assignee_name: Mapped[str] = mapped_column(String(200), default="")
    form_hash: Mapped[str | None] = mapped_column(String(64))
    pinned_at: Mapped[datetime | None]
    deadline: Mapped[str] = mapped_column(String(120), default="")  # the rule of its step, and its version
    own_due: Mapped[bool] = mapped_column(default=False)  # the diagram itself computed its due date


class Draft(Table):
    """Answers under way: never validated, kept until the task is done."""

    __tablename__ = "draft"
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    form_hash: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    hidden: Mapped[dict[str, Any]] = mapped_column(default=dict)
    typed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by JSON pointer: who changed it, at which version
    at_question: Mapped[str] = mapped_column(String(300), default="")
    author_id: Mapped[UUID | None] = mapped_column(index=True)
    author_name: Mapped[str] = mapped_column(String(200), default="")
    dossier_version: Mapped[int | None]
    version: Mapped[int] = mapped_column()
    saved_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it once, from the class)


class Submission(Identified, Table):
    """The answers that completed a task; one per task, whatever the number of clicks."""

    __tablename__ = "submission"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), unique=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"), index=True)
    form_hash: Mapped[str] = mapped_column(String(64), default="")
    data: Mapped[dict[str, Any]]
    hidden: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    next_tasks: Mapped[list[Any]] = mapped_column(default=list)
    incidents: Mapped[list[Any]] = mapped_column(default=list)


class Correction(Identified, Table):
    """A correction of answers already given: who, why, and the answers before and after."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_task", "task_id", "id"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    left: Mapped[list[Any]] = mapped_column(default=list)
    decisions: Mapped[list[Any]] = mapped_column(default=list)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose tasks one sees: pairs of a role (None: whoever works there) and units, and one's own name.

    `replaced` are colleagues away whose tasks one does meanwhile, at the units of the pairs only; `whole` are units
    of which one sees every task.
    """

    pairs: tuple[tuple[str | None, frozenset[UUID]], ...]
    person: str | None = None
    replaced: frozenset[str] = frozenset()
    whole: frozenset[UUID] = frozenset()

    @property
    def units(self) -> frozenset[UUID]:
        """The units of the pairs."""
        return frozenset[UUID]().union(*(units for _, units in self.pairs))

    def covers(self, task: Task) -> bool:
        """Tell whether a task is within it: what `reachable` asks of the database."""
        if task.assignee and (task.assignee == self.person or self._replaces(task)):
            return True
        of_role = any(task.unit_id in units and (role or None) == task.role for role, units in self.pairs)
        return of_role or task.unit_id in self.whole

    def _replaces(self, task: Task) -> bool:
        return task.assignee in self.replaced and task.unit_id in self.units


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of tasks keeps; None keeps all.

    `team` adds the tasks of the units where one assigns them; `absent` are people away whose tasks count as nobody's.
    """

    mine: bool = False
    unassigned: bool = False
    absent: tuple[str, ...] = ()
    team: bool = False
    role: str | None = None
    process_key: str | None = None
    element: str | None = None
    due_before: datetime | None = None
    unit_id: UUID | None = None
    dossier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenForm:
    """An open task that asks a form, in few words: `form_hash` once somebody opened it, `drafted` with answers."""

    root_id: UUID
    unit_id: UUID
    form: str | None
    form_hash: str | None
    drafted: bool


def open_forms(
    session: Session,
    units: Collection[UUID],
    *,
    forms: Collection[str] | None = None,
    processes: Collection[str] = (),
) -> list[OpenForm]:
    """Return the open tasks of these units that ask a form: one of these forms, or any in runs of these processes."""
    query = select(Task.root_id, Task.unit_id, Task.form, Task.form_hash, Draft.task_id)
    query = query.join(Instance, Instance.id == Task.instance_id).outerjoin(Draft, Draft.task_id == Task.id)
    query = query.where(Task.state == "ready", Task.form.is_not(None), Task.unit_id.in_(units))
    if forms is not None:
        query = query.where(or_(Task.form.in_(forms), Instance.process_key.in_(processes)))
    return [
        OpenForm(root, unit, form, pinned, draft is not None)
        for root, unit, form, pinned, draft in session.execute(query)
    ]


def running_roots(session: Session, processes: Collection[str], units: Collection[UUID]) -> set[UUID]:
    """Return the runs of these units, not over, in which one of these processes runs."""
    query = select(Instance.root_id).where(Instance.process_key.in_(processes), Instance.unit_id.in_(units))
    return set(session.scalars(query.where(Instance.ended_at.is_(None)).distinct()))


def reachable(reach: Reach) -> Any:
    """Return the condition that keeps a query to the tasks somebody may do."""
    by_role = [
        and_(Task.unit_id.in_(units), Task.role == role) if role else and_(Task.unit_id.in_(units), Task.role.is_(None))
        for role, units in reach.pairs
        if units
    ]
    return or_(false(), *by_role, *_by_person(reach), *([Task.unit_id.in_(reach.whole)] if reach.whole else []))


def _by_person(reach: Reach) -> list[Any]:
    mine = [Task.assignee == reach.person] if reach.person else []
    return mine + [and_(Task.assignee == one, Task.unit_id.in_(reach.units)) for one in sorted(reach.replaced)]


def task(session: Session, task_id: UUID, reach: Reach | None, *, units: Collection[UUID] = ()) -> Task | None:
    """Return a task within one's reach or of units one oversees, afresh; a reach of None is the system's own scope."""
    found = session.scalar(select(Task).where(Task.id == task_id).execution_options(populate_existing=True))
    if found is None or reach is None or reach.covers(found) or found.unit_id in units:
        return found
    return None


def lock_run(session: Session, task_id: UUID) -> None:
    """Keep the run of a task for this transaction, see `processes.lock`; what is read of the task next holds."""
    lock(session, select(Task.root_id).where(Task.id == task_id).scalar_subquery())


def open_tasks(
    session: Session, reach: Reach, filters: TaskFilter, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[tuple[Task, Instance]]:
    """Return a page of open tasks with their run, the most urgent first, after a (urgent_at, seq) already seen."""
    query = select(Task, Instance).join(Instance, Instance.id == Task.instance_id)
    parts = _parts(reach)
    if len(parts) > MOST_PARTS:
        query = _page(query.where(reachable(reach)), filters, reach, after, limit)
    elif parts:
        first = [_page(_identified(filters).where(part), filters, reach, after, limit).subquery() for part in parts]
        query = query.where(Task.id.in_(union(*(select(one.c.id) for one in first))))
    else:
        return []
    return [(found, run) for found, run in session.execute(query.order_by(Task.urgent_at, Task.seq).limit(limit))]


MOST_PARTS = 64
"""Beyond that many pairs of unit and role, one query looks at them all together."""


def _parts(reach: Reach) -> list[Any]:
    """Return one condition per unit and role, unit or person: each is one stretch of one index."""
    parts = [
        and_(Task.unit_id == unit, Task.role == role if role else Task.role.is_(None))
        for role, units in dict.fromkeys(reach.pairs)
        for unit in sorted(units)
    ]
    return [*parts, *_by_person(reach), *(Task.unit_id == unit for unit in sorted(reach.whole))]


def _identified(filters: TaskFilter) -> Any:
    query = select(Task.id)
    return query.join(Instance, Instance.id == Task.instance_id) if filters.process_key is not None else query


def _page(query: Any, filters: TaskFilter, reach: Reach, after: tuple[datetime, int] | None, limit: int) -> Any:
    query = query.where(Task.state == "ready", *_kept(filters, reach))
    if after:
        query = query.where(tuple_(Task.urgent_at, Task.seq) > tuple_(*_bound(after)))
    return query.order_by(Task.urgent_at, Task.seq).limit(limit)


def _bound(after: tuple[datetime, int]) -> tuple[Any, Any]:
    return literal(after[0], Task.urgent_at.type), literal(after[1])


def _kept(filters: TaskFilter, reach: Reach) -> list[Any]:
    kept: list[Any] = []
    if filters.mine:
        kept.append(Task.assignee.in_([*([reach.person] if reach.person else []), *sorted(reach.replaced)]))
    if filters.unassigned:
        kept.append(or_(Task.assignee.is_(None), Task.assignee.in_(filters.absent)))
    if filters.due_before:
        kept.append(Task.urgent_at < filters.due_before)
    for column, wanted in (
        (Task.role, filters.role),
        (Task.element, filters.element),
        (Task.unit_id, filters.unit_id),
        (Instance.process_key, filters.process_key),
    ):
        if wanted is not None:
            kept.append(column == wanted)
    if filters.dossier_id is not None:
        runs = select(InstanceDossier.instance_id).where(InstanceDossier.dossier_id == filters.dossier_id)
        kept.append(Task.root_id.in_(runs))
    return kept


def drafts_of(session: Session, person_id: UUID, limit: int) -> Sequence[tuple[Draft, Task]]:
    """Return the drafts a person left on open tasks, the latest first."""
    query = (
        select(Draft, Task)
        .join(Task, Task.id == Draft.task_id)
        .where(Draft.author_id == person_id, Task.state == "ready")
        .order_by(Draft.saved_at.desc())
        .limit(limit)
    )
    return [(draft, found) for draft, found in session.execute(query)]


def drafts_by_task(session: Session, task_ids: Collection[UUID]) -> dict[UUID, Draft]:
    """Return the drafts of these tasks."""
    if not task_ids:
        return {}
    return {draft.task_id: draft for draft in session.scalars(select(Draft).where(Draft.task_id.in_(task_ids)))}


def submission(session: Session, task_id: UUID) -> Submission | None:
    """Return what completed a task, if it was completed with answers."""
    return session.scalar(select(Submission).where(Submission.task_id == task_id))


def corrections(session: Session, task_id: UUID) -> Sequence[Correction]:
    """Return the corrections of the answers of a task, oldest first."""
    return session.scalars(select(Correction).where(Correction.task_id == task_id).order_by(Correction.id)).all()


def submissions_of(session: Session, root_id: UUID) -> Sequence[tuple[Submission, Task]]:
    """Return the answers given in a whole run with their task, in order."""
    query = select(Submission, Task).join(Task, Task.id == Submission.task_id).where(Task.root_id == root_id)
    return [(found, done) for found, done in session.execute(query.order_by(Submission.at, Task.seq))]


def submissions_for(
    session: Session, units: Collection[UUID], form: str, *, since: datetime, until: datetime, limit: int
) -> Sequence[tuple[Submission, Task]]:
    """Return the answers given to a form in these units during a period, in order."""
    query = (
        select(Submission, Task)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.unit_id.in_(units), Task.form == form, Submission.at >= since, Submission.at < until)
        .order_by(Submission.at, Submission.id)
        .limit(limit)
    )
    return [(found, done) for found, done in session.execute(query)]


def answers_by_form(session: Session, units: Collection[UUID], *, since: datetime, until: datetime) -> dict[str, int]:
    """Count the answers given in these units during a period, by form."""
    query = select(Task.form, func.count()).join(Submission, Submission.task_id == Task.id)
    query = query.where(Submission.unit_id.in_(units), Submission.at >= since, Submission.at < until)
    rows = session.execute(query.where(Task.form.is_not(None), Submission.form_hash != "").group_by(Task.form))
    return {str(form): count for form, count in rows}


def tasks_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Task]:
    """Return these tasks in creation order; those the session has in hand are not read again."""
    in_hand = {one: session.identity_map.get(identity_key(Task, one)) for one in ids}
    missing = [one for one, row in in_hand.items() if row is None]
    read = session.scalars(select(Task).where(Task.id.in_(missing))).all() if missing else ()
    return sorted([*(row for row in in_hand.values() if row is not None), *read], key=lambda row: row.seq)


def tasks_of_run(session: Session, root_id: UUID) -> Sequence[Task]:
    """Return the tasks of a whole run, open or not, in creation order."""
    return session.scalars(select(Task).where(Task.root_id == root_id).order_by(Task.seq)).all()


def ready_in_run(session: Session, root_id: UUID, reach: Reach | None) -> Sequence[Task]:
    """Return the open tasks of a whole run within one's reach, in creation order."""
    query = select(Task).where(Task.root_id == root_id, Task.state == "ready").order_by(Task.seq)
    return [found for found in session.scalars(query) if reach is None or reach.covers(found)]


def claim(session: Session, task_id: UUID, person: str, name: str) -> bool:
    """Give an open task nobody holds to a person; False when somebody else was first."""
    query = update(Task).where(Task.id == task_id, Task.state == "ready", Task.assignee.is_(None))
    done = session.execute(query.values(assignee=person, assignee_name=name))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it; the stub does not say so


def open_count(session: Session, reach: Reach, filters: TaskFilter, most: int) -> int:
    """Count open tasks up to a limit, so that the count stays cheap whatever the number of rows."""
    some = (
        select(Task.id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Task.state == "ready", reachable(reach), *_kept(filters, reach))
        .limit(most)
        .subquery()
    )
    return int(session.scalar(select(func.count()).select_from(some)) or 0)
