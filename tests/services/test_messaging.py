"""The outbox: written with the work, sent at least once, told apart by its key."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fakes.outside import DeadReceiver, LossyReceiver, MailBox
from jalon.base.clock import MovableClock
from jalon.base.ports import Mail
from jalon.services import messaging
from jalon.store.database import Database
from jalon.store.messaging import Outbox, OutboxState, report_sent, take_messages

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
REMINDER = {
    "subject": "Échéance : {{ titre }}",
    "text": "Bonjour {{nom}},\n\n{{titre}} est attendu le {{dossier.date}}.",
}
FACTS = {"nom": "Amina", "titre": "Bilan", "dossier.date": "12 janvier"}


@pytest.fixture
def outbox(database: Database) -> Iterator[Database]:
    """The database at NOW, whose outbox is emptied after the test."""
    before = database.info["clock"]
    database.info["clock"] = MovableClock(NOW)
    yield database
    database.info["clock"] = before
    with database.transaction() as session:
        session.execute(text("DELETE FROM outbox"))


def _queue(database: Database, *keys: str) -> None:
    with database.transaction() as session:
        for key in keys:
            messaging.queue_mail(session, to="a@exemple.test", template=REMINDER, facts=FACTS, unit_id=None, key=key)


def _states(database: Database) -> dict[str, tuple[str, int]]:
    with database.transaction() as session:
        return {row.key: (row.state.value, row.attempts) for row in session.scalars(select(Outbox))}


def test_names_are_replaced_and_nothing_else_happens() -> None:
    facts = {"nom": "{{secret}} {% if x %} ${x} {0}", "secret": "non"}
    assert messaging.substitute("{{nom}}|{{ absent }}|{nom}|{{nom.__class__}}|{{1+1}}", facts) == (
        "{{secret}} {% if x %} ${x} {0}|?|{nom}|?|{{1+1}}"
    )
    assert messaging.names_in(REMINDER) == {"titre", "nom", "dossier.date"}


def test_a_mail_leaves_after_the_commit_and_its_text_is_erased(outbox: Database) -> None:
    mailbox = MailBox()
    _queue(outbox, "rappel/1")
    assert messaging.deliver_outbox(outbox.transaction, mailbox, NOW) == 1
    assert mailbox.mails == [
        Mail("a@exemple.test", "Échéance : Bilan", "Bonjour Amina,\n\nBilan est attendu le 12 janvier.", "rappel/1")
    ]
    assert messaging.deliver_outbox(outbox.transaction, mailbox, NOW) == 0
    with outbox.transaction() as session:
        row = session.scalars(select(Outbox)).one()
        assert (row.state, row.text, row.sent_at) == (OutboxState.SENT, "", NOW)


def test_a_key_is_queued_once(outbox: Database) -> None:
    _queue(outbox, "rappel/1", "rappel/1")
    _queue(outbox, "rappel/1")
    assert _states(outbox) == {"rappel/1": ("queued", 0)}


def test_a_key_queued_by_two_at_once_is_queued_once(outbox: Database) -> None:
    threads = [threading.Thread(target=_queue, args=(outbox, "rappel/1")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _states(outbox) == {"rappel/1": ("queued", 0)}


def test_work_rolled_back_sends_nothing(outbox: Database) -> None:
    with outbox.transaction() as session:
        messaging.queue_mail(session, to="a@exemple.test", template=REMINDER, facts={}, unit_id=None, key="k")
        session.rollback()
    assert _states(outbox) == {}


@pytest.mark.req("R5")
def test_a_receiver_that_loses_a_fifth_of_its_answers_processes_each_key_once(outbox: Database) -> None:
    keys = [f"rappel/{number}" for number in range(200)]
    _queue(outbox, *keys)
    receiver, now = LossyReceiver(0.2), NOW
    for _ in range(60):
        messaging.deliver_outbox(outbox.transaction, receiver, now)
        now += timedelta(minutes=30)
    assert sorted(receiver.processed) == sorted(keys)
    assert receiver.received.total() > len(keys)  # some answers were lost: the key told the copies apart
    assert {state for state, _ in _states(outbox).values()} == {"sent"}


def test_a_dead_server_loses_nothing_and_is_given_up_in_the_end(outbox: Database) -> None:
    _queue(outbox, "rappel/1")
    now, waits = NOW, []
    for _ in range(messaging.TRIES):
        assert messaging.deliver_outbox(outbox.transaction, DeadReceiver(), now) == 0
        with outbox.transaction() as session:
            row = session.scalars(select(Outbox)).one()
            waits.append((row.next_at - now).total_seconds() / 60)
            now = max(row.next_at, now)
    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 64]
    with outbox.transaction() as session:
        row = session.scalars(select(Outbox)).one()
        assert (row.state, row.attempts, row.error_code) == (OutboxState.FAILED, 8, "passerelle.ConnectionRefusedError")
        assert row.text  # kept: it can still be sent again


def test_a_worker_killed_while_sending_is_replaced_when_its_lease_ends(outbox: Database) -> None:
    _queue(outbox, "rappel/1")
    with outbox.transaction() as session:
        taken = take_messages(session, NOW, messaging.LEASE, 10)
        dead = taken[0].id, taken[0].fence
    mailbox = MailBox()
    assert messaging.deliver_outbox(outbox.transaction, mailbox, NOW + timedelta(minutes=1)) == 0
    assert messaging.deliver_outbox(outbox.transaction, mailbox, NOW + messaging.LEASE) == 1
    with outbox.transaction() as session:  # it was only frozen: its report comes too late
        assert report_sent(session, *dead, NOW) is False


def test_two_workers_never_send_the_same_message(outbox: Database) -> None:
    keys = [f"rappel/{number}" for number in range(60)]
    _queue(outbox, *keys)
    mailbox = MailBox()

    def deliver() -> None:
        while messaging.deliver_outbox(outbox.transaction, mailbox, NOW, limit=5):
            pass

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mail.key for mail in mailbox.mails) == sorted(keys)


@pytest.mark.parametrize("to", ["", "amina", "a@b\nBcc: c@d", "a@b, c@d", "<a@b>", "a" * 250 + "@exemple.test"])
def test_an_address_that_is_none_is_refused(session: Session, to: str) -> None:
    with pytest.raises(messaging.RecipientRefused):
        messaging.queue_mail(session, to=to, template=REMINDER, facts=FACTS, unit_id=None, key="k")


def test_a_subject_stays_on_one_line(session: Session) -> None:
    facts = FACTS | {"titre": "Bilan\r\nBcc: autre@exemple.test"}
    mail = messaging.queue_mail(session, to="a@b.test", template=REMINDER, facts=facts, unit_id=None, key="k")
    assert mail.subject == "Échéance : Bilan Bcc: autre@exemple.test"


def test_a_text_message_waits_for_its_gateway(outbox: Database) -> None:
    with outbox.transaction() as session:
        messaging.queue_sms(session, to="+33 6 39 98 00 01", template=REMINDER, facts=FACTS, unit_id=None, key="s")
    assert messaging.deliver_outbox(outbox.transaction, MailBox(), NOW) == 0
    assert _states(outbox) == {"s": ("queued", 1)}
