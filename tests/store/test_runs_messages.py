"""A message finds its receiver among thousands without loading them, over both stores."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from engines.processes.conformance.writing import bpmn
from factories.units import make_unit
from jalon.engines.processes import Ask, read_bpmn
from jalon.runtime import MemoryLibrary, MemoryStore, Runtime, Surroundings
from jalon.runtime.protocol import InstanceRecord
from jalon.store.processes import Instance, SubscriptionRow
from jalon.store.runs import SqlRunStore

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
WAITING = 1500
DIAGRAM = bpmn(
    "start s | and g | catch c message=reponse | catch d message=avis | and j | end e", "s>g>c>j>e; g>d>j"
).replace(
    b'name="avis"/>',
    b'name="avis"><extensionElements><jalon:correlation name="ref" expression="reference"/></extensionElements>'
    b"</message>",
)


class CountingMemory(MemoryStore):
    loaded = 0

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        self.loaded += 1
        return super().get_instance(instance)


class CountingSql(SqlRunStore):
    loaded = 0

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        self.loaded += 1
        return super().get_instance(instance)


def runtime(store: Any) -> Runtime:
    program = read_bpmn({"a.bpmn": DIAGRAM}).processes[0].program
    assert program is not None
    around = Surroundings(lambda call: Ask(), lambda name, inputs: None)
    return Runtime(store, MemoryLibrary([program]), lambda record: around, lambda: NOW)


@pytest.fixture
def thousands() -> CountingMemory:
    """Runs by the hundred that wait for the same messages, told apart by a variable, a key or a reference."""
    store = CountingMemory()
    acts = runtime(store)
    for number in range(WAITING):
        acts.start(
            "p",
            {"dossier": number, "reference": f"réf-{number}", "reste": "x" * 50},
            unit="u",
            business_key=f"cle-{number}",
        )
    return store


def in_sql(session: Session, source: MemoryStore) -> CountingSql:
    make_unit(session, "u")
    store = CountingSql(session)
    for table, records in (
        (Instance, source.all_instances()),
        (SubscriptionRow, source.all_subscriptions()),
    ):
        rows = [store._values(record) for record in records]
        session.execute(insert(table), rows)
    return store


def checks(store: Any) -> None:
    acts = runtime(store)
    for told in (
        {"name": "reponse", "correlation": {"dossier": 1321}},
        {"name": "reponse", "correlation": {"dossier": "1320"}},
        {"name": "reponse", "business_key": "cle-17"},
        {"name": "reponse", "correlation": {"business_key": "cle-1499"}},
        {"name": "reponse", "correlation": {"dossier": 12, "business_key": "cle-12"}},
        {"name": "avis", "correlation": {"ref": "réf-500"}},
        {"name": "avis", "payload": {"ref": "réf-501", "ok": True, "note": 'l"été', "avec": 3}},
        {"name": "avis", "correlation": {"autre": "réf-502"}},
        {"name": "reponse"},
    ):
        store.loaded = 0
        happened = acts.send(told.pop("name"), told.pop("payload", None), unit="u", **told)
        assert happened.delivered == 1, told
        assert store.loaded <= 3, (told, store.loaded)
    store.loaded = 0
    assert acts.send("reponse", correlation={"dossier": "inconnu"}, unit="u").buffered == 1
    assert store.loaded == 0


def test_among_thousands_over_dictionaries(thousands: CountingMemory) -> None:
    checks(thousands)


def test_among_thousands_over_sql(session: Session, thousands: CountingMemory) -> None:
    checks(in_sql(session, thousands))
