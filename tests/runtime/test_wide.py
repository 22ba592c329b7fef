"""Wide repetitions in the workshop and under the acts of an administrator: saved, held, moved to another version."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from engines.processes.conformance.writing import bpmn
from factories.units import make_unit
from jalon.base.errors import Refused
from jalon.engines.processes import Ask, Program, read_bpmn
from jalon.runtime import MemoryLibrary, MemoryStore, Runtime, Surroundings
from jalon.runtime.protocol import RunStore
from jalon.sandbox import Sandbox
from jalon.store.runs import SqlRunStore

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
WIDE = bpmn("start s | user a 'many=x:liste>res:r' | user b | end e", "s>a>b>e")


@pytest.fixture(params=["dict", "sql"])
def store(request: pytest.FixtureRequest, session: Session) -> RunStore:
    make_unit(session, "u")
    return MemoryStore() if request.param == "dict" else SqlRunStore(session)


def program(content: bytes) -> Program:
    found = read_bpmn({"a.bpmn": content}).processes[0].program
    assert found is not None
    return found


@pytest.mark.req("R16")
def test_saved_in_the_middle_and_taken_up_elsewhere() -> None:
    box = Sandbox()
    assert box.deploy({"a.bpmn": WIDE}).ok
    run = box.start("p", {"liste": list(range(30))})
    for task in box.tasks(run)[:12]:
        box.complete(task.id, {"r": task.iteration})
    saved = box.save(run)
    other = Sandbox()
    assert other.deploy({"a.bpmn": WIDE}).ok
    again = other.load(saved)
    assert [waiting.kind for waiting in other.state(again).waiting] == ["children"]
    assert [task.iteration for task in other.tasks(again)] == list(range(13, 31))
    for task in other.tasks(again):
        other.complete(task.id, {"r": task.iteration})
    assert [task.element for task in other.tasks(again)] == ["b"]
    assert other.state(again).variables["res"] == list(range(1, 31))
    assert len(box.tasks(run)) == 18


@pytest.mark.req("R16")
def test_a_thousand_in_the_workshop() -> None:
    box = Sandbox()
    assert box.deploy({"a.bpmn": WIDE}).ok
    run = box.start("p", {"liste": list(range(1000))})
    tasks = box.tasks(run)
    for task in tasks:
        box.complete(task.id, {"r": task.iteration})
    assert box.state(run).variables["res"] == list(range(1, 1001))


def test_a_wide_run_is_held_and_moved_whole(store: RunStore) -> None:
    first = program(WIDE)
    library = MemoryLibrary([first])
    around = Surroundings(lambda call: Ask(), lambda name, inputs: None)
    acts = Runtime(store, library, lambda record: around, lambda: NOW)
    instance = acts.start("p", {"liste": list(range(22))}, unit="u").instance
    assert instance is not None
    tasks = store.open_tasks(root=instance)
    acts.complete_task(tasks[0].id, {"r": 0})
    acts.suspend(instance)
    with pytest.raises(Refused):
        acts.complete_task(tasks[1].id)
    acts.resume(instance)
    second = program(bpmn("start s | user z 'many=x:liste>res:r' | user c | end e", "s>z>c>e"))
    library.add(second)
    assert acts.migrate(instance, second.hash, dry_run=True).choices == ("a",)
    assert acts.migrate(instance, second.hash, {"a": "z"}).done
    assert {task.element for task in store.open_tasks(root=instance)} == {"z"}
    for task in store.open_tasks(root=instance):
        acts.complete_task(task.id, {"r": task.iteration})
    assert [task.element for task in store.open_tasks(root=instance)] == ["c"]
    record = store.get_instance(instance)
    assert record is not None
    assert record.variables["0"]["res"] == [0, *range(2, 23)]
