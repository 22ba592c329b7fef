"""What a workshop holds: a clock, what was deployed, the runs, and how they reach decisions and actions."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal, Self
from uuid import UUID

from jalon.base.clock import MovableClock, civil_date
from jalon.base.errors import NotFound
from jalon.engines import decisions as engine
from jalon.engines.expressions import WorkingCalendar, from_json, localised, parse_instant, working_calendar
from jalon.engines.processes import ActionCall, ActionResult, Ask, Done, Program
from jalon.runtime import Happened, MemoryStore, Runtime, Surroundings
from jalon.runtime.answers import Acted, Run, SentMessage, Taken
from jalon.runtime.deployment import Deployed
from jalon.runtime.filekinds import parameter_values
from jalon.runtime.protocol import InstanceRecord
from jalon.sandbox.acting import simulation
from jalon.sandbox.arguments import SandboxRefused, guarded, number, readable, zone_of

LAST_YEAR = 9900  # what waits a while afterwards must still have a date


class Workshop:
    """A clock, what was deployed, and the runs."""

    @guarded
    def __init__(
        self,
        now: str = "2026-01-05T09:00:00+01:00",
        zone: str = "Europe/Paris",
        calendar: str = "metropole",
        services: Literal["ask", "pass", "simulate"] = "ask",
        max_steps: int = 10_000,
    ) -> None:
        if services not in ("ask", "pass", "simulate"):
            raise SandboxRefused(reason="services vaut « ask », « pass » ou « simulate »")
        if not isinstance(max_steps, int) or max_steps < 1:
            raise SandboxRefused(reason="max_steps est un nombre de pas, à partir de 1")
        self.zone, self.services, self.max_steps = zone, services, max_steps
        zone_of(zone)
        self.calendar: WorkingCalendar = working_calendar(readable(calendar, "le calendrier"))
        self._clock = MovableClock(self._instant(now))
        self._deployed = Deployed()
        self._unit = ""
        self._store = MemoryStore()
        self._sent: list[tuple[UUID, SentMessage]] = []
        self._acted: list[tuple[UUID, Acted]] = []
        self._taken: list[tuple[UUID, Taken]] = []

    @guarded
    def again(self, now: str, zone: str | None = None, calendar: str | None = None) -> Self:
        """Return another workshop with the same deployment, at that instant, without any run."""
        other = type(self)(now, zone or self.zone, calendar or self.calendar.name, self.services, self.max_steps)
        other._deployed, other._unit = self._deployed, self._unit
        return other

    def _instant(self, when: str) -> datetime:
        moment = parse_instant(readable(when, "l’instant"))
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if not 1 < moment.year < LAST_YEAR:
            raise SandboxRefused(reason=f"« {when[:40]} » est hors du calendrier")
        return localised(moment, self.zone).astimezone(UTC)

    @property
    def now(self) -> str:
        """The instant the workshop stands at, as ISO text in its zone."""
        return self._clock.now().astimezone(zone_of(self.zone)).isoformat()

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
        program = self._deployed.library.program(record.process_key, record.process_hash)
        names = self._names(program)

        def decide_value(name: str, variables: Mapping[str, Any]) -> Any:
            found = self._decided(name, {**names, **variables})
            self._taken.append((record.id, Taken(name, found.outputs, engine.explain(found))))
            return found.value

        simulate = simulation(self._deployed.connectors, decide_value, self._clock.now())

        def act(call: ActionCall) -> ActionResult:
            if self.services == "ask":
                return Ask()
            if call.action or call.vendor:
                self._acted.append((record.id, Acted(call.action or call.vendor, {**call.parameters}, call.element)))
            return simulate(call) if self.services == "simulate" else Done()

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

    @guarded
    def program(self, key: str) -> Program | None:
        """Return the process deployed under a key, None when none runs."""
        return next((one for one in reversed(self._deployed.library.programs()) if one.key == key), None)

    def _decided(self, name: str, inputs: Mapping[str, Any]) -> engine.Decided:
        compiled = self._deployed.decision(name)
        if compiled is None:
            raise LookupError(name)
        return engine.decide(compiled, name, inputs, now=self._clock.now(), zone=self.zone, calendar=self.calendar)

    def _record(self, run: str | Run) -> InstanceRecord:
        record = self._store.get_instance(number(run.id if isinstance(run, Run) else run))
        if record is None:
            raise NotFound(run=str(run))
        return record

    def _family(self, root: UUID) -> dict[UUID, None]:
        """Return a run and the runs it called, over or not, the caller first."""
        family = {root: None}
        for record in self._store.all_instances():
            if record.parent in family:
                family[record.id] = None
        return family


def _option(option: Mapping[str, Any]) -> Any:
    value = option.get("default")
    return value == "true" if option.get("type") == "boolean" else value
