"""Rows as lines of JSON, the same whichever database they come from or go to."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from jalon.base.clock import instant_from, instant_text
from jalon.base.json import canonical
from jalon.store.base import Instant

Columns = Sequence[Sequence[str]]
"""The name and the kind of each column; the kinds are the keys of `_TYPES`."""


def columns_of(table: sa.Table) -> list[list[str]]:
    """Return the name and the kind of each column of a table."""
    return [
        [column.name, next(kind for known, kind in _CLASSES if isinstance(column.type, known))]
        for column in table.columns
    ]


def plain_table(name: str, columns: Columns) -> sa.TableClause:
    """Return a table as these columns say it is, whatever the code declares today."""
    return sa.table(name, *[sa.column(column, _TYPES[kind]) for column, kind in columns])


def line_of(row: Sequence[Any], columns: Columns) -> bytes:
    """Write a row as one line."""
    values = [_WRITERS.get(kind, _same)(value) for (_, kind), value in zip(columns, row, strict=True)]
    return canonical(values).encode() + b"\n"


def row_of(line: bytes, columns: Columns) -> dict[str, Any]:
    """Read a line back, as values to insert."""
    values = json.loads(line)
    return {name: _READERS.get(kind, _same)(value) for (name, kind), value in zip(columns, values, strict=True)}


class _RawJson(TypeDecorator[str]):
    """A JSON column as the text the database holds: an SQL NULL and a JSON null stay two things."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Name the column's own type where the database wants it."""
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else sa.Text())

    def column_expression(self, column: Any) -> Any:
        """Read the text."""
        return sa.cast(column, sa.Text)

    def bind_processor(self, _dialect: sa.Dialect) -> None:
        """Send the text as it is."""
        return

    def result_processor(self, _dialect: sa.Dialect, _coltype: object) -> None:
        """Give the text back as it is."""
        return


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


_TYPES: dict[str, Any] = {
    "uuid": sa.Uuid(),
    "instant": Instant(),
    "date": sa.Date(),
    "json": _RawJson(),
    "bytes": sa.LargeBinary(),
    "boolean": sa.Boolean(),
    "integer": sa.BigInteger(),
    "number": sa.Numeric(),
    "text": sa.Text(),
}
_CLASSES: list[tuple[type, str]] = [
    (sa.Uuid, "uuid"),
    (Instant, "instant"),
    (sa.Date, "date"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Numeric, "number"),
    (sa.String, "text"),
]


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "uuid": _optional(str),
    "instant": _optional(instant_text),
    "date": _optional(date.isoformat),
    "bytes": _optional(lambda value: base64.b64encode(value).decode()),
    "number": _optional(str),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "uuid": _optional(UUID),
    "instant": _optional(instant_from),
    "date": _optional(date.fromisoformat),
    "bytes": _optional(base64.b64decode),
}
