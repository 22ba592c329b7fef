"""What the pages of the workshop show of a play: tasks by role, maps, messages, variables, decisions."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from markupsafe import Markup

from jalon.base.clock import instant_from
from jalon.base.json import canonical
from jalon.doors.web.workshop.replaying import Play, deployed, read_json_file
from jalon.engines.forms import compile_form, display
from jalon.engines.processes.complexity import complexity
from jalon.engines.processes.drawing import read_drawing
from jalon.engines.processes.figures import figures
from jalon.runtime.answers import Task
from jalon.services.messaging import substitute
from jalon.services.processes.actions import TITLES
from jalon.services.prototyping import Kept
from jalon.ui.process_map import draw

MAIL = "message.envoyer"
MANY_PATHS = 1_000_000


@dataclass(frozen=True, slots=True)
class RoleTasks:
    """The open tasks of one role."""

    key: str
    label: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class MapView:
    """The map of one process, and the same in words."""

    key: str
    title: str
    picture: Markup | str
    here: tuple[str, ...]
    main: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Something that would have left, or that happened: a heading, its details, a text to read."""

    title: str
    details: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One value the process holds: what people call it, its name in expressions, how it reads."""

    label: str
    name: str
    shown: str


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """A process of the files, with its figures; `figures` is empty when it does not run."""

    key: str
    title: str
    playable: bool
    figures: tuple[tuple[str, str], ...] = ()


def roles_of(play: Play) -> list[RoleTasks]:
    """Return the open tasks grouped by role, the roles in the order their tasks opened."""
    labels = role_labels(play.files)
    groups: dict[str, list[Task]] = {}
    for task in play.tasks():
        groups.setdefault(task.role or task.lane or "", []).append(task)
    return [RoleTasks(key, labels.get(key, key) or gettext("Tout le monde"), tuple(t)) for key, t in groups.items()]


def role_labels(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the name of each role as the unit calls it."""
    roles = read_json_file(files, "roles/roles.json").get("roles", {})
    return {key: str(role.get("label", key)) for key, role in roles.items()}


def maps_of(play: Play) -> list[MapView]:
    """Return the map of each process that began, the one that is played first."""
    states: dict[str, dict[str, str]] = {play.journal.process: {}}
    here: dict[str, list[str]] = {}
    labels = role_labels(play.files)
    for run in play.box.runs():
        for one in play.box.passed(run):
            states.setdefault(one.process, {})[one.element] = "done"
    for key, element, sentence, state in _now_at(play, labels):
        states.setdefault(key, {})[element] = state
        here.setdefault(key, []).append(sentence)
    found = []
    for key, marked in states.items():
        program = play.box.program(key)
        if program is None:
            continue
        drawing = read_drawing(play.files.get(program.file, b""))
        picture = draw(drawing, marked, program.title) if drawing else ""
        main = key == play.journal.process
        found.append(MapView(key, program.title, picture, tuple(dict.fromkeys(here.get(key, ()))), main))
    return found


