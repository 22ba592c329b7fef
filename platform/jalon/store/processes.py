"""Process instances: the run and its state, timers, subscriptions, incidents, the token log, decisions taken."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, ScalarSelect, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column, undefer_group

from jalon.store.base import Document, Identified, Table
from jalon.store.holding import hold
from jalon.store.sequence import Sequence64, next_seq


class Instance(Table):
    """One run of one process version; `state` is the engine's own text, `variables` are by scope."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_unit_status", "unit_id", "status", "started_at"),
        Index("ix_instance_parent", "parent_id"),
        Index("ix_instance_root", "root_id"),
        Index("ix_instance_process", "process_key", "process_hash", "status"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    process_hash: Mapped[str] = mapped_column(String(64))
    business_key: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(12))
    root_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    parent_token: Mapped[int | None]
    depth: Mapped[int] = mapped_column(default=0)
    conversation: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column()
    suspended: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    started_by: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[bytes] = deferred(mapped_column(LargeBinary), group="state")
    variables: Mapped[dict[str, Any]] = deferred(mapped_column(Document), group="state")

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012 (SQLAlchemy reads it once, from the class)


class InstanceDossier(Table):
    """The case file that plays a role in a run; the usual role is `principal`."""

    __tablename__ = "instance_dossier"
    # checked at commit: the first steps of a run read its case files before its own row is written
    instance_id: Mapped[UUID] = mapped_column(
        ForeignKey("instance.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), index=True)


class Due(Table):
    """A timer of a run."""

    __tablename__ = "due"
    __table_args__ = (Index("ix_due_at", "at"),)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True)
    wait: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    at: Mapped[datetime]
    element: Mapped[str] = mapped_column(String(200))


class StartDueRow(Table):
    """A process the clock starts at a unit."""

    __tablename__ = "start_due"
    __table_args__ = (Index("ix_start_due_at", "at"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    element: Mapped[str] = mapped_column(String(200), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    text: Mapped[str]
    at: Mapped[datetime]
    origin: Mapped[datetime | None]
    fired: Mapped[int] = mapped_column(default=0)
    cycle: Mapped[str] = mapped_column(String(200), default="")


class SubscriptionRow(Table):
    """A message or signal a run listens to."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_name", "name", "kind", "unit_id"),)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True)
    wait: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    element: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    business_key: Mapped[str | None] = mapped_column(String(200))
    conversation: Mapped[str] = mapped_column(String(200))
    correlation: Mapped[dict[str, Any]]


class MessageBuffer(Table):
    """A message nobody was waiting for yet."""

    __tablename__ = "message_buffer"
    __table_args__ = (Index("ix_message_buffer_name", "name", "unit_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    name: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    correlation: Mapped[dict[str, Any]]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    business_key: Mapped[str | None] = mapped_column(String(200))
    conversation: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    target: Mapped[UUID | None]


class Incident(Table):
    """A token that stopped, with the reason in French."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_unit_open", "unit_id", "closed_at"),
        Index("ix_incident_instance", "instance_id"),
        Index("ix_incident_root", "root_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id", ondelete="CASCADE"))
    root_id: Mapped[UUID]
    token: Mapped[int]
    element: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(100))
    message: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(20))


class ProcessEvent(Table):
    """One line of the append-only token log."""

    __tablename__ = "process_event"
    __table_args__ = (
        Index("ix_process_event_instance", "instance_id", "seq"),
        Index("ix_process_event_root", "root_id", "seq"),
    )
    id: Mapped[int] = mapped_column(Sequence64, primary_key=True, autoincrement=True)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    instance_id: Mapped[UUID]  # no constraint: a run that could not begin leaves its line too
    root_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    element: Mapped[str] = mapped_column(String(200))
    token: Mapped[int | None]
    facts: Mapped[dict[str, Any]]


class DecisionLog(Identified, Table):
    """A decision taken: what it read, which rules matched, which published version, for which date."""

    __tablename__ = "decision_log"
    __table_args__ = (
        Index("ix_decision_log_instance", "instance_id", "id"),
        Index("ix_decision_log_unit", "unit_id", "decision"),
    )
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    instance_id: Mapped[UUID | None]  # written before the run itself when the first step decides
    element: Mapped[str] = mapped_column(String(200), default="")
    decision: Mapped[str] = mapped_column(String(200))
    snapshot_hash: Mapped[str] = mapped_column(String(64))
    reference_date: Mapped[date]
    inputs: Mapped[dict[str, Any]]
    outputs: Mapped[Any] = mapped_column(Document)
    matched: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    at: Mapped[datetime]


