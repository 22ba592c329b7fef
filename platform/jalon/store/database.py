"""The connection to SQLite or PostgreSQL, and the one transaction of a request or a job."""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from jalon.base.clock import Clock, SystemClock
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.json import canonical

__all__ = ["Database", "Session", "now_of", "outage", "secret_of"]  # doors name `Session` without knowing SQLAlchemy

_LOST_BEFORE = "8s2b"  # SQLAlchemy: the connection broke earlier, inside a savepoint whose failure was noted
_FAILURE = "failure"
CONNECTIONS = 40  # each thread of the server may read and write at once


class DatabaseDown(JalonError):
    """The database does not answer, or stopped in the middle."""

    code, status = "base.injoignable", 503
    message = fr("La base de données ne répond pas. Patientez un instant, puis réessayez.")


class StorageFull(JalonError):
    """Nothing more can be written."""

    code, status = "base.pleine", 503
    message = fr("L’enregistrement est impossible : l’espace disque est plein. Prévenez l’exploitant, puis réessayez.")


class DatabaseBusy(JalonError):
    """Others write too much: nobody could be served in time."""

    code, status = "base.occupee", 503
    message = fr("L’application est très sollicitée. Patientez un instant, puis réessayez.")


class Database:
    """An engine and its sessions; built once by the application, connects at first use.

    `secret` signs the audit and keys the hashes; `clock` tells the time of events. Every session
    carries both, see `secret_of` and `now_of`.
    """

    def __init__(self, url: str, *, secret: str = "", clock: Clock | None = None) -> None:
        self.url = _with_driver(url)
        self.engine = _engine(self.url)
        self.info: dict[str, Any] = {"secret": secret, "clock": clock or SystemClock()}
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info=self.info)
        event.listen(self._sessions, "after_soft_rollback", _remember_failure)

    @property
    def is_postgres(self) -> bool:
        """Tell whether rows live in PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    def session(self) -> Session:
        """Open a session; the caller commits, rolls back and closes."""
        return self._sessions()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit what the block did, or roll all of it back if it raises.

        A failure of the database that the block noted as that of one step, and went on, is raised all the same.
        """
        with self._sessions() as session:
            try:
                yield session
                session.commit()
            except PendingRollbackError as echo:
                session.rollback()
                raise session.info.get(_FAILURE, echo) from None
            except BaseException:
                session.rollback()
                raise

    def close(self) -> None:
        """Close pooled connections."""
        self.engine.dispose()


def _remember_failure(session: Session, _undone: SessionTransaction) -> None:
    """Keep the failure that undoes a part of the transaction: what is tried next only says that there was one."""
    failure = sys.exc_info()[1]
    if isinstance(failure, DBAPIError):
        session.info[_FAILURE] = failure


def secret_of(session: Session) -> bytes:
    """Return the product's key: empty for a session that no `Database` with a secret opened."""
    return str(session.info.get("secret", "")).encode()


def now_of(session: Session) -> datetime:
    """Return the time on the clock this session was opened with."""
    clock: Clock = session.info.get("clock") or SystemClock()
    return clock.now()


def outage(error: BaseException) -> JalonError | None:
    """Return the refusal (503) that an error of the database or of the disk amounts to, None for any other error."""
    if isinstance(error, PoolExhausted):
        return DatabaseBusy()
    if isinstance(error, PendingRollbackError) and error.code == _LOST_BEFORE:
        return DatabaseDown()
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, sqlite3.Error):
            return _sqlite_outage(error.orig)
        code = getattr(error.orig, "sqlstate", None)
        # without a code, the connection was never made or broke
        lost = error.connection_invalidated or (code is None and isinstance(error, OperationalError | InterfaceError))
        return DatabaseDown() if lost else _postgres_outage(code or "")
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull()
    return None


def _sqlite_outage(error: sqlite3.Error) -> JalonError | None:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the code is detail
    if primary == sqlite3.SQLITE_FULL:
        return StorageFull()
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseBusy()
    unusable = {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
    return DatabaseDown() if primary in unusable else None


def _postgres_outage(code: str) -> JalonError | None:
    if code in {"53100", "53200"}:
        return StorageFull()
    if code in {"40001", "40P01", "55P03", "53300"}:
        return DatabaseBusy()
    # classes 08 and 57: a connection that breaks, a server that stops; 25006: a copy that only reads
    return DatabaseDown() if code[:2] in {"08", "57"} or code == "25006" else None


def _with_driver(url: str) -> str:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {"json_serializer": canonical, "hide_parameters": True}  # errors quote no values
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options["connect_args"] = {"timeout": 30}
    else:
        options["pool_pre_ping"] = True
    if parsed.database not in {None, "", ":memory:"}:
        options |= {"pool_size": 8, "max_overflow": CONNECTIONS - 8}
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """Make SQLite durable, concurrent and strict about references."""
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that starts writing later can lose to another writer at once, without
    # waiting; readers that will only read say so and start deferred.
    immediate = not connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
