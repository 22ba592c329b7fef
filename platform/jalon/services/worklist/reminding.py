"""Remind people of open tasks before their due date, once more when it is past; a task done needs no reminder."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import JalonError
from jalon.runtime.protocol import EventRecord
from jalon.services import messaging
from jalon.services.processes import partners
from jalon.services.worklist.listing import link_state
from jalon.store import absences, deadlines, links, people
from jalon.store.configuration import today
from jalon.store.deadlines import LATE, Deadline
from jalon.store.organisations import Unit, ancestors
from jalon.store.people import Person
from jalon.store.places import place
from jalon.store.processes import Instance
from jalon.store.runs import SqlRunStore
from jalon.store.worklist import Task

TOO_LATE = "retard"
"""The message that says which of one's tasks are late."""
LATE_AFTER = timedelta(hours=8)
"""A due date ends with its day: what became late is told the next morning, all in one mail."""
ALERT = "alerte-echeance"
"""The message somebody else receives when a task is late."""
MOST_PEOPLE = 20
"""How many members of a team a task nobody took may write to."""


def send_reminders(session: Session, now: datetime, limit: int = 100) -> int:
    """Queue the reminders whose hour has come and return how many mails that makes."""
    sent = 0
    for reminder, task in deadlines.reminders_due(session, now, limit):
        reminder.sent_at = now
        sent += _remind(session, reminder, task, now)
    session.flush()
    return sent


def tell_late(session: Session, now: datetime, limit: int = 500) -> int:
    """Queue one mail per person for the tasks that became late, each told once; return how many mails that makes."""
    found: dict[tuple[UUID, str, bool], tuple[str, list[Task]]] = {}
    for task in deadlines.late_untold(session, now - LATE_AFTER, limit):
        session.add(Deadline(task_id=task.id, number=LATE, at=now, sent_at=now))
        for name, email in _recipients(session, task, now):
            found.setdefault((task.unit_id, email, task.recipient is not None), (name, []))[1].append(task)
    sent = sum(_say_late(session, email, name, tasks) for (_, email, _), (name, tasks) in found.items())
    session.flush()
    return sent


def _say_late(session: Session, email: str, name: str, tasks: Sequence[Task]) -> bool:
    base = session.info.get("base_url", "http://127.0.0.1:8000")
    unit = place(session, tasks[0].unit_id)
    facts = {
        "nom": name,
        "unite": unit.title,
        "contact": unit.title,
        "compte": "une tâche est en retard" if len(tasks) == 1 else f"{len(tasks)} tâches sont en retard",
        "taches": "\n".join(f"- {one.title}, attendue le {_due_day(session, one)}" for one in tasks),
        "lien": "le lien reçu par courriel" if tasks[0].recipient else f"{base}/taches?quand=retard",
    }
    key = f"retard/{tasks[0].id}/{email}"
    try:
        messaging.queue_mail(session, to=email, template=TOO_LATE, facts=facts, unit_id=unit.id, key=key)
    except JalonError:
        return False  # an address that cannot be written to must not hold the others' messages
    return True


def _due_day(session: Session, task: Task) -> str:
    return partners.day_text(session, task.urgent_at, task)


def _remind(session: Session, reminder: Deadline, task: Task, now: datetime) -> int:
    run = session.get_one(Instance, task.instance_id)
    template = ALERT if reminder.role else partners.REMINDER
    if reminder.role:
        line = EventRecord(run.id, run.root_id, now, "escalated", task.element, task.token, {"role": reminder.role})
        SqlRunStore(session).add_events([line])
    base = session.info.get("base_url", "http://127.0.0.1:8000")
    sent = 0
    to = _alerted(session, reminder, task) if reminder.role else _recipients(session, task, now)
    for name, email in to:
        facts = partners.facts_of(session, task, run, name) | {
            "echeance": _due_day(session, task),
            # the token of a link is not kept: people outside use the one they received
            "lien": "le lien reçu par courriel" if task.recipient else f"{base}/taches/{task.id}",
        }
        key = f"rappel/{task.id}/{reminder.number}/{email}"
        try:
            messaging.queue_mail(session, to=email, template=template, facts=facts, unit_id=task.unit_id, key=key)
        except JalonError:
            continue  # an address that cannot be written to must not hold the others' reminders
        sent += 1
    return sent


def _alerted(session: Session, reminder: Deadline, task: Task) -> list[tuple[str, str]]:
    """Return who holds the role of an alert: at the unit of the task, or at the one above it of the level named."""
    unit = session.get_one(Unit, task.unit_id)
    above = [one.id for one in ancestors(session, unit) if one.level == reminder.level] if reminder.level else [unit.id]
    return _team(session, reminder.role, above, today(session, task.unit_id))


def _present(session: Session, person_id: UUID, on: date) -> Person | None:
    """Return who has a task that day: its holder or whoever replaces them; None when it is left to the team."""
    away = absences.away(session, [person_id], on).get(person_id)
    if away is not None and away.replacement_id is None:
        return None
    return session.get(Person, away.replacement_id if away and away.replacement_id else person_id)


def _recipients(session: Session, task: Task, now: datetime) -> list[tuple[str, str]]:
    """Return who has the task: the outside person, the colleague who took it, else those who hold its role there."""
    if task.recipient:
        current = [link for link in links.links_of(session, [task.id]) if link.revoked_at is None]
        waiting = [link for link in current if link_state(link, now) in {"sent", "opened", "started"}]
        return [(link.name, link.email) for link in waiting[:1]]
    if task.assignee:
        person = _present(session, UUID(task.assignee), today(session, task.unit_id))
        if person:
            return [(person.name, person.email)]
    return _team(session, task.role or "", [task.unit_id], today(session, task.unit_id))


def _team(session: Session, role: str, unit_ids: Collection[UUID], on: date) -> list[tuple[str, str]]:
    """Return who holds a role at these units and works that day; the whole team when nobody does."""
    team = people.holders(session, role, unit_ids, on)
    away = absences.away(session, [person.id for person in team], on)
    present = [person for person in team if person.id not in away] or team
    return [(person.name, person.email) for person in present[:MOST_PEOPLE]]
