"""What a newly opened task calls for: whose it is, by when, and a link for somebody outside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.processes.deadlines import set_deadline
from jalon.services.processes.partners import invite
from jalon.store.people import Person, person_by_login
from jalon.store.processes import Instance
from jalon.store.worklist import Task

BY_MACHINES = dict.fromkeys(("serviceTask", "sendTask", "businessRuleTask"), "@systeme")
"""Kinds of tasks another system answers, and the role nobody holds that keeps them out of people's lists."""


def tasks_opened(session: Session, actor: Actor, tasks: Sequence[Task], now: datetime) -> None:
    """Prepare new tasks: deadline, assignee, link to the outside person they are for."""
    for task in tasks:
        if task.state != "ready":
            continue
        if task.kind in BY_MACHINES:
            task.role, task.assignee = BY_MACHINES[task.kind], None
            continue
        run = session.get_one(Instance, task.instance_id)
        set_deadline(session, task, run, now)
        _name_assignee(session, task)
        if isinstance(task.recipient, dict) and task.recipient.get("courriel"):
            invite(session, actor, task, run, now)
    session.flush()


def _name_assignee(session: Session, task: Task) -> None:
    """Turn a login or an id given by the diagram into a person; one nobody knows leaves the task to the team."""
    if not task.assignee:
        return
    try:
        person = session.get(Person, UUID(task.assignee))
    except ValueError:
        person = person_by_login(session, task.assignee)
    task.assignee, task.assignee_name = (str(person.id), person.name) if person else (None, "")
