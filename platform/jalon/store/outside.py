"""Calls to other information systems: what was asked for which step, and which systems are left alone for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.processes import Instance, ProcessEvent


class ConnectorCall(Identified, Table):
    """One call asked by a step; `payload` is emptied once it is answered, `state` is waiting, done or failed."""

    __tablename__ = "connector_call"
    __table_args__ = (Index("ix_connector_call_instance", "instance_id", "state"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    instance_id: Mapped[UUID]  # written before the run itself when its first step calls
    token: Mapped[int]
    element: Mapped[str] = mapped_column(String(200))
    connector: Mapped[str] = mapped_column(String(100))
    operation: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(100))
    result: Mapped[str] = mapped_column(String(100), default="")
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class ConnectorCircuit(Table):
    """A system that failed several times in a row: nobody calls it before `open_until`."""

    __tablename__ = "connector_circuit"
    connector: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None]


def waiting_calls(session: Session, root_id: UUID) -> Sequence[ConnectorCall]:
    """Return the calls a whole run still waits for."""
    query = select(ConnectorCall).join(Instance, Instance.id == ConnectorCall.instance_id)
    return session.scalars(query.where(Instance.root_id == root_id, ConnectorCall.state == "waiting")).all()


def times_passed(session: Session, instance_id: UUID, element: str) -> int:
    """Count how many times a run went through an element: a loop asks again, a retry does not."""
    query = select(func.count()).select_from(ProcessEvent)
    same = (ProcessEvent.instance_id == instance_id, ProcessEvent.element == element, ProcessEvent.kind == "passed")
    return session.scalar(query.where(*same)) or 0


def open_until(session: Session, connector: str, now: datetime) -> datetime | None:
    """Return until when a system is left alone, None when it may be called."""
    found = session.get(ConnectorCircuit, connector, populate_existing=True)
    return found.open_until if found and found.open_until and found.open_until > now else None


def note_answer(session: Session, connector: str) -> None:
    """Close the circuit of a system that answered."""
    found = session.get(ConnectorCircuit, connector, populate_existing=True)
    if found is not None and (found.failures or found.open_until):
        found.failures, found.open_until = 0, None


def note_failure(session: Session, connector: str, now: datetime, *, most: int, rest: timedelta) -> None:
    """Count a failure; after so many in a row the system is left alone, then tried again by one call at a time."""
    found = session.get(ConnectorCircuit, connector, populate_existing=True)
    if found is None:
        found = ConnectorCircuit(connector=connector, failures=0, open_until=None)
        session.add(found)
    found.failures += 1
    if found.failures >= most:
        found.open_until = now + rest
