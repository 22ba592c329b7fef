"""One act on many runs: asked once, done piece by piece by jobs, with progress and a result per run."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM, Actor
from jalon.base.errors import JalonError, NotFound, Refused
from jalon.base.i18n import fr
from jalon.services import access, audit
from jalon.services.processes.incidents import (
    MANAGE,
    cancel,
    edit_variables,
    move_token,
    resume,
    retry,
    seen_by,
    skip,
    suspend,
)
from jalon.store import jobs
from jalon.store import operations as store
from jalon.store import processes as runs
from jalon.store.operations import Operation, OperationItem
from jalon.store.people import Person, PersonState
from jalon.store.processes import Wanted

log = logging.getLogger("jalon.processes")

JOB = "processes.together"
PIECE = 20
"""How many runs one job does: what a worker killed at work has to do again, and how long it keeps runs locked."""
MOST = 20_000

Act = Callable[[Session, Actor, Operation, OperationItem, datetime], str]
"""Touches one run and returns what still stops it, nothing when all went well; raises to change nothing."""


class TooManyAtOnce(Refused):
    """More runs than one operation takes."""

    code = "operation.trop_grande"
    message = fr(
        "Cette opération toucherait plus de {most} parcours. Filtrez la liste, puis faites-la en plusieurs fois."
    )


class ReasonWanted(Refused):
    """Nobody touches a run of somebody else without saying why."""

    code, message = "operation.sans_motif", fr("Dites pourquoi : le motif reste dans l’historique de chaque parcours.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an operation is: how many are done, refused and waiting, and the items of one page."""

    operation: Operation
    done: int
    refused: int
    waiting: int
    items: Sequence[OperationItem]
    titles: Mapping[UUID, str]

    @property
    def percent(self) -> int:
        """How much is behind, from 0 to 100."""
        return 100 if not self.operation.total else 100 * (self.done + self.refused) // self.operation.total


ACTS: dict[str, Act] = {}
"""What an operation may do to each run, by name."""
ON_INCIDENTS = ("relancer", "passer", "deplacer")
"""Acts whose items are incidents; the others take runs."""
PERMISSIONS: dict[str, str] = {}
"""What an act asks for, when it is not the right to mend incidents."""


def act(name: str) -> Callable[[Act], Act]:
    """Register an act under its name."""

    def register(function: Act) -> Act:
        ACTS[name] = function
        return function

    return register


def begin(
    session: Session,
    actor: Actor,
    name: str,
    targets: Sequence[UUID],
    reason: str,
    now: datetime,
    *,
    arguments: Mapping[str, Any] | None = None,
    undoes: UUID | None = None,
) -> Operation:
    """Record an operation on incidents or runs, to be done by jobs.

    `arguments`: the element for `deplacer`, the values for `corriger`. NotFound when one target is not within what
    the actor manages; ReasonWanted without a reason.
    """
    if name not in ACTS:
        raise NotFound(act=name)
    if not reason.strip():
        raise ReasonWanted
    if len(targets) > MOST:
        raise TooManyAtOnce(most=MOST)
    items = _items(session, actor, name, list(dict.fromkeys(targets)))
    operation = Operation(
        act=name,
        arguments=dict(arguments or {}),
        reason=reason.strip()[:500],
        actor_id=actor.id,
        actor_name=actor.name,
        total=len(items),
        created_at=now,
        finished_at=None if items else now,
        undoes=undoes,
    )
    session.add(operation)
    session.flush()
    for item in items:
        item.operation_id = operation.id
    session.add_all(items)
    audit.record(session, actor, "operation.demandee", target=operation.id, act=name, runs=len(items))
    if items:
        _defer(session, operation)
    return operation


def matching(session: Session, actor: Actor, name: str, wanted: Wanted) -> list[UUID]:
    """Return the targets of an act among all that a filter finds, not only the page at hand."""
    if name in ON_INCIDENTS:
        return [one.id for one, _ in runs.find_incidents(session, seen_by(actor), wanted, limit=MOST + 1)]
    return [run.id for run in runs.find_runs(session, seen_by(actor), wanted, limit=MOST + 1)]


def work(session: Session, arguments: Mapping[str, Any], now: datetime, *, follow: bool = True) -> None:
    """Do the next piece of an operation: each run in a savepoint of its own; another job does the rest.

    Whoever goes on by itself says not to `follow`.
    """
    operation = store.operation(session, UUID(str(arguments["operation"])))
    if operation is None or operation.finished_at is not None:
        return
    actor = _who(session, operation)
    items = store.waiting_items(session, operation.id, PIECE)
    for item in items:
        item.result, item.message = _do(session, actor, operation, item, now)
        item.at = now
        session.flush()
    if len(items) == PIECE:
        if follow:
            _defer(session, operation)
        return
    operation.finished_at, operation.arguments = now, {}
    counts = store.counts_of(session, operation.id)
    audit.record(session, actor, "operation.terminee", target=operation.id, done=counts.get("done", 0))


