"""Tasks handed from one person to another: given one by one or together, shown to others during an absence."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.people import make_membership, make_person
from factories.processes import NOW, make_task, publish_basics, worker
from factories.units import make_network
from jalon.base.errors import Forbidden, NotFound
from jalon.services import access, worklist
from jalon.services.access.errors import AbsenceRefused
from jalon.services.worklist import CannotTake, TaskFilter
from jalon.store.audit import AuditEvent
from jalon.store.people import Person

TODAY = date(2026, 1, 5)


@pytest.fixture
def team(session: Session) -> SimpleNamespace:
    """Amina and Karim do the same tasks in Toulouse, Chloé assigns them, Yann works in Brest."""
    publish_basics(session)
    units = make_network(session)
    session.info["clock"] = SimpleNamespace(now=lambda: NOW)
    people = {}
    for name, unit, role in [
        ("Amina", "ml_toulouse", "agent"),
        ("Karim", "ml_toulouse", "agent"),
        ("Chloé", "ml_toulouse", "chef"),
        ("Yann", "ml_brest", "agent"),
    ]:
        people[name] = make_person(session, units[unit], name=name)
        make_membership(session, people[name], units[unit], role)
    chief = worker(units["ml_toulouse"], role="chef", name="Chloé", more=("tache.attribuer",))
    return SimpleNamespace(units=units, toulouse=units["ml_toulouse"], chief=chief, **people)


def at_work(session: Session, person: Person, on: date = TODAY):
    return access.actor_for(session, person, on=on)


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_task_is_given_to_who_holds_its_role_there_and_to_nobody_else(session, team):
    task = make_task(session, team.toulouse)
    (found,) = worklist.to_assign(session, team.chief, [task.id])
    assert [person.name for person in found[1]] == ["Amina", "Karim"]
    worklist.assign(session, team.chief, task.id, team.Karim.id)
    assert (task.assignee, task.assignee_name) == (str(team.Karim.id), "Karim")
    for other in (team.Yann, team.Chloé):
        with pytest.raises(CannotTake):
            worklist.assign(session, team.chief, task.id, other.id)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "tache.attribuee")).one()
    assert event.facts == {"person": str(team.Karim.id), "previous": None}


def test_one_passes_on_ones_own_task_only_unless_one_assigns(session, team):
    amina = at_work(session, team.Amina)
    task = make_task(session, team.toulouse)
    with pytest.raises(Forbidden):
        worklist.assign(session, amina, task.id, team.Karim.id)
    worklist.claim(session, amina, task.id)
    assert worklist.assign(session, amina, task.id, team.Karim.id).assignee_name == "Karim"
    with pytest.raises(NotFound):
        worklist.assign(session, at_work(session, team.Yann), task.id, team.Karim.id)


def test_many_tasks_change_hands_at_once_and_those_that_cannot_stay(session, team):
    good = [make_task(session, team.toulouse) for _ in range(3)]
    other_role = make_task(session, team.toulouse, role="chef", title="Décider")
    handed = worklist.assign_many(session, team.chief, [*(task.id for task in good), other_role.id], team.Amina.id)
    assert (handed.given, [title for title, _ in handed.left]) == (3, ["Décider"])
    assert {task.assignee_name for task in good} == {"Amina"}
    assert other_role.assignee is None


def test_who_assigns_sees_the_tasks_of_the_whole_team(session, team):
    theirs = make_task(session, team.toulouse)
    make_task(session, team.units["ml_brest"])
    assert worklist.inbox(session, team.chief, now=NOW).rows == ()
    rows = worklist.inbox(session, team.chief, TaskFilter(team=True), now=NOW).rows
    assert [row.task.id for row in rows] == [theirs.id]
    amina = at_work(session, team.Amina)
    assert len(worklist.inbox(session, amina, TaskFilter(team=True), now=NOW).rows) == 1


def test_during_an_absence_the_tasks_are_shown_to_the_replacement_then_come_back(session, team):
    task = make_task(session, team.toulouse, role="chef", assignee=str(team.Amina.id), assignee_name="Amina")
    amina, karim = at_work(session, team.Amina), at_work(session, team.Karim)
    with pytest.raises(NotFound):
        worklist.task_page(session, karim, task.id, NOW)  # of another role: his only through the absence
    absence = access.declare_absence(
        session, amina, team.Amina.id, TODAY, TODAY + timedelta(days=4), replacement_id=team.Karim.id, now=NOW
    )
    karim = at_work(session, team.Karim)
    (row,) = worklist.inbox(session, karim, TaskFilter(mine=True), now=NOW).rows
    assert (row.task.id, row.away_until) == (task.id, TODAY + timedelta(days=4))
    assert worklist.task_page(session, karim, task.id, NOW).can_complete
    assert access.replaced(session, karim, TODAY) == [("Amina", TODAY + timedelta(days=4))]
    assert task.assignee == str(team.Amina.id)  # nothing was handed over
    later = at_work(session, team.Karim, TODAY + timedelta(days=5))
    assert worklist.inbox(session, later, TaskFilter(mine=True), now=NOW + timedelta(days=5)).rows == ()
    access.end_absence(session, amina, absence.id, now=NOW)
    assert worklist.inbox(session, at_work(session, team.Karim), TaskFilter(mine=True), now=NOW).rows == ()
    assert acts(session) == ["absence.declaree", "absence.terminee"]


def test_without_a_replacement_the_tasks_count_as_the_teams(session, team):
    task = make_task(session, team.toulouse, assignee=str(team.Amina.id), assignee_name="Amina")
    karim = at_work(session, team.Karim)
    free = TaskFilter(unassigned=True)
    assert worklist.inbox(session, karim, free, now=NOW).rows == ()
    access.declare_absence(session, team.chief, team.Amina.id, TODAY, TODAY, now=NOW)
    assert [row.task.id for row in worklist.inbox(session, karim, free, now=NOW).rows] == [task.id]
    assert worklist.inbox(session, karim, free, now=NOW + timedelta(days=1)).rows == ()


def test_a_replacement_reaches_no_unit_where_they_do_no_tasks(session, team):
    make_task(session, team.units["ml_brest"], assignee=str(team.Amina.id))
    access.declare_absence(
        session, at_work(session, team.Amina), team.Amina.id, TODAY, TODAY, replacement_id=team.Karim.id, now=NOW
    )
    assert worklist.inbox(session, at_work(session, team.Karim), now=NOW).rows == ()


def test_an_absence_that_makes_no_sense_is_refused(session, team):
    amina, day = at_work(session, team.Amina), timedelta(days=1)
    for starts, ends, replacement in [
        (TODAY, TODAY - day, None),
        (TODAY - 3 * day, TODAY - day, None),
        (TODAY, TODAY + 400 * day, None),
        (TODAY, TODAY, team.Yann.id),
        (TODAY, TODAY, team.Amina.id),
    ]:
        with pytest.raises(AbsenceRefused):
            access.declare_absence(session, amina, team.Amina.id, starts, ends, replacement_id=replacement, now=NOW)
    access.declare_absence(session, amina, team.Amina.id, TODAY, TODAY + 2 * day, now=NOW)
    with pytest.raises(AbsenceRefused):
        access.declare_absence(session, amina, team.Amina.id, TODAY + day, TODAY + 5 * day, now=NOW)
    with pytest.raises(Forbidden):
        access.declare_absence(session, amina, team.Karim.id, TODAY, TODAY, now=NOW)
    with pytest.raises(NotFound):
        access.declare_absence(session, amina, team.Yann.id, TODAY, TODAY, now=NOW)
    assert [line.who for line in access.absences(session, amina, TODAY)] == ["Amina"]
