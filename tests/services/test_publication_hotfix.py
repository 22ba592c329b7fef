"""Hotfix of runs pinned to a version: cosmetic or compatible only, named, approved, audited, undone."""

import pytest
from sqlalchemy import select

from factories.packs import administrator
from factories.processes import NOW, line, process, publish_basics, user_task
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.services import processes
from jalon.services.publication import ApprovalRefused, HotfixRefused, hotfix, plan_hotfix
from jalon.store.audit import AuditEvent
from services.test_processes_operating import do_all

BODY = line(user_task("recevoir"), user_task("relire", ""))


@pytest.fixture
def units(session):
    publish_basics(session)
    return make_network(session)


def started(session, units):
    publish(session, "process", "p", process("p", BODY))
    return processes.start(session, SYSTEM, "p", units["ml_toulouse"].id, now=NOW)


def asked(session, units, **words):
    given = {"name": "Mot juste", "reason": "Le libellé trompait", "approver": administrator(session, units["fr"])}
    return hotfix(session, SYSTEM, "p", now=NOW, **(given | words))


def test_a_text_reaches_runs_already_begun_and_everything_is_noted(session, units):
    run = started(session, units)
    before = run.process_hash
    publish(session, "process", "p", process("p", BODY.replace('name="Relire"', 'name="Relire à deux"')))
    assert len(plan_hotfix(session, SYSTEM, "p", NOW).runs) == 1

    operation = asked(session, units)
    do_all(session)

    assert run.process_hash != before
    entry = session.scalars(select(AuditEvent).where(AuditEvent.action == "parcours.correctif")).one()
    assert (entry.target_id, entry.facts["runs"]) == (operation.id, 1)
    assert "Correctif « Mot juste » : Le libellé trompait" in operation.reason
    processes.undo(session, SYSTEM, operation.id, "Finalement non", NOW)
    do_all(session)
    assert run.process_hash == before


def test_what_changes_the_course_is_refused_and_says_why(session, units):
    started(session, units)
    publish(
        session,
        "process",
        "p",
        process("p", line(user_task("recevoir"), user_task("relire", ""), user_task("signer", ""))),
    )

    planned = plan_hotfix(session, SYSTEM, "p", NOW)
    assert (planned.runs, planned.left) == ((), 1)
    assert "migration" in planned.because[0]
    with pytest.raises(HotfixRefused):
        asked(session, units)


def test_a_hotfix_is_named_and_approved_by_another_person(session, units):
    started(session, units)
    publish(session, "process", "p", process("p", BODY.replace('name="Relire"', 'name="Relire à deux"')))
    with pytest.raises(ApprovalRefused):
        asked(session, units, approver=SYSTEM)
    with pytest.raises(HotfixRefused):
        asked(session, units, name=" ")
