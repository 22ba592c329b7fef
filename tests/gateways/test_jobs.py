"""One contract for both job adapters: recorded with the work, done once, tried again, given up, never lost."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from jalon.base.errors import Refused
from jalon.gateways import job_runs, jobs_postgres
from jalon.gateways.job_runs import Bench, TakenJob, work_on
from jalon.gateways.jobs_embedded import EmbeddedJobs
from jalon.gateways.jobs_postgres import ProcrastinateJobs
from jalon.store import jobs as store
from jalon.store.audit import AccessLog
from jalon.store.database import Database
from jalon.store.jobs import Job, JobState, OutsideCall

ADAPTERS = ["embedded/sqlite", "embedded/postgresql", "procrastinate/postgresql"]


class ShiftedClock:
    """The machine's clock, some time ahead: Procrastinate reads the database's own."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Rig:
    """An adapter, its database and what its jobs did."""

    def __init__(self, database: Database, clock: ShiftedClock, jobs: EmbeddedJobs | ProcrastinateJobs) -> None:
        self.database, self.clock, self.jobs = database, clock, jobs
        self.given_up: list[str] = []

    def defer(self, name: str, at: datetime | None = None, lock: str = "", **arguments: Any) -> UUID:
        with self.database.transaction() as session:
            self.jobs.defer(session, name, arguments, at=at, lock=lock)
            return session.scalars(select(Job.id).order_by(Job.created_at.desc(), Job.id.desc()).limit(1)).one()

    def later(self, delta: timedelta) -> None:
        """Let time pass, for us and for the wake-ups Procrastinate keeps."""
        self.clock.ahead += delta
        if isinstance(self.jobs, ProcrastinateJobs):
            with self.database.transaction() as session:
                session.execute(
                    text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE scheduled_at <= :now"),
                    {"now": self.clock.now()},
                )

    def states(self) -> dict[str, int]:
        with self.database.transaction() as session:
            return store.count_jobs(session)

    def effects(self) -> list[str]:
        """What handlers wrote in the database, in order."""
        with self.database.transaction() as session:
            return list(session.scalars(select(AccessLog.action).order_by(AccessLog.at)))


