"""The worker: does what is due, goes on after a failure, stops when asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from fakes.outside import MailBox
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.base.settings import Settings
from jalon.doors.jobs import JOBS, PERIODIC, Periodic, run_worker
from jalon.doors.jobs.worker import tick
from jalon.gateways.files import FileFolder
from jalon.gateways.jobs_embedded import EmbeddedJobs
from jalon.services import audit, messaging
from jalon.store import jobs as store
from jalon.store.audit import AuditSeal
from jalon.store.database import Database
from jalon.store.wiring import Wiring

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def wiring(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """The pieces around the shared database, at NOW, with a fake mailer."""
    clock = MovableClock(NOW)
    before = dict(database.info)
    database.info["clock"] = clock
    jobs = EmbeddedJobs(database, clock)
    yield Wiring(Settings(), database, clock, MailBox(), FileFolder(tmp_path), jobs)
    database.info.clear()
    database.info.update(before)
    with database.transaction() as session:
        for table in ("job", "outbox", "audit_event", "audit_head", "audit_seal"):
            session.execute(text(f"DELETE FROM {table}"))


def _job_that_mails(session: object, arguments: object, now: datetime) -> None:
    template = {"subject": "Rappel", "text": "Bonjour"}
    messaging.queue_mail(session, to="a@b.test", template=template, facts={}, unit_id=None, key="k")  # type: ignore[arg-type]
    audit.record(session, SYSTEM, "rappel.envoye")  # type: ignore[arg-type]


def test_once_goes_round_until_nothing_is_left(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "rappeler", _job_that_mails)
    with wiring.database.transaction() as session:
        store.defer(session, "rappeler", {})
    assert run_worker(wiring, once=True) == 3  # the job, its mail, the seal of what it did
    assert isinstance(wiring.mailer, MailBox)
    assert [mail.key for mail in wiring.mailer.mails] == ["k"]
    assert run_worker(wiring, once=True) == 0


@pytest.mark.req("S17")
def test_the_audit_is_sealed_every_hour(wiring: Wiring) -> None:
    last: dict[str, datetime] = {}
    for minutes in range(0, 181, 20):
        assert isinstance(wiring.clock, MovableClock)
        wiring.clock.move_to(NOW + timedelta(minutes=minutes))
        with wiring.database.transaction() as session:
            audit.record(session, SYSTEM, "essai")
        tick(wiring, last)
    with wiring.database.transaction() as session:
        seals = session.scalars(select(AuditSeal.at).order_by(AuditSeal.number)).all()
        assert audit.verify(session).ok
    assert seals == [NOW + timedelta(hours=hours) for hours in range(4)]


def test_what_fails_does_not_stop_the_rest(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(wiring: Wiring, now: datetime) -> int:
        raise RuntimeError("données de quelqu’un")

    rest = dict(PERIODIC)
    for name in rest:
        monkeypatch.delitem(PERIODIC, name)
    monkeypatch.setitem(PERIODIC, "essai", Periodic(timedelta(), fail))
    for name, periodic in rest.items():
        monkeypatch.setitem(PERIODIC, name, periodic)
    with wiring.database.transaction() as session:
        audit.record(session, SYSTEM, "essai")
    assert tick(wiring, {}) == 1
    assert "essai: RuntimeError" in caplog.text
    assert "données" not in caplog.text


def test_the_job_at_hand_is_finished_before_stopping(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, stop = threading.Event(), threading.Event()

    def slow(session: object, arguments: object, now: datetime) -> None:
        begun.set()
        time.sleep(0.3)

    monkeypatch.setitem(JOBS, "lent", slow)
    with wiring.database.transaction() as session:
        store.defer(session, "lent", {})
        store.defer(session, "lent", {})
    worker = threading.Thread(target=run_worker, args=(wiring,), kwargs={"stop": stop})
    worker.start()
    assert begun.wait(60)
    stop.set()
    worker.join(60)
    assert not worker.is_alive()
    with wiring.database.transaction() as session:
        assert store.count_jobs(session) == {"done": 1, "queued": 1}


PROGRAM = """
import sys, time
from pathlib import Path
from jalon.base.clock import SystemClock
from jalon.base.settings import Settings
from jalon.doors.jobs import JOBS, run_worker
from jalon.gateways.files import FileFolder
from jalon.gateways.jobs_embedded import EmbeddedJobs
from jalon.gateways.smtp import MailFolder
from importlib import import_module
from pkgutil import iter_modules
import jalon.store
from jalon.store import jobs
from jalon.store.base import Table
from jalon.store.database import Database
from jalon.store.wiring import Wiring

for module in iter_modules(jalon.store.__path__):
    if not module.ispkg:
        import_module(f"jalon.store.{module.name}")
folder = Path(sys.argv[1])
database = Database(f"sqlite:///{folder / 'jalon.db'}")
Table.metadata.create_all(database.engine)
clock = SystemClock()

def slow(session, arguments, now):
    print("begun", flush=True)
    time.sleep(0.5)

JOBS["lent"] = slow
with database.transaction() as session:
    jobs.defer(session, "lent", {})
run_worker(Wiring(Settings(), database, clock, MailFolder(folder), FileFolder(folder), EmbeddedJobs(database, clock)))
with database.transaction() as session:
    print(jobs.count_jobs(session), flush=True)
"""


def test_sigterm_lets_the_job_at_hand_finish(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "platform")}
    worker = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "begun\n"
    worker.send_signal(signal.SIGTERM)
    output, _ = worker.communicate(timeout=60)
    assert (worker.returncode, output) == (0, "{'done': 1}\n")
