"""The audit: chains per unit, found broken whatever a database administrator does to them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from factories.people import actor_with
from jalon.base.actor import SYSTEM
from jalon.base.ids import new_id
from jalon.services import audit
from jalon.store.audit import AccessLog, AuditEvent, AuditHead, AuditSeal
from jalon.store.database import Database

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
UNIT = new_id()


def _some_events(session: Session, count: int = 5) -> list[AuditEvent]:
    session.info["secret"] = "clef"
    made = [audit.record(session, actor_with(), "tache.terminee", unit_id=UNIT, target=new_id()) for _ in range(count)]
    session.commit()
    return made


def _kinds(session: Session) -> list[str]:
    session.expire_all()
    return [one.kind for one in audit.verify(session).breaks]


def test_an_event_joins_its_chain_at_commit(session: Session) -> None:
    events = _some_events(session, 3)
    audit.record(session, SYSTEM, "processus.demarre", unit_id=new_id())
    session.commit()
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == ["", events[0].own_hash, events[1].own_hash]
    report = audit.verify(session)
    assert (report.ok, report.checked, report.first_break) == (True, 4, None)


def test_an_event_of_a_savepoint_undone_leaves_no_hole(session: Session) -> None:
    audit.record(session, SYSTEM, "premier", unit_id=UNIT)
    nested = session.begin_nested()
    audit.record(session, SYSTEM, "defait", unit_id=UNIT)
    nested.rollback()
    audit.record(session, SYSTEM, "second", unit_id=UNIT)
    session.commit()
    chain = session.execute(select(AuditEvent.seq, AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert [tuple(row) for row in chain] == [(1, "premier"), (2, "second")]
    assert audit.verify(session).ok


@pytest.mark.req("S17")
def test_an_altered_row_is_found(session: Session) -> None:
    events = _some_events(session)
    session.execute(update(AuditEvent).where(AuditEvent.id == events[2].id).values(actor_id=new_id()))
    session.expire_all()
    report = audit.verify(session)
    assert report.first_break == audit.Break("altered", UNIT, 3, events[2].id)


@pytest.mark.req("S17")
def test_a_row_altered_with_all_the_hashes_after_it_is_found(session: Session) -> None:
    """Who knows the algorithm but not the product's key cannot mend the chain."""
    events = _some_events(session)
    session.info["secret"] = "une autre clef"
    previous = events[1].own_hash
    for event in events[2:]:
        event.action, event.previous_hash = "autre", previous
        event.own_hash = previous = audit._event_hash(session, event, event.seq or 0, previous)
    session.execute(update(AuditHead).values(own_hash=previous))
    session.flush()
    session.info["secret"] = "clef"
    assert _kinds(session) == ["altered", "altered", "altered"]


@pytest.mark.req("S17")
def test_a_deleted_row_is_found(session: Session) -> None:
    events = _some_events(session)
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[2].id))
    session.expire_all()
    report = audit.verify(session)
    assert report.first_break == audit.Break("deleted", UNIT, 3)


@pytest.mark.req("S17")
def test_the_newest_rows_deleted_are_found(session: Session) -> None:
    events = _some_events(session)
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[4].id))
    assert _kinds(session) == ["truncated"]


@pytest.mark.req("S17")
def test_the_newest_rows_deleted_with_their_head_put_back_are_found_by_the_seal(session: Session) -> None:
    events = _some_events(session)
    sealed = audit.seal(session, NOW)
    assert sealed is not None
    assert audit.verify(session).ok
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[4].id))
    session.execute(update(AuditHead).values(seq=4, own_hash=events[3].own_hash))
    assert _kinds(session) == ["truncated"]


@pytest.mark.req("S17")
def test_a_whole_chain_deleted_is_found_by_the_seal(session: Session) -> None:
    _some_events(session)
    audit.seal(session, NOW)
    session.execute(delete(AuditEvent))
    session.execute(delete(AuditHead))
    assert _kinds(session) == ["truncated"]


