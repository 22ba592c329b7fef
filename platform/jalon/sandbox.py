"""The public facade for tools and workshops: the real runtime in memory. No database, no network, no file.

    box = Sandbox(now="2026-01-05T09:00:00+01:00")
    report = box.deploy({"a.bpmn": content})
    run = box.start("key", {"age": 19})
    box.complete(box.tasks()[0].id, {"ok": True})

JSON in, JSON out; only `JalonError` escapes. Stable: extended, never broken (architecture, section 6).
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, time
from itertools import count
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from jalon.base.clock import MovableClock, civil_date, instant_text
from jalon.base.errors import FormInvalid, JalonError, NotFound, Problem, Refused, Stale
from jalon.base.i18n import fr
from jalon.base.json import canonical, read_json
from jalon.engines import decisions as engine
from jalon.engines.expressions import (
    WorkingCalendar,
    add_duration,
    add_duration_text,
    evaluate,
    from_json,
    localised,
    parse_instant,
    to_json,
    working_calendar,
)
from jalon.engines.forms import check_value, compile_form, safe_cell, validate, validate_schema
from jalon.engines.processes import ActionCall, ActionResult, Ask, Done, Program
from jalon.runtime import Happened, MemoryStore, Runtime, Surroundings
from jalon.runtime.answers import (
    Acted,
    Decided,
    Evaluated,
    Passed,
    Run,
    RunState,
    Sent,
    SentMessage,
    Submitted,
    Taken,
    Task,
    shown,
)
from jalon.runtime.deployment import Deployed, Report, deploy
from jalon.runtime.filekinds import parameter_values
from jalon.runtime.looking import Waiting, waiting_of, watches
from jalon.runtime.packing import pack, unpack
from jalon.runtime.protocol import InstanceRecord
from jalon.runtime.scenarios import check_pack
from jalon.runtime.spreading import visible

MAX_ENDS = 1000
MAX_FIRED = 20_000


class SandboxRefused(JalonError):
    """An argument the sandbox cannot use."""

    code, message, status = "atelier.refus", fr("Cette demande est refusée : {reason}."), 422


class Sandbox:
    """One workshop: a clock, what was deployed, and the runs."""

    def __init__(
        self,
        now: str = "2026-01-05T09:00:00+01:00",
        zone: str = "Europe/Paris",
        calendar: str = "metropole",
        services: Literal["ask", "pass"] = "ask",
        max_steps: int = 10_000,
    ) -> None:
        if services not in {"ask", "pass"}:
            raise SandboxRefused(reason="services vaut « ask » ou « pass »")
        self.zone, self.services, self.max_steps = zone, services, max_steps
        _zone(zone)
        self.calendar: WorkingCalendar = working_calendar(calendar)
        self._clock = MovableClock(self._instant(now))
        self._deployed = Deployed()
        self._unit = ""
        self._store = MemoryStore()
        self._sent: list[tuple[UUID, SentMessage]] = []
        self._acted: list[tuple[UUID, Acted]] = []
        self._taken: list[tuple[UUID, Taken]] = []

    def again(self, now: str, zone: str | None = None, calendar: str | None = None) -> "Sandbox":
        """Return another workshop with the same deployment, at that instant, without any run."""
        other = Sandbox(now, zone or self.zone, calendar or self.calendar.name, self.services, self.max_steps)
        other._deployed, other._unit = self._deployed, self._unit
        return other

    def _instant(self, text: str) -> datetime:
        moment = parse_instant(text)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        try:
            return localised(moment, self.zone).astimezone(UTC)
        except OverflowError as error:
            raise SandboxRefused(reason=f"« {text[:40]} » est hors du calendrier") from error

    @property
    def now(self) -> str:
        """The instant the workshop stands at, as ISO text in its zone."""
        return self._clock.now().astimezone(_zone(self.zone)).isoformat()

    def _runtime(self) -> Runtime:
        return Runtime(
            self._store, self._deployed.library, self._around, self._clock.now, max_steps=self.max_steps, coalesce=False
        )

    def _kept(self, happened: Happened) -> Happened:
        """Remember the messages that left during an act."""
        for sender, thrown in happened.sent:
            message = SentMessage(thrown.name, dict(thrown.payload), thrown.element, dict(thrown.correlation))
            self._sent.append((sender, message))
        return happened

    def _around(self, record: InstanceRecord) -> Surroundings:
        program = self._deployed.library.program(record.process_key, record.process_hash, record.unit)
        names = self._names(program)

        def decide_value(name: str, variables: Mapping[str, Any]) -> Any:
            found = self._decided(name, {**names, **variables})
            self._taken.append((record.id, Taken(name, found.outputs, engine.explain(found))))
            return found.value

        def act(call: ActionCall) -> ActionResult:
            if self.services == "ask":
                return Ask()
            if call.action or call.vendor:
                parameters = {name: to_json(value) for name, value in call.parameters.items()}
                self._acted.append((record.id, Acted(call.action or call.vendor, parameters, call.element)))
            return Done()

        plain = {name: from_json(value) for name, value in names.items()}
        return Surroundings(act, decide_value, self.zone, self.calendar, plain)

    def _names(self, program: Program | None = None) -> dict[str, Any]:
        """Return the root names that are not variables."""
        day = civil_date(self._clock.now(), self.zone).isoformat()
        options = program.options if program else ()
        return {
            "parametre": parameter_values(self._deployed.parameters, day),
            "option": {str(option.get("id")): _option(option) for option in options},
            "unite": self._unit,
        }

    def _decided(self, name: str, inputs: Mapping[str, Any]) -> engine.Decided:
        compiled = self._deployed.decision(name)
        if compiled is None:
            raise LookupError(name)
        return engine.decide(compiled, name, inputs, now=self._clock.now(), zone=self.zone, calendar=self.calendar)

    # -- processes ----------------------------------------------------------------------------

    def deploy(self, files: Mapping[str, bytes | str], unit: str | None = None) -> Report:
        """Deploy files together, all or nothing; kind read from content; never raises on bytes."""
        contents = {name: one.encode() if isinstance(one, str) else bytes(one) for name, one in files.items()}
        report, self._deployed = deploy(self._deployed, contents, unit)
        if report.ok:
            self._unit = unit or ""
            for process in report.processes:
                program = self.program(process.key)
                if program is not None and process.executable:
                    self._schedule(program)
        return report

    def _schedule(self, program: Program) -> None:
        """Note what the clock starts; a timer that cannot be computed without a run starts nothing."""
        try:
            self._runtime().schedule_starts(program, self._unit)
        except JalonError:
            self._store.set_start_dues(self._unit, program.key, ())

    def start(
        self,
        key: str,
        variables: Mapping[str, Any] | None = None,
        business_key: str | None = None,
        start_event: str | None = None,
    ) -> Run:
        """Start a run of the latest version of a process."""
        happened = self._kept(
            self._runtime().start(
                key,
                _plain(variables),
                unit=self._unit,
                business_key=None if business_key is None else str(business_key),
                start_event=start_event,
            )
        )
        assert happened.instance is not None
        return Run(str(happened.instance), key)

    def tasks(self, run: str | Run | None = None) -> list[Task]:
        """Return the ready tasks in creation order, those of called runs included."""
        if run is None:
            return [shown(task) for task in self._store.open_tasks()]
        record = self._record(run)
        mine = self._family(record.id)
        return [shown(task) for task in self._store.open_tasks(root=record.root) if task.instance in mine]

    def complete(self, task_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a task; its form checks the answers: FormInvalid, and nothing has changed."""
        task, values = _uuid(task_id), _plain(variables)
        found = self._store.get_task(task)
        if found is not None and found.state == "ready" and found.form in self._deployed.forms:
            schema, ui = self._deployed.forms[found.form]
            record = self._record(str(found.instance))
            checked = validate(
                compile_form(schema, ui),
                values,
                lists=self._deployed.lists,
                now=self._clock.now(),
                facts=visible(self._store, record),
            )
            if not checked.ok:
                raise FormInvalid(checked.errors)
            values = checked.data
        self._kept(self._runtime().complete_task(task, values))

    def fail(self, task_id: str, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        """End a task in a BPMN error; uncaught, it is an incident."""
        self._kept(self._runtime().fail_task(_uuid(task_id), code, message, _plain(variables)))

    def escalate(self, task_id: str, code: str) -> None:
        """Raise an escalation at a task."""
        self._kept(self._runtime().escalate_task(_uuid(task_id), code))

    def cancel(self, run: str | Run) -> None:
        """Stop a run and what it called; one that is over stays as it is."""
        record = self._record(run)
        if record.ended_at is None:
            self._kept(self._runtime().cancel(record.id))

    def advance(self, to: str) -> None:
        """Walk to a later instant (or by a duration), each timer firing at its own instant."""
        if to.lstrip("-").startswith("P"):
            moved = add_duration(localised(self._clock.now(), self.zone), to, self.zone)
            target = moved if isinstance(moved, datetime) else self._instant(moved.isoformat())
        else:
            target = self._instant(to)
        until = target.astimezone(UTC)
        for fired in count():
            due = next(iter(self._store.dues(until, 1)), None)
            start = next(iter(self._store.start_dues(until, 1)), None)
            if due is None and start is None:
                break
            if fired >= MAX_FIRED:
                raise SandboxRefused(
                    reason=f"plus de {MAX_FIRED} minuteurs d’affilée ; avancez par étapes plus courtes"
                )
            if due is not None and (start is None or due.at <= start.at):
                self._clock.move_to(due.at)
                self._kept(self._runtime().fire(due.instance, due.wait))
            elif start is not None:
                self._clock.move_to(start.at)
                self._kept(self._runtime().fire_start(start))
        self._clock.move_to(target)
        for record in self._store.all_instances():
            if watches(record):
                self._kept(self._runtime().refresh(record.id))

    def send(
        self,
        message: str,
        payload: Mapping[str, Any] | None = None,
        correlation: Mapping[str, Any] | None = None,
        run: str | Run | None = None,
    ) -> Sent:
        """Send a message by name, else by id: to who waits, else to who it starts, else to the buffer."""
        target = None if run is None else self._record(run).id
        happened = self._kept(
            self._runtime().send(
                self._named(message), _plain(payload), correlation=_plain(correlation), instance=target, unit=self._unit
            )
        )
        return Sent(happened.delivered, len(happened.started) if not happened.delivered else 0, happened.buffered)

    def _named(self, message: str) -> str:
        """Return the name of a message or signal given by name or by id."""
        names: dict[str, str] = {}
        for program in self._deployed.library.programs():
            for node in program.nodes.values():
                for definition in node.definitions:
                    if definition.kind in {"message", "signal"}:
                        if definition.name == message:
                            return message
                        names.update(dict.fromkeys(definition.ids, definition.name))
        return names.get(message, message)

    def signal(self, signal: str, payload: Mapping[str, Any] | None = None, run: str | Run | None = None) -> Sent:
        """Broadcast a signal to every run (or to one), and start who it starts."""
        target = None if run is None else self._record(run).id
        happened = self._kept(
            self._runtime().signal(self._named(signal), _plain(payload), instance=target, unit=self._unit)
        )
        return Sent(happened.delivered, len(happened.started), 0)

    def state(self, run: str | Run) -> RunState:
        """Return where a run is."""
        record = self._record(run)
        family = self._family(record.id)
        incidents = [one for one in self._store.open_incidents(root=record.root) if one.instance in family]
        ended = [event.element for event in self._events(record, "ended")]
        status = "incident" if incidents and record.ended_at is None else record.status
        waiting = [one for number in family for one in self._waiting(number)]
        return RunState(
            status,
            {
                name: deepcopy(value)
                for name, value in record.variables.get("0", {}).items()
                if not name.startswith("#")
            },
            ended[-MAX_ENDS:],
            waiting,
            [(one.element, one.code, one.message) for one in incidents],
        )

    def _waiting(self, number: UUID) -> list[Waiting]:
        record = self._store.get_instance(number)
        if record is None or record.ended_at is not None:
            return []
        program = self._deployed.library.program(record.process_key, record.process_hash, record.unit)
        return waiting_of(program, record)

    def _family(self, root: UUID) -> dict[UUID, None]:
        """Return a run and the runs it called, over or not, the caller first."""
        family = {root: None}
        for record in self._store.all_instances():
            if record.parent in family:
                family[record.id] = None
        return family

    def _events(self, record: InstanceRecord, kind: str) -> list[Any]:
        family = self._family(record.id)
        return [event for event in self._store.events(root=record.root, kind=kind) if event.instance in family]

    def trace(self, run: str | Run) -> list[str]:
        """Return each completed node, once per execution, in order."""
        return [event.element for event in self._events(self._record(run), "passed")]

    def passed(self, run: str | Run) -> list[Passed]:
        """Return each completed node with its process and its instant, in the order of `trace`."""
        record = self._record(run)
        keys = {one.id: one.process_key for one in self._store.all_instances()}
        events = self._events(record, "passed")
        return [Passed(keys[event.instance], event.element, instant_text(event.at)) for event in events]

    def runs(self) -> list[Run]:
        """Return the runs that no other called, oldest first: those started here, and those messages started."""
        return [Run(str(one.id), one.process_key) for one in self._store.all_instances() if one.parent is None]

    def process_of(self, run: str | Run) -> str:
        """Return the key of the process of a run, called ones included."""
        return self._record(run).process_key

    def acted(self, run: str | Run) -> list[Acted]:
        """Return the actions the service tasks of a run would have asked for, in order."""
        family = self._family(self._record(run).id)
        return [acted for actor, acted in self._acted if actor in family]

    def decided(self, run: str | Run) -> list[Taken]:
        """Return the decisions a run took, in order, each with its reasons."""
        family = self._family(self._record(run).id)
        return [taken for taker, taken in self._taken if taker in family]

    def program(self, key: str) -> Program | None:
        """Return the process deployed under a key, None when none runs."""
        return next((one for one in reversed(self._deployed.library.programs()) if one.key == key), None)

    def form(self, key: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any] | None] | None:
        """Return the schema and the layout deployed under a key, None when there is no such form."""
        return self._deployed.forms.get(key or "")

    @property
    def lists(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The values of each deployed list, by key."""
        return self._deployed.lists

    def sent(self, run: str | Run) -> list[SentMessage]:
        """Return the messages a run sent."""
        family = self._family(self._record(run).id)
        return [message for sender, message in self._sent if sender in family]

    def save(self, run: str | Run) -> bytes:
        """Return a run with all it called: variables, tokens, timers, buffers; not its trace."""
        record = self._record(run)
        return pack(self._store, [*self._family(record.id)], record.root)

    def load(self, content: bytes) -> str:
        """Take up a saved run, also in another workshop with the same deployment; return its id."""
        return str(unpack(self._store, self._deployed.library, content))

    # -- decisions, expressions, forms ----------------------------------------------------------

    def decide(self, name: str, inputs: Mapping[str, Any] | None = None) -> Decided:
        """Run a decision by id or name."""
        try:
            found = self._decided(name, {**self._names(), **_plain(inputs)})
        except LookupError as error:
            raise NotFound(decision=name) from error
        return Decided(found.outputs, found.value, list(found.matched), _messages(found.warnings))

    def evaluate(self, expression: str, names: Mapping[str, Any] | None = None) -> Evaluated:
        """Return the value of an expression; an unknown name is null with a warning."""
        values = {name: from_json(value) for name, value in _plain(names).items()}
        outcome = evaluate(expression, values, now=self._clock.now(), zone=self.zone, calendar=self.calendar)
        return Evaluated(to_json(outcome.value), _messages(outcome.warnings))

    def validate(self, schema: Any, data: Any, formats: bool = True) -> list[Problem]:
        """Return the problems of data against a plain JSON Schema 2020-12."""
        return list(validate_schema(schema, data, formats=formats))

    def render(
        self,
        schema: Mapping[str, Any],
        ui: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> str:
        """Return a form as HTML."""
        from jalon.ui.forms import render_schema  # templates are read only when a form is shown

        return str(render_schema(schema, ui, data, errors))

    def post(
        self, schema: Mapping[str, Any], data: Mapping[str, Any], ui: Mapping[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """Return the pairs a browser would post for these answers."""
        from jalon.ui.forms import post

        return list(post(schema, data, ui))

    def submit(
        self, schema: Mapping[str, Any], pairs: Iterable[tuple[str, str]], ui: Mapping[str, Any] | None = None
    ) -> Submitted:
        """Decode and check posted pairs; `submit(post(d)).data == d`."""
        from jalon.ui.forms import submit

        ok, data, errors = submit(schema, pairs, ui)
        return Submitted(ok, data, errors)

    def check_value(self, kind: str, text: str) -> tuple[bool, str, str]:
        """Check one value of a known kind: (ok, normalised text, French message)."""
        return check_value(kind, text)

    def add_duration(self, moment: str, duration: str, zone: str | None = None) -> str:
        """Add an ISO 8601 duration to a date or a date and time, in civil time."""
        return add_duration_text(moment, duration, zone)

    def is_working_day(self, day: str) -> bool:
        """Tell whether a day is worked in the workshop's calendar."""
        found = parse_instant(day)
        return self.calendar.is_working_day(found.date() if isinstance(found, datetime) else found)

    def export_csv(self, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> str:
        """Write rows as CSV that no spreadsheet will run."""
        import csv
        import io

        if len(delimiter) != 1:
            raise SandboxRefused(reason="le séparateur est un seul caractère")
        columns = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([safe_cell(name) for name in columns])
        writer.writerows([[safe_cell(row.get(name)) for name in columns] for row in rows])
        return text.getvalue()

    def check_pack(self, content: bytes) -> Any:
        """Check a zipped pack: files, references, scenarios; never raises on bytes."""
        return check_pack(content, Sandbox)

    # -- help -----------------------------------------------------------------------------------

    def _record(self, run: str | Run) -> InstanceRecord:
        record = self._store.get_instance(_uuid(run.id if isinstance(run, Run) else run))
        if record is None:
            raise NotFound(run=str(run))
        return record


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SandboxRefused(reason=f"« {name[:40]} » n’est pas un fuseau horaire") from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as error:
        raise NotFound(id=str(text)) from error


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a copy of JSON data; refuse what is not JSON."""
    if values is None:
        return {}
    try:
        found = read_json(canonical(dict(values)))
    except (TypeError, ValueError) as error:
        raise SandboxRefused(reason="les valeurs doivent être du JSON") from error
    assert isinstance(found, dict)
    return found


def _option(option: Mapping[str, Any]) -> Any:
    value = option.get("default")
    return value == "true" if option.get("type") == "boolean" else value


def _messages(notices: Iterable[Any]) -> list[str]:
    return [getattr(notice, "message", str(notice)) for notice in notices]


__all__ = ["FormInvalid", "JalonError", "Refused", "Report", "Run", "RunState", "Sandbox", "Stale", "Task"]
