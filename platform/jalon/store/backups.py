"""Backups: one archive from which either kind of database can be rebuilt, made while people work.

The archive is a zip: `tables/<table>.jsonl` (one JSON list a row, in the order of the columns that the
manifest gives), `files/<hash>` (attachments), and `manifest.json`. It holds no key of the product.
"""

import hashlib
import json
import os
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from jalon import __version__
from jalon.base.clock import instant_text
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.store import rows, schema
from jalon.store.base import Table
from jalon.store.database import Database, now_of

FORMAT = 1
BATCH = 1_000
_FILE_HASH = re.compile(r"[0-9a-f]{64}")

Step = Callable[[str], None]
"""Told the name of each table and of the files as they are done."""


class BackupExists(JalonError):
    """A file is already there: a backup never replaces another."""

    code, message = "sauvegarde.existe", fr("« {name} » existe déjà : choisissez un autre nom de fichier.")


class BackupUnreadable(JalonError):
    """The archive is not a backup, or was damaged since."""

    code, message = "sauvegarde.illisible", fr("Cette sauvegarde est inutilisable : {reason}.")


class DatabaseNotEmpty(JalonError):
    """Restoring would mix two databases."""

    code = "restauration.base_occupee"
    message = fr("La restauration demande une base neuve, sans aucune table ; celle-ci contient « {table} ».")


