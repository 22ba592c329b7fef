"""Tables of data to import: CSV or JSON read into rows with their line, and what was refused."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jalon.base.errors import Refused
from jalon.base.i18n import fr
from jalon.base.json import NotJson, read_json

MAX_BYTES = 60_000_000
_DELIMITERS = ";,\t|"


class TableUnreadable(Refused):
    """A file that is not a table at all."""

    code, message = "tableau.illisible", fr("Ce fichier ne peut pas être lu comme un tableau : {reason}.")


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
    if len(data) > MAX_BYTES:
        raise TableUnreadable(reason=fr("il dépasse 60 Mo"))
    text, encoding = _decode(data)
    is_json = name.lower().endswith(".json") or text.lstrip()[:1] in ("[", "{")
    columns, delimiter, found = _json_rows(data) if is_json else _csv_rows(text)
    missing = [column for column in required if column not in columns]
    if missing and columns:
        raise TableUnreadable(reason=fr("il manque la colonne « {column} »").format(column=missing[0]))
    rows: list[Row] = []
    refused: list[RefusedRow] = []
    for line, cells, problem in found:
        problem = problem or _problem(cells, required, max_cell)
        if problem:
            refused.append(RefusedRow(line, problem))
        elif len(rows) >= max_rows:
            raise TableUnreadable(reason=fr("il a plus de {count} lignes").format(count=max_rows))
        else:
            rows.append(Row(line, cells))
    return TableRead(columns, tuple(rows), tuple(refused), encoding, delimiter)


def _decode(data: bytes) -> tuple[str, str]:
    """Spreadsheets write UTF-8 with a mark, UTF-16 with a mark, or Windows' own; all that is text is one of these."""
    is_marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_marked else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise TableUnreadable(reason=fr("ce n’est pas du texte"))
        return text, encoding
    raise TableUnreadable(reason=fr("son encodage n’est pas reconnu"))


Found = Iterable[tuple[int, dict[str, Any], str]]


def _csv_rows(text: str) -> tuple[tuple[str, ...], str, Found]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda one: (first.count(one), -_DELIMITERS.index(one)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        columns = tuple(cell.strip() for cell in next(row for row in reader if any(row)))
    except (StopIteration, csv.Error) as error:
        raise TableUnreadable(reason=fr("il est vide")) from error
    if len(set(columns)) < len(columns) or "" in columns:
        raise TableUnreadable(reason=fr("chaque colonne doit avoir un nom, une seule fois, sur la première ligne"))
    return columns, delimiter, _read_rows(reader, columns)


def _read_rows(reader: Any, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any], str]]:
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield begins, {}, fr("cette ligne n’est pas du CSV lisible")
            continue
        if not any(cell.strip() for cell in row):
            continue
        problem = ""
        if len(row) > len(columns):
            problem = fr("{count} cellules pour {columns} colonnes").format(count=len(row), columns=len(columns))
        cells = {column: cell.strip() for column, cell in zip(columns, row, strict=False) if cell.strip()}
        yield begins, cells, problem


def _json_rows(data: bytes) -> tuple[tuple[str, ...], str, Found]:
    try:
        content = read_json(data)
    except NotJson as error:
        raise TableUnreadable(reason=error.facts.get("reason")) from error
    if not isinstance(content, list):
        raise TableUnreadable(reason=fr("une liste d’objets est attendue"))
    columns: dict[str, None] = {}
    found = []
    for number, item in enumerate(content, 1):
        is_row = isinstance(item, dict)
        columns |= dict.fromkeys(item) if is_row else {}
        found.append((number, item if is_row else {}, "" if is_row else fr("un objet est attendu")))
    return tuple(columns), "", found


def _problem(cells: Mapping[str, Any], required: Sequence[str], max_cell: int) -> str:
    for column in required:
        if cells.get(column) in (None, ""):
            return fr("la colonne « {column} » est vide").format(column=column)
    for column, value in cells.items():
        if isinstance(value, str) and len(value) > max_cell:
            return fr("le texte de la colonne « {column} » est trop long").format(column=column)
    return ""