def _now_at(play: Play, labels: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (process, element, sentence, state) for everything that is open, waited for or stopped."""
    for task in play.box.tasks():
        who = labels.get(task.role or "", task.role or task.lane or gettext("l’équipe"))
        said = gettext("Vous êtes ici : « {title} », à faire par {who}.").format(title=task.title, who=who)
        yield play.box.process_of(task.run), task.element, said, "current"
    for run in play.box.runs():
        state = play.box.state(run)
        for one in state.waiting:
            if one.kind != "children":
                yield (
                    play.box.process_of(one.run),
                    one.element,
                    waiting_sentence(play, one.kind, one.name, one.due),
                    "current",
                )
        for element, _, message in state.incidents:
            key = next(
                (k for k in _processes(play) if element in getattr(play.box.program(k), "nodes", ())), run.process
            )
            yield key, element, gettext("Interrompu : {message}").format(message=message), "incident"


def _processes(play: Play) -> list[str]:
    return [play.journal.process, *{one.process for run in play.box.runs() for one in play.box.passed(run)}]


def waiting_sentence(play: Play, kind: str, name: str, due: str | None) -> str:
    """Say what a run waits for."""
    if due:
        return gettext("« {name} » : échéance le {when}.").format(name=name, when=at(play, instant_from(due)))
    words = {
        "message": gettext("Attend le message « {name} »."),
        "signal": gettext("Attend le signal « {name} »."),
        "condition": gettext("Attend que sa condition soit remplie : « {name} »."),
    }
    return words.get(kind, gettext("Attend « {name} ».")).format(name=name)


def awaited(play: Play) -> list[str]:
    """Return the names of the messages somebody waits for."""
    found = [one.name for run in play.box.runs() for one in play.box.state(run).waiting if one.kind == "message"]
    return list(dict.fromkeys(found))


def at(play: Play, moment: datetime) -> str:
    """Write an instant in the zone of the play."""
    local = moment.astimezone(ZoneInfo(play.box.zone))
    return gettext("{day} à {time}").format(day=local.strftime("%d/%m/%Y"), time=local.strftime("%H:%M"))


def outgoing(play: Play) -> list[Line]:
    """Return what would have left: links to outside people, mails, messages to other processes, actions."""
    lines = [
        Line(
            gettext("Lien envoyé à {name}").format(name=name or mail),
            (mail, gettext("Pour faire : « {title} »").format(title=title)),
        )
        for name, mail, title in play.links
    ]
    for run in play.box.runs():
        for acted in play.box.acted(run):
            if acted.action == MAIL:
                lines.append(_mail(play, acted.parameters))
            else:
                details = tuple(f"{name} : {_plain(value)}" for name, value in acted.parameters.items())
                lines.append(Line(TITLES.get(acted.action) or acted.action, details))
        for sent in play.box.sent(run):
            details = tuple(f"{name} : {_plain(value)}" for name, value in sent.payload.items())
            lines.append(Line(gettext("Message « {name} »").format(name=sent.name), details))
    return lines


def _mail(play: Play, parameters: Mapping[str, Any]) -> Line:
    model = read_json_file(play.files, f"messages/{parameters.get('modele')}.json")
    facts = {name: "" if value is None else str(value) for name, value in parameters.items()}
    subject = substitute(str(model.get("subject") or parameters.get("modele") or ""), facts)
    to = gettext("À : {to}").format(to=parameters.get("courriel") or gettext("adresse absente"))
    title = gettext("Courriel « {subject} »").format(subject=subject)
    return Line(title, (to,), substitute(str(model.get("text", "")), facts))


def incidents(play: Play) -> list[Line]:
    """Return what stopped, with its reason."""
    found = []
    for run in play.box.runs():
        for element, code, message in play.box.state(run).incidents:
            found.append(Line(_name(play, element), (message,), code))
    return found


def _name(play: Play, element: str) -> str:
    for key in _processes(play):
        program = play.box.program(key)
        if program is not None and element in program.nodes:
            return program.nodes[element].name or element
    return element


def decisions(play: Play) -> list[Line]:
    """Return the decisions taken, with their reasons line by line."""
    found = []
    for run in play.box.runs():
        for taken in play.box.decided(run):
            title, *reasons = taken.why.split("\n")
            found.append(Line(title.removesuffix(" :"), tuple(line.removeprefix("- ") for line in reasons)))
    return found


def variables(play: Play) -> list[Variable]:
    """Return what the processes hold, named as the forms ask it where one does."""
    questions: dict[str, Any] = {}
    for key in _processes(play):
        program = play.box.program(key)
        for node in program.nodes.values() if program else ():
            found = play.box.form(node.form)
            if found:
                questions = {q.key: q for q in compile_form(*found).questions if len(q.path) == 1} | questions
    lines = []
    for run in play.box.runs():
        for name, value in play.box.state(run).variables.items():
            question = questions.get(name)
            shown = display(question, value, play.box.lists) if question else ""
            lines.append(Variable(question.label if question else name, name, shown or _plain(value)))
    return lines


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return gettext("Oui") if value else gettext("Non")
    if isinstance(value, dict) and value and all(not isinstance(one, dict | list) for one in value.values()):
        return " ; ".join(f"{name} : {_plain(one)}" for name, one in value.items())
    if isinstance(value, list) and all(not isinstance(one, dict | list) for one in value):
        return ", ".join(_plain(one) for one in value)
    return value if isinstance(value, str) else canonical(value)


def checked(kept: Kept) -> tuple[Any, list[ProcessReport]]:
    """Return the report of the files of a play, and each process with its figures."""
    box, report = deployed(kept.files, kept.journal.unit)
    found = []
    for one in report.processes:
        program = box.program(one.key) if one.executable else None
        counted = tuple(_figures(program)) if program is not None else ()
        found.append(ProcessReport(one.key, one.title or one.key, program is not None, counted))
    return report, found


def _figures(program: Any) -> Iterator[tuple[str, str]]:
    words = {
        "elements": gettext("Éléments"),
        "human_tasks": gettext("Tâches humaines"),
        "gateways": gettext("Branchements"),
        "events": gettext("Événements"),
        "depth": gettext("Sous-processus emboîtés"),
        "longest": gettext("Étapes du plus long chemin"),
        "paths": gettext("Chemins possibles"),
    }
    counts = asdict(figures(program))
    for name, label in words.items():
        value = counts[name]
        yield label, gettext("un million ou plus") if name == "paths" and value >= MANY_PATHS else str(value)
    measured = complexity(program)
    if measured is not None:
        ratio = gettext("Flèches par élément")
        yield ratio, f"{measured['network_complexity']:.2f}".replace(".", ",")
        degree = gettext("Flèches par branchement")
        yield degree, f"{measured['gateway_degree']:.2f}".replace(".", ",")
