"""Plays the scenarios of a pack in memory: at the unit each names, then on every different configuration below it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jalon.doors.cli.group import problem_line
from jalon.runtime.scenarios import play, read_pack_zip
from jalon.sandbox import Sandbox
from jalon.services import configuration
from jalon.services.configuration import Pack

UNITS = "units.csv"
NOON = "2026-01-05T09:00:00+01:00"
"""When a scenario that does not say begins."""

Problems = list[str]


@dataclass
class Checked:
    """What checking a pack found: `plays` counts each scenario once per configuration, `configurations` names them."""

    pack: str
    ok: bool = False
    scenarios: int = 0
    plays: int = 0
    configurations: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def check(place: Path) -> Checked:
    """Lint a pack, then play its scenarios with the packs it needs."""
    report = configuration.check_pack(place)
    pack = report.pack
    found = Checked(pack.key if pack else place.name, lines=[problem_line(problem) for problem in report.problems])
    if pack is None or not report.ok:
        return found
    needed = _with_needed(pack)
    stage = _Stage(needed)
    for name, scenario in pack.scenarios.items():
        for unit in stage.places(scenario.get("unit")):
            wrong = stage.played(scenario, unit)
            found.plays += 1
            found.lines += [f"erreur {name} ({unit or 'socle'}) : {fault}" for fault in wrong]
    found.scenarios, found.configurations = len(pack.scenarios), stage.seen
    found.ok = not any(line.startswith("erreur") for line in found.lines)
    unplayed = [unit for unit in pack.overlays if unit not in stage.seen]
    found.lines += [f"attention aucun scénario ne joue la variante de « {unit} »" for unit in unplayed]
    return found


class _Stage:
    """The packs deployed once for each unit; `seen` are the units played at, in order."""

    def __init__(self, packs: list[Pack]) -> None:
        self._files = {path: data for one in packs for path, data in _files(one).items()}
        self._parents = {code: parent for one in packs for code, parent in _parents(one).items()}
        self._changed = [unit for one in packs for unit in one.overlays]
        self._boxes: dict[str, Sandbox | Problems] = {}

    @property
    def seen(self) -> list[str]:
        return list(self._boxes)

    def places(self, unit: str | None) -> list[str]:
        """Return the unit of a scenario, then those below it that changed something: the others have the same."""
        home = unit or ""
        return list(dict.fromkeys([home, *(one for one in self._changed if home in self._above(one))]))

    def played(self, scenario: Mapping[str, Any], unit: str) -> Problems:
        """Play a scenario at a unit; return what does not hold."""
        if unit not in self._boxes:
            box = Sandbox(services="simulate")
            report = box.deploy(self._files, unit=unit or None)
            errors = [problem.message for problem in report.problems if problem.severity == "error"]
            self._boxes[unit] = errors or box
        box_or_errors = self._boxes[unit]
        if isinstance(box_or_errors, list):
            return box_or_errors
        return play(box_or_errors.again(str(scenario.get("now", NOON))), scenario)

    def _above(self, unit: str) -> list[str]:
        """Return the units above one, the pack last."""
        line = []
        while unit := self._parents.get(unit, ""):
            line.append(unit)
        return [*line, ""]


def _files(pack: Pack) -> dict[str, bytes]:
    files = read_pack_zip(configuration.write_pack(replace(pack, signature=None)))
    return {path: data for path, data in files.items() if not {"data", "scenarios"} & set(path.split("/"))}


def _parents(pack: Pack) -> dict[str, str]:
    table = pack.files.get(UNITS, b"").decode("utf-8")
    return {row["code"]: row["parent"] or "" for row in csv.DictReader(io.StringIO(table))}


def _with_needed(pack: Pack) -> list[Pack]:
    """Return a pack and the shipped ones it needs, each once, needed ones first."""
    shipped = {folder.name: folder for folder in configuration.shipped_packs()}
    found: dict[str, Pack] = {}

    def add(one: Pack) -> None:
        for key in one.requires:
            if key in shipped and key not in found:
                add(configuration.read_pack(shipped[key]))
        found[one.key] = one

    add(pack)
    return list(found.values())
