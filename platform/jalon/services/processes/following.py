"""Follow a run: where it is, who has the ball and since when, what happened (C19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import ContentRefused, NotFound
from jalon.engines.processes.program import ACTIVITIES, Program
from jalon.services.dossiers.scopes import scope_of
from jalon.services.processes.compiling import program_of
from jalon.services.processes.library import content_of
from jalon.services.processes.opening import BY_MACHINES
from jalon.store import dossiers as files
from jalon.store import processes as store
from jalon.store import worklist as work
from jalon.store.configuration import current_content
from jalon.store.places import zone_of
from jalon.store.processes import DecisionLog, Incident, Instance, ProcessEvent
from jalon.store.worklist import Task

State = Literal["done", "current", "incident", "upcoming"]

SENTENCES = {
    "started": "Le parcours a démarré",
    "completed": "Le parcours est terminé",
    "terminated": "Le parcours a été arrêté",
    "cancelled": "Le parcours a été annulé",
    "sent": "Message envoyé",
    "signalled": "Signal reçu",
    "thrown": "Erreur signalée",
    "escalated": "Alerte transmise",
    "incident": "Étape interrompue",
    "solved": "Incident réglé",
    "moved": "Étape déplacée",
    "migrated": "Parcours passé à une nouvelle version",
    "edited": "Données du parcours corrigées",
    "suspended": "Parcours suspendu",
    "resumed": "Parcours repris",
    "operated": "Intervention",
    "restored": "Intervention annulée",
    "reopened": "Parcours rouvert",
}
"""What the token log says to people; the rest is for machines."""
OPERATED = {"retried": "Étape relancée", "skipped": "Étape passée", "moved": "Parcours amené à une autre étape"}
"""What an operator did, followed by why."""

OTHER_SYSTEM = "un autre système"


@dataclass(frozen=True, slots=True)
class MapElement:
    """One step on the map: its state, who has it and since when."""

    element: str
    name: str
    state: State
    who: str = ""
    since: datetime | None = None
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """A map of a run: `states` by element for the drawing, and the same said in words."""

    instance: Instance
    title: str
    bpmn: str
    states: dict[str, State]
    elements: tuple[MapElement, ...]
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history of a run."""

    at: datetime
    text: str
    who: str = ""
    task_id: UUID | None = None
    answers: bool = False


def view(session: Session, actor: Actor, instance_id: UUID) -> Instance:
    """Return a run the actor may see: of a unit where they see tasks, or about a case file they may read."""
    found = session.get(Instance, instance_id)
    if found is None:
        raise NotFound(id=instance_id)
    if actor.kind == "system" or found.unit_id in actor.units_for("tache.voir") | actor.units_for("incident.voir"):
        return found
    scope = scope_of(session, actor)
    roles = store.roles_of(session, [found.root_id])[found.root_id]
    if any(files.dossier(session, scope, dossier_id) for dossier_id in roles.values()):
        return found
    raise NotFound(id=instance_id)


def runs_of(session: Session, dossier_id: UUID) -> list[tuple[Instance, str]]:
    """Return the runs a case file takes part in, the latest first, with their title."""
    return [(run, title_of(session, run)) for run in store.instances_of(session, dossier_id)]


def title_of(session: Session, run: Instance) -> str:
    """Return the title of the process of a run."""
    return title_in(run, content_of(session, run.process_hash))


def title_in(run: Instance, content: Mapping[str, Any]) -> str:
    """Return the title of the process of a run whose published content is at hand; its key when it cannot be read."""
    try:
        return program_of(run.process_key, run.process_hash, content).title or run.process_key
    except (ContentRefused, KeyError):
        return run.process_key


def variables_of(session: Session, instance_id: UUID) -> dict[str, Any]:
    """Return the variables of the process scope of a run."""
    values: dict[str, Any] = session.get_one(Instance, instance_id).variables.get("0", {})
    return values


def decisions_about(session: Session, dossier_id: UUID, decision: str) -> list[DecisionLog]:
    """Return the decisions of that id taken in the runs of a case file, the latest first."""
    runs = [run.id for run, _ in runs_of(session, dossier_id)]
    logged = [one for one in store.decisions_of(session, runs) if one.decision == decision]
    return sorted(logged, key=lambda one: one.id, reverse=True)


def history(
    session: Session, actor: Actor, instance_id: UUID, limit: int = 500, *, names: Mapping[str, str] | None = None
) -> list[Line]:
    """Return what happened in a run, the latest first, in words.

    With `names`, steps are called by what the diagram says of them: the title of a task may name a person.
    """
    run = view(session, actor, instance_id)
    answered = {done.id for _, done in work.submissions_of(session, run.root_id)}
    events = store.events_of(session, run.root_id, limit)
    # what happened at one instant keeps its order: the log has it
    closings = {(event.instance_id, event.token, event.at): event.seq for event in events if event.kind == "closed"}
    lines = [
        (event.at, event.seq, Line(event.at, _sentence(event), str(event.facts.get("by") or "")))
        for event in events
        if event.kind in SENTENCES
    ]
    for task in work.tasks_of_run(session, run.root_id):
        if task.closed_at is not None:
            done = "fait" if task.state == "done" else "n’est plus à faire"
            answers = task.id in answered and _may_read(actor, task)
            title = task.title if names is None else names.get(task.element, task.element)
            who = "" if names is not None and task.recipient else task.closed_by or ""
            line = Line(task.closed_at, f"{title} : {done}", who, task.id, answers)
            lines.append((task.closed_at, closings.get((task.instance_id, task.token, task.closed_at), task.seq), line))
    return [line for _, _, line in sorted(lines, key=lambda found: found[:2], reverse=True)]