@dataclass(frozen=True, slots=True)
class TableSummary:
    """What the archive holds of one table: columns as [name, kind], rows, SHA-256 of its lines."""

    columns: list[list[str]]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds; `damaged` names the attachments whose bytes were no longer theirs, left out."""

    format: int
    product: str
    revision: str
    dialect: str
    made_at: str
    tables: dict[str, TableSummary]
    files: int
    damaged: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables.values())


def table_names() -> list[str]:
    """Return the tables an archive holds, each after those it refers to."""
    schema.load_tables()
    return [table.name for table in Table.metadata.sorted_tables]


@contextmanager
def snapshot(database: Database, folder: Path) -> Iterator[Session]:
    """A session that sees the database as of one instant while others go on writing.

    SQLite is copied into `folder` for the time of the block; PostgreSQL keeps the snapshot itself.
    """
    if database.is_postgres:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with Session(connection, info=database.info) as session:
                yield session
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".sauvegarde-") as place:
        copy = Database(f"sqlite:///{Path(place) / 'copie.db'}")
        _copy_sqlite(str(database.engine.url.database), str(copy.engine.url.database))
        try:
            with Session(copy.engine, info=database.info) as session:
                yield session
        finally:
            copy.close()


def write(
    session: Session, files: Path, target: Path, *, notes: Mapping[str, Any] | None = None, done: Step = lambda _: None
) -> Manifest:
    """Write what a snapshot's session sees, and the attachments of `files`, into the archive `target`."""
    if target.exists():
        raise BackupExists(name=target.name)
    schema.load_tables()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".sauvegarde-")  # readable by its owner only
    try:
        with (
            os.fdopen(handle, "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            tables = {}
            for table in Table.metadata.sorted_tables:
                tables[table.name] = _write_table(session, archive, table)
                done(table.name)
            kept, damaged = _write_files(archive, files)
            done("files")
            manifest = Manifest(
                format=FORMAT,
                product=__version__,
                revision=schema.current_version(session.connection()) or "",
                dialect=session.get_bind().dialect.name,
                made_at=instant_text(now_of(session)),
                tables=tables,
                files=kept,
                damaged=damaged,
                notes=dict(notes or {}),
            )
            archive.writestr("manifest.json", json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        with Path(name).open("rb") as written:
            os.fsync(written.fileno())
        if target.exists():
            raise BackupExists(name=target.name)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Return what an archive says it holds, once every table of it has been read and found whole."""
    try:
        with zipfile.ZipFile(source) as archive:
            content = json.loads(archive.read("manifest.json"))
            content["tables"] = {name: TableSummary(**table) for name, table in content["tables"].items()}
            manifest = Manifest(**content)
            if manifest.format != FORMAT:
                raise BackupUnreadable(reason=f"format {manifest.format} inconnu de ce logiciel")
            for name, table in manifest.tables.items():
                _check_table(archive, name, table)
            return manifest
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError, EOFError) as error:
        raise BackupUnreadable(reason=f"archive abîmée ou incomplète ({type(error).__name__})") from error


def load(session: Session, source: Path, manifest: Manifest, *, done: Step = lambda _: None) -> None:
    """Rebuild the tables of an archive in an empty database and verify their counts; the caller commits.

    The tables are made as they were then; `schema.upgrade` brings them up to this release afterwards.
    """
    connection = session.connection()
    _require_empty(connection)
    schema.upgrade_connection(connection, manifest.revision)
    with _references_deferred(connection), zipfile.ZipFile(source) as archive:
        for name, summary in manifest.tables.items():
            table = rows.plain_table(name, summary.columns)
            connection.execute(sa.delete(table))  # rows that a migration put there come from the archive too
            for lines in _batches(_lines(archive, name)):
                connection.execute(sa.insert(table), [rows.row_of(line, summary.columns) for line in lines])
            found = connection.scalar(sa.select(sa.func.count()).select_from(table))
            if found != summary.rows:
                raise BackupUnreadable(reason=f"{found} lignes au lieu de {summary.rows} dans « {name} »")
            _restart_numbering(connection, name, summary.columns)
            done(name)


def load_files(source: Path, keep: Callable[[bytes], str]) -> int:
    """Hand the attachments of an archive to `keep`, which returns the hash of what it kept; return how many."""
    count = 0
    with zipfile.ZipFile(source) as archive:
        for entry in archive.namelist():
            if entry.startswith("files/"):
                if keep(archive.read(entry)) != entry.removeprefix("files/"):
                    raise BackupUnreadable(reason="une pièce jointe n’a plus le contenu que dit son nom")
                count += 1
    return count


def _write_table(session: Session, archive: zipfile.ZipFile, table: sa.Table) -> TableSummary:
    columns = rows.columns_of(table)
    plain = rows.plain_table(table.name, columns)
    query = sa.select(*plain.columns).order_by(*[plain.columns[key.name] for key in table.primary_key])
    digest, count = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
        for row in session.connection().execution_options(yield_per=BATCH).execute(query):
            line = rows.line_of(row, columns)
            digest.update(line)
            out.write(line)
            count += 1
    return TableSummary(columns, count, digest.hexdigest())


def _write_files(archive: zipfile.ZipFile, folder: Path) -> tuple[int, list[str]]:
    kept, damaged = 0, []
    for path in sorted(folder.glob("??/*")):
        name = path.parent.name + path.name
        if _FILE_HASH.fullmatch(name) is None:
            continue  # a file being written
        with suppress(FileNotFoundError):  # erased meanwhile, because its case file was
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != name:
                damaged.append(name)
                continue
            archive.writestr(f"files/{name}", content)
            kept += 1
    return kept, damaged


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(f"tables/{name}.jsonl") as lines:
        yield from lines


def _check_table(archive: zipfile.ZipFile, name: str, table: TableSummary) -> None:
    digest, count = hashlib.sha256(), 0
    for line in _lines(archive, name):
        digest.update(line)
        count += 1
    if (count, digest.hexdigest()) != (table.rows, table.sha256):
        raise BackupUnreadable(reason=f"la table « {name} » n’a plus le contenu annoncé")


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _require_empty(connection: sa.Connection) -> None:
    # what the job library keeps is not ours: `jobs.prepare` makes it again
    ours = [name for name in sa.inspect(connection).get_table_names() if not name.startswith("procrastinate_")]
    if ours:
        raise DatabaseNotEmpty(table=ours[0])


@contextmanager
def _references_deferred(connection: sa.Connection) -> Iterator[None]:
    """Check foreign keys at the end: a row may refer to one of its own table that comes later."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        yield
        return
    inspector = sa.inspect(connection)
    keys = [
        f'ALTER TABLE "{table}" ALTER CONSTRAINT "{key["name"]}" '
        for table in inspector.get_table_names()
        if not table.startswith("procrastinate_")
        for key in inspector.get_foreign_keys(table)
        if not key["options"].get("deferrable")
    ]
    for key in keys:
        connection.execute(sa.text(f"{key} DEFERRABLE"))
    connection.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    yield
    connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    for key in keys:
        connection.execute(sa.text(f"{key} NOT DEFERRABLE"))


def _restart_numbering(connection: sa.Connection, table: str, columns: rows.Columns) -> None:
    """Have PostgreSQL number the next row after those just put there; SQLite looks for itself."""
    if connection.dialect.name == "sqlite":
        return
    for column, kind in columns:
        if kind != "integer":
            continue
        sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(f'"{table}"', column)))
        if sequence is not None:
            last = connection.scalar(sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table)))
            if last is not None:
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def _copy_sqlite(source: str, target: str) -> None:
    """Copy with SQLite's own backup: whole and consistent, writers go on."""
    read, written = sqlite3.connect(source, timeout=30), sqlite3.connect(target)
    try:
        read.backup(written)  # in one step: in WAL mode it keeps nobody from writing
        written.execute("PRAGMA journal_mode=DELETE")
    finally:
        written.close()
        read.close()
