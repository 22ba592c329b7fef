"""The coordinator: every act on an instance, inside the caller's transaction, through a RunStore."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from jalon.engines.processes.host import Act, Decide
from jalon.engines.processes.program import Program
from jalon.runtime.protocol import EventRecord, InstanceRecord, RunStore, TaskRecord


class Library(Protocol):
    """Where programs come from."""

    def program(self, process_key: str, process_hash: str, unit: str) -> Program:
        """Return that version; raises NotFound."""
        ...

    def latest(self, process_key: str, unit: str) -> Program:
        """Return the version a new run of that unit uses; raises NotFound."""
        ...

    def started_by(self, kind: str, name: str, unit: str) -> Sequence[tuple[Program, str]]:
        """Return (program, start event) of the processes a message or signal of that name starts."""
        ...


@dataclass(slots=True)
class Happened:
    """What a call changed, all instances together, in order."""

    instance: UUID | None = None
    opened: list[TaskRecord] = field(default_factory=list)
    closed: list[TaskRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    started: list[UUID] = field(default_factory=list)
    finished: list[UUID] = field(default_factory=list)
    delivered: int = 0
    buffered: int = 0
    warnings: list[tuple[UUID, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What varies by instance: civil time, calendar, root names, actions and decisions; services build it per instance."""

    act: Act
    decide: Decide
    zone: str = "Europe/Paris"
    calendar: Any = None
    names: Mapping[str, Any] = field(default_factory=dict)


Around = Callable[[InstanceRecord], Surroundings]


class Runtime:
    """`Runtime(store, library, around, now)`: one object per transaction, cheap to build.

    Every act raises NotFound for an unknown instance or task, TaskAlreadyDone for a task no longer open, Refused for
    an act the instance's state forbids and Stale when somebody stepped in; nothing is then to be kept.
    """

    def __init__(
        self,
        store: RunStore,
        library: Library,
        around: Around,
        now: Callable[[], datetime],
        *,
        max_steps: int = 10_000,
        max_depth: int = 50,
        coalesce: bool = True,
    ) -> None: ...

    def start(
        self,
        process_key: str,
        variables: Mapping[str, Any] | None = None,
        *,
        unit: str = "",
        business_key: str | None = None,
        start_event: str | None = None,
        started_by: str | None = None,
        instance: UUID | None = None,
    ) -> Happened: ...

    def complete_task(self, task: UUID, values: Mapping[str, Any] | None = None, *, by: str | None = None) -> Happened: ...

    def fail_task(
        self, task: UUID, error: str, message: str = "", values: Mapping[str, Any] | None = None, *, by: str | None = None
    ) -> Happened: ...

    def escalate_task(self, task: UUID, escalation: str, *, by: str | None = None) -> Happened: ...

    def fire_due(self, until: datetime | None = None, limit: int = 100) -> Happened: ...

    def fire(self, instance: UUID, wait: int) -> Happened: ...

    def send(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation: Mapping[str, Any] | None = None,
        instance: UUID | None = None,
        unit: str = "",
        business_key: str | None = None,
    ) -> Happened: ...

    def signal(
        self, name: str, payload: Mapping[str, Any] | None = None, *, instance: UUID | None = None, unit: str = ""
    ) -> Happened: ...

    def cancel(self, instance: UUID, *, by: str | None = None, reason: str = "") -> Happened: ...

    def retry_incident(self, instance: UUID, token: int, *, by: str | None = None) -> Happened: ...

    def skip(self, instance: UUID, token: int, *, by: str | None = None) -> Happened: ...

    def move_token(self, instance: UUID, token: int, element: str, *, by: str | None = None) -> Happened: ...

    def set_variables(self, instance: UUID, values: Mapping[str, Any], *, scope: int = 0, by: str | None = None) -> Happened: ...

    def refresh(self, instance: UUID) -> Happened: ...

    def suspend(self, instance: UUID, *, by: str | None = None) -> Happened: ...

    def resume(self, instance: UUID, *, by: str | None = None) -> Happened: ...

    def migrate(
        self, instance: UUID, process_hash: str, relocation: Mapping[str, str] | None = None, *, dry_run: bool = False
    ) -> "Migration": ...


@dataclass(frozen=True, slots=True)
class Migration:
    """What a move to another version does: `choices` are live elements with no counterpart, `refused` why not."""

    moves: dict[str, str]
    choices: tuple[str, ...] = ()
    refused: str = ""
