"""Runs that move: started by a person, by the clock, by a message; what each movement did."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM, Actor
from jalon.base.clock import civil_date
from jalon.base.errors import Forbidden, JalonError, NotFound
from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.engines.processes.program import Program
from jalon.runtime.coordinator import Happened, Runtime
from jalon.runtime.spreading import visible
from jalon.services import access, audit, dossiers
from jalon.services.processes.library import PublishedLibrary
from jalon.services.processes.opening import BY_MACHINES, tasks_opened
from jalon.services.processes.surroundings import Names, Roles, around, names_for
from jalon.store import processes as store
from jalon.store import worklist as work
from jalon.store.configuration import artifacts
from jalon.store.operations import forget_images
from jalon.store.places import Place, place, zone_of
from jalon.store.processes import Incident, Instance, InstanceDossier
from jalon.store.runs import SqlRunStore
from jalon.store.worklist import Task

log = logging.getLogger("jalon.processes")

LATER = timedelta(minutes=10)
"""When a timer that broke is tried again."""

START, CANCEL = "processus.demarrer", "processus.annuler"


class StartRefused(Forbidden):
    """The roles of a person do not start that process."""

    code = "processus.demarrage_interdit"
    message = fr("« {process} » est démarré par : {roles}. Adressez-vous à l’une de ces personnes.")


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a movement did: the tasks it opened and closed, the incidents it raised, whether the run is over."""

    instance: Instance
    opened: tuple[Task, ...] = ()
    closed: tuple[UUID, ...] = ()
    incidents: tuple[Incident, ...] = ()
    started: tuple[UUID, ...] = ()
    finished: bool = False
    delivered: int = 0
    buffered: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Startable:
    """A process a person may start at a unit, and the type of case file it is about."""

    key: str
    title: str
    dossier_type: str | None


def runtime_for(session: Session, now: datetime, unit_id: UUID, about: Mapping[UUID, Roles] | None = None) -> Runtime:
    """Return the coordinator over this transaction; `about` are case files by role the caller has read, by run."""
    today = civil_date(now, zone_of(session, unit_id))
    return Runtime(SqlRunStore(session), PublishedLibrary(session, today), around(session, now, about), lambda: now)


def startable(session: Session, actor: Actor, unit: UUID, now: datetime) -> list[Startable]:
    """Return the processes this person may start at a unit, by title."""
    found = []
    for program in _programs(session, unit, civil_date(now, zone_of(session, unit))):
        if _may_start(actor, program, unit) and program.containers[""].starts:
            found.append(Startable(program.key, program.title, program.dossier_type))
    return sorted(found, key=lambda one: one.title)


def unit_of_dossier(session: Session, actor: Actor, dossier_id: UUID | None) -> UUID:
    """Return the unit where an actor starts a process about a case file: its own, else the actor's when it is shared.

    NotFound when the case file is out of scope or the actor starts processes nowhere.
    """
    held = actor.units_for(START)
    if dossier_id is not None:
        about = dossiers.read(session, actor, dossier_id)
        if about.unit_id in held:
            return about.unit_id
    own = [grant.unit for grant in actor.grants if grant.unit in held]
    if not own:
        raise NotFound(id=dossier_id)
    return own[0]


def start(
    session: Session,
    actor: Actor,
    process_key: str,
    unit: UUID,
    *,
    dossiers: Mapping[str, UUID] | None = None,
    known: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    business_key: str | None = None,
    now: datetime,
) -> Instance:
    """Start a process at a unit about case files by role (`principal` first of all).

    A process about a type of case file opens a new one when none is given, with the values `known` by path. Raises
    NotFound for an unknown process or a case file out of scope, StartRefused when it is not this person's to start.
    """
    here = place(session, unit)
    program = allowed_program(session, actor, process_key, unit, now)
    roles = _roles(session, actor, program, unit, dict(dossiers or {}), known or {}, now)
    advanced = begin(session, actor, process_key, here, roles, dict(variables or {}), business_key, now)
    audit.record(session, actor, "processus.demarre", unit_id=unit, target=advanced.instance.id, process=process_key)
    return advanced.instance


def allowed_program(session: Session, actor: Actor, process_key: str, unit: UUID, now: datetime) -> Program:
    """Return the program a new run would use, if the actor may start it there; raises like `start`."""
    access.require(actor, START, unit)
    here = place(session, unit)
    program = PublishedLibrary(session, civil_date(now, here.zone)).latest(process_key, here.code)
    if not _may_start(actor, program, unit):
        raise StartRefused(process=program.title, roles=", ".join(program.start_roles))
    return program


def begin(
    session: Session,
    actor: Actor,
    process_key: str,
    unit: Place,
    roles: Mapping[str, UUID],
    variables: Mapping[str, Any],
    business_key: str | None,
    now: datetime,
) -> Advanced:
    """Start a run once everything is checked."""
    instance_id = new_id()
    for role, found in roles.items():
        session.add(InstanceDossier(instance_id=instance_id, role=role, dossier_id=found))
    happened = runtime_for(session, now, unit.id).start(
        process_key,
        variables,
        unit=unit.code,
        business_key=business_key or (str(roles["principal"]) if "principal" in roles else None),
        started_by=actor.name,
        instance=instance_id,
    )
    return settled(session, actor, instance_id, happened, now)


