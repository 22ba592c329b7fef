"""Alembic migrations; `jalon.store.schema` runs them."""
