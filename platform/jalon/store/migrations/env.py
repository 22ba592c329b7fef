"""Alembic's entry: runs on the connection that `store.schema` hands over."""

import sqlalchemy as sa
from alembic import context

from jalon.store.base import Instant, Table
from jalon.store.schema import load_tables
from jalon.store.walls import lower_walls

load_tables()


def not_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Leave the job library's own tables alone."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def frozen(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as the plain ones they are: a migration must not change with our code."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=not_ours,
    compare_type=True,
    render_item=frozen,
)
with context.begin_transaction():
    lower_walls(connection)  # `schema.upgrade` raises them again
    context.run_migrations()