def complete(
    session: Session, actor: Actor, task: Task, values: Mapping[str, Any], now: datetime, about: Roles | None = None
) -> Advanced:
    """Close a task with its answers and let the run go on; TaskAlreadyDone when it is no longer open.

    `about` are the case files of the run by role, from a caller that has read them.
    NotFound for a step another system answers: nobody does it in its place.
    """
    if task.kind in BY_MACHINES:
        raise NotFound(id=task.id)
    runtime = runtime_for(session, now, task.unit_id, {task.root_id: about} if about else None)
    happened = runtime.complete_task(task.id, values, by=actor.name)
    return settled(session, actor, task.root_id, happened, now)


def fire_due(session: Session, now: datetime, limit: int = 100) -> int:
    """Fire the timers that are due, each in a savepoint of its own; return how many fired or were put off."""
    handled = 0
    for due in SqlRunStore(session).dues(now, limit):
        run = session.get_one(Instance, due.instance)
        if not store.lock(session, run.root_id, wait=False):
            continue  # somebody is moving this run: the timer fires at the next round
        try:
            with session.begin_nested():
                happened = runtime_for(session, now, run.unit_id).fire(due.instance, due.wait)
                settled(session, SYSTEM, run.root_id, happened, now)
            handled += 1
        except Exception as error:  # one timer that breaks must not hold the others, nor come first for ever
            session.expire_all()
            if store.postpone(session, due.instance, due.wait, now + LATER):
                handled += 1
                code = error.code if isinstance(error, JalonError) else type(error).__name__
                log.error("timer %s/%s: %s", due.instance, due.wait, code)
    return handled


def send(
    session: Session,
    actor: Actor,
    unit: UUID,
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    correlation: Mapping[str, Any] | None = None,
    business_key: str | None = None,
    instance: UUID | None = None,
    now: datetime,
) -> Advanced | None:
    """Deliver a message to who waits for it at a unit, start what it starts, or keep it for later."""
    here = place(session, unit)
    happened = runtime_for(session, now, unit).send(
        name, payload, correlation=correlation, instance=instance, unit=here.code, business_key=business_key
    )
    return _several(session, actor, happened, now)


def signal(
    session: Session, actor: Actor, unit: UUID, name: str, payload: Mapping[str, Any] | None = None, *, now: datetime
) -> Advanced | None:
    """Broadcast a signal to the runs of a unit."""
    here = place(session, unit)
    happened = runtime_for(session, now, unit).signal(name, payload, unit=here.code)
    return _several(session, actor, happened, now)


def settled(session: Session, actor: Actor, root_id: UUID, happened: Happened, now: datetime) -> Advanced:
    """Do what a movement calls for (links to partners, reminders, dead links) and say what it did."""
    session.flush()
    opened = work.tasks_by_id(session, [record.id for record in happened.opened])
    tasks_opened(session, actor, opened, now)
    raised = [event.instance for event in happened.events if event.kind == "incident"]
    incidents = [one for one in store.incidents_of(session, root_id) if one.instance_id in raised] if raised else []
    if happened.finished:
        forget_images(session, happened.finished)
    instance = session.get_one(Instance, root_id)
    return Advanced(
        instance=instance,
        opened=tuple(task for task in opened if task.state == "ready"),
        closed=tuple(record.id for record in happened.closed),
        incidents=tuple(incidents),
        started=tuple(happened.started),
        finished=instance.ended_at is not None,
        delivered=happened.delivered,
        buffered=happened.buffered,
        warnings=tuple(message for _, _, message in happened.warnings),
    )


def names_of(session: Session, instance: Instance, now: datetime) -> Names:
    """Return the names a form or an expression of a run may read, as JSON, fetched when read; variables included."""
    unit = place(session, instance.unit_id)
    roles = store.roles_of(session, [instance.root_id])[instance.root_id]
    runs = SqlRunStore(session)
    record = runs.get_instance(instance.id)
    variables = visible(runs, record) if record else {}  # a wide repetition sees what is around it
    return names_for(session, unit, instance.id, roles, instance.process_key, now, variables)


def _several(session: Session, actor: Actor, happened: Happened, now: datetime) -> Advanced | None:
    roots = {record.root for record in happened.opened} | {event.root for event in happened.events}
    last = None
    for root_id in sorted(roots):
        last = settled(session, actor, root_id, happened, now)
    return last


def _programs(session: Session, unit: UUID, on: date) -> list[Program]:
    library = PublishedLibrary(session, on)
    code = place(session, unit).code
    found = []
    for artifact in artifacts(session, "process"):
        try:
            found.append(library.latest(artifact.key, code))
        except JalonError:
            continue  # a process that cannot run here is not offered
    return found


def _may_start(actor: Actor, program: Program, unit: UUID) -> bool:
    if actor.kind == "system":
        return True
    wanted = set(program.start_roles)
    return actor.may(START, unit) and (not wanted or bool(wanted & set(actor.roles_at(unit))))


def _roles(
    session: Session,
    actor: Actor,
    program: Program,
    unit: UUID,
    given: dict[str, UUID],
    known: Mapping[str, Any],
    now: datetime,
) -> dict[str, UUID]:
    for dossier_id in given.values():
        dossiers.read(session, actor, dossier_id)
    if program.dossier_type and "principal" not in given:
        given["principal"] = dossiers.open_file(session, actor, program.dossier_type, unit, known, now=now).id
    return given