@pytest.fixture(params=ADAPTERS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """One adapter on one database, at rest."""
    adapter, kind = request.param.split("/")
    database = _database(request, kind)
    clock = ShiftedClock()
    before = dict(database.info)
    database.info["clock"] = clock
    given_up: list[str] = []

    def note(session: Session, job: Job) -> None:
        given_up.append(job.error_code)

    if adapter == "procrastinate":
        jobs_postgres.prepare(database)
        jobs: EmbeddedJobs | ProcrastinateJobs = ProcrastinateJobs(database, clock, given_up=note)
    else:
        jobs = EmbeddedJobs(database, clock, given_up=note)
    made = Rig(database, clock, jobs)
    made.given_up = given_up
    yield made
    database.info.clear()
    database.info.update(before)
    with database.transaction() as session:
        session.execute(text("DELETE FROM job"))
        session.execute(text("DELETE FROM access_log"))
        if adapter == "procrastinate":
            session.execute(text("DELETE FROM procrastinate_jobs"))


def _database(request: pytest.FixtureRequest, kind: str) -> Database:
    """The shared database of a kind, prepared like the `database` fixture does."""
    from conftest import import_tables
    from jalon.store.base import Table

    databases: dict[str, Database] = request.getfixturevalue("databases")
    if kind not in databases:
        if kind == "sqlite":
            folder = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
            url = f"sqlite:///{folder / 'test.db'}"
        else:
            url = request.getfixturevalue("postgres_url")
        import_tables()
        databases[kind] = Database(url)
        Table.metadata.create_all(databases[kind].engine)
    return databases[kind]


def _write(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
    session.add(
        AccessLog(at=now, actor_id=None, actor_kind="system", unit_id=None, action=arguments["what"], target_id=None)
    )


def _write_then_fail(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
    _write(session, arguments, now)
    session.flush()
    raise Refused(reason="données de quelqu’un")


HANDLERS = {"ecrire": _write, "poison": _write_then_fail}


def test_a_job_is_done_after_the_commit(rig: Rig) -> None:
    rig.defer("ecrire", what="a")
    assert rig.jobs.run_due(HANDLERS) == 1
    assert (rig.effects(), rig.states()) == (["a"], {"done": 1})
    assert rig.jobs.run_due(HANDLERS) == 0


def test_a_job_rolled_back_never_was(rig: Rig) -> None:
    with rig.database.transaction() as session:
        rig.jobs.defer(session, "ecrire", {"what": "a"})
        session.rollback()
    assert (rig.jobs.run_due(HANDLERS), rig.states()) == (0, {})


def test_a_job_waits_for_its_hour(rig: Rig) -> None:
    rig.defer("ecrire", at=rig.clock.now() + timedelta(hours=1), what="a")
    assert rig.jobs.run_due(HANDLERS) == 0
    rig.later(timedelta(hours=1))
    rig.jobs.run_due(HANDLERS)
    assert rig.effects() == ["a"]


def test_poison_is_tried_three_times_then_given_up_and_the_others_done(rig: Rig) -> None:
    for number in range(20):
        rig.defer("poison" if number % 10 == 0 else "ecrire", what=f"{number}")
    for wait in (0, 30, 120, 3600):
        rig.later(timedelta(seconds=wait))
        rig.jobs.run_due(HANDLERS)
    assert rig.states() == {"done": 18, "failed": 2}
    assert len(rig.effects()) == 18  # what a failed try wrote is undone
    assert rig.given_up == ["refus", "refus"]
    with rig.database.transaction() as session:
        assert {(job.attempts, job.error_code) for job in store.failed_jobs(session)} == {(3, "refus")}


@pytest.mark.req("R9")
def test_a_job_waits_between_its_tries(rig: Rig) -> None:
    rig.defer("poison", what="a")
    rig.jobs.run_due(HANDLERS)
    with rig.database.transaction() as session:
        job = session.scalars(select(Job)).one()
        wait = job.run_at - rig.clock.now()
        assert (job.state, job.attempts) == (JobState.QUEUED, 1)
        assert timedelta(seconds=20) < wait <= timedelta(seconds=30)


@pytest.mark.req("R9")
def test_a_job_given_up_is_put_back_in_the_queue(rig: Rig) -> None:
    rig.defer("poison", what="a")
    for wait in (0, 30, 120):
        rig.later(timedelta(seconds=wait))
        rig.jobs.run_due(HANDLERS)
    with rig.database.transaction() as session:
        store.retry_failed(session, store.failed_jobs(session)[0])
    rig.jobs.run_due({"poison": _write})
    assert (rig.effects(), rig.states()) == (["a"], {"done": 1})


def test_a_job_nobody_knows_is_given_up_with_its_code(rig: Rig) -> None:
    rig.defer("inconnu")
    for wait in (0, 30, 120):
        rig.later(timedelta(seconds=wait))
        rig.jobs.run_due(HANDLERS)
    assert rig.given_up == ["travail.inconnu"]


@pytest.mark.req("R10")
def test_a_worker_frozen_past_its_lease_commits_nothing(rig: Rig) -> None:
    def freeze(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
        _write(session, arguments, now)
        rig.clock.ahead += job_runs.LEASE

    rig.defer("ecrire", what="a")
    rig.jobs.run_due({"ecrire": freeze} if not isinstance(rig.jobs, EmbeddedJobs) else _once(freeze))
    rig.later(timedelta(minutes=3))
    rig.jobs.recover()
    rig.jobs.run_due(HANDLERS)
    assert (rig.effects(), rig.states()) == (["a"], {"done": 1})


def _once(freeze: Any) -> dict[str, Any]:
    """The first call freezes; the loop then takes the job again and does it."""
    turns = iter([freeze])
    return {"ecrire": lambda *arguments: next(turns, _write)(*arguments)}


@pytest.mark.req("R10")
def test_a_worker_that_lost_its_job_to_another_commits_nothing(rig: Rig) -> None:
    job_id = rig.defer("ecrire", what="a")
    bench = Bench(rig.database, rig.clock)
    with rig.database.transaction() as session:
        first = store.take(session, job_id, rig.clock.now(), job_runs.LEASE)
        assert first is not None
        frozen = TakenJob.of(first)
    rig.later(job_runs.LEASE)
    with rig.database.transaction() as session:
        second = store.take(session, job_id, rig.clock.now(), job_runs.LEASE)
        assert second is not None
        awake = TakenJob.of(second)
    assert work_on(bench, frozen, HANDLERS) is False
    assert rig.effects() == []
    assert work_on(bench, awake, HANDLERS) is True
    assert work_on(bench, replace(awake, fence=awake.fence), HANDLERS) is False
    assert rig.effects() == ["a"]


def test_a_job_whose_worker_was_killed_is_done_by_another(rig: Rig) -> None:
    job_id = rig.defer("ecrire", what="a")
    with rig.database.transaction() as session:
        assert store.take(session, job_id, rig.clock.now(), job_runs.LEASE)
    rig.jobs.run_due(HANDLERS)
    assert rig.effects() == []
    rig.later(job_runs.LEASE + timedelta(seconds=5))
    rig.jobs.recover()
    rig.jobs.run_due(HANDLERS)
    assert (rig.effects(), rig.states()) == (["a"], {"done": 1})


def test_looking_for_lost_jobs_leaves_the_worker_of_another_thread_at_work(rig: Rig) -> None:
    done = threading.Semaphore(0)
    stop = threading.Event()
    failures: list[Exception] = []

    def note(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
        done.release()

    def work() -> None:
        try:
            rig.jobs.work({"noter": note}, stop)
        except Exception as error:
            failures.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(3):
            rig.defer("noter")
            assert done.acquire(timeout=20)
            assert rig.jobs.recover() == 0
        assert worker.is_alive()
    finally:
        stop.set()
        worker.join()
    assert failures == []


def test_a_job_that_kills_its_workers_is_given_up(rig: Rig) -> None:
    job_id = rig.defer("ecrire", what="a")
    for _ in range(job_runs.TRIES):
        with rig.database.transaction() as session:
            assert store.take(session, job_id, rig.clock.now(), job_runs.LEASE)
        rig.later(job_runs.LEASE)
    rig.later(timedelta(minutes=5))
    rig.jobs.recover()
    rig.jobs.run_due(HANDLERS)
    assert (rig.states(), rig.given_up) == ({"failed": 1}, ["travail.abandonne"])


def test_jobs_of_one_lock_never_run_at_the_same_time(rig: Rig) -> None:
    running, most = 0, 0
    guard = threading.Lock()

    def watch(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with guard:
            running -= 1

    for number in range(4):
        rig.defer("attendre", lock="instance", what=f"{number}")
    stop = threading.Event()
    workers = [threading.Thread(target=rig.jobs.work, args=({"attendre": watch}, stop)) for _ in range(_workers(rig))]
    for worker in workers:
        worker.start()
    deadline = time.monotonic() + 60
    while rig.states() != {"done": 4} and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    for worker in workers:
        worker.join()
    assert (rig.states(), most) == ({"done": 4}, 1)


def _workers(rig: Rig) -> int:
    return 1 if isinstance(rig.jobs, ProcrastinateJobs) else 3  # Procrastinate's has two threads of its own


def test_an_outside_call_happens_between_two_transactions(rig: Rig) -> None:
    calls: list[tuple[Any, str]] = []

    def call(request: Any, key: str) -> str:
        with rig.database.transaction() as session:  # would wait for ever inside another one on SQLite
            session.execute(text("UPDATE job SET error_code = error_code"))
        calls.append((request, key))
        return f"réponse à {request}"

    def keep(session: Session, arguments: Mapping[str, Any], answer: Any, now: datetime) -> None:
        _write(session, {"what": answer}, now)

    handler = OutsideCall(lambda session, arguments, now: arguments["what"], call, keep)
    job_id = rig.defer("appeler", what="question")
    rig.jobs.run_due({"appeler": handler})
    assert (calls, rig.effects()) == ([("question", str(job_id))], ["réponse à question"])


@pytest.mark.req("R5")
def test_an_outside_call_tried_again_has_the_same_key(rig: Rig) -> None:
    keys: list[str] = []

    def call(request: Any, key: str) -> str:
        keys.append(key)
        if len(keys) == 1:
            raise TimeoutError
        return "bien"

    handler = OutsideCall(
        lambda *_: "question", call, lambda session, _, answer, now: _write(session, {"what": answer}, now)
    )
    rig.defer("appeler")
    for wait in (0, 30):
        rig.later(timedelta(seconds=wait))
        rig.jobs.run_due({"appeler": handler})
    assert (len(keys), len(set(keys)), rig.effects()) == (2, 1, ["bien"])


@pytest.mark.req("S18")
def test_a_failure_is_logged_by_its_code_only(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.defer("poison", what="secret")
    rig.jobs.run_due(HANDLERS)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("jalon")]
    assert len(ours) == 1
    assert "refus" in ours[0]
    assert "secret" not in caplog.text
    assert "données" not in caplog.text


def test_the_schema_is_prepared_once(request: pytest.FixtureRequest) -> None:
    database = _database(request, "postgresql")
    jobs_postgres.prepare(database)
    jobs_postgres.prepare(database)
    with database.transaction() as session:
        applied = session.scalars(text("SELECT count(*) FROM procrastinate_applied")).one()
    assert applied == len(jobs_postgres._migrations()) > 0
