"""A run as an operator sees it: where each token is, since when, what it waits for, what may be done about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import instant_from
from jalon.base.errors import NotFound
from jalon.engines.processes import Node, Program, State, Token, load
from jalon.engines.processes.state import STOP
from jalon.services.processes.compiling import program_of
from jalon.services.processes.following import Line, ProcessMap, history, map_of
from jalon.services.processes.incidents import seen_by
from jalon.services.processes.library import content_of
from jalon.store import operations, places
from jalon.store import processes as store
from jalon.store import worklist as work
from jalon.store.processes import Incident, Instance, ProcessEvent
from jalon.store.worklist import Task

NOT_REACHED = ("startEvent", "boundaryEvent")
"""Kinds no token is carried to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing a token waits for: `kind` timer, message, signal or condition; `due` for a timer."""

    kind: str
    name: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """One live token: what it is doing (a letter of the state), since when, where it may be carried."""

    token: int
    element: str
    name: str
    doing: str
    since: datetime
    waits: tuple[Waiting, ...]
    who: str
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """An incident with what happened around it."""

    incident: Incident
    name: str
    tries: int


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a task stayed open, or has been."""

    name: str
    began: datetime
    ended: datetime | None
    length: timedelta


@dataclass(frozen=True, slots=True)
class Examined:
    """All an operator needs about one run; `family` is the run it belongs to and those it called."""

    run: Instance
    unit: str
    seen: ProcessMap
    states: Mapping[str, str]
    places: tuple[Where, ...]
    incidents: tuple[Stopped, ...]
    durations: tuple[Duration, ...]
    history: Sequence[Line]
    family: tuple[tuple[Instance, str], ...]
    images: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Open incidents of one cause at one step: `name` is what people call the step, `element` and `code` are ids."""

    process: str
    element: str
    name: str
    code: str
    count: int


def find_runs(
    session: Session, actor: Actor, wanted: store.Wanted, before: int | None = None, limit: int = 50
) -> Sequence[Instance]:
    """Return the runs an operator looks for, the latest first, before a `seq` already seen."""
    return store.find_runs(session, seen_by(actor), wanted, before, limit)


def find_incidents(
    session: Session, actor: Actor, wanted: store.Wanted, before: int | None = None, limit: int = 50
) -> Sequence[tuple[Incident, Instance]]:
    """Return the open incidents an operator looks for with their run, the latest first."""
    return store.find_incidents(session, seen_by(actor), wanted, before, limit)


def element_names(session: Session, found: Sequence[tuple[Incident, Instance]]) -> dict[UUID, str]:
    """Return what people call the step of each incident, by incident."""
    programs = _programs(session, {(run.process_key, run.process_hash) for _, run in found})
    return {one.id: _name(programs[run.process_hash], one.element) for one, run in found}


def alike(session: Session, actor: Actor, wanted: store.Wanted) -> list[Alike]:
    """Return the open incidents that look the same, the most frequent first."""
    rows = store.alike(session, seen_by(actor), wanted)
    programs = _programs(session, {(process, version) for process, _, _, _, version in rows})
    return [
        Alike(process, element, _name(programs[version], element), code, count)
        for process, element, code, count, version in rows
    ]


def _programs(session: Session, versions: Collection[tuple[str, str]]) -> dict[str, Program]:
    """Return the programs of some versions of processes, given as (key, hash), by hash."""
    return {version: program_of(key, version, content_of(session, version)) for key, version in versions}


def examine(session: Session, actor: Actor, instance_id: UUID, now: datetime) -> Examined:
    """Return a run of the units this person looks after; NotFound elsewhere."""
    run = store.instance(session, instance_id, seen_by(actor))
    if run is None:
        raise NotFound(id=instance_id)
    program = program_of(run.process_key, run.process_hash, content_of(session, run.process_hash))
    tasks = [task for task in work.tasks_of_run(session, run.root_id) if task.instance_id == run.id]
    events = [one for one in store.events_of(session, run.root_id, 2_000) if one.instance_id == run.id]
    stopped = [one for one in store.incidents_of(session, run.root_id) if one.instance_id == run.id]
    state = load(run.state)
    live = _where(program, state, run, tasks, stopped, events) if run.ended_at is None else ()
    seen = map_of(session, actor, run.id)
    names = {node.id: node.name or node.id for node in program.nodes.values()}  # not titles, which may name people
    return Examined(
        run=run,
        unit=places.place(session, run.unit_id).title,
        seen=seen,
        states={**seen.states, **{one.element: "incident" if one.doing == STOP else "current" for one in live}},
        places=live,
        incidents=tuple(Stopped(one, _name(program, one.element), _tries(events, one)) for one in stopped),
        durations=tuple(_lasted(task, names, now) for task in tasks),
        history=history(session, actor, run.id, names=names),
        family=tuple((one, one.process_key) for one in store.runs_of_root(session, run.root_id) if one.id != run.id),
        images=len(operations.images_of(session, run.id)),
    )


def _where(
    program: Program,
    state: State,
    run: Instance,
    tasks: Sequence[Task],
    stopped: Sequence[Incident],
    events: Sequence[ProcessEvent],
) -> tuple[Where, ...]:
    opened = {task.token: task for task in tasks if task.state == "ready"}
    failed = {one.token: one.opened_at for one in stopped}
    found = []
    for token in state.tokens.values():
        node = program.nodes[token.element]
        task = opened.get(token.id)
        since = task.opened_at if task else failed.get(token.id) or _arrived(node, token, run, events)
        who = (task.assignee_name or task.lane or task.role or "") if task else ""
        waits = tuple(_waiting(program, state, token))
        targets = _targets(program, node)
        found.append(Where(token.id, node.id, _name(program, node.id), token.doing, since, waits, who, targets))
    return tuple(found)


def _arrived(node: Node, token: Token, run: Instance, events: Sequence[ProcessEvent]) -> datetime:
    """Return when a token came where it is: when it, or what leads there, was last heard of."""
    before = {flow.source for flow in node.incoming}
    heard = [one.at for one in events if one.token == token.id or one.element in before]
    return max(heard, default=run.started_at)


def _waiting(program: Program, state: State, token: Token) -> list[Waiting]:
    inside = [scope for scope in state.scopes.values() if scope.owner == token.id]
    waits = [*token.waits, *(wait for scope in inside for wait in scope.waits)]
    return [
        Waiting(
            wait.kind,
            wait.name if wait.kind in {"message", "signal"} else _name(program, wait.element),
            instant_from(wait.at) if wait.kind == "timer" and wait.at else None,
        )
        for wait in waits
    ]


def _targets(program: Program, here: Node) -> tuple[tuple[str, str], ...]:
    near = (node for node in program.nodes.values() if node.container == here.container)
    return tuple((node.id, node.name or node.id) for node in near if node.kind not in NOT_REACHED)


def _name(program: Program, element: str) -> str:
    node = program.nodes.get(element)
    return node.name or node.id if node else element


def _tries(events: Sequence[ProcessEvent], stopped: Incident) -> int:
    return sum(one.kind == "incident" and one.element == stopped.element for one in events)


def _lasted(task: Task, names: Mapping[str, str], now: datetime) -> Duration:
    name = names.get(task.element, task.element)
    return Duration(name, task.opened_at, task.closed_at, (task.closed_at or now) - task.opened_at)


def facts_of(examined: Examined) -> dict[str, Any]:
    """Return a run as plain data, for `--json`; values of variables are left out."""
    run = examined.run
    return {
        "id": run.id,
        "process": run.process_key,
        "version": run.process_hash,
        "unit": examined.unit,
        "status": run.status,
        "suspended": run.suspended,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "tokens": [
            {
                "token": one.token,
                "element": one.element,
                "name": one.name,
                "doing": one.doing,
                "since": one.since,
                "waits": [{"kind": wait.kind, "name": wait.name, "due": wait.due} for wait in one.waits],
            }
            for one in examined.places
        ],
        "incidents": [
            {
                "id": one.incident.id,
                "element": one.incident.element,
                "code": one.incident.code,
                "message": one.incident.message,
                "tries": one.tries,
                "opened_at": one.incident.opened_at,
            }
            for one in examined.incidents
        ],
        "durations": [
            {"task": one.name, "began": one.began, "ended": one.ended, "seconds": round(one.length.total_seconds())}
            for one in examined.durations
        ],
        "history": [{"at": line.at, "text": line.text, "who": line.who} for line in examined.history],
    }
