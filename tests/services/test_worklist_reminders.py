"""Reminders before the due date, to who has the task, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.people import make_person
from factories.processes import NOW, make_task, publish_basics
from factories.publishing import publish
from factories.units import make_network
from jalon.services import worklist
from jalon.store.messaging import Outbox
from jalon.store.organisations import Unit
from jalon.store.worklist import Deadline, Task

MAIL = {"subject": "Rappel : {{titre}}", "text": "{{nom}}, avant le {{echeance}} : {{lien}}"}


@pytest.fixture
def unit(session: Session) -> Unit:
    publish_basics(session)
    publish(session, "message", "rappel", MAIL)
    return make_network(session)["ml_toulouse"]


def reminded(session: Session, unit: Unit, **words: object) -> Task:
    task = make_task(session, unit, due_at=NOW + timedelta(days=2), **words)
    session.add(Deadline(task_id=task.id, number=0, at=NOW))
    session.flush()
    return task


def sent(session: Session) -> list[tuple[str, str]]:
    return [(mail.recipient, mail.text) for mail in session.scalars(select(Outbox).order_by(Outbox.recipient))]


def test_who_took_the_task_is_reminded_once_when_the_hour_comes(session, unit):
    person = make_person(session, unit, "agent", name="Amina K.", email="amina@exemple.test")
    task = reminded(session, unit, assignee=str(person.id))
    assert worklist.send_reminders(session, NOW - timedelta(hours=1)) == 0
    assert worklist.send_reminders(session, NOW) == 1
    assert worklist.send_reminders(session, NOW) == 0
    address = f"http://127.0.0.1:8000/taches/{task.id}"
    assert sent(session) == [("amina@exemple.test", f"Amina K., avant le 07/01/2026 : {address}")]


def test_a_task_nobody_took_reminds_those_who_hold_its_role_there(session, unit):
    for login in ("a", "b"):
        make_person(session, unit, "agent", email=f"{login}@exemple.test")
    make_person(session, unit, "chef", email="chef@exemple.test")
    reminded(session, unit)
    assert worklist.send_reminders(session, NOW) == 2
    assert [recipient for recipient, _ in sent(session)] == ["a@exemple.test", "b@exemple.test"]


@pytest.mark.req("P7")
def test_a_task_done_reminds_nobody(session, unit):
    make_person(session, unit, "agent")
    reminded(session, unit, state="done")
    assert worklist.send_reminders(session, NOW) == 0
