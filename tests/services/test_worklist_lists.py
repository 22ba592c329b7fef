"""Lists of tasks: scope, order, pages, a constant number of queries; one's day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, make_task, publish_basics, worker
from factories.units import make_network
from jalon.base.errors import NotFound
from jalon.services import worklist
from jalon.services.worklist import TaskFilter, TaskTaken
from jalon.store.organisations import Unit


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    return make_network(session)


@contextmanager
def queries(session: Session) -> Iterator[list[str]]:
    """The statements sent while the block runs."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            sent.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_one_sees_the_tasks_of_ones_role_at_ones_units_and_those_given(session, units):
    amina = worker(units["ml_toulouse"])
    mine = make_task(session, units["ml_toulouse"])
    anybody = make_task(session, units["ml_toulouse"], role=None)
    given = make_task(session, units["ml_toulouse"], role="chef", assignee=str(amina.id))
    make_task(session, units["ml_toulouse"], role="chef")
    make_task(session, units["ml_brest"])
    make_task(session, units["ml_toulouse"], state="done")
    page = worklist.inbox(session, amina, now=NOW)
    assert [row.task.id for row in page.rows] == [mine.id, anybody.id, given.id]
    assert page.cursor == ""


def test_the_most_urgent_come_first_with_what_surrounds_them(session, units):
    amina = worker(units["ml_toulouse"])
    dossier = make_dossier(session, units["ml_toulouse"])
    make_task(session, units["ml_toulouse"])
    make_task(session, units["ml_toulouse"], due_at=NOW + timedelta(days=1))
    late = make_task(session, units["ml_toulouse"], dossier, due_at=NOW - timedelta(days=1))
    first = worklist.inbox(session, amina, now=NOW).rows[0]
    assert first == worklist.Row(
        task=late,
        process_title="Parcours",
        dossier_id=dossier.id,
        dossier_name="Léa Martin",
        unit_title="Ml_Toulouse",
        late=True,
        draft=False,
        link="",
    )


@pytest.mark.req("C4")
def test_pages_follow_one_another_without_gap_or_repeat(session, units):
    amina = worker(units["ml_toulouse"])
    due = [None, NOW, NOW, NOW + timedelta(days=1), None]
    tasks = [make_task(session, units["ml_toulouse"], due_at=at) for at in due]
    seen, cursor = [], ""
    for _ in range(3):
        page = worklist.inbox(session, amina, cursor=cursor, now=NOW, limit=2)
        seen += [row.task.id for row in page.rows]
        cursor = page.cursor
    assert seen == [tasks[n].id for n in (1, 2, 3, 0, 4)]
    assert cursor == ""


def test_a_cursor_that_was_tampered_with_shows_the_first_page(session, units):
    amina = worker(units["ml_toulouse"])
    make_task(session, units["ml_toulouse"])
    assert len(worklist.inbox(session, amina, cursor="???", now=NOW).rows) == 1


@pytest.mark.req("C4")
def test_filters_are_read_from_the_address(session, units):
    amina = worker(units["ml_toulouse"])
    mine = make_task(session, units["ml_toulouse"], assignee=str(amina.id))
    free = make_task(session, units["ml_toulouse"])
    dossier = make_dossier(session, units["ml_toulouse"])
    about = make_task(session, units["ml_toulouse"], dossier)

    def found(**values: str) -> list[object]:
        page = worklist.inbox(session, amina, worklist.saved_filter(values), now=NOW)
        return [row.task.id for row in page.rows]

    assert found(miennes="1") == [mine.id]
    assert found(libres="1") == [free.id, about.id]
    assert found(dossier=str(dossier.id)) == [about.id]
    assert found(processus="autre") == []
    assert found(unite="illisible", etape="t") == [mine.id, free.id, about.id]
    assert worklist.saved_filter({}) == TaskFilter()


@pytest.mark.req("Y4")
def test_a_list_costs_the_same_queries_for_one_and_three_rows(session, units):
    amina = worker(units["ml_toulouse"])
    counts = []
    for _ in range(3):
        make_task(session, units["ml_toulouse"], make_dossier(session, units["ml_toulouse"]), recipient={"nom": "P"})
        session.expire_all()
        with queries(session) as sent:
            page = worklist.inbox(session, amina, now=NOW)
        counts.append((len(page.rows), len(sent)))
    assert counts == [(1, counts[0][1]), (2, counts[0][1]), (3, counts[0][1])]
    assert counts[0][1] <= 7


@pytest.mark.req("C1")
def test_my_day_tells_what_is_late_due_and_left_unfinished(session, units):
    amina = worker(units["ml_toulouse"])
    late = make_task(session, units["ml_toulouse"], due_at=NOW - timedelta(days=1))
    today = make_task(session, units["ml_toulouse"], due_at=NOW + timedelta(hours=2))
    later = make_task(session, units["ml_toulouse"])
    worklist.save_draft(session, amina, later.id, {"nom": "Ma"}, now=NOW)
    day = worklist.my_day(session, amina, NOW)
    assert [row.task.id for row in day.late] == [late.id]
    assert [row.task.id for row in day.due_today] == [today.id]
    assert [row.task.id for row in day.drafts] == [later.id]
    assert [row.task.id for row in day.to_do] == [later.id]
    assert day.alerts == ()


@pytest.mark.req("Y4")
def test_a_day_costs_the_same_queries_for_one_and_three_rows(session, units):
    amina = worker(units["ml_toulouse"])
    counts = []
    for _ in range(3):
        task = make_task(session, units["ml_toulouse"], make_dossier(session, units["ml_toulouse"]), due_at=NOW)
        worklist.save_draft(session, amina, task.id, {}, now=NOW)
        worklist.my_day(session, amina, NOW)  # what the process remembers is not counted
        session.expire_all()
        with queries(session) as sent:
            worklist.my_day(session, amina, NOW)
        counts.append(len(sent))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12


def test_a_task_is_taken_by_one_person_only(session, units):
    amina, karim = worker(units["ml_toulouse"]), worker(units["ml_toulouse"], name="Karim B.")
    task = make_task(session, units["ml_toulouse"])
    assert worklist.claim(session, amina, task.id).assignee_name == "Amina K."
    with pytest.raises(TaskTaken) as refusal:
        worklist.claim(session, karim, task.id)
    assert refusal.value.facts == {"who": "Amina K."}
    worklist.release(session, amina, task.id)
    assert worklist.claim(session, karim, task.id).assignee_name == "Karim B."


@pytest.mark.req("S4")
def test_a_task_of_elsewhere_does_not_exist(session, units):
    task = make_task(session, units["ml_toulouse"])
    stranger = worker(units["ml_brest"])
    for attempt in (
        lambda: worklist.task_page(session, stranger, task.id, NOW),
        lambda: worklist.claim(session, stranger, task.id),
        lambda: worklist.save_draft(session, stranger, task.id, {}, now=NOW),
        lambda: worklist.complete_task(session, stranger, task.id, {}, "x", NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
