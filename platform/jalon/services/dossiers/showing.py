"""Values of case files as people read them: through the form they were entered with, labels instead of codes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines.forms import Form, Question, display
from jalon.services import configuration, forms
from jalon.store import configuration as store

KEPT = 64
"""How many units are remembered with the questions of their forms."""

ListValues = Mapping[str, Sequence[Mapping[str, Any]]]

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]*|\d[\dA-Z]{4}")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the values of the lists it offered when it was answered."""

    question: Question
    lists: ListValues


_today: dict[tuple[UUID, int, date], dict[str, Asked]] = {}


@dataclass(slots=True)
class Reader:
    """Reads values with the forms they were entered with; a value no form asked is written plainly."""

    by_form: dict[str, dict[str, Asked]] = field(default_factory=dict)  # form hash -> pattern of path -> question
    by_pattern: dict[str, Asked] = field(default_factory=dict)  # whichever form asked it

    def shown(self, pattern: str, value: Any, form_hash: str = "") -> str:
        """Return the text of a value; `pattern` is its path without row ids."""
        asked = self._asked(pattern, form_hash)
        if isinstance(value, Mapping):
            parts = (self.shown(f"{pattern}.{key}", value[key], form_hash) for key in _in_order(value, asked))
            return " · ".join(part for part in parts if part)
        if asked is not None:
            return display(asked.question, value, asked.lists)
        return _plain(value)

    def label(self, pattern: str, form_hash: str = "") -> str:
        """Return how the form asked for that value; empty when no form did."""
        asked = self._asked(pattern, form_hash)
        return asked.question.label if asked else ""

    def _asked(self, pattern: str, form_hash: str) -> Asked | None:
        return self.by_form.get(form_hash, {}).get(pattern) or self.by_pattern.get(pattern)


def reader_for(
    session: Session, form_hashes: Iterable[str], unit_id: UUID, values: Iterable[tuple[str, Any]] = ()
) -> Reader:
    """Return what reads the values entered with these forms, in two queries at most.

    `values` are (pattern, value): those none of these forms asked and that no one can read as they are (a code taken
    over from elsewhere) are read as a form of the unit asks them today.
    """
    reader = Reader()
    for form_hash, closure in configuration.closures_by_hash(session, {one for one in form_hashes if one}).items():
        asked = {pattern: Asked(one, closure.lists) for pattern, one in _patterns(forms.compiled(closure))}
        reader.by_form[form_hash] = asked
        for pattern, one in asked.items():
            reader.by_pattern.setdefault(pattern, one)
    if any(pattern not in reader.by_pattern and _is_coded(value) for pattern, value in values):
        reader.by_pattern = {**_asked_today(session, unit_id), **reader.by_pattern}
    return reader


def _is_coded(value: Any) -> bool:
    """Tell whether only a form can say what a value means: a code, a number without its unit."""
    if isinstance(value, list | tuple):
        return any(_is_coded(item) for item in value)
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _asked_today(session: Session, unit_id: UUID) -> Mapping[str, Asked]:
    """Return the questions of the forms of a unit by path of the case file; remembered until something is published."""
    key = (unit_id, store.epoch(session), store.today(session, unit_id))
    if key not in _today:
        while len(_today) >= KEPT:
            _today.pop(next(iter(_today)), None)
        found: dict[str, Asked] = {}
        for artifact in store.artifacts(session, "form"):
            closure = configuration.form_closure(session, artifact.key, unit_id)
            for pattern, question in _patterns(forms.compiled(closure)):
                found.setdefault(pattern, Asked(question, closure.lists))
        _today[key] = found
    return _today[key]


def _patterns(form: Form) -> Iterator[tuple[str, Question]]:
    """Yield the path of a case file that each question fills, columns of rows included."""
    for binding in forms.bound(form):
        # a binding may start with the role of the case file (`organisme.contact.nom`): known by its path alone too
        for path in {binding.path, binding.path.partition(".")[2] or binding.path}:
            yield path, binding.question
            if binding.question.is_rows:
                yield from _columns(path, binding.question)


def _columns(path: str, rows: Question) -> Iterator[tuple[str, Question]]:
    for column in rows.columns():
        inside = ".".join(column.path[len(rows.path) + 1 :])
        if inside:
            yield f"{path}.{inside}", column
            if column.is_rows:
                yield from _columns(f"{path}.{inside}", column)


def _in_order(row: Mapping[str, Any], asked: Asked | None) -> list[str]:
    """Return the keys of a row in the order its form asks them; databases keep none."""
    known = [column.key for column in asked.question.columns()] if asked else []
    return [key for key in known if key in row] + sorted(key for key in row if key not in known and key != "_id")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, str) and (day := _DAY.fullmatch(value)):
        return f"{day[3]}/{day[2]}/{day[1]}"
    return str(value)
