"""The database's own version: brought up to date by `jalon upgrade`, refused when newer than the code."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
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
    scripts = ScriptDirectory.from_config(_config())
    with database.engine.begin() as connection:
        found = current_version(connection)
        try:
            missing = list(scripts.iterate_revisions("head", found or "base"))
        except CommandError as error:
            raise DatabaseNewer(found=found) from error
        configuration = _config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    return [f"{step.revision} {step.doc}" for step in reversed(missing) if step.revision != found]


def current_version(connection: Connection) -> str | None:
    """Return the revision the database stands at, or None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def require_ready(database: Database) -> None:
    """Raise unless the database stands exactly at this release's version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        found = current_version(connection)
    if found != head:
        raise DatabaseNotReady


def _config() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    return configuration
