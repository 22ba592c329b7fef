"""Migrations make the very tables the code declares, go up and down, and refuse a newer database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text

from factories.databases import fresh_database
from jalon.base.ids import new_id
from jalon.store import schema
from jalon.store.audit import AccessLog
from jalon.store.base import Table
from jalon.store.database import Database
from jalon.store.organisations import Unit

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own, without any table."""
    yield from fresh_database(request, request.param, tmp_path)


def ours(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if name != "alembic_version"}


def downgrade(database: Database) -> None:
    with database.engine.begin() as connection:
        configuration = schema._config()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "base")


def fill(database: Database, rows: int) -> None:
    """Rows that refer to others, as many as wanted."""
    with database.transaction() as session:
        session.add(Unit(code="fr", path="/fr/", level="nation", title="France"))
    facts: dict[str, Any] = {"at": NOW, "actor_kind": "system", "action": "essai", "reason": ""}
    with database.engine.begin() as connection:
        for start in range(0, rows, 5_000):
            count = min(5_000, rows - start)
            connection.execute(AccessLog.__table__.insert(), [{**facts, "id": new_id()} for _ in range(count)])


@pytest.mark.req("R21")
def test_migrations_and_tables_agree(fresh: Database) -> None:
    schema.upgrade(fresh)
    schema.load_tables()
    with fresh.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def up_down_up(database: Database, rows: int) -> None:
    assert next(line.split()[0] for line in schema.upgrade(database)) == "0001"
    fill(database, rows)
    with database.engine.connect() as connection:
        before = ours(connection)
        assert connection.scalar(select(func.count()).select_from(AccessLog)) == rows
    assert schema.upgrade(database) == []
    downgrade(database)
    with database.engine.connect() as connection:
        assert ours(connection) == set()
    schema.upgrade(database)
    schema.require_ready(database)
    fill(database, rows)
    with database.engine.connect() as connection:
        assert ours(connection) == before
        assert connection.scalar(select(func.count()).select_from(AccessLog)) == rows


@pytest.mark.req("R21")
def test_up_down_up_with_rows(fresh: Database) -> None:
    up_down_up(fresh, 500)


@pytest.mark.drill
@pytest.mark.req("R21")
def test_up_down_up_with_a_hundred_thousand_rows(fresh: Database, figure: Callable[..., None]) -> None:
    up_down_up(fresh, 100_000)
    figure(rows=100_000, up_down_up="as before")


def test_an_empty_database_is_not_ready(fresh: Database) -> None:
    with pytest.raises(schema.DatabaseNotReady):
        schema.require_ready(fresh)


@pytest.mark.req("R21")
def test_a_newer_database_is_refused_untouched(fresh: Database) -> None:
    schema.upgrade(fresh)
    with fresh.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (schema.upgrade, schema.require_ready):
        with pytest.raises(schema.DatabaseNewer) as refusal:
            refused(fresh)
        assert "9999" in refusal.value.text()
        assert "plus récente" in refusal.value.text()
    with fresh.engine.connect() as connection:
        assert schema.current_version(connection) == "9999"


def test_an_upgrade_that_fails_changes_nothing(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("coupure")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.runtime.migration.MigrationContext.run_migrations", fail)
        with pytest.raises(RuntimeError):
            schema.upgrade(fresh)
    with fresh.engine.connect() as connection:
        assert ours(connection) == set()
