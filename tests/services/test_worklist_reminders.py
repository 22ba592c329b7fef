"""Reminders before the due date and word of what is late: to who has the task, once."""

from contextlib import nullcontext
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.people import make_person
from factories.processes import NOW, make_task, publish_basics
from factories.publishing import publish
from factories.units import make_network
from jalon.base.clock import MovableClock
from jalon.gateways.smtp import MailFolder
from jalon.services import messaging, worklist
from jalon.store.absences import Absence
from jalon.store.deadlines import Deadline
from jalon.store.messaging import Outbox
from jalon.store.organisations import Unit
from jalon.store.processes import Instance
from jalon.store.worklist import Task

MAIL = {"subject": "Rappel : {{titre}}", "text": "{{nom}}, avant le {{echeance}} : {{lien}}"}
LATE = {"subject": "{{unite}} : {{compte}}", "text": "{{nom}}\n{{taches}}\n{{lien}}"}


@pytest.fixture
def unit(session: Session) -> Unit:
    session.info["clock"] = MovableClock(NOW)
    publish_basics(session)
    publish(session, "message", "rappel", MAIL)
    publish(session, "message", "retard", LATE)
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


def test_what_became_late_is_told_once_the_next_morning_in_one_mail(session, unit, tmp_path):
    person = make_person(session, unit, "agent", name="Amina K.", email="amina@exemple.test")
    for title in ("Relire", "Signer"):
        make_task(session, unit, title=title, assignee=str(person.id), due_at=NOW - timedelta(hours=9))
    make_task(session, unit, title="Fait", assignee=str(person.id), due_at=NOW - timedelta(hours=9), state="done")
    make_task(session, unit, title="Cette nuit", assignee=str(person.id), due_at=NOW - timedelta(hours=1))

    assert worklist.tell_late(session, NOW) == 1
    assert worklist.tell_late(session, NOW + timedelta(hours=1)) == 0
    assert worklist.tell_late(session, NOW + timedelta(days=1)) == 1  # what was due last night

    messaging.deliver_outbox(lambda: nullcontext(session), MailFolder(tmp_path), NOW + timedelta(days=1))
    written = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in tmp_path.iterdir()]
    mails = {mail["Subject"]: mail.get_content().split("\n") for mail in written}
    assert mails["Ml_Toulouse : 2 tâches sont en retard"][:4] == [
        "Amina K.",
        "- Relire, attendue le 05/01/2026",
        "- Signer, attendue le 05/01/2026",
        "http://127.0.0.1:8000/taches?quand=retard",
    ]
    assert mails["Ml_Toulouse : une tâche est en retard"][1] == "- Cette nuit, attendue le 05/01/2026"
    assert len(mails) == 2


def test_tasks_of_a_run_that_is_held_wait_for_it(session, unit):
    make_person(session, unit, "agent")
    task = reminded(session, unit)
    late = make_task(session, unit, due_at=NOW - timedelta(hours=9))
    for one in (task, late):
        session.get_one(Instance, one.instance_id).suspended = True
    session.flush()
    assert (worklist.send_reminders(session, NOW), worklist.tell_late(session, NOW)) == (0, 0)

    for one in (task, late):
        session.get_one(Instance, one.instance_id).suspended = False
    session.flush()
    assert (worklist.send_reminders(session, NOW), worklist.tell_late(session, NOW)) == (1, 1)


def test_whoever_is_away_is_not_told_their_replacement_or_the_others_are(session, unit):
    away, stand_in = (make_person(session, unit, "agent", email=f"{one}@exemple.test") for one in ("a", "b"))
    absence = Absence(unit_id=unit.id, person_id=away.id, replacement_id=stand_in.id, declared_by=None, created_at=NOW)
    absence.starts_on = absence.ends_on = NOW.date()
    session.add(absence)
    make_task(session, unit, assignee=str(away.id), due_at=NOW - timedelta(hours=9))
    make_task(session, unit, due_at=NOW - timedelta(hours=9))

    assert worklist.tell_late(session, NOW) == 1
    assert [recipient for recipient, _ in sent(session)] == ["b@exemple.test"]
