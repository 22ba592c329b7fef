"""Who has a task: taken, given, handed back; each time traced."""

from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound, TaskAlreadyDone
from jalon.services import access, audit
from jalon.services.worklist.model import TaskTaken
from jalon.services.worklist.reaching import ASSIGN, reached
from jalon.store import worklist as store
from jalon.store.people import Person
from jalon.store.worklist import Task


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
    """Give a task to somebody, for who may assign; it is taken from whoever had it."""
    task = _open(reached(session, actor, task_id))
    access.require(actor, ASSIGN, task.unit_id)
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        raise NotFound(id=person_id)
    task.assignee, task.assignee_name = str(person.id), person.name
    session.flush()
    audit.record(session, actor, "tache.attribuee", unit_id=task.unit_id, target=task.id, person=person.id)
    return task


def release(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Hand a task back to the team; somebody else's only with the right to assign."""
    task = _open(reached(session, actor, task_id))
    if task.assignee not in (None, str(actor.id)):
        access.require(actor, ASSIGN, task.unit_id)
    task.assignee, task.assignee_name = None, ""
    session.flush()
    audit.record(session, actor, "tache.rendue", unit_id=task.unit_id, target=task.id)
    return task


def _open(task: Task) -> Task:
    if task.state != "ready":
        raise TaskAlreadyDone(who=task.closed_by or "Quelqu’un")
    return task
