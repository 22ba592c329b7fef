"""Steps that stopped, and what an operator may do about them; every act is audited, with its reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.base.json import canonical
from jalon.runtime.coordinator import Happened
from jalon.services import access, audit
from jalon.services.processes.connecting import ask_again
from jalon.services.processes.images import (
    as_record,
    keep_images,
    keep_last_images,
    put_incidents_back,
    put_tasks_back,
    take_image,
)
from jalon.services.processes.running import CANCEL, Advanced, runtime_for, settled
from jalon.store import processes as store
from jalon.store.operations import InstanceImage, forget_images, images_by_cause
from jalon.store.processes import Incident, Instance

SEE, MANAGE = "incident.voir", "incident.gerer"
CANCELLED = "parcours.annule"


def incidents(session: Session, actor: Actor, limit: int = 100) -> Sequence[tuple[Incident, Instance]]:
    """Return the open incidents of the units this person looks after, the latest first, with their run."""
    return store.find_incidents(session, seen_by(actor), store.Wanted(), limit=limit)


def seen_by(actor: Actor) -> frozenset[UUID] | None:
    """Return the units whose runs an operator looks after; None is all of them, for the product itself."""
    return None if actor.kind == "system" else actor.units_for(SEE)


def retry(session: Session, actor: Actor, incident_id: UUID, now: datetime, reason: str = "") -> Advanced:
    """Try again what failed; what fails again is a new incident."""
    stopped = _managed(session, actor, incident_id)
    runtime = runtime_for(session, now, stopped.unit_id)
    happened = runtime.retry_incident(stopped.instance_id, stopped.token, by=actor.name, reason=reason)
    return _noted(session, actor, stopped, "incident.relance", happened, now)


def skip(session: Session, actor: Actor, incident_id: UUID, now: datetime, reason: str = "") -> Advanced:
    """Go on after the step that failed, as if it had been done."""
    stopped = _managed(session, actor, incident_id)
    image = take_image(session, session.get_one(Instance, stopped.instance_id), "incident.passe", now)
    runtime = runtime_for(session, now, stopped.unit_id)
    happened = runtime.skip(stopped.instance_id, stopped.token, by=actor.name, reason=reason)
    keep_images(session, [image])
    return _noted(session, actor, stopped, "incident.passe", happened, now)


def move_token(
    session: Session, actor: Actor, incident_id: UUID, element: str, now: datetime, reason: str = ""
) -> Advanced:
    """Carry the token that stopped to another step (« aller à l’étape »)."""
    stopped = _managed(session, actor, incident_id)
    return move(session, actor, stopped.instance_id, stopped.token, element, reason, now)


def move(
    session: Session, actor: Actor, instance_id: UUID, token: int, element: str, reason: str, now: datetime
) -> Advanced:
    """Carry any token of a run to another step: its task or its wait is dropped, the other step begins.

    NotFound when the token has gone on meanwhile or the step is not at the same level.
    """
    run = _run(session, actor, instance_id, MANAGE)
    image = take_image(session, run, "parcours.deplace", now)
    happened = runtime_for(session, now, run.unit_id).move_token(run.id, token, element, by=actor.name, reason=reason)
    keep_images(session, [image])
    audit.record(session, actor, "incident.deplace", unit_id=run.unit_id, target=run.id, token=token, element=element)
    return settled(session, actor, run.root_id, happened, now)


def edit_variables(
    session: Session, actor: Actor, instance_id: UUID, values: Mapping[str, Any], now: datetime, reason: str = ""
) -> Advanced:
    """Correct variables of a run; their names are audited, never their values."""
    run = _run(session, actor, instance_id, MANAGE)
    image = take_image(session, run, "parcours.variables", now)
    runtime = runtime_for(session, now, run.unit_id)
    happened = runtime.set_variables(run.id, values, by=actor.name, reason=reason)
    keep_images(session, [image])
    audit.record(session, actor, "parcours.variables", unit_id=run.unit_id, target=run.id, names=sorted(values))
    return settled(session, actor, run.root_id, happened, now)


def variables_to_edit(session: Session, actor: Actor, instance_id: UUID) -> dict[str, str]:
    """Return the variables of a run by name, each as JSON text, for who may correct them."""
    run = store.instance(session, instance_id, seen_by(actor))
    if run is None:
        raise NotFound(id=instance_id)
    access.require(actor, MANAGE, run.unit_id)
    held = run.variables.get("0", {})
    return {name: canonical(held[name]) for name in sorted(held) if not name.startswith("#")}


def suspend(session: Session, actor: Actor, instance_id: UUID, now: datetime, reason: str = "") -> Advanced:
    """Hold a run and what it called: no timer fires, no task is done, messages wait, until it is resumed."""
    run = _run(session, actor, instance_id, MANAGE)
    happened = runtime_for(session, now, run.unit_id).suspend(run.id, by=actor.name, reason=reason)
    audit.record(session, actor, "parcours.suspendu", unit_id=run.unit_id, target=run.id)
    return settled(session, actor, run.root_id, happened, now)


def resume(session: Session, actor: Actor, instance_id: UUID, now: datetime, reason: str = "") -> Advanced:
    """Let a held run go on: the messages that waited are delivered, the timers that are due fire."""
    run = _run(session, actor, instance_id, MANAGE)
    happened = runtime_for(session, now, run.unit_id).resume(run.id, by=actor.name, reason=reason)
    ask_again(session, run.root_id)
    audit.record(session, actor, "parcours.repris", unit_id=run.unit_id, target=run.id)
    return settled(session, actor, run.root_id, happened, now)


def cancel(session: Session, actor: Actor, instance_id: UUID, reason: str, now: datetime) -> Advanced:
    """Stop a whole run; its tasks and timers close, its answers stay. Who mends incidents may too."""
    run = _run(session, actor, instance_id, CANCEL, MANAGE)
    family = store.runs_of_root(session, run.root_id) if run.id == run.root_id else ()
    images = [take_image(session, one, CANCELLED, now) for one in family if one.ended_at is None]
    happened = runtime_for(session, now, run.unit_id).cancel(run.id, by=actor.name, reason=reason)
    audit.record(session, actor, CANCELLED, unit_id=run.unit_id, target=run.id)
    advanced = settled(session, actor, run.root_id, happened, now)
    keep_last_images(session, images)
    return advanced


def reopenable(session: Session, run: Instance) -> bool:
    """Tell whether a run was cancelled, and what it was then is kept."""
    return run.status == "terminated" and any(one.instance_id == run.id for one in _last_images(session, run))


def reopen(session: Session, actor: Actor, instance_id: UUID, reason: str, now: datetime) -> Advanced:
    """Have a cancelled run go on from where it was: its tasks, waits and incidents are there again.

    Timers due meanwhile fire at once. Raises NotFound for a run that was not cancelled as a whole.
    """
    run = _run(session, actor, instance_id, CANCEL, MANAGE)
    if not reopenable(session, run):
        raise NotFound(id=instance_id)
    runtime = runtime_for(session, now, run.unit_id)
    for image in _last_images(session, run):
        one = session.get_one(Instance, image.instance_id)
        runtime.reopen(as_record(session, one, image), by=actor.name, reason=reason if one is run else "")
        put_tasks_back(session, image, now, actor.name)
        put_incidents_back(session, image, now)
    session.flush()
    forget_images(session, [one.id for one in store.runs_of_root(session, run.root_id)])
    ask_again(session, run.root_id)
    audit.record(session, actor, "parcours.rouvert", unit_id=run.unit_id, target=run.id)
    session.refresh(run)
    return Advanced(instance=run)


def _last_images(session: Session, run: Instance) -> list[InstanceImage]:
    """Return what a cancelled run and those it called were, oldest first."""
    kept = images_by_cause(session, run.root_id, CANCELLED)
    family = store.instances_by_id(session, [one.instance_id for one in kept])
    return [one for one in kept if one.version == family[one.instance_id].version]


def _managed(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    units = None if actor.kind == "system" else actor.units_for(SEE) | actor.units_for(MANAGE)
    found = store.incident(session, incident_id, units)
    if found is None or found.closed_at is not None:
        raise NotFound(id=incident_id)
    access.require(actor, MANAGE, found.unit_id)
    store.lock(session, found.root_id)
    session.refresh(found)
    if found.closed_at is not None:
        raise NotFound(id=incident_id)
    return found


def _run(session: Session, actor: Actor, instance_id: UUID, permission: str, other: str = "") -> Instance:
    found = store.instance(session, instance_id, None if actor.kind == "system" else access.scope(actor))
    if found is None:
        raise NotFound(id=instance_id)
    if not (other and actor.may(other, found.unit_id)):
        access.require(actor, permission, found.unit_id)
    store.lock(session, found.root_id)
    return found


def _noted(
    session: Session, actor: Actor, stopped: Incident, action: str, happened: Happened, now: datetime
) -> Advanced:
    audit.record(session, actor, action, unit_id=stopped.unit_id, target=stopped.id, instance=stopped.instance_id)
    return settled(session, actor, stopped.root_id, happened, now)
