"""Play the scenarios of the packs on what a release would give, at every level where it behaves otherwise."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import JalonError
from jalon.base.json import Json, content_hash
from jalon.engines.layering.kinds import adapter
from jalon.runtime.scenarios import play
from jalon.services.configuration.packs.formats import write_artifact
from jalon.services.configuration.packs.model import Name
from jalon.services.configuration.reading import list_keys
from jalon.services.publication.model import FailingScenario, UnitName
from jalon.services.publication.planning import Plan
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.organisations import Unit

Workshop = Callable[..., Any]
"""Makes an empty workshop in memory, as `jalon.sandbox.Sandbox` does: the doors hand it over."""
KINDS = ("process", "decision", "form", "list", "parameters", "connector")
MAX_PLAYS = 100
"""How many different results are played for one release; the report says how many were not."""
NOON = "2026-01-05T09:00:00+01:00"
_KEPT = 5_000
_played: dict[str, tuple[str, ...]] = {}
_behaviours: dict[str, str] = {}


@dataclass
class Rehearsal:
    """What playing found: scenarios that do not hold, results played now, known already, left out."""

    failing: list[FailingScenario] = field(default_factory=list)
    played: int = 0
    known: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class _Scenario:
    pack: str
    name: str
    content: Mapping[str, Any]
    names: frozenset[Name]


def rehearse(session: Session, plans: Sequence[Plan], workshop: Workshop) -> Rehearsal:
    """Play each scenario that reads what these plans change, once for each distinct result it would run on.

    A result is distinct by what it does: texts for people do not count. What was played once is not played again.
    """
    found = Rehearsal()
    if not plans:
        return found
    stage = _Stage(session, plans, workshop, found)
    touched = {(plan.artifact.kind, plan.artifact.key) for plan in plans}
    for scenario in _scenarios(session, stage):
        if scenario.names & touched:
            stage.play_everywhere(scenario)
    return found


class _Stage:
    """What every artifact is before and after the release, at every level, without a query for each."""

    def __init__(self, session: Session, plans: Sequence[Plan], workshop: Workshop, found: Rehearsal) -> None:
        self._session, self._workshop, self._found = session, workshop, found
        self._day: date = plans[0].day
        self._plans = {(plan.artifact.kind, plan.artifact.key): plan for plan in plans}
        self.units = {unit.code: unit for unit in organisations.units(session) if unit.closed_at is None}
        self.artifacts = {
            (artifact.kind, artifact.key): artifact for artifact in store.artifacts(session) if artifact.kind in KINDS
        }
        self._hashes: dict[Name, dict[UUID | None, str]] = {}
        self._boxes: dict[str, Any] = {}

    def content(self, name: Name, unit: Unit | None, *, after: bool) -> Json:
        """Return an artifact as a level has it before or after the release, None when it has none."""
        plan = self._plans.get(name)
        if plan is not None:
            resolved = plan.after if after else plan.before
            level = next((one for one in self._line(unit) if one in resolved), None)
            return resolved[level].document if level in resolved else None
        wanted = self._hash(name, unit)
        return snapshots.content(self._session, wanted) if wanted else None

    def _hash(self, name: Name, unit: Unit | None) -> str:
        if name not in self._hashes:
            artifact = self.artifacts.get(name)
            pointers = store.pointers_at(self._session, artifact.id, self._day) if artifact else {}
            self._hashes[name] = {level: pointer.hash for level, pointer in pointers.items()}
        known = self._hashes[name]
        return next((known[level] for level in self._line(unit) if level in known), "")

    def _line(self, unit: Unit | None) -> list[UUID | None]:
        """Return a level and those above it, the pack last."""
        codes = reversed(unit.codes) if unit else ()
        return [*(self.units[code].id for code in codes if code in self.units), None]

    def play_everywhere(self, scenario: _Scenario) -> None:
        """Play a scenario for its unit and for each level below that has something of its own in what it reads."""
        for unit in self._levels(scenario):
            behaviours = [self._behaviour(scenario, unit, after=after) for after in (False, True)]
            if behaviours[0] == behaviours[1]:
                continue
            wrong = self._result(scenario, unit, behaviours[1], after=True)
            if wrong:
                before = self._result(scenario, unit, behaviours[0], after=False)
                title = str(scenario.content.get("title") or scenario.name)
                where = UnitName(unit.id, unit.code, unit.title)
                self._found.failing.append(
                    FailingScenario(scenario.pack, scenario.name, title, where, wrong, bool(before))
                )

    def _levels(self, scenario: _Scenario) -> list[Unit]:
        root = min(self.units.values(), key=lambda unit: len(unit.path), default=None)
        home = self.units.get(str(scenario.content.get("unit") or ""), root)
        if home is None:
            return []
        own: set[UUID | None] = set()
        for name in scenario.names:
            plan = self._plans.get(name)
            if plan is not None:
                own |= set(plan.after)
            else:
                self._hash(name, None)
                own |= set(self._hashes[name])
        below = [unit for unit in self.units.values() if unit.id in own and unit.path.startswith(home.path)]
        distinct: dict[str, Unit] = {}
        for unit in [home, *sorted(below, key=lambda unit: unit.path)]:
            distinct.setdefault(self._behaviour(scenario, unit, after=True), unit)
        return list(distinct.values())

    def _behaviour(self, scenario: _Scenario, unit: Unit, *, after: bool) -> str:
        """Return the digits that two results share when a scenario cannot tell them apart."""
        parts: dict[str, str] = {}
        for name in scenario.names:
            plan = self._plans.get(name)
            if plan is None:
                wanted = self._hash(name, unit)
            else:
                content = self.content(name, unit, after=after)
                wanted = "" if content is None else snapshots.hash_of(name[0], content)
            parts["/".join(name)] = _behaviour(name[0], wanted, partial(self.content, name, unit, after=after))
        return content_hash([parts, dict(scenario.content)])

    def _result(self, scenario: _Scenario, unit: Unit, behaviour: str, *, after: bool) -> tuple[str, ...]:
        if behaviour in _played:
            self._found.known += 1
            return _played[behaviour]
        if self._found.played >= MAX_PLAYS:
            self._found.left_out += 1
            return ()
        self._found.played += 1
        _remember(_played, behaviour, tuple(self._play(scenario, unit, after=after)))
        return _played[behaviour]

    def _play(self, scenario: _Scenario, unit: Unit, *, after: bool) -> list[str]:
        files: dict[str, bytes] = {}
        for name in sorted(scenario.names):
            content = self.content(name, unit, after=after)
            if content is not None:
                folder = f"{name[1]}/" if name[0] == "parameters" else ""
                written = write_artifact(name, content, name[1]).items()
                files |= {f"{folder}{path}": data for path, data in written}
        try:
            box = self._box(files, unit)
            if isinstance(box, list):
                return box
            return play(box.again(str(scenario.content.get("now") or NOON)), scenario.content)
        except (JalonError, TypeError, AttributeError, KeyError, ValueError) as error:
            return [error.text() if isinstance(error, JalonError) else f"il est mal écrit ({type(error).__name__})"]

    def _box(self, files: Mapping[str, bytes], unit: Unit) -> Any:
        """Return a workshop where these files are deployed, or the errors that forbid it."""
        key = content_hash({path: data.decode(errors="replace") for path, data in files.items()} | {"": unit.code})
        if key not in self._boxes:
            box = self._workshop(services="simulate")
            report = box.deploy(files, unit=unit.code)
            errors = [problem.message for problem in report.problems if problem.severity == "error"]
            self._boxes[key] = box if report.ok else errors
        return self._boxes[key]


def _scenarios(session: Session, stage: _Stage) -> Iterator[_Scenario]:
    """Yield the scenarios of every pack with the artifacts each one runs on."""
    for pack in store.packs(session):
        carried = snapshots.content(session, pack.manifest.get("carried", "")) or {}
        scenarios: Mapping[str, Any] = carried.get("scenarios", {})
        if scenarios:
            own = {name for name, artifact in stage.artifacts.items() if artifact.pack == pack.key}
            names = frozenset(_reached(own, stage))
            for key, content in scenarios.items():
                yield _Scenario(pack.key, key, content, names)


def _reached(own: Iterable[Name], stage: _Stage) -> set[Name]:
    """Return these artifacts, what they name in other packs, and every parameter: a diagram names things in quotes."""
    found = set(own) | {name for name in stage.artifacts if name[0] == "parameters"}
    waiting = list(found)
    while waiting:
        kind, key = waiting.pop()
        content = stage.content((kind, key), None, after=True) or {}
        named: set[Name] = set()
        if kind == "form":
            named = {("list", one) for one in list_keys(content)}
        elif kind == "process":
            text = str(content.get("bpmn", ""))
            named = {name for name in stage.artifacts if name[0] in ("process", "form") and f'"{name[1]}"' in text}
            named |= {name for name in stage.artifacts if name[0] == "connector" and _quoted(name[1], text)}
            named |= {name for name in stage.artifacts if name[0] == "decision" and _decides(name, text, stage)}
        new = (named & stage.artifacts.keys()) - found
        found |= new
        waiting += new
    return found


def _decides(name: Name, text: str, stage: _Stage) -> bool:
    model = stage.content(name, None, after=True) or {}
    ids = [name[1], *(str(one.get(word, "")) for one in model.get("decisions", ()) for word in ("id", "name"))]
    return any(one and _quoted(one, text) for one in ids)


def _quoted(name: str, text: str) -> bool:
    """Tell whether a diagram names something: as an attribute, or as a text inside an expression."""
    return f'"{name}"' in text or f"&quot;{name}&quot;" in text


def _behaviour(kind: str, content_key: str, read: Callable[[], Json]) -> str:
    """Return the digits of what a content does: two forms that only differ by their texts share them."""
    if kind not in ("form", "list") or not content_key:
        return content_key
    if content_key not in _behaviours:
        found = adapter(kind)
        items = {
            uid: {prop: value for prop, value in item.items() if found.prop(uid, prop).change != "cosmetic"}
            for uid, item in found.explode(read()).items.items()
        }
        _remember(_behaviours, content_key, content_hash(items))
    return _behaviours[content_key]


def _remember(cache: dict[str, Any], key: str, value: Any) -> None:
    while len(cache) >= _KEPT:
        cache.pop(next(iter(cache)), None)
    cache[key] = value
