"""From what a browser posted to answers, nothing lost on the way."""

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from jalon.base.i18n import fr
from jalon.base.json import NotJson, read_json
from jalon.engines.forms.fieldnames import MISSING, Level, checkbox, value_of
from jalon.engines.forms.kinds import read_text, write_text
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Decoded, Form, Question
from jalon.engines.forms.rows import row_token, row_tokens
from jalon.engines.forms.texts import Unreadable, check_raw, look

MAX_PAIRS = 50_000
MAX_ROWS = 500
Keys = tuple[str | int, ...]

_TOO_MANY = fr("Ce formulaire contient trop de champs : enregistrez-le en plusieurs fois.")


def decode(
    form: Form,
    pairs: Iterable[tuple[str, str]],
    stored: Mapping[str, Any] | None = None,
    section: str | None = None,
) -> Decoded:
    """Read what a browser posted over the stored answers: what was not on the page keeps its value.

    Unknown names are ignored; a value that cannot be read is left out, its error and raw text kept.
    Law: `decode(form, encode(form, d)).data == d` for every valid `d`.
    """
    reading = _Reading(form, stored is not None)
    for number, (name, text) in enumerate(pairs):
        if number >= MAX_PAIRS:
            return Decoded(dict(stored or {}), {"": _TOO_MANY}, {})
        reading.posted.setdefault(name, []).append(text)
    questions = form.questions if section is None else form.section(section).questions
    data = copy.deepcopy(dict(stored or {}))
    reading.level(Level(form, questions, ()), data, "", ())
    return Decoded(data, reading.errors, reading.typed)


class _Reading:
    """One posted page being read."""

    def __init__(self, form: Form, over_stored: bool) -> None:
        self.form, self.over_stored = form, over_stored
        self.posted: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self.typed: dict[str, str] = {}

    def level(self, tree: Level, data: dict[str, Any], prefix: str, at: Keys) -> None:
        for question in tree.questions:
            if question.kind == "computed" or (question.read_only and self.over_stored):
                continue
            path = question.path[len(tree.base) :]
            known = value_of(data, path)
            value = self._question(tree, question, prefix + question.name, known, (*at, *path))
            if value is not known:
                _put(data, path, value)
        self._empty_objects(tree, data, prefix)

    def _empty_objects(self, tree: Level, data: dict[str, Any], prefix: str) -> None:
        """Create or drop objects in which nothing is answered."""
        for nested in sorted(tree.objects, key=lambda n: -len(n.path)):
            path = nested.path[len(tree.base) :]
            current = value_of(data, path)
            if current is not MISSING and current != {}:
                continue
            marker = self._exact(f"{prefix}{nested.name}_v")
            if marker is not MISSING:
                _put(data, path, marker)
            elif current == {} and self._on_page(tree, nested.path, prefix):
                _put(data, path, MISSING)

    def _on_page(self, tree: Level, path: tuple[str, ...], prefix: str) -> bool:
        inside = [prefix + q.name for q in tree.questions if q.path[: len(path)] == path]
        return any(name in self.posted or f"{name}_p" in self.posted for name in inside)

    def _question(self, tree: Level, question: Question, name: str, known: Any, at: Keys) -> Any:
        """Return the value posted, `known` when the question was not on the page, MISSING when left empty."""
        posted, marker = self.posted.get(name), self.posted.get(f"{name}_p")
        if posted is None and marker is None:
            return known
        try:
            if question.is_rows:
                return self._rows(tree, question, name, known, at, bool(marker and marker[0] == "1"))
            if question.kind == "choices":
                return self._choices(question, name, bool(marker and marker[0] == "1"))
            return self._single(tree, question, name, marker)
        except Unreadable as error:
            self.errors[pointer(at)] = str(error)
            self.typed[pointer(at)] = "\n".join(posted or ())[:1_000_000]
            return MISSING

    def _single(self, tree: Level, question: Question, name: str, marker: list[str] | None) -> Any:
        texts = self.posted.get(name, [])
        if len(texts) > 1:
            raise Unreadable(fr("Donnez une seule réponse à cette question."))
        if not texts and question.kind == "boolean" and checkbox(question):
            return False if tree.demands(question) or marker == ["1"] else MISSING
        text = texts[0] if texts else ""
        check_raw(text, question.schema.get("maxLength"))
        kept = self._exact(f"{name}_v")
        if kept is not MISSING and look(write_text(question, kept)) == look(text):
            return kept
        value = read_text(question, text)
        return MISSING if value is None else value

    def _choices(self, question: Question, name: str, present: bool) -> Any:
        texts = self.posted.get(name, [])
        for text in texts:
            check_raw(text)
        kept = self._exact(f"{name}_v")
        if isinstance(kept, list) and {write_text(question, item) for item in kept} == set(texts):
            return kept
        if kept is not MISSING and not isinstance(kept, list) and not texts:
            return kept
        values = [read_text(question, text) for text in dict.fromkeys(texts) if text]
        return values if values or present else MISSING

    def _rows(self, tree: Level, question: Question, name: str, known: Any, at: Keys, present: bool) -> Any:
        tokens = list(dict.fromkeys(self.posted.get(f"{name}_r", ())))
        if len(tokens) > MAX_ROWS:
            raise Unreadable(f"Gardez au plus {MAX_ROWS} lignes (il y en a {len(tokens)}).")
        kept = self._exact(f"{name}_v")
        if not tokens and kept is not MISSING and not isinstance(kept, list):
            return kept
        stored = dict(zip(row_tokens(known), known, strict=True)) if isinstance(known, list) else {}
        rows: list[Any] = []
        for token in tokens:
            row = self._row(tree, question, f"{name}-{token}-", token, stored, (*at, len(rows)))
            if row is not MISSING:
                rows.append(row)
        return rows if rows or present else MISSING

    def _row(
        self, tree: Level, question: Question, prefix: str, token: str, stored: Mapping[str, Any], at: Keys
    ) -> Any:
        if question.item:
            found = self._question(tree, question.item, prefix + question.item.name, MISSING, at)
            unread = self.typed.get(pointer(at))
            return unread if found is MISSING and unread is not None else found
        row_id = row_token(token)
        base = stored.get(token)
        row = copy.deepcopy(base) if isinstance(base, dict) else {}
        if row_id:
            row["_id"] = row_id
        self.level(tree.below(question), row, prefix, at)
        return row

    def _exact(self, name: str) -> Any:
        """Return the value a companion carries; MISSING when there is none or it is not clean."""
        texts = self.posted.get(name)
        if not texts:
            return MISSING
        try:
            value = read_json(texts[0])
        except (NotJson, RecursionError):
            return MISSING
        return MISSING if "\\u0000" in texts[0] and "\x00" in json.dumps(value, ensure_ascii=False) else value


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set or drop a value, making and clearing the objects on the way."""
    holder: Any = data
    for piece in path[:-1]:
        if not isinstance(holder.get(piece), dict):
            if value is MISSING:
                return
            holder[piece] = {}
        holder = holder[piece]
    if value is MISSING:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value