def progress(
    session: Session, actor: Actor, operation_id: UUID, *, result: str | None = None, after: int = -1, limit: int = 100
) -> Progress:
    """Return how far an operation is, for who asked for it or looks after one of its runs; NotFound for others."""
    operation = store.operation(session, operation_id)
    if operation is None:
        raise NotFound(id=operation_id)
    items = store.items_of(session, operation_id, result, after, limit)
    units = seen_by(actor)
    if units is not None and operation.actor_id != actor.id:
        items = [item for item in items if item.unit_id in units]
        if not items:
            raise NotFound(id=operation_id)
    counts = store.counts_of(session, operation_id)
    waiting = counts.get("", 0)
    known = runs.instances_by_id(session, [item.instance_id for item in items])
    return Progress(
        operation=operation,
        done=counts.get("done", 0),
        refused=sum(counts.values()) - counts.get("done", 0) - waiting,
        waiting=waiting,
        items=items,
        titles={run.id: run.process_key for run in known.values()},
    )


def operations(session: Session, actor: Actor) -> Sequence[Operation]:
    """Return the last operations of this person and on the runs they look after, the latest first."""
    return store.operations(session, actor.id, seen_by(actor))


def _defer(session: Session, operation: Operation) -> None:
    jobs.defer(session, JOB, {"operation": str(operation.id)}, lock=f"operation/{operation.id}")


def _items(session: Session, actor: Actor, name: str, targets: list[UUID]) -> list[OperationItem]:
    held = None if actor.kind == "system" else actor.units_for(PERMISSIONS.get(name, MANAGE))
    found: dict[UUID, tuple[UUID, UUID, UUID | None]]
    if name in ON_INCIDENTS:
        stopped = runs.incidents_by_id(session, targets)
        found = {one.id: (one.unit_id, one.instance_id, one.id) for one in stopped}
    else:
        known = runs.instances_by_id(session, targets)
        found = {run.id: (run.unit_id, run.id, None) for run in known.values()}
    if any(held is not None and unit not in held for unit, _, _ in found.values()) or len(found) < len(targets):
        raise NotFound(act=name)
    return [
        OperationItem(rank=rank, unit_id=unit, instance_id=instance, incident_id=incident)
        for rank, (unit, instance, incident) in enumerate(found[target] for target in targets)
    ]


def _who(session: Session, operation: Operation) -> Actor:
    """Return who asked, with the rights they have now; somebody who left has none, so each run is refused."""
    if operation.actor_id is None:
        return SYSTEM
    person = session.get(Person, operation.actor_id)
    if person is None or person.state is not PersonState.ACTIVE:
        return Actor(id=operation.actor_id, name=operation.actor_name)
    return access.actor_for(session, person)


def _do(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> tuple[str, str]:
    try:
        with session.begin_nested():
            left = ACTS[operation.act](session, actor, operation, item, now)
    except JalonError as refusal:
        session.expire_all()
        return "refused", refusal.text()
    except Exception as error:  # one run that breaks must not hold the others
        log.error("operation %s on %s: %s", operation.id, item.instance_id, type(error).__name__)
        session.expire_all()
        return "failed", fr("Une erreur inattendue est survenue ; ce parcours n’a pas changé.")
    return ("refused", left) if left else ("done", "")


def _incident(item: OperationItem) -> UUID:
    if item.incident_id is None:
        raise NotFound(id=item.instance_id)
    return item.incident_id


@act("relancer")
def _retry(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    done = retry(session, actor, _incident(item), now, operation.reason)
    return done.incidents[0].message if done.incidents else ""


@act("passer")
def _skip(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    skip(session, actor, _incident(item), now, operation.reason)
    return ""


@act("deplacer")
def _move(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    element = str(operation.arguments.get("element", ""))
    move_token(session, actor, _incident(item), element, now, operation.reason)
    return ""


@act("suspendre")
def _suspend(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    suspend(session, actor, item.instance_id, now, operation.reason)
    return ""


@act("reprendre")
def _resume(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    resume(session, actor, item.instance_id, now, operation.reason)
    return ""


@act("annuler")
def _cancel(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    cancel(session, actor, item.instance_id, operation.reason, now)
    return ""


@act("corriger")
def _edit(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    values = dict(operation.arguments.get("values", {}))
    edit_variables(session, actor, item.instance_id, values, now, operation.reason)
    return ""