def _may_read(actor: Actor, task: Task) -> bool:
    """Tell whether a person may open what was answered: their own, their roles', or that of units they lead."""
    if actor.kind == "system" or task.assignee == str(actor.id) or task.unit_id in actor.units_for("tache.attribuer"):
        return True
    return any(
        "tache.voir" in grant.permissions and task.unit_id in grant.reach and task.role in (None, grant.role)
        for grant in actor.grants
    )


def map_of(session: Session, actor: Actor, instance_id: UUID) -> ProcessMap:
    """Return where a run is: « vous êtes ici », who has the ball, since when, and the same in words."""
    run = view(session, actor, instance_id)
    content = content_of(session, run.process_hash)
    program = program_of(run.process_key, run.process_hash, content)
    tasks = [task for task in work.tasks_of_run(session, run.root_id) if task.instance_id == run.id]
    stopped = [one for one in store.incidents_of(session, run.root_id) if one.instance_id == run.id]
    passed = {event.element for event in store.events_of(session, run.root_id, 2000) if _passed(event, run)}
    elements = _elements(program, tasks, stopped, passed, _role_labels(session, run))
    zone = ZoneInfo(zone_of(session, run.unit_id))
    return ProcessMap(
        instance=run,
        title=program.title,
        bpmn=str(content.get("bpmn", "")),
        states={one.element: one.state for one in elements} | {e: "done" for e in passed if e not in program.nodes},
        elements=tuple(elements),
        text=tuple(_said(one, zone) for one in _told(program, elements)) + _ending(run, zone),
    )


def _elements(
    program: Program, tasks: Sequence[Task], stopped: Sequence[Incident], passed: set[str], labels: dict[str, str]
) -> list[MapElement]:
    incidents = {one.element: one for one in stopped}
    open_now = {task.element: task for task in tasks if task.state == "ready"}
    done = {task.element: task for task in tasks if task.state == "done"}
    found = []
    for node in program.nodes.values():
        name = node.name or node.id
        if node.id in incidents:
            found.append(MapElement(node.id, name, "incident", since=incidents[node.id].opened_at))
        elif node.id in open_now:
            task = open_now[node.id]
            found.append(MapElement(node.id, name, "current", _holder(task, labels), task.opened_at, task.id))
        elif node.id in passed:
            task_done = done.get(node.id)
            who, since = (task_done.closed_by or "", task_done.closed_at) if task_done else ("", None)
            found.append(MapElement(node.id, name, "done", who, since))
        elif node.kind in ACTIVITIES:
            found.append(MapElement(node.id, name, "upcoming"))
    return found


def _told(program: Program, elements: Sequence[MapElement]) -> list[MapElement]:
    """Return what is worth saying in words: where the run is now, then the named steps done; not the crossings."""
    now = [one for one in elements if one.state in {"current", "incident"}]
    steps = {node.id for node in program.nodes.values() if node.name and node.kind in ACTIVITIES}
    return now + [one for one in elements if one.state == "done" and one.element in steps]


def _holder(task: Task, labels: dict[str, str]) -> str:
    if task.kind in BY_MACHINES:
        return OTHER_SYSTEM
    if task.assignee_name:
        return task.assignee_name
    if isinstance(task.recipient, dict) and task.recipient.get("nom"):
        return str(task.recipient["nom"])
    return labels.get(task.role or "", task.lane or task.role or "")


def _role_labels(session: Session, run: Instance) -> dict[str, str]:
    published: dict[str, Any] = current_content(session, "roles", "roles", run.unit_id) or {}
    return {key: str(role.get("label", key)) for key, role in published.get("roles", {}).items()}


def _said(one: MapElement, zone: ZoneInfo) -> str:
    day = one.since.astimezone(zone).strftime("%d/%m/%Y") if one.since else ""
    if one.state == "current" and one.who == OTHER_SYSTEM:
        return f"Vous êtes ici : « {one.name} », en attente d’{OTHER_SYSTEM} depuis le {day}."
    if one.state == "current":
        return f"Vous êtes ici : « {one.name} », à faire par {one.who or 'l’équipe'} depuis le {day}."
    if one.state == "incident":
        return f"« {one.name} » est interrompu depuis le {day}. Le support est prévenu."
    return f"« {one.name} » : fait" + (f" par {one.who}" if one.who else "") + (f" le {day}." if day else ".")


def _ending(run: Instance, zone: ZoneInfo) -> tuple[str, ...]:
    if run.ended_at is None:
        return ()
    day = run.ended_at.astimezone(zone).strftime("%d/%m/%Y")
    return (f"Le parcours est {'terminé' if run.status == 'completed' else 'arrêté'} depuis le {day}.",)


def _passed(event: ProcessEvent, run: Instance) -> bool:
    return event.instance_id == run.id and event.kind in {"passed", "ended"}


def _sentence(event: ProcessEvent) -> str:
    said = OPERATED.get(str(event.facts.get("act")), SENTENCES[event.kind])
    detail = event.facts.get("message") or event.facts.get("name") or event.facts.get("reason")
    return f"{said} : {detail}" if detail else said
