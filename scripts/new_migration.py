"""Write the migration that brings the database from the last one to the tables as declared."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from jalon.store.database import Database
from jalon.store.schema import _config, upgrade


def main(number: str, message: str) -> None:
    """Compare the tables with a database at the last migration and write the difference."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        upgrade(database)
        with database.engine.begin() as connection:
            configuration = _config()
            configuration.attributes["connection"] = connection
            command.revision(configuration, message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
