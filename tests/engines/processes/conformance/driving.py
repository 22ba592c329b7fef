"""Running a model over any RunStore: every act loads the instance from the store and saves it again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jalon.base.clock import MovableClock
from jalon.engines.expressions import add_duration, parse_instant
from jalon.engines.processes import Ask, read_bpmn
from jalon.runtime import MemoryLibrary, Runtime, Surroundings
from jalon.runtime.protocol import RunStore

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
Act = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A diagram, what is done to it, and what must be seen.

    `acts`: ("do", element, values?), ("fail", element, code), ("escalate", element, code), ("advance", duration),
    ("send", name, payload?, correlation?), ("signal", name), ("open", [elements]), ("cancel",), ("set", values),
    ("retry",), ("skip",), ("move", from, to). Each act may end early: what is not open is an assertion error.
    """

    name: str
    files: tuple[bytes, ...]
    acts: tuple[Act, ...]
    trace: tuple[str, ...]
    status: str = "completed"
    variables: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=dict)
    start_event: str | None = None
    key: str = "p"
    incidents: tuple[str, ...] = ()
    any_order: bool = False
    apart: int = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model showed."""

    trace: tuple[str, ...]
    status: str
    variables: dict[str, Any]
    incidents: tuple[str, ...]


class Driver:
    """One run of a model over one store."""

    def __init__(self, store: RunStore, model: Model) -> None:
        reading = read_bpmn({f"{number}.bpmn": content for number, content in enumerate(model.files)})
        assert reading.ok, reading.problems
        programs = [found.program for found in reading.processes if found.program is not None]
        assert programs, reading.problems
        self.store, self.model, self.library = store, model, MemoryLibrary(programs)
        self.clock = MovableClock(START)
        self.warnings: list[Any] = []
        self.max_steps = 500

    def runtime(self) -> Runtime:
        around = Surroundings(lambda call: Ask(), lambda name, inputs: {"decided": name})
        return Runtime(
            self.store,
            self.library,
            lambda record: around,
            self.clock.now,
            max_steps=self.max_steps,
            coalesce=False,
            apart=self.model.apart,
        )

    def run(self) -> Seen:
        model = self.model
        happened = self.runtime().start(model.key, model.start, unit="u", start_event=model.start_event)
        assert happened.instance is not None
        self.root = happened.instance
        self.warnings += happened.warnings
        for act in model.acts:
            getattr(self, "_" + act[0])(*act[1:])
        record = self.store.get_instance(self.root)
        assert record is not None
        passed = list(self.store.events(root=self.root, kind="passed"))
        incidents = self.store.open_incidents(root=self.root)
        return Seen(
            tuple(event.element for event in passed),
            record.status,
            record.variables.get("0", {}),
            tuple(one.code for one in incidents),
        )

    def _tasks(self) -> Sequence[Any]:
        return self.store.open_tasks(root=self.root)

    def _task(self, element: str) -> Any:
        found = [task for task in self._tasks() if task.element == element]
        assert found, f"{element} is not open, but {[task.element for task in self._tasks()]}"
        return found[0]

    def _do(self, element: str, values: dict[str, Any] | None = None) -> None:
        self.warnings += self.runtime().complete_task(self._task(element).id, values).warnings

    def _nth(self, number: int, values: dict[str, Any]) -> None:
        self.runtime().complete_task(self._tasks()[number].id, values)

    def _elsewhere(self, element: str) -> None:
        """Complete a task of a run that this one started by a message."""
        task = next(task for task in self.store.open_tasks() if task.element == element)
        self.runtime().complete_task(task.id)

    def _fail(self, element: str, code: str) -> None:
        self.runtime().fail_task(self._task(element).id, code)

    def _escalate(self, element: str, code: str) -> None:
        self.runtime().escalate_task(self._task(element).id, code)

    def _advance(self, duration: str) -> None:
        moved = add_duration(self.clock.now(), duration) if duration[0] == "P" else parse_instant(duration)
        assert isinstance(moved, datetime)
        while dues := self.store.dues(moved, 1):
            self.clock.move_to(dues[0].at)
            self.runtime().fire(dues[0].instance, dues[0].wait)
        self.clock.move_to(moved)

    def _send(
        self, name: str, payload: dict[str, Any] | None = None, correlation: dict[str, Any] | None = None
    ) -> None:
        self.runtime().send(name, payload, correlation=correlation, unit="u")

    def _signal(self, name: str) -> None:
        self.runtime().signal(name, unit="u")

    def _open(self, elements: list[str]) -> None:
        assert sorted(task.element for task in self._tasks()) == sorted(elements)

    def _cancel(self) -> None:
        self.runtime().cancel(self.root)

    def _set(self, values: dict[str, Any]) -> None:
        self.runtime().set_variables(self.root, values)

    def _retry(self) -> None:
        incident = self.store.open_incidents(root=self.root)[0]
        self.runtime().retry_incident(incident.instance, incident.token)

    def _skip(self) -> None:
        incident = self.store.open_incidents(root=self.root)[0]
        self.runtime().skip(incident.instance, incident.token)

    def _move(self, element: str, target: str) -> None:
        task = self._task(element)
        self.runtime().move_token(task.instance, task.token, target)


def run_model(store_factory: Callable[[], RunStore], model: Model) -> Seen:
    """Run a model over a fresh store and check what it promises."""
    seen = Driver(store_factory(), model).run()
    if model.any_order:
        assert sorted(seen.trace) == sorted(model.trace)
    else:
        assert seen.trace == model.trace
    assert seen.incidents == model.incidents
    assert seen.status == model.status
    for name, value in model.variables.items():
        assert seen.variables.get(name) == value, seen.variables
    return seen