def instance(session: Session, instance_id: UUID, units: Collection[UUID] | None) -> Instance | None:
    """Return a run of these units; None for units is the system's own scope."""
    query = select(Instance).where(Instance.id == instance_id)
    return session.scalar(query if units is None else query.where(Instance.unit_id.in_(units)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator looks for, empty words meaning anything.

    `text` is the id of a run or its business key; `state` a status of runs, `suspended` or `live`.
    """

    process: str = ""
    unit: UUID | None = None
    state: str = ""
    text: str = ""
    code: str = ""
    element: str = ""


def find_runs(
    session: Session, units: Collection[UUID] | None, wanted: Wanted, before: int | None = None, limit: int = 50
) -> Sequence[Instance]:
    """Return runs nobody called at these units (None: all), the latest first, before a `seq` already seen."""
    query = select(Instance).where(Instance.parent_id.is_(None), *_about(wanted))
    if units is not None:
        query = query.where(Instance.unit_id.in_(units))
    if wanted.state == "suspended":
        query = query.where(Instance.suspended.is_(True), Instance.ended_at.is_(None))
    elif wanted.state == "live":
        query = query.where(Instance.ended_at.is_(None))
    elif wanted.state:
        query = query.where(Instance.status == wanted.state)
    if before is not None:
        query = query.where(Instance.seq < before)
    return session.scalars(query.order_by(Instance.seq.desc()).limit(limit)).all()


def find_incidents(
    session: Session, units: Collection[UUID] | None, wanted: Wanted, before: int | None = None, limit: int = 50
) -> list[tuple[Incident, Instance]]:
    """Return open incidents of these units (None: all) with their run, the latest first."""
    query = select(Incident, Instance).join(Instance, Instance.id == Incident.instance_id)
    query = query.where(*_stopped(units, wanted))
    if before is not None:
        query = query.where(Incident.seq < before)
    return [(one, run) for one, run in session.execute(query.order_by(Incident.seq.desc()).limit(limit))]


def alike(
    session: Session, units: Collection[UUID] | None, wanted: Wanted, most: int = 10_000
) -> list[tuple[str, str, str, int, str]]:
    """Return (process, element, code, how many, a version) of the last `most` open incidents, the most frequent first.

    The version is the hash of a process one of them runs.
    """
    inner = select(Instance.process_key, Incident.element, Incident.code, Instance.process_hash)
    inner = inner.join(Instance, Instance.id == Incident.instance_id).where(*_stopped(units, wanted))
    some = inner.order_by(Incident.seq.desc()).limit(most).subquery()
    kind = (some.c.process_key, some.c.element, some.c.code)
    query = select(*kind, func.count(), func.max(some.c.process_hash)).group_by(*kind)
    rows = session.execute(query.order_by(func.count().desc(), *kind).limit(20))
    return [(process, element, code, count, version) for process, element, code, count, version in rows]


def _stopped(units: Collection[UUID] | None, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [Incident.closed_at.is_(None), *_about(wanted)]
    if units is not None:
        found.append(Incident.unit_id.in_(units))
    for column, value in ((Incident.code, wanted.code), (Incident.element, wanted.element)):
        if value:
            found.append(column == value)
    return found


def _about(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.process:
        found.append(Instance.process_key == wanted.process)
    if wanted.unit is not None:
        found.append(Instance.unit_id == wanted.unit)
    if wanted.text:
        try:
            one = UUID(wanted.text)
            found.append(or_(Instance.id == one, Instance.root_id == one, Instance.business_key == wanted.text))
        except ValueError:
            found.append(Instance.business_key == wanted.text)
    return found


def live_runs(session: Session, process_key: str, units: Collection[UUID] | None, limit: int) -> Iterator[Instance]:
    """Yield the runs of a process that are not over at these units (None: all), called ones included, oldest first."""
    query = select(Instance).where(Instance.process_key == process_key, Instance.ended_at.is_(None))
    if units is not None:
        query = query.where(Instance.unit_id.in_(units))
    query = query.order_by(Instance.seq).limit(limit).options(undefer_group("state"))
    yield from session.scalars(query.execution_options(yield_per=500))


def instances_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Instance]:
    """Return these runs by id."""
    if not ids:
        return {}
    return {run.id: run for run in session.scalars(select(Instance).where(Instance.id.in_(ids)))}


def instances_of(session: Session, dossier_id: UUID, limit: int = 50) -> Sequence[Instance]:
    """Return the runs in which a case file takes part, the latest first."""
    query = (
        select(Instance)
        .join(InstanceDossier, InstanceDossier.instance_id == Instance.id)
        .where(InstanceDossier.dossier_id == dossier_id, Instance.parent_id.is_(None))
        .order_by(Instance.seq.desc())
        .limit(limit)
    )
    return session.scalars(query).unique().all()


def roles_of(session: Session, instance_ids: Collection[UUID]) -> dict[UUID, dict[str, UUID]]:
    """Return the case files of these runs: `{instance: {role: dossier}}`."""
    found: dict[UUID, dict[str, UUID]] = {instance_id: {} for instance_id in instance_ids}
    if instance_ids:
        for row in session.scalars(select(InstanceDossier).where(InstanceDossier.instance_id.in_(instance_ids))):
            found[row.instance_id][row.role] = row.dossier_id
    return found


def open_incidents(session: Session, units: Collection[UUID] | None, limit: int = 100) -> Sequence[Incident]:
    """Return the open incidents of these units (None: of all), the latest first."""
    query = select(Incident).where(Incident.closed_at.is_(None))
    if units is not None:
        query = query.where(Incident.unit_id.in_(units))
    return session.scalars(query.order_by(Incident.seq.desc()).limit(limit)).all()


def incident(session: Session, incident_id: UUID, units: Collection[UUID] | None) -> Incident | None:
    """Return one incident of these units; None for units is the system's own scope."""
    query = select(Incident).where(Incident.id == incident_id)
    return session.scalar(query if units is None else query.where(Incident.unit_id.in_(units)))


def incidents_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Incident]:
    """Return the open ones among these incidents."""
    return session.scalars(select(Incident).where(Incident.id.in_(ids), Incident.closed_at.is_(None))).all()


def events_of(session: Session, root_id: UUID, limit: int = 500) -> Sequence[ProcessEvent]:
    """Return the last lines of the token log of a whole run, the oldest of them first."""
    query = select(ProcessEvent).where(ProcessEvent.root_id == root_id).order_by(ProcessEvent.seq.desc()).limit(limit)
    return list(reversed(session.scalars(query).all()))


def decisions_of(session: Session, instance_ids: Collection[UUID]) -> Sequence[DecisionLog]:
    """Return the decisions taken by these runs, in order."""
    query = select(DecisionLog).where(DecisionLog.instance_id.in_(instance_ids)).order_by(DecisionLog.id)
    return session.scalars(query).all()


def decisions_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, DecisionLog]:
    """Return these decisions by id."""
    if not ids:
        return {}
    return {one.id: one for one in session.scalars(select(DecisionLog).where(DecisionLog.id.in_(ids)))}


