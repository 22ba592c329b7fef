"""What a database says of its own health."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text

from jalon.store.audit import AuditEvent
from jalon.store.database import Database, Session
from jalon.store.jobs import overdue_jobs
from jalon.store.messaging import Outbox, OutboxState

POSTGRES_MINIMUM = 15


@dataclass(frozen=True, slots=True)
class Server:
    """The kind of database, its version as text and as a number (15 for PostgreSQL 15.4), and its own time."""

    kind: str
    version: str
    major: int
    now: datetime | None


def server(database: Database) -> Server:
    """Reach the database and say what it is; SQLite has no time of its own."""
    with database.engine.connect().execution_options(read_only=True) as connection:
        if database.is_postgres:
            version, now = connection.execute(text("SELECT current_setting('server_version'), clock_timestamp()")).one()
            return Server("PostgreSQL", version, int(version.split(".")[0].split()[0]), now)
        version = connection.scalar(text("SELECT sqlite_version()")) or ""
        return Server("SQLite", version, int(version.split(".")[0]), None)


def integrity(database: Database) -> list[str]:
    """Return what the database finds wrong in its own file and references; PostgreSQL checks its pages itself."""
    if database.is_postgres:
        with database.engine.connect() as connection:
            query = "SELECT conname FROM pg_constraint WHERE NOT convalidated UNION SELECT indexrelid::regclass::text "
            return list(connection.scalars(text(query + "FROM pg_index WHERE NOT indisvalid")))
    with database.engine.connect().execution_options(read_only=True) as connection:
        found = [line for line in connection.scalars(text("PRAGMA integrity_check")) if line != "ok"]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        return found + [f"{row[0]} {row[1]} -> {row[2]}" for row in orphans]


def free_bytes(database: Database, folder: Path) -> int:
    """Return the room left where files are written, SQLite's database included."""
    places = [folder]
    if not database.is_postgres and database.engine.url.database:
        places.append(Path(database.engine.url.database).parent)
    return min(shutil.disk_usage(_existing(place)).free for place in places)


def last_event_at(session: Session) -> datetime | None:
    """Return the instant of the newest audited act."""
    return session.scalar(select(func.max(AuditEvent.at)))


def late_work(session: Session, before: datetime) -> int:
    """Count jobs and messages that should have left before an instant: no worker runs, or too few."""
    waiting = select(func.count()).where(Outbox.state == OutboxState.QUEUED, Outbox.next_at <= before)
    return len(overdue_jobs(session, before)) + (session.scalar(waiting) or 0)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())
