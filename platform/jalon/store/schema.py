"""The database's own version: brought up to date by `jalon upgrade`, refused when newer than the code."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

import jalon.store
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.store import walls
from jalon.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseNewer(JalonError):
    """The database was upgraded by a more recent release."""

    code = "base.plus_recente"
    message = fr("La base de données ({found}) est plus récente que ce logiciel : installez une version plus récente.")


class DatabaseNotReady(JalonError):
    """The database has not been prepared, or not upgraded."""

    code = "base.pas_prete"
    message = fr("La base de données n’est pas à jour : lancez « jalon upgrade », ou « jalon init » la première fois.")
    status = 503


def upgrade(database: Database) -> list[str]:
    """Apply the migrations the database lacks; return their names, oldest first."""
    with database.engine.begin() as connection:
        if database.is_postgres:  # two machines upgraded at once take turns
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('jalon.upgrade'))"))
        return upgrade_connection(connection)


def upgrade_connection(connection: Connection, revision: str = "head") -> list[str]:
    """Do the same up to a revision, within the transaction of this connection."""
    scripts = ScriptDirectory.from_config(_config())
    found = current_version(connection)
    for wanted in (found, revision):
        if wanted is not None and not _known(wanted):
            raise DatabaseNewer(found=wanted)
    missing = list(scripts.iterate_revisions(revision, found or "base"))
    configuration = _config()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)
    if revision == "head":
        walls.raise_walls(connection)
    return [f"{step.revision} {step.doc}" for step in reversed(missing) if step.revision != found]


def load_tables() -> None:
    """Import every module of the store, so that `Table.metadata` knows all the tables."""
    for module in iter_modules(jalon.store.__path__):
        if not module.ispkg:
            import_module(f"jalon.store.{module.name}")


def current_version(connection: Connection) -> str | None:
    """Return the revision the database stands at, or None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def require_ready(database: Database) -> None:
    """Raise unless the database stands exactly at this release's version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        found = current_version(connection)
    if found != head:
        if found is not None and not _known(found):
            raise DatabaseNewer(found=found)
        raise DatabaseNotReady


def _known(revision: str) -> bool:
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        return False
    return True


def _config() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    return configuration