def runs_of_root(session: Session, root_id: UUID) -> Sequence[Instance]:
    """Return a run and those it called, oldest first."""
    return session.scalars(select(Instance).where(Instance.root_id == root_id).order_by(Instance.seq)).all()


def lock(session: Session, root_id: UUID | ScalarSelect[UUID], *, wait: bool = True) -> bool:
    """Keep a run for this transaction and read it afresh; False when it is gone, or busy and one does not wait.

    Two people at work on one run then follow each other instead of undoing each other. SQLite has
    one writer at a time: there the row is only read afresh.
    """
    query = select(Instance).where(Instance.id == root_id).execution_options(populate_existing=True)
    query = query.options(undefer_group("state")).with_for_update(skip_locked=not wait)
    return hold(session, session.scalar(query)) is not None


def postpone(session: Session, instance_id: UUID, wait: int, at: datetime) -> bool:
    """Put a timer off; False when it is gone."""
    row = session.get(Due, (instance_id, wait), populate_existing=True)
    if row is not None:
        row.at = at
    return row is not None


def incidents_of(session: Session, root_id: UUID) -> Sequence[Incident]:
    """Return the open incidents of a whole run, oldest first."""
    query = select(Incident).where(Incident.root_id == root_id, Incident.closed_at.is_(None))
    return session.scalars(query.order_by(Incident.seq)).all()
