"""The SQL RunStore answers as the dictionary does, act by act."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from factories.units import make_unit
from jalon.base.errors import NotFound, Stale
from jalon.runtime.memory import MemoryStore
from jalon.runtime.protocol import (
    BufferedMessage,
    DueRecord,
    EventRecord,
    IncidentRecord,
    InstanceRecord,
    RunStore,
    Subscription,
    TaskRecord,
)
from jalon.store.runs import SqlRunStore

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(params=["dict", "sql"])
def store(request: pytest.FixtureRequest, session: Session) -> RunStore:
    """Both stores; whatever holds for one holds for the other."""
    make_unit(session, "fr")
    make_unit(session, "ml", make_unit(session, "fr"))
    return MemoryStore() if request.param == "dict" else SqlRunStore(session)


def instance(**words: object) -> InstanceRecord:
    run = uuid4()
    facts: dict[str, object] = {
        "id": run,
        "process_key": "p",
        "process_hash": "h",
        "unit": "ml",
        "business_key": None,
        "status": "running",
        "state": b"{}",
        "variables": {"0": {"age": 19}},
        "root": run,
        "started_at": NOW,
        "conversation": "c",
    }
    return InstanceRecord(**(facts | words))


def task(run: InstanceRecord, token: int = 1, **words: object) -> TaskRecord:
    facts: dict[str, object] = {
        "id": uuid4(),
        "instance": run.id,
        "root": run.root,
        "token": token,
        "element": "t",
        "title": "Tâche",
        "kind": "userTask",
        "unit": "ml",
        "opened_at": NOW,
        "rank": token,
    }
    return TaskRecord(**(facts | words))


@pytest.fixture
def run(store: RunStore) -> InstanceRecord:
    record = instance()
    store.add_instance(record)
    return record


def test_an_instance_comes_back_as_it_was_and_as_a_copy(store, run):
    found = store.get_instance(run.id)
    assert found == run
    found.variables["0"]["age"] = 20
    assert store.get_instance(run.id) == run
    assert store.get_instance(UUID(int=1)) is None


def test_saving_counts_versions_and_refuses_an_old_one(store, run):
    seen = store.get_instance(run.id)
    run.variables = {"0": {"age": 20}}
    run.state = b"[1]"
    store.save_instance(run)
    assert run.version == 2
    assert store.get_instance(run.id) == run
    with pytest.raises(Stale):
        store.save_instance(seen)


def test_children_are_those_still_running_oldest_first(store, run):
    calls = [instance(root=run.id, parent=run.id, parent_token=token, depth=1) for token in (4, 4, 5)]
    for call in calls:
        store.add_instance(call)
    calls[0].ended_at = NOW
    store.save_instance(calls[0])
    assert [child.id for child in store.children(run.id)] == [calls[1].id, calls[2].id]
    assert [child.id for child in store.children(run.id, 4)] == [calls[1].id]


def test_tasks_open_close_and_move(store, run):
    first, second = task(run, 1, recipient={"nom": "Paul"}), task(run, 2)
    store.add_task(first)
    store.add_task(second)
    assert store.open_tasks(root=run.id) == [first, second]
    assert store.open_task(run.id, 1) == first
    first.state, first.closed_at, first.closed_by = "done", NOW, "Amina"
    store.save_task(first)
    second.token = 7
    store.save_task(second)
    assert store.open_task(run.id, 1) is None
    assert store.open_task(run.id, 7) == second
    assert store.open_tasks(instance=run.id) == [second]
    assert store.get_task(first.id) == first
    assert store.get_task(UUID(int=1)) is None


def test_timers_are_replaced_sorted_and_held_with_their_instance(store, run):
    late, soon = DueRecord(run.id, 1, NOW + timedelta(days=2), "a"), DueRecord(run.id, 2, NOW, "b")
    store.set_dues(run.id, [late, soon])
    assert store.dues() == [soon, late]
    assert store.dues(NOW) == [soon]
    assert store.dues(limit=1) == [soon]
    moved = DueRecord(run.id, 1, NOW - timedelta(days=1), "a")
    store.set_dues(run.id, [moved])
    assert store.dues() == [moved]
    run.suspended = True
    store.save_instance(run)
    assert store.dues() == []


def test_subscriptions_are_found_by_name_unit_and_instance(store, run):
    wait = Subscription(run.id, 3, "message", "reponse", "e", "ml", "42", "c", {"dossier": "42"})
    store.set_subscriptions(run.id, [wait])
    assert store.subscriptions("message", "reponse") == [wait]
    assert store.subscriptions("message", "reponse", unit="ml", instance=run.id) == [wait]
    assert store.subscriptions("message", "reponse", unit="fr") == []
    assert store.subscriptions("signal", "reponse") == []
    store.set_subscriptions(run.id, [])
    assert store.subscriptions("message", "reponse") == []


def test_messages_live_until_they_expire_or_are_delivered(store, run):
    first, second = (
        BufferedMessage(uuid4(), "m", {"n": n}, {"k": "v"}, "ml", None, "c", NOW, NOW + timedelta(days=n), run.id)
        for n in (1, 2)
    )
    store.add_message(first)
    store.add_message(second)
    assert store.messages("m", NOW) == [first, second]
    assert store.messages("m", NOW + timedelta(days=1)) == [second]
    assert store.messages("m", NOW, unit="fr") == []
    store.remove_message(second.id)
    assert store.messages("m", NOW) == [first]


def test_incidents_open_and_close(store, run):
    incident = IncidentRecord(uuid4(), run.id, run.id, 1, "t", "code", "Raison", NOW)
    store.add_incident(incident)
    assert store.open_incidents(instance=run.id) == [incident]
    assert store.open_incidents(root=UUID(int=1)) == []
    incident.closed_at, incident.resolution = NOW, "retried"
    store.save_incident(incident)
    assert store.open_incidents() == []


def test_the_token_log_keeps_its_order(store, run):
    lines = [EventRecord(run.id, run.id, NOW, kind, "t", 1, {"n": n}) for n, kind in enumerate(("started", "passed"))]
    store.add_events(lines)
    more = EventRecord(run.id, run.id, NOW, "passed", "u")
    store.add_events([more])
    assert store.events(root=run.id) == [*lines, more]
    assert store.events(instance=run.id, kind="passed") == [lines[1], more]
    assert store.events(last=2) == [lines[1], more]
    assert store.events(root=UUID(int=1)) == []


def test_an_unknown_unit_is_refused(session: Session):
    with pytest.raises(NotFound):
        SqlRunStore(session).add_instance(instance(unit="nulle_part"))


def test_what_the_worklist_knows_of_a_task_survives_the_runtime(session: Session):
    from jalon.store.worklist import Task

    make_unit(session, "ml")
    store, run = SqlRunStore(session), instance()
    store.add_instance(run)
    record = task(run, due_at=NOW)
    store.add_task(record)
    row = session.get_one(Task, record.id)
    row.form_hash, row.assignee_name = "abc", "Amina K."
    record.title = "Autre titre"
    store.save_task(record)
    session.flush()
    session.refresh(row)
    assert (row.title, row.form_hash, row.assignee_name, row.urgent_at) == ("Autre titre", "abc", "Amina K.", NOW)
