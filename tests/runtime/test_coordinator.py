"""Acts on instances: holding, moving to another version, clashes, missed timers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engines.processes.conformance.writing import bpmn
from jalon.base.errors import NotFound, Refused, Stale, TaskAlreadyDone
from jalon.engines.processes import ActionCall, ActionResult, Ask, Done, Program, Thrown, read_bpmn
from jalon.runtime import Happened, MemoryLibrary, MemoryStore, Runtime, Surroundings

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


class House:
    """A store, a library and a clock."""

    def __init__(self, *diagrams: bytes, act: Any = lambda call: Ask(), coalesce: bool = True) -> None:
        self.store, self.now, self.act, self.coalesce = MemoryStore(), START, act, coalesce
        self.library = MemoryLibrary()
        self.programs = [self.add(content) for content in diagrams]

    def add(self, content: bytes) -> Program:
        program = read_bpmn({"a.bpmn": content}).processes[0].program
        assert program is not None
        self.library.add(program)
        return program

    @property
    def runtime(self) -> Runtime:
        around = Surroundings(self.act, lambda name, inputs: None)
        return Runtime(self.store, self.library, lambda record: around, lambda: self.now, coalesce=self.coalesce)

    def open(self) -> list[str]:
        return [task.element for task in self.store.open_tasks()]


def started(house: House, **variables: Any) -> Happened:
    happened = house.runtime.start("p", variables, unit="u")
    assert happened.instance is not None
    return happened


LINE = bpmn("start s | user a | user b | end e", "s>a>b>e")


def test_what_happened_is_told() -> None:
    house = House(LINE)
    first = started(house)
    assert [task.element for task in first.opened] == ["a"]
    then = house.runtime.complete_task(first.opened[0].id, {"x": 1}, by="amina")
    assert [(task.element, task.state, task.closed_by) for task in then.closed] == [("a", "done", "amina")]
    assert [task.element for task in then.opened] == ["b"]
    assert [(event.kind, event.element) for event in then.events] == [("closed", "a"), ("passed", "a"), ("opened", "b")]
    last = house.runtime.complete_task(then.opened[0].id)
    assert last.finished == [first.instance]


@pytest.mark.req("R1")
def test_a_task_is_completed_once() -> None:
    house = House(LINE)
    task = started(house).opened[0]
    house.runtime.complete_task(task.id, by="Amina K.")
    with pytest.raises(TaskAlreadyDone) as refusal:
        house.runtime.complete_task(task.id)
    assert refusal.value.facts == {"who": "Amina K."}


def test_an_older_version_of_an_instance_is_stale() -> None:
    house = House(LINE)
    instance = started(house).instance
    assert instance is not None
    mine, theirs = house.store.get_instance(instance), house.store.get_instance(instance)
    assert mine is not None
    assert theirs is not None
    house.store.save_instance(theirs)
    with pytest.raises(Stale):
        house.store.save_instance(mine)


def test_a_held_instance_does_nothing_until_it_resumes() -> None:
    house = House(bpmn("start s | user a | boundary b on=a duration=PT1H | end e | end f", "s>a>e; b>f"))
    happened = started(house)
    assert happened.instance is not None
    house.runtime.suspend(happened.instance)
    house.now += timedelta(hours=2)
    assert house.runtime.fire_due().events == []
    with pytest.raises(Refused):
        house.runtime.complete_task(happened.opened[0].id)
    house.runtime.resume(happened.instance)
    assert house.runtime.fire_due().finished == [happened.instance]


@pytest.mark.req("R14")
def test_missed_turns_of_a_cycle_are_one() -> None:
    diagram = bpmn("start s | user a | boundary b on=a cycle=R/P1D non | user c | end e | end f", "s>a>e; b>c>f")
    for coalesce, opened in ((True, ["a", "c"]), (False, ["a", "c", "c", "c"])):
        house = House(diagram, coalesce=coalesce)
        started(house)
        house.now += timedelta(days=3, hours=1)
        house.runtime.fire_due()
        assert house.open() == opened
        assert [due.at for due in house.store.dues()] == [START + timedelta(days=4)]


@pytest.mark.req("R22")
def test_an_instance_moves_to_another_version() -> None:
    house = House(bpmn("start s | user a | boundary b on=a duration=P7D | user c | end e | end f", "s>a>c>e; b>f"))
    happened = started(house)
    instance = happened.instance
    assert instance is not None
    due = house.store.dues()[0].at
    new = house.add(
        bpmn(
            "start s | user z | user a | boundary b on=a duration=P1D | boundary m on=a message=m | end e | end f",
            "s>z>a>e; b>f; m>f",
        )
    )
    dry = house.runtime.migrate(instance, new.hash, dry_run=True)
    assert (dry.moves, dry.choices, dry.refused, dry.done) == ({"a": "a"}, (), "", False)
    assert house.runtime.migrate(instance, new.hash).done
    assert [one.at for one in house.store.dues()] == [due]
    assert house.runtime.send("m", unit="u").delivered == 1
    assert house.open() == []


@pytest.mark.req("R22")
def test_a_step_that_is_gone_needs_a_choice() -> None:
    house = House(LINE)
    happened = started(house)
    assert happened.instance is not None
    new = house.add(bpmn("start s | user z | sub u | task u.t | end e", "s>z>u>e"))
    assert house.runtime.migrate(happened.instance, new.hash).choices == ("a",)
    assert "nature" in house.runtime.migrate(happened.instance, new.hash, {"a": "u"}).refused
    assert house.runtime.migrate(happened.instance, new.hash, {"a": "z"}).done
    assert house.open() == ["z"]
    house.runtime.complete_task(happened.opened[0].id)
    assert house.open() == ["u.t"]


def test_actions_run_wait_fail_or_throw() -> None:
    answers: list[ActionResult | Exception] = [Done({"x": 1}), Thrown("E"), ValueError("secret"), Done()]

    def act(call: ActionCall) -> ActionResult:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    house = House(bpmn("start s | service a | boundary b on=a error=E | end e | end f", "s>a>e; b>f"), act=act)
    done, thrown = started(house), started(house)
    assert [event.element for event in done.events if event.kind == "passed"] == ["s", "a", "e"]
    assert [event.element for event in thrown.events if event.kind == "passed"] == ["s", "b", "f"]
    failed = started(house)
    assert failed.instance is not None
    incident = failed.incidents[0]
    assert incident.code == "processus.action_echouee"
    assert "secret" not in incident.message
    assert house.runtime.retry_incident(failed.instance, incident.token).finished == [failed.instance]


def test_unknown_things_are_not_found() -> None:
    house = House(LINE)
    happened = started(house)
    assert happened.instance is not None
    with pytest.raises(NotFound):
        house.runtime.retry_incident(happened.instance, 99)
    with pytest.raises(NotFound):
        house.runtime.move_token(happened.instance, happened.opened[0].token, "inconnu")
    with pytest.raises(NotFound):
        house.runtime.complete_task(happened.instance)
