"""Checking a zipped pack in memory: its files deployed together, its scenarios played."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from jalon.base.errors import FormInvalid, JalonError
from jalon.base.i18n import fr
from jalon.runtime.deployment import Report, Reported
from jalon.runtime.filekinds import read_file

MAX_FILES = 2_000
MAX_BYTES = 100_000_000
_NOTES = (".md", ".txt", ".svg", ".png", ".pdf")


class PackUnreadable(JalonError):
    """Bytes that are not a zip we accept."""

    code, message, status = "archive.illisible", fr("Ce fichier zip ne peut pas être lu : {reason}."), 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


def read_pack_zip(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip by path; raises PackUnreadable on what is not one, is too big or leaves its folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise PackUnreadable("il contient trop de fichiers, ou des fichiers trop gros")
            for entry in entries:
                parts = entry.filename.replace("\\", "/").split("/")
                if ".." in parts or parts[0] in {"", "~"} or ":" in parts[0]:
                    raise PackUnreadable(f"le chemin « {entry.filename[:60]} » sort du paquet")
            return {entry.filename: _read(archive, entry) for entry in entries}
    except PackUnreadable:
        raise
    except Exception as error:  # zipfile lets nearly anything escape on spoilt bytes
        raise PackUnreadable("ce n’est pas un fichier zip lisible") from error


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        found = file.read(entry.file_size + 1)
    if len(found) > entry.file_size:
        raise PackUnreadable("la taille d’un fichier est fausse")
    return found


def check_pack(content: bytes, workshop: Callable[..., Any]) -> Report:
    """Return the report of a pack: what deploying it says, then each scenario that does not hold."""
    try:
        files = read_pack_zip(content)
    except PackUnreadable as refusal:
        message = f"Ce paquet ne peut pas être lu : {refusal.reason}."
        return Report((Reported("paquet.illisible", "error", "", "", None, message),))
    if not files:
        return Report((Reported("paquet.vide", "error", "", "", None, "Ce paquet est vide."),))
    files = {name: data for name, data in files.items() if not name.endswith(_NOTES)}
    report: Report = workshop().deploy(files)
    problems = list(report.problems)
    if report.ok:
        for name, data in files.items():
            known = read_file(name, data)
            if known.kind == "scenario":
                problems += _play(name, known.content, files, workshop)
    return Report(tuple(problems), report.processes, report.decisions, report.forms)


def _play(name: str, scenario: Any, files: Mapping[str, bytes], workshop: Callable[..., Any]) -> list[Reported]:
    unit = scenario.get("unit")
    try:
        box = workshop(now=str(scenario.get("now", "2026-01-05T09:00:00+01:00")), services="simulate")
        report = box.deploy(files, unit=unit if isinstance(unit, str) else None)
        if not report.ok:
            return list(report.problems)
        wrong = play(box, scenario)
    except (JalonError, TypeError, AttributeError, KeyError, ValueError) as error:
        wrong = [error.text() if isinstance(error, JalonError) else f"il est mal écrit ({type(error).__name__})"]
    title = str(scenario.get("title", name))[:80]
    return [Reported("scenario.echec", "error", name, "", None, f"Scénario « {title} » : {one}") for one in wrong]


def play(box: Any, scenario: Mapping[str, Any]) -> list[str]:
    """Play a scenario on a workshop; return a French sentence for each step that does not hold."""
    run: Any = None
    wrong: list[str] = []
    for number, step in enumerate(scenario.get("steps", ()), 1):
        expected = step.get("expect", {})
        outcome: dict[str, Any] = {"invalid": []}
        try:
            run, given = perform(box, run, scenario["process"], step)
            outcome |= given
        except FormInvalid as refusal:
            outcome["invalid"] = sorted(refusal.problems)
            if "invalid" not in expected:
                wrong.append(f"étape {number} : les réponses sont refusées ({', '.join(outcome['invalid'])})")
        except (JalonError, LookupError) as error:
            reason = error.text() if isinstance(error, JalonError) else str(error)
            wrong.append(f"étape {number} ({str(step.get('say', ''))[:60]}) : {reason}")
            break
        wrong += [f"étape {number} : {text}" for text in _compare(box, run, expected, outcome)]
    return wrong


def perform(box: Any, run: Any, process: str, step: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Do one step on a workshop; return the run it leaves and what it gave (the outputs of a decision).

    Raises FormInvalid, another JalonError, or LookupError for a task that is not open or a verb nobody knows.
    """
    verb, given = step.get("do"), step.get("with") or {}
    if verb == "start":
        return box.start(process, given), {}
    if verb in _VERBS:
        return run, _VERBS[verb](box, run, step, given) or {}
    if verb != "check":
        raise LookupError(f"le verbe « {verb} » n’existe pas")
    return run, {}


