"""Deadlines on open tasks: they follow the artifact, remind who has the task, alert a role or a level above."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from factories.people import make_person
from factories.processes import NOW, line, process, publish_basics, user_task
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.services import processes, worklist
from jalon.services.processes.deadlines import follow_deadlines
from jalon.store.deadlines import deadlines_of
from jalon.store.messaging import Outbox

MAIL = {"subject": "{{titre}}", "text": "{{nom}}"}
DUE = datetime(2026, 1, 12, 22, 59, tzinfo=UTC)  # five working days after Monday 5 January 2026


@pytest.fixture
def units(session):
    publish_basics(session)
    for key in ("rappel", "alerte-echeance"):
        publish(session, "message", key, MAIL)
    return make_network(session)


def rules(**rule):
    return {"process": "p", "deadlines": [{"id": "d", "element": "recevoir", "n": 5, "unit": "ouvres", **rule}]}


def opened(session, unit, **rule):
    publish(session, "deadlines", "p", rules(**rule))
    publish(session, "process", "p", process("p", line(user_task("recevoir"))))
    run = processes.start(session, SYSTEM, "p", unit.id, now=NOW)
    return worklist.next_tasks(session, SYSTEM, run.id)[0]


def sent(session):
    return [mail.recipient for mail in session.scalars(select(Outbox).order_by(Outbox.id))]


def test_a_role_then_a_level_above_are_alerted_on_their_day_and_not_before(session, units):
    toulouse = units["ml_toulouse"]
    make_person(session, toulouse, "agent", email="agent@exemple.test")
    make_person(session, toulouse, "chef", email="chef@exemple.test")
    make_person(session, units["occitanie"], "chef", email="region@exemple.test")
    alerts = [{"after": 0, "role": "chef"}, {"after": 1, "role": "chef", "level": "region"}]
    task = opened(session, toulouse, remind=[1], escalate=alerts)
    assert task.due_at == DUE
    morning = datetime(2026, 1, 12, 7, tzinfo=UTC)  # 8:00 in Paris on the last day
    for at, expected in (
        (morning - timedelta(days=1, minutes=1), []),
        (morning - timedelta(days=1), ["agent@exemple.test"]),
        (morning - timedelta(minutes=1), ["agent@exemple.test"]),
        (morning, ["agent@exemple.test", "chef@exemple.test"]),
        (morning + timedelta(days=1), ["agent@exemple.test", "chef@exemple.test", "region@exemple.test"]),
        (morning + timedelta(days=9), ["agent@exemple.test", "chef@exemple.test", "region@exemple.test"]),
    ):
        worklist.send_reminders(session, at)
        assert sent(session) == expected
    said = [one.text for one in processes.history(session, SYSTEM, task.instance_id)]
    assert said.count("Alerte transmise") == 2


def test_open_tasks_follow_a_rule_that_changes_and_what_was_sent_is_not_sent_again(session, units):
    toulouse = units["ml_toulouse"]
    make_person(session, toulouse, "agent", email="agent@exemple.test")
    task = opened(session, toulouse, remind=[3, 1])
    seen, changed = follow_deadlines(session, NOW)
    assert (changed, follow_deadlines(session, NOW, seen)) == (0, (seen, 0))
    assert worklist.send_reminders(session, datetime(2026, 1, 9, 8, tzinfo=UTC)) == 1
    later = datetime(2026, 1, 9, 9, tzinfo=UTC)
    publish(session, "deadlines", "p", rules(n=3, unit="ouvres", remind=[3], escalate=[{"after": 0, "role": "chef"}]))
    seen, changed = follow_deadlines(session, later)
    assert (changed, task.due_at) == (1, datetime(2026, 1, 8, 22, 59, tzinfo=UTC))
    # the second reminder is gone; the alert, already late, is for now
    assert [(one.number, one.sent_at is None, one.at) for one in deadlines_of(session, task.id)][-1] == (
        1_000,
        True,
        later,
    )
    assert len(deadlines_of(session, task.id)) == 2
    publish(session, "deadlines", "p", {"process": "p", "deadlines": []})
    assert follow_deadlines(session, later)[1] == 1
    assert (task.due_at, task.deadline) == (None, "")
    assert follow_deadlines(session, later)[1] == 0


def test_a_due_date_of_the_diagram_is_left_alone_and_a_rule_of_one_agency_is_its_own(session, units):
    toulouse, brest = units["ml_toulouse"], units["ml_brest"]
    here = opened(session, toulouse)
    run = processes.start(session, SYSTEM, "p", brest.id, now=NOW)
    (there,) = worklist.next_tasks(session, SYSTEM, run.id)
    publish(session, "deadlines", "p", rules(n=2), unit=brest)
    assert follow_deadlines(session, NOW)[1] == 1
    assert (here.due_at, there.due_at) == (DUE, datetime(2026, 1, 7, 22, 59, tzinfo=UTC))
    own = process("q", line(user_task("recevoir", due="PT1H")))
    publish(session, "process", "q", own)
    publish(session, "deadlines", "q", {**rules(), "process": "q"})
    run = processes.start(session, SYSTEM, "q", toulouse.id, now=NOW)
    (fixed,) = worklist.next_tasks(session, SYSTEM, run.id)
    assert fixed.due_at == NOW + timedelta(hours=1)
    publish(session, "deadlines", "q", {**rules(n=1), "process": "q"})
    assert follow_deadlines(session, NOW)[1] == 1
    assert (fixed.due_at, follow_deadlines(session, NOW)[1]) == (NOW + timedelta(hours=1), 0)
