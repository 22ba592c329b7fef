"""The whole application on a database prepared like the demo's, copied for each test."""

import dataclasses
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from factories.sharing import made_once
from fakes.browser import Browser
from fakes.outside import MailBox
from jalon import app as application
from jalon.base.clock import MovableClock
from jalon.base.settings import Settings
from jalon.doors.cli.setup import prepare_demo
from jalon.store.database import Database
from jalon.store.wiring import Wiring

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)
KEY = "clé-des-essais-" * 3


def wired(url: str, folder: Path) -> Wiring:
    """Return the application on a database, at NOW, with a mailer that keeps the mails."""
    settings = Settings(database_url=url, secret_key=KEY, var_dir=str(folder), second_factor=False)
    return dataclasses.replace(application.build(settings, MovableClock(NOW)), mailer=MailBox())


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every pack, unit and fictitious person; nobody writes in it."""

    def make(folder: Path) -> None:
        wiring = wired(f"sqlite:///{folder / 'demo.db'}", folder)
        prepare_demo(wiring)
        wiring.database.close()  # the last connection writes the journal back into the file

    return made_once(tmp_path_factory, "prepared", make) / "demo.db"


@pytest.fixture(scope="session")
def prepared_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same in PostgreSQL, used as a template."""

    def make(folder: Path) -> None:
        administration = Database(postgres_url)
        name = f"prepared_{uuid.uuid4().hex[:8]}"
        with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = administration.engine.url.set(database=name).render_as_string(hide_password=False)
        administration.close()
        wiring = wired(url, folder)
        prepare_demo(wiring)
        wiring.database.close()
        (folder / "address").write_text(url, encoding="utf-8")

    folder = made_once(tmp_path_factory, "prepared-postgresql", make)
    return (folder / "address").read_text(encoding="utf-8")


def _on_sqlite(asked: pytest.FixtureRequest, folder: Path) -> str:
    shutil.copy(asked.getfixturevalue("prepared_file"), folder / "essai.db")
    return f"sqlite:///{folder / 'essai.db'}"


def _on_postgresql(asked: pytest.FixtureRequest, _folder: Path) -> str:
    template = Database(asked.getfixturevalue("prepared_postgres"))
    name = f"essai_{uuid.uuid4().hex[:12]}"
    administration = Database(asked.getfixturevalue("postgres_url"))
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template.engine.url.database}"'))
    administration.close()
    return template.engine.url.set(database=name).render_as_string(hide_password=False)


COPIES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}


@pytest.fixture
def wiring(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wiring]:
    """The application's pieces on a database of the test's own: SQLite, unless the test asks for both kinds."""
    found = wired(COPIES[getattr(request, "param", "sqlite")](request, tmp_path), tmp_path)
    yield found
    found.database.close()


@pytest.fixture
def clock(wiring: Wiring) -> MovableClock:
    """The clock of the application."""
    assert isinstance(wiring.clock, MovableClock)
    return wiring.clock


@pytest.fixture
def app(wiring: Wiring) -> Iterator[Flask]:
    """The web application, console included; a request that succeeds but leaves work uncommitted fails the test."""
    found = application.create_app(wiring)
    left: list[tuple[str, str]] = found.extensions.setdefault("left behind", [])
    thrown: list[str] = []

    def judge(response: Response) -> Response:
        if response.status_code < 400:
            left.extend((request.path, statement) for statement in thrown)
        thrown.clear()
        return response

    found.after_request(judge)
    with thrown_away(wiring.database, thrown):
        yield found
    assert left == []


@contextmanager
def thrown_away(database: Database, statements: list[str]) -> Iterator[None]:
    """Collect the statements that wrote and were then rolled back."""
    writing: dict[int, list[str]] = {}

    def note(connection: Connection, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if statement.split()[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            writing.setdefault(id(connection), []).append(statement)

    def commit(connection: Connection) -> None:
        writing.pop(id(connection), None)

    def rollback(connection: Connection) -> None:
        statements.extend(writing.pop(id(connection), []))

    listeners = {"before_cursor_execute": note, "commit": commit, "rollback": rollback}
    for name, listener in listeners.items():
        event.listen(database.engine, name, listener)
    yield
    for name, listener in listeners.items():
        event.remove(database.engine, name, listener)


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """Open a browser, signed in when a login is given."""

    def opened(login: str = "") -> Browser:
        found = Browser(app)
        return found.sign_in(login) if login else found

    return opened


both = pytest.mark.parametrize("wiring", ["sqlite", "postgresql"], indirect=True)
"""Runs a test on SQLite and on PostgreSQL."""
