"""Acting on processes: deploy, start, complete, advance, send, save."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from jalon.base.errors import FormInvalid, JalonError
from jalon.engines.expressions import add_duration, localised
from jalon.engines.forms import compile_form, validate
from jalon.engines.processes import Program
from jalon.runtime.answers import Run, Sent, Task, shown
from jalon.runtime.deployment import Report, deploy
from jalon.runtime.looking import watches
from jalon.runtime.packing import pack, unpack
from jalon.runtime.spreading import visible
from jalon.sandbox.arguments import SandboxRefused, guarded, number, plain, readable
from jalon.sandbox.workshop import Workshop

MAX_FIRED = 20_000


class Playing(Workshop):
    """What is done to processes."""

    @guarded
    def deploy(self, files: Mapping[str, bytes | str], unit: str | None = None) -> Report:
        """Deploy files together, all or nothing; kind read from content; never raises on bytes."""
        contents = {readable(name, "le nom de fichier"): _bytes(one) for name, one in files.items()}
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

    @guarded
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
                readable(key, "la clé du processus"),
                plain(variables),
                unit=self._unit,
                business_key=None if business_key is None else readable(str(business_key), "la clé métier"),
                start_event=start_event,
            )
        )
        assert happened.instance is not None
        return Run(str(happened.instance), key)

    @guarded
    def tasks(self, run: str | Run | None = None) -> list[Task]:
        """Return the ready tasks in creation order, those of called runs included."""
        if run is None:
            return [shown(task) for task in self._store.open_tasks()]
        record = self._record(run)
        mine = self._family(record.id)
        return [shown(task) for task in self._store.open_tasks(root=record.root) if task.instance in mine]

    @guarded
    def complete(self, task_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a task; its form checks the answers: FormInvalid, and nothing has changed."""
        task, values = number(task_id), plain(variables)
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

    @guarded
    def fail(self, task_id: str, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        """End a task in a BPMN error; uncaught, it is an incident."""
        self._kept(
            self._runtime().fail_task(
                number(task_id), readable(code, "le code"), readable(message, "le message"), plain(variables)
            )
        )

    @guarded
    def escalate(self, task_id: str, code: str) -> None:
        """Raise an escalation at a task."""
        self._kept(self._runtime().escalate_task(number(task_id), readable(code, "le code")))

    @guarded
    def cancel(self, run: str | Run) -> None:
        """Stop a run and what it called; one that is over stays as it is."""
        record = self._record(run)
        if record.ended_at is None:
            self._kept(self._runtime().cancel(record.id))

    @guarded
    def advance(self, to: str) -> None:
        """Walk to a later instant (or by a duration), each timer firing at its own instant."""
        if readable(to, "la durée").lstrip("-").startswith("P"):
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

    @guarded
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
                self._named(message), plain(payload), correlation=plain(correlation), instance=target, unit=self._unit
            )
        )
        return Sent(happened.delivered, len(happened.started) if not happened.delivered else 0, happened.buffered)

    def _named(self, message: str) -> str:
        """Return the name of a message or signal given by name or by id."""
        names: dict[str, str] = {}
        message = readable(message, "le nom")
        for program in self._deployed.library.programs():
            for node in program.nodes.values():
                for definition in node.definitions:
                    if definition.kind in {"message", "signal"}:
                        if definition.name == message:
                            return message
                        names.update(dict.fromkeys(definition.ids, definition.name))
        return names.get(message, message)

    @guarded
    def signal(self, signal: str, payload: Mapping[str, Any] | None = None, run: str | Run | None = None) -> Sent:
        """Broadcast a signal to every run (or to one), and start who it starts."""
        target = None if run is None else self._record(run).id
        happened = self._kept(
            self._runtime().signal(self._named(signal), plain(payload), instance=target, unit=self._unit)
        )
        return Sent(happened.delivered, len(happened.started), 0)

    @guarded
    def save(self, run: str | Run) -> bytes:
        """Return a run with all it called: variables, tokens, timers, buffers; not its trace."""
        record = self._record(run)
        return pack(self._store, [*self._family(record.id)], record.root)

    @guarded
    def load(self, content: bytes) -> str:
        """Take up a saved run, also in another workshop with the same deployment; return its id."""
        return str(unpack(self._store, self._deployed.library, content))


def _bytes(content: bytes | str) -> bytes:
    if isinstance(content, str):
        return readable(content, "le contenu d’un fichier").encode()
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise SandboxRefused(reason="le contenu d’un fichier est une suite d’octets")
    return bytes(content)
