"""Tables of data to import: CSV or JSON read into rows with their line, and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it begins in the file (line of a CSV, place in a JSON list) and its cells by column."""

    line: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row set aside, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class TableRead:
    """The rows of a file, those refused, and how it was read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    refused: tuple[RefusedRow, ...]
    encoding: str
    delimiter: str


def read_table(
    data: bytes, name: str = "", *, required: Sequence[str] = (), max_rows: int = 100_000, max_cell: int = 20_000
) -> TableRead:
    """Read a CSV (delimiter and encoding found) or a JSON list of objects; raises TableUnreadable.

    A row without a `required` cell, with too many cells or a text too long is refused; the others are kept.
    """
    raise NotImplementedError
