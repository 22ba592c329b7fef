"""One evaluation under way: the names it reads, what it may still spend, what went wrong so far."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jalon.engines.expressions.calendar import WorkingCalendar
from jalon.engines.expressions.errors import ExpressionExhausted
from jalon.engines.expressions.jsonvalues import from_json
from jalon.engines.expressions.values import Value

MAX_NOTICES = 20
MAX_CALLS = 24
TODAY = frozenset({"aujourdhui", "aujourd_hui", "today"})
NOW = frozenset({"maintenant"})


@dataclass(frozen=True, slots=True)
class Notice:
    """What went wrong during an evaluation without stopping it: the value there is null."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Fuel:
    """What one evaluation may spend: evaluated nodes, list elements and characters produced."""

    steps: int = 100_000
    elements: int = 50_000
    characters: int = 500_000


DEFAULT_FUEL = Fuel()


class Scope:
    """Names defined inside an expression: loop variables, parameters, context entries, the item of a filter."""

    __slots__ = ("parent", "values")

    def __init__(self, values: Mapping[str, Value], parent: "Scope | None") -> None:
        self.values, self.parent = values, parent


class Run:
    """The state of one evaluation."""

    __slots__ = ("_seen", "calendar", "calls", "characters", "elements", "names", "notices", "now", "steps", "zone")

    def __init__(
        self, names: Mapping[str, Any], now: datetime | None, zone: str, calendar: WorkingCalendar | None, fuel: Fuel
    ) -> None:
        self.names, self.now, self.zone, self.calendar = names, now, zone, calendar
        self.steps, self.elements, self.characters = fuel.steps, fuel.elements, fuel.characters
        self.notices: list[Notice] = []
        self.calls = 0
        self._seen: dict[str, Value] | None = None

    def warn(self, code: str, message: str) -> None:
        """Record what went wrong, once, and give null."""
        notice = Notice(code, message)
        if len(self.notices) < MAX_NOTICES and notice not in self.notices:
            self.notices.append(notice)

    def spend(self, steps: int) -> None:
        """Count steps of calculation."""
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionExhausted("calculs")

    def produce(self, elements: int) -> None:
        """Count list elements about to be created."""
        self.elements -= elements
        if self.elements < 0:
            raise ExpressionExhausted("éléments")

    def write(self, characters: int) -> None:
        """Count characters about to be created."""
        self.characters -= characters
        if self.characters < 0:
            raise ExpressionExhausted("caractères")

    def knows(self, name: str) -> bool:
        """Tell whether the caller gave this name."""
        return name in self.names

    def read(self, name: str) -> Value:
        """Return the value the caller gave for a name, or null with a notice."""
        if name in self.names:
            raw = self.names[name]
            return self.enter(name, raw) if isinstance(raw, list | dict | tuple) else from_json(raw)
        if name in TODAY or name in NOW:
            return self.instant(name)
        self.warn("nom.inconnu", f"« {name} » n’est pas connu ici.")
        return None

    @contextmanager
    def reading(self, names: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Read these names before the caller's for a while; gives all of them, to add what is computed meanwhile."""
        outer, seen = self.names, self._seen
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise ExpressionExhausted("appels imbriqués")
        inner = {**outer, **names}
        self.names, self._seen = inner, None
        try:
            yield inner
        finally:
            self.names, self._seen = outer, seen
        self.calls -= 1

    def enter(self, path: str, raw: Any) -> Value:
        """Bring a list or context of the caller in, once for the whole evaluation."""
        if self._seen is None:
            self._seen = {}
        if path not in self._seen:
            self._seen[path] = from_json(raw)
        return self._seen[path]

    def instant(self, name: str) -> Value:
        """Return today or now on the wall of the zone, or null with a notice when no clock was given."""
        if self.now is None:
            self.warn("horloge.absente", f"« {name} » demande la date du jour, qui n’a pas été fournie.")
            return None
        here = (self.now if self.now.tzinfo else self.now.replace(tzinfo=ZoneInfo(self.zone))).astimezone(
            ZoneInfo(self.zone)
        )
        return here.date() if name in TODAY else here
