"""What is deployed in memory: processes, decisions, forms, lists, parameters, connectors, as one unit sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from jalon.base.errors import ContentRefused, JalonError, Problem
from jalon.engines.decisions import CompiledDecisions, from_dmn, read_dmn, to_dmn
from jalon.engines.forms import compile_form, lint
from jalon.engines.layering import Level, read_overlay, resolve
from jalon.engines.processes import read_bpmn
from jalon.runtime.connectors import check_connector
from jalon.runtime.filekinds import Known, read_file
from jalon.runtime.library import MemoryLibrary


class DeployedProcess(NamedTuple):
    """One process of a report."""

    key: str
    title: str
    file: str
    executable: bool
    starts: tuple[str, ...]


class DeployedDecision(NamedTuple):
    """One decision of a report."""

    id: str
    name: str
    executable: bool


class Reported(NamedTuple):
    """One problem of a report."""

    code: str
    severity: str
    file: str
    element: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a deployment found; nothing is deployed unless `ok`."""

    problems: tuple[Reported, ...] = ()
    processes: tuple[DeployedProcess, ...] = ()
    decisions: tuple[DeployedDecision, ...] = ()
    forms: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether there is no error."""
        return not any(problem.severity == "error" for problem in self.problems)


@dataclass(slots=True)
class Deployed:
    """Everything in force; a later deployment adds to it."""

    library: MemoryLibrary = field(default_factory=MemoryLibrary)
    decisions: list[CompiledDecisions] = field(default_factory=list)
    forms: dict[str, tuple[Mapping[str, Any], Mapping[str, Any] | None]] = field(default_factory=dict)
    lists: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    connectors: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def decision(self, name: str) -> CompiledDecisions | None:
        """Return the latest file that holds a decision, by id or by name."""
        for compiled in reversed(self.decisions):
            if name in compiled.decisions or any(found.name == name for found in compiled.decisions.values()):
                return compiled
        return None


def deploy(before: Deployed, files: Mapping[str, bytes], unit: str | None = None) -> tuple[Report, Deployed]:
    """Return the report of a deployment and what is in force after it: `before` itself when something is refused."""
    reading = _Reading(before, unit)
    try:
        for name, content in files.items():
            reading.take(name, read_file(name, bytes(content)))
        return reading.finish()
    except (RecursionError, MemoryError):
        message = "Ces fichiers sont trop imbriqués pour être lus. Simplifiez-les."
        return Report((Reported("fichier.trop_imbrique", "error", "", "", None, message),)), before


class _Reading:
    """One deployment being read."""

    def __init__(self, before: Deployed, unit: str | None) -> None:
        self.before, self.unit = before, unit
        self.problems: list[Problem] = []
        self.diagrams: dict[str, bytes] = {}
        self.tables: dict[str, bytes] = {}
        self.forms: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, Any] = {}
        self.parameters: dict[str, dict[str, Any]] = {}
        self.connectors: dict[str, tuple[str, Any]] = {}
        self.overlays: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.parents: dict[str, str] = {}
        self.sources: dict[str, str] = {}

    def take(self, name: str, known: Known) -> None:
        """Put a file where it belongs."""
        self.problems += known.problems
        match known.kind:
            case "bpmn":
                self.diagrams[name] = known.content
            case "dmn":
                self.tables[name] = known.content
            case "schema" | "ui":
                self.forms.setdefault(known.key, {}).update(known.content)
                self.sources.setdefault(known.key, name)
            case "list":
                self.lists[known.key] = known.content
            case "parameters":
                folder = name.replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
                named = known.key not in {"parameters", "parameters.toml"}
                self.parameters[known.key if named else folder or known.key] = known.content
            case "connector":
                self.connectors[known.key] = (name, known.content)
            case "units":
                self.parents.update({row["code"]: row.get("parent") or "" for row in known.content if row.get("code")})
            case "overlay":
                self._overlay(name, known.content)

    def _overlay(self, name: str, document: Any) -> None:
        try:
            overlay = read_overlay(document, name)
        except ContentRefused as refusal:
            self.problems += [replace(problem, file=problem.file or name) for problem in refusal.problems]
            return
        changed = self.overlays.setdefault(overlay.unit, {})  # each pack may bring its own overlay of one unit
        for artifact, operations in overlay.artifacts.items():
            changed[artifact] = (*changed.get(artifact, ()), *operations)

    def _levels(self, artifact: str) -> list[Level]:
        """Return what the units above and the unit itself change in an artifact, the highest first."""
        chain: list[str] = []
        unit = self.unit or ""
        while unit and unit not in chain:
            chain.append(unit)
            unit = self.parents.get(unit, "")
        return [
            Level(code, self.overlays[code][artifact])
            for code in reversed(chain)
            if artifact in self.overlays.get(code, {})
        ]

    def _resolved(self, kind: str, key: str, document: Any, file: str) -> Any:
        levels = self._levels(f"{kind}/{key}")
        if not levels:
            return document
        try:
            found = resolve(kind, document, levels)
        except JalonError as error:
            self.problems.append(Problem("surcouche.refusee", "error", error.text(), file))
            return document
        for refused in found.refused:
            message = f"Une modification locale n’est pas appliquée : {refused.message}"
            self.problems.append(Problem("surcouche.ecartee", "warning", message, file))
        return found.document

    def finish(self) -> tuple[Report, Deployed]:
        """Check everything together; nothing is kept unless nothing is refused."""
        forms = self._forms()
        decisions, compiled = self._decisions()
        lists = {key: self._resolved("list", key, value, key).get("values", []) for key, value in self.lists.items()}
        parameters: dict[str, Any] = {}
        for key, tables in self.parameters.items():
            parameters |= self._resolved("parameters", key, tables, f"{key}/parameters.toml")
        connectors = self._connectors()
        library = self.before.library
        reading = read_bpmn(
            {name: self._diagram(name, content) for name, content in self.diagrams.items()},
            known_processes=library.keys(),
            known_forms={*self.before.forms, *forms},
            known_decisions={name for found in [*self.before.decisions, *compiled] for name in _names(found)},
        )
        self.problems += reading.problems
        report = Report(
            tuple(Reported(p.code, p.severity, p.file, p.element, p.line, p.message) for p in self.problems),
            tuple(DeployedProcess(p.key, p.title, p.file, p.executable, p.starts) for p in reading.processes),
            tuple(decisions),
            tuple(forms),
        )
        if not report.ok:
            return report, self.before
        after = Deployed(
            library.with_more([found.program for found in reading.processes if found.program is not None]),
            [*self.before.decisions, *compiled],
            {**self.before.forms, **forms},
            {**self.before.lists, **lists},
            {**self.before.parameters, **parameters},
            {**self.before.connectors, **connectors},
        )
        return report, after

    def _diagram(self, name: str, content: bytes) -> bytes:
        key = name.replace("\\", "/").rpartition("/")[2].removesuffix(".bpmn")
        if not self._levels(f"process/{key}"):
            return content
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return content
        document = self._resolved("process", key, {"bpmn": text}, name)
        return str(document["bpmn"]).encode()

    def _forms(self) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
        found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any] | None]] = {}
        for key, parts in self.forms.items():
            file = self.sources[key]
            if "schema" not in parts:
                message = f"La mise en page « {key} » n’a pas de formulaire : ajoutez {key}.schema.json."
                self.problems.append(Problem("formulaire.sans_schema", "error", message, file))
                continue
            parts = self._resolved("form", key, {"schema": parts["schema"], "ui": parts.get("ui")}, file)
            wrong = lint(parts["schema"], parts.get("ui"), file=file)
            self.problems += wrong
            if not any(problem.severity == "error" for problem in wrong):
                try:
                    compile_form(parts["schema"], parts.get("ui"))
                except ContentRefused as refusal:
                    self.problems += [replace(problem, file=file) for problem in refusal.problems]
                    continue
                found[key] = (parts["schema"], parts.get("ui"))
        return found

    def _connectors(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for key, (file, declared) in self.connectors.items():
            found[key] = self._resolved("connector", key, declared, file)
            self.problems += check_connector(key, found[key], file)
        return found

    def _decisions(self) -> tuple[list[DeployedDecision], list[CompiledDecisions]]:
        listed, compiled = [], []
        for name, content in self.tables.items():
            key = name.replace("\\", "/").rpartition("/")[2].removesuffix(".dmn")
            if self._levels(f"decision/{key}"):
                model, _ = from_dmn(content, name)
                content = to_dmn(self._resolved("decision", key, model, name))
            found = read_dmn(content, name)
            refused = {one.id for one in found.decisions if not one.executable}
            whole = {one.id for one in found.decisions}
            for problem in found.problems:  # a bad decision refuses itself, not the file that holds good ones
                alone = problem.element in refused or (refused and problem.severity == "error" and whole)
                self.problems.append(replace(problem, severity="warning", file=name) if alone else problem)
            listed += [DeployedDecision(one.id, one.name, one.executable) for one in found.decisions]
            compiled.append(found.compiled)
        return listed, compiled


def _names(compiled: CompiledDecisions) -> set[str]:
    return {name for found in compiled.decisions.values() for name in (found.id, found.name)}
