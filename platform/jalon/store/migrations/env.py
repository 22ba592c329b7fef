"""Alembic's entry: runs on the connection that `store.schema` hands over."""

from importlib import import_module
from pkgutil import iter_modules

from alembic import context

import jalon.store
from jalon.store.base import Table

for module in iter_modules(jalon.store.__path__):
    if module.name != "migrations":
        import_module(f"jalon.store.{module.name}")


def not_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Leave the job library's own tables alone."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=not_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