def _task(box: Any, run: Any, step: Mapping[str, Any]) -> str:
    everywhere = [*box.tasks(run), *box.tasks()]  # those of the run first, then of the runs its messages started
    found = next((task for task in everywhere if task.element == step.get("task")), None)
    if found is None:
        open_now = ", ".join(task.element for task in box.tasks(run)) or "aucune"
        raise LookupError(f"la tâche « {step.get('task')} » n’est pas ouverte (ouvertes : {open_now})")
    return str(found.id)


_VERBS: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "complete": lambda box, run, step, given: box.complete(_task(box, run, step), given),
    "fail": lambda box, run, step, given: box.fail(
        _task(box, run, step), str(given.get("code", "")), str(given.get("message", "")), given.get("variables")
    ),
    "escalate": lambda box, run, step, given: box.escalate(_task(box, run, step), str(given.get("code", ""))),
    "advance": lambda box, _run, _step, given: box.advance(str(given.get("by") or given.get("to") or "")),
    "send": lambda box, _run, _step, given: _sent(box, given),
    "signal": lambda box, _run, _step, given: _signalled(box, given),
    "decide": lambda box, _run, _step, given: {
        "outputs": box.decide(given.get("decision", ""), given.get("inputs", {})).outputs
    },
}


def _sent(box: Any, given: Mapping[str, Any]) -> None:
    box.send(str(given.get("message", "")), given.get("payload"), correlation=given.get("correlation"))


def _signalled(box: Any, given: Mapping[str, Any]) -> None:
    box.signal(str(given.get("signal", "")), given.get("payload"))


def _compare(box: Any, run: Any, expected: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[str]:
    wrong = []
    state = box.state(run) if run is not None else None
    found: dict[str, Any] = dict(outcome)
    if state is not None:
        found |= {"status": state.status, "ended_at": state.ended_at}
        found["tasks"] = [task.element for task in box.tasks(run)]
    for key, value in expected.items():
        if key == "variables":
            have = state.variables if state is not None else {}
            different = {name: have.get(name) for name, wanted in value.items() if not _within(wanted, have.get(name))}
            if different:
                wrong.append(f"les variables valent {different}, attendu {value}")
        elif key == "tasks" and sorted(found.get(key, [])) != sorted(value):
            wrong.append(f"tâches ouvertes {found.get(key)}, attendu {value}")
        elif key == "outputs" and isinstance(found.get(key), dict):
            if not _within(value, found[key]):
                wrong.append(f"la décision donne {found[key]}, attendu {value}")
        elif key not in {"tasks", "variables"} and found.get(key) != value:
            wrong.append(f"« {key} » vaut {found.get(key)}, attendu {value}")
    return wrong


def _within(wanted: Any, have: Any) -> bool:
    """Tell whether what is wanted is in what there is: objects may hold more."""
    if isinstance(wanted, dict):
        return isinstance(have, dict) and all(_within(value, have.get(name)) for name, value in wanted.items())
    return bool(wanted == have)
