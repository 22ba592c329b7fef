"""Processes the clock starts: in the workshop at each instant, in the product once for what was missed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from engines.processes.conformance.writing import bpmn
from factories.units import make_unit
from jalon.engines.processes import Ask, Program, read_bpmn
from jalon.runtime import MemoryLibrary, MemoryStore, Runtime, Surroundings
from jalon.runtime.protocol import RunStore
from jalon.sandbox import Sandbox
from jalon.store.runs import SqlRunStore

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def starting(timer: str, task: str = "a") -> bytes:
    return bpmn(f"start s {timer} | user {task} | end e", f"s>{task}>e")


@pytest.fixture(params=["dict", "sql"])
def store(request: pytest.FixtureRequest, session: Session) -> RunStore:
    make_unit(session, "u")
    return MemoryStore() if request.param == "dict" else SqlRunStore(session)


class House:
    def __init__(self, store: RunStore, coalesce: bool = True) -> None:
        self.store, self.now, self.coalesce, self.library = store, START, coalesce, MemoryLibrary()

    @property
    def runtime(self) -> Runtime:
        around = Surroundings(lambda call: Ask(), lambda name, inputs: None)
        return Runtime(self.store, self.library, lambda record: around, lambda: self.now, coalesce=self.coalesce)

    def publish(self, content: bytes) -> Program:
        program = read_bpmn({"a.bpmn": content}).processes[0].program
        assert program is not None
        self.library.add(program)
        self.runtime.schedule_starts(program, "u")
        return program


@pytest.mark.req("R14")
@pytest.mark.parametrize(("coalesce", "started"), [(True, 1), (False, 3)])
def test_missed_starts_are_one_in_the_product(store: RunStore, coalesce: bool, started: int) -> None:
    house = House(store, coalesce)
    house.publish(starting("cycle=R/P1D"))
    house.now += timedelta(days=3, hours=1)
    begun = sum(len(house.runtime.fire_due().started) for _ in range(5))
    assert begun == started
    assert [one.at for one in store.start_dues()] == [START + timedelta(days=4)]


def test_two_workers_start_one(store: RunStore) -> None:
    house = House(store)
    house.publish(starting("duration=PT1H"))
    house.now += timedelta(hours=2)
    due = store.start_dues(house.now)[0]
    assert len(house.runtime.fire_start(due).started) == 1
    assert house.runtime.fire_start(due).started == []
    assert store.start_dues() == []


def test_a_version_with_the_same_timer_keeps_its_place_in_time(store: RunStore) -> None:
    house = House(store)
    house.publish(starting("cycle=R/P7D"))
    first = store.start_dues()
    house.now += timedelta(days=3)
    house.publish(starting("cycle=R/P7D", task="b"))
    assert store.start_dues() == first
    house.publish(starting("cycle=R/P1D", task="b"))
    assert [one.at for one in store.start_dues()] == [house.now + timedelta(days=1)]
    house.publish(bpmn("start s | user b | end e", "s>b>e"))
    assert store.start_dues() == []


def test_what_is_past_at_publication_does_not_start(store: RunStore) -> None:
    house = House(store)
    house.publish(starting("date=2025-12-01T08:00:00Z"))
    assert store.start_dues() == []
    house.publish(starting("cycle=R/2026-01-01T08:00:00Z/P1D"))
    assert [one.at for one in store.start_dues()] == [START + timedelta(days=1)]


def test_the_workshop_starts_at_each_instant() -> None:
    box = Sandbox(now="2026-03-27T09:00:00+01:00")
    assert box.deploy({"a.bpmn": starting("cycle=R3/P1D")}).ok
    box.advance("P10D")
    runs = box.runs()
    assert [box.passed(run)[0].at for run in runs] == [
        "2026-03-28T08:00:00.000000Z",
        "2026-03-29T07:00:00.000000Z",  # the clocks went forward in the night
        "2026-03-30T07:00:00.000000Z",
    ]
    assert [task.element for task in box.tasks()] == ["a", "a", "a"]


def test_a_timer_computed_from_nothing_starts_nothing() -> None:
    box = Sandbox()
    assert box.deploy({"a.bpmn": starting("duration=inconnu")}).ok
    box.advance("P10D")
    assert box.runs() == []
