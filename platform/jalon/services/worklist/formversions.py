"""Which version of its form a task uses when the form has changed since: one rule for all running work.

Changes of wording and of what may be added are followed at once; a change that asks for more, or takes something
away, leaves the tasks created before it with the form they have.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.engines.layering import differences, highest_class
from jalon.engines.layering.model import ChangeClass
from jalon.services import audit, configuration
from jalon.services.configuration import ArtifactUnknown, FormClosure
from jalon.store import snapshots
from jalon.store.places import zone_of
from jalon.store.worklist import Task

FOLLOWED: frozenset[ChangeClass | None] = frozenset({None, "cosmetic", "compatible"})
KEPT = 512

_classes: dict[tuple[str, str], ChangeClass | None] = {}


@dataclass(frozen=True, slots=True)
class FormVersion:
    """The form a task uses; `change` is the class of what differs from its own, `kept` when it keeps its own."""

    closure: FormClosure
    change: ChangeClass | None = None
    kept: bool = False


def version_of(session: Session, task: Task, now: datetime) -> FormVersion | None:
    """Return the form a task uses now, with its lists; None for a task without a form. Writes nothing."""
    if not task.form:
        return None
    if task.state != "ready" and task.form_hash:
        return FormVersion(configuration.closure_by_hash(session, task.form_hash))
    today = civil_date(now, zone_of(session, task.unit_id))
    try:
        present = configuration.form_closure(session, task.form, task.unit_id, today)
    except ArtifactUnknown:
        if not task.form_hash:
            raise
        return FormVersion(configuration.closure_by_hash(session, task.form_hash))
    own = _own(session, task, present, now)
    if own.hash == present.hash:
        return FormVersion(present)
    change = change_between(session, own, present)
    return FormVersion(present, change) if change in FOLLOWED else FormVersion(own, change, kept=True)


def closure_of(session: Session, task: Task, now: datetime) -> FormClosure | None:
    """Return the form a task uses now, None for a task without a form."""
    found = version_of(session, task, now)
    return found.closure if found else None


def pin(session: Session, actor: Actor, task: Task, now: datetime) -> FormClosure | None:
    """Keep the form a task uses as its own, and trace a move from the one it had; None without a form."""
    found = version_of(session, task, now)
    if found is None or task.form_hash == found.closure.hash:
        return found.closure if found else None
    try:
        with session.begin_nested():
            configuration.keep_closure(session, found.closure)
    except IntegrityError:
        session.expire_all()  # somebody kept the very same closure at the same instant: it is there
    previous = task.form_hash
    task.form_hash, task.pinned_at = found.closure.hash, task.pinned_at or now
    session.flush()
    if previous:
        audit.record(
            session,
            actor,
            "tache.formulaire_suivi",
            unit_id=task.unit_id,
            target=task.id,
            form=task.form,
            change=found.change or "cosmetic",
            before=_readable(previous),
            after=_readable(found.closure.hash),
        )
    return found.closure


def change_between(session: Session, old: FormClosure, new: FormClosure) -> ChangeClass | None:
    """Return the heaviest class of change between two versions of a form, its lists included."""
    pair = (old.hash, new.hash)
    if pair not in _classes:
        while len(_classes) >= KEPT:
            _classes.pop(next(iter(_classes)), None)
        _classes[pair] = _heaviest(session, old, new)
    return _classes[pair]


def _own(session: Session, task: Task, present: FormClosure, now: datetime) -> FormClosure:
    """Return the form a task began with: the one pinned at first opening, else the one of the day it was created."""
    if task.form_hash:
        return present if task.form_hash == present.hash else configuration.closure_by_hash(session, task.form_hash)
    zone = zone_of(session, task.unit_id)
    created = civil_date(task.opened_at, zone)
    if created >= civil_date(now, zone):
        return present
    try:
        return configuration.form_closure(session, task.form or "", task.unit_id, created)
    except ArtifactUnknown:
        return present


def _heaviest(session: Session, old: FormClosure, new: FormClosure) -> ChangeClass | None:
    found = differences("form", {"schema": old.schema, "ui": old.ui}, {"schema": new.schema, "ui": new.ui})
    before, after = old.manifest["lists"], new.manifest["lists"]
    changed = [key for key in before if key in after and before[key] != after[key]]
    contents = snapshots.contents(session, {lists[key] for key in changed for lists in (before, after)})
    for key in changed:
        found += differences("list", contents[before[key]], contents[after[key]])
    return highest_class(found)


def _readable(closure_hash: str) -> str:
    """Write a hash in fours: the audit refuses long runs of digits, which could be somebody's number."""
    return "-".join(closure_hash[place : place + 4] for place in range(0, len(closure_hash), 4))
