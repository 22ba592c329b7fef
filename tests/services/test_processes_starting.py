"""Published processes that the clock starts, at each agency."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engines.processes.conformance.writing import bpmn
from factories.publishing import publish
from factories.units import make_unit
from jalon.services.processes.starting import fire_starts, schedule_starts
from jalon.store.processes import Instance
from jalon.store.runs import SqlRunStore

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.mark.req("R14")
def test_each_agency_starts_its_own_once(session: Session) -> None:
    network = make_unit(session, "fr")
    agencies = [make_unit(session, code, network) for code in ("ml_a", "ml_b")]
    diagram = bpmn("start s cycle=R/P1D | user a | end e", "s>a>e", key="hebdo").decode()
    publish(session, "process", "hebdo", {"bpmn": diagram}, since=date(2025, 1, 1))
    seen = schedule_starts(session, NOW)
    assert {due.unit for due in SqlRunStore(session).start_dues()} == {"ml_a", "ml_b"}
    assert fire_starts(session, NOW) == 0
    late = NOW + timedelta(days=3, hours=1)
    assert fire_starts(session, late) == 2
    assert fire_starts(session, late) == 0
    begun = session.scalars(select(Instance)).all()
    assert sorted((run.process_key, run.unit_id) for run in begun) == sorted(("hebdo", one.id) for one in agencies)
    assert schedule_starts(session, NOW, seen) == seen
    again = schedule_starts(session, late, seen)
    assert again is not None
    assert {due.at for due in SqlRunStore(session).start_dues()} == {NOW + timedelta(days=4)}
