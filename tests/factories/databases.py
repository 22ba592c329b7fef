"""Databases of a test's own, without any table."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from jalon.store.database import Database

SECRET = "une-cle-pour-les-essais-et-rien-d-autre"


def fresh_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Database]:
    """A new SQLite file in the folder, or a new database of the PostgreSQL server, dropped afterwards."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / f'{uuid.uuid4().hex[:8]}.db'}", secret=SECRET)
        yield database
        database.close()
        return
    name = f"jalon_{uuid.uuid4().hex[:12]}"
    administration = Database(request.getfixturevalue("postgres_server"))
    autocommit = administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with autocommit as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = administration.engine.url.set(database=name).render_as_string(hide_password=False)
        database = Database(url, secret=SECRET)
        yield database
        database.close()
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    administration.close()