@pytest.mark.req("S17")
@pytest.mark.parametrize("seq", [None, 6])
def test_an_inserted_row_is_found(session: Session, seq: int | None) -> None:
    events = _some_events(session)
    forged = AuditEvent(
        chain=UNIT,
        seq=seq,
        at=NOW,
        actor_id=new_id(),
        actor_kind="person",
        action="tache.terminee",
        target_id=None,
        facts={},
        previous_hash=events[-1].own_hash,
        own_hash="0" * 64,
    )
    session.add(forged)
    session.flush()
    assert "inserted" in _kinds(session)


@pytest.mark.req("S17")
@pytest.mark.parametrize("change", [{"heads": {}}, {"mac": "0"}, {"number": 9}])
def test_a_forged_seal_is_found(session: Session, change: dict[str, object]) -> None:
    _some_events(session)
    audit.seal(session, NOW)
    session.execute(update(AuditSeal).values(**change))
    assert "seal" in _kinds(session)


def test_a_seal_holds_what_moved_since_the_last(session: Session) -> None:
    _some_events(session, 2)
    first = audit.seal(session, NOW)
    assert audit.seal(session, NOW + timedelta(hours=1)) is None
    other = new_id()
    audit.record(session, SYSTEM, "essai", unit_id=other)
    second = audit.seal(session, NOW + timedelta(hours=2))
    assert first is not None
    assert second is not None
    assert (first.number, list(first.heads)) == (1, [str(UNIT)])
    assert (second.number, list(second.heads), second.previous_mac) == (2, [str(other)], first.mac)
    assert audit.verify(session).ok


@pytest.mark.req("S18")
@pytest.mark.parametrize(
    "value", ["Amina Kone", "amina@exemple.test", "0612345678", "né en 2005", 255_081_416_802_538, 1.5]
)
def test_a_value_of_somebody_is_refused(session: Session, value: object) -> None:
    with pytest.raises(ValueError, match="ids, codes and hashes"):
        audit.record(session, SYSTEM, "dossier.modifie", unit_id=UNIT, champ=value)


def test_ids_paths_dates_and_hashes_are_kept(session: Session) -> None:
    row, digest = new_id(), audit.keyed_hash(session, "2 55 08 14 168 025 38")
    event = audit.record(
        session,
        SYSTEM,
        "dossier.modifie",
        unit_id=UNIT,
        path=f"experiences/{row}/employeur",
        fields=["contact.telephone"],
        form=new_id(),
        before=None,
        digest=digest,
        on=NOW.date(),
    )
    assert event.facts["path"] == f"experiences/{row}/employeur"
    assert event.facts["on"] == "2026-01-05"
    assert len(digest) == 32


def test_a_reading_goes_to_the_journal(session: Session) -> None:
    actor, target = actor_with(), new_id()
    audit.access_log(session, actor, "dossier.lu", unit_id=UNIT, target=target, reason="Permanence")
    row = session.scalars(select(AccessLog)).one()
    assert (row.actor_id, row.target_id, row.reason) == (actor.id, target, "Permanence")


@pytest.fixture
def committed(database: Database) -> Iterator[Database]:
    """The database, whose audit is emptied after a test that commits."""
    yield database
    with database.transaction() as session:
        for table in ("audit_event", "audit_head", "audit_seal"):
            session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.req("S17")
def test_one_chain_written_by_many_at_once_has_no_hole(committed: Database) -> None:
    chains = [new_id(), new_id()]

    def write(rank: int) -> None:
        for turn in range(8):
            with committed.transaction() as session:
                audit.record(session, SYSTEM, "essai", unit_id=chains[(rank + turn) % 2])
                audit.record(session, SYSTEM, "essai", unit_id=chains[(rank + turn + 1) % 2])

    threads = [threading.Thread(target=write, args=(rank,)) for rank in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed.transaction() as session:
        report = audit.verify(session)
        assert (report.ok, report.checked) == (True, 96)
