"""Who has a task: taken, given, handed back; each time traced."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, NotFound, Refused, TaskAlreadyDone
from jalon.base.i18n import fr
from jalon.services import access, audit
from jalon.services.worklist.model import TaskTaken
from jalon.services.worklist.reaching import ASSIGN, DO, reached
from jalon.store import worklist as store
from jalon.store.configuration import today
from jalon.store.people import Person
from jalon.store.worklist import Task

MOST_AT_ONCE = 100


class CannotTake(Refused):
    """The person has no role that does this task."""

    code, message = "tache.autre_role", fr("{who} n’a pas le rôle qu’il faut pour faire cette tâche.")


@dataclass(frozen=True, slots=True)
class Handed:
    """What giving several tasks at once did: how many were given, and the titles left with the reason of each."""

    given: int
    left: tuple[tuple[str, JalonError], ...]


def claim(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Take a task for oneself; TaskTaken when a colleague was first."""
    task = _open(reached(session, actor, task_id))
    if task.assignee == str(actor.id):
        return task
    if not store.claim(session, task.id, str(actor.id), actor.name):
        session.refresh(task)
        _open(task)
        raise TaskTaken(who=task.assignee_name or "Un collègue")
    session.refresh(task)
    audit.record(session, actor, "tache.prise", unit_id=task.unit_id, target=task.id)
    return task


def assign(session: Session, actor: Actor, task_id: UUID, person_id: UUID) -> Task:
    """Give a task to somebody who may do it; one's own, or anybody's for who may assign."""
    task = _open(reached(session, actor, task_id))
    if not may_assign(actor, task):
        access.require(actor, ASSIGN, task.unit_id)
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        raise NotFound(id=person_id)
    if person_id not in {one.id for one in takers(session, task)}:
        raise CannotTake(who=person.name)
    previous, task.assignee, task.assignee_name = task.assignee, str(person.id), person.name
    session.flush()
    audit.record(
        session, actor, "tache.attribuee", unit_id=task.unit_id, target=task.id, person=person.id, previous=previous
    )
    return task


def assign_many(session: Session, actor: Actor, task_ids: Collection[UUID], person_id: UUID) -> Handed:
    """Give several tasks to somebody; those they cannot take, or done meanwhile, stay as they are."""
    given, left = 0, []
    for task_id in list(dict.fromkeys(task_ids))[:MOST_AT_ONCE]:
        try:
            assign(session, actor, task_id, person_id)
            given += 1
        except (CannotTake, TaskAlreadyDone) as refusal:
            left.append((session.get_one(Task, task_id).title, refusal))
    return Handed(given, tuple(left))


def release(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Hand a task back to the team; somebody else's only with the right to assign."""
    task = _open(reached(session, actor, task_id))
    if task.assignee not in (None, str(actor.id)):
        access.require(actor, ASSIGN, task.unit_id)
    task.assignee, task.assignee_name = None, ""
    session.flush()
    audit.record(session, actor, "tache.rendue", unit_id=task.unit_id, target=task.id)
    return task


def may_assign(actor: Actor, task: Task) -> bool:
    """Tell whether this actor may give a task to somebody: with the right to, or their own."""
    return actor.may(ASSIGN, task.unit_id) or (actor.id is not None and task.assignee == str(actor.id))


def to_assign(session: Session, actor: Actor, task_ids: Collection[UUID]) -> list[tuple[Task, list[Person]]]:
    """Return the open tasks among these that the actor may give, each with who may take it."""
    found = []
    for task_id in list(dict.fromkeys(task_ids))[:MOST_AT_ONCE]:
        task = reached(session, actor, task_id)
        if task.state == "ready" and task.recipient is None and may_assign(actor, task):
            found.append((task, takers(session, task)))
    return found


def takers(session: Session, task: Task) -> list[Person]:
    """Return the people who may do a task: its role at its unit, or at a unit above from where the role reaches it."""
    known: dict[tuple[UUID, str | None], list[Person]] = session.info.setdefault("worklist.takers", {})
    if (task.unit_id, task.role) not in known:
        on = today(session, task.unit_id)
        known[task.unit_id, task.role] = access.who_may(session, DO, task.unit_id, on, role=task.role)
    return known[task.unit_id, task.role]


def _open(task: Task) -> Task:
    if task.state != "ready":
        raise TaskAlreadyDone(who=task.closed_by or "Quelqu’un")
    return task
