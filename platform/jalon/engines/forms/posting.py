"""From answers to what a browser posts, and back, without loss.

Names: `f3` is the field, `f3_p` marks a field a browser may not post (radios, boxes, lists), `f3_v` carries the
exact value where its text does not tell it all, `f3_r` lists rows; inside a row names are led by `f3-<row>-`.
"""

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jalon.base.errors import FormInvalid
from jalon.base.i18n import fr
from jalon.base.json import NotJson, read_json
from jalon.engines.forms.kinds import read_text, write_text
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Decoded, Form, Question
from jalon.engines.forms.rows import BAD_ID, NO_FIELD, row_token, row_tokens
from jalon.engines.forms.texts import Unreadable, check_raw, look, same

MAX_PAIRS = 50_000
MAX_ROWS = 500
Keys = tuple[str | int, ...]
Pairs = list[tuple[str, str]]

_TOO_MANY = fr("Ce formulaire contient trop de champs : enregistrez-le en plusieurs fois.")


def marked(question: Question) -> bool:
    """Tell whether a browser may post nothing for this question, so that it needs a presence marker."""
    return question.is_rows or question.kind in {"boolean", "choice", "choices", "dossier", "commune", "file", "image"}


def exact(value: Any) -> str:
    """Write a value for its `_v` companion."""
    return json.dumps(value, allow_nan=True)


def companion(question: Question, value: Any) -> str:
    """Return the exact value to post beside the field; empty when the text of the field says it all."""
    if question.kind == "choices":
        return "" if _plain_choices(question, value) else exact(value)
    if question.is_rows:
        return "" if isinstance(value, list) else exact(value)
    if value is None:
        return exact(None)
    text = write_text(question, value)
    try:
        check_raw(text, question.schema.get("maxLength"))
        if look(text) == text and same(read_text(question, text), value):
            return ""
    except Unreadable:
        pass
    return exact(value)


def _plain_choices(question: Question, value: Any) -> bool:
    """Tell whether ticked boxes say this list: each once, in the order they are shown."""
    if not isinstance(value, list) or not all(isinstance(write_text(question, item), str) for item in value):
        return False
    codes = [write_text(question, item) for item in value]
    shown = [choice.code for choice in question.choices]
    ordered = sorted(codes, key=lambda code: shown.index(code) if code in shown else len(shown))
    try:
        back = [read_text(question, code) for code in codes]
    except Unreadable:
        return False
    return same(back, value) and codes == list(dict.fromkeys(ordered)) and (not question.list_key or len(codes) < 2)


def encode(form: Form, data: Mapping[str, Any]) -> Pairs:
    """Return the pairs a browser posts when the form shows these answers; FormInvalid for what has no field."""
    pairs: Pairs = []
    fields = _Tree(form, form.questions, ())
    _refuse_unknown(fields, data)
    _encode_level(fields, data, "", pairs)
    return pairs


class _Tree:
    """The questions of one level (the root, or one row), and the objects between."""

    def __init__(self, form: Form, questions: Iterable[Question], base: tuple[str, ...]) -> None:
        self.form, self.base, self.questions = form, base, tuple(questions)
        size = len(base)
        inner = [q.path[size:] for q in self.questions]
        self.objects = [
            nested
            for path, nested in form.objects.items()
            if path[:size] == base and len(path) > size and "*" not in path[size:]
        ]
        self.leaves = set(inner)
        self.branches = {nested.path[size:] for nested in self.objects}

    def demands(self, question: Question) -> bool:
        """Tell whether an answer is required here and now: every object around it is required too."""
        around = [nested for nested in self.objects if question.path[: len(nested.path)] == nested.path]
        return question.required and all(nested.required for nested in around)

    def below(self, question: Question) -> "_Tree":
        """Return the level of one row of a question."""
        return _Tree(self.form, question.columns(), (*question.path, "*"))


def _refuse_unknown(tree: _Tree, data: Any, at: Keys = (), inner: tuple[str, ...] = ()) -> None:
    if not isinstance(data, Mapping):
        if at:
            return
        raise FormInvalid({"": "Les réponses d’un formulaire sont un objet."})
    for key, value in data.items():
        path = (*inner, key)
        if path in tree.branches:
            _refuse_unknown(tree, value, (*at, key), path)
        elif path in tree.leaves:
            question = next(q for q in tree.questions if q.path[len(tree.base) :] == path)
            if question.elements and isinstance(value, list):
                for index, row in enumerate(value):
                    _refuse_unknown(tree.below(question), row, (*at, key, index))
        elif not (key == "_id" and tree.base and not inner and isinstance(value, str)):
            raise FormInvalid({pointer((*at, key)): NO_FIELD})


def _encode_level(tree: _Tree, data: Any, prefix: str, pairs: Pairs) -> None:
    for nested in tree.objects:
        value = _get(data, nested.path[len(tree.base) :])
        if value is not _MISSING and not (isinstance(value, Mapping) and _has_leaf(value)):
            pairs.append((f"{prefix}{nested.name}_v", exact(value if not isinstance(value, Mapping) else {})))
    for question in tree.questions:
        if question.kind != "computed":
            value = _get(data, question.path[len(tree.base) :])
            _encode_question(tree, question, value, prefix + question.name, pairs)


def _encode_question(tree: _Tree, question: Question, value: Any, name: str, pairs: Pairs) -> None:
    if marked(question):
        pairs.append((f"{name}_p", "0" if value is _MISSING else "1"))
    if value is _MISSING:
        if not (question.is_rows or question.kind == "choices" or checkbox(question)):
            pairs.append((name, ""))
        return
    extra = companion(question, value)
    if extra:
        pairs.append((f"{name}_v", extra))
    if question.is_rows:
        if isinstance(value, list):
            _encode_rows(tree, question, value, name, pairs)
    elif question.kind == "choices":
        codes = [write_text(question, item) for item in value] if isinstance(value, list) else []
        pairs.extend((name, code) for code in dict.fromkeys(codes))
    elif not (checkbox(question) and value is False):
        pairs.append((name, write_text(question, value)))


def _encode_rows(tree: _Tree, question: Question, rows: list[Any], name: str, pairs: Pairs) -> None:
    for index, (token, row) in enumerate(zip(row_tokens(rows), rows, strict=True)):
        pairs.append((f"{name}_r", token))
        prefix = f"{name}-{token}-"
        if isinstance(row, Mapping) and question.elements and "_id" in row and not row_token(token):
            raise FormInvalid({pointer((*question.path, index)): BAD_ID})
        if question.item:
            _encode_question(tree, question.item, row, prefix + question.item.name, pairs)
        elif isinstance(row, Mapping):
            _encode_level(tree.below(question), row, prefix, pairs)
        else:
            raise FormInvalid({pointer((*question.path, index)): NO_FIELD})


class _Missing:
    """No value at all, as opposed to null."""


_MISSING = _Missing()


def _get(data: Any, path: tuple[str, ...]) -> Any:
    for piece in path:
        if piece == "*":
            return data
        if not isinstance(data, Mapping) or piece not in data:
            return _MISSING
        data = data[piece]
    return data


def _has_leaf(value: Mapping[str, Any]) -> bool:
    return any(not isinstance(item, Mapping) or _has_leaf(item) for item in value.values())


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
    reading.level(_Tree(form, questions, ()), data, "", ())
    return Decoded(data, reading.errors, reading.typed)


class _Reading:
    """One posted page being read."""

    def __init__(self, form: Form, over_stored: bool) -> None:
        self.form, self.over_stored = form, over_stored
        self.posted: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self.typed: dict[str, str] = {}

    def level(self, tree: _Tree, data: dict[str, Any], prefix: str, at: Keys) -> None:
        for question in tree.questions:
            if question.kind == "computed" or (question.read_only and self.over_stored):
                continue
            path = question.path[len(tree.base) :]
            known = _get(data, path)
            value = self._question(tree, question, prefix + question.name, known, (*at, *path))
            if value is not known:
                _put(data, path, value)
        self._empty_objects(tree, data, prefix)

    def _empty_objects(self, tree: _Tree, data: dict[str, Any], prefix: str) -> None:
        """Create or drop objects in which nothing is answered."""
        for nested in sorted(tree.objects, key=lambda n: -len(n.path)):
            path = nested.path[len(tree.base) :]
            current = _get(data, path)
            if current is not _MISSING and current != {}:
                continue
            marker = self._exact(f"{prefix}{nested.name}_v")
            if marker is not _MISSING:
                _put(data, path, marker)
            elif current == {} and self._on_page(tree, nested.path, prefix):
                _put(data, path, _MISSING)

    def _on_page(self, tree: _Tree, path: tuple[str, ...], prefix: str) -> bool:
        inside = [prefix + q.name for q in tree.questions if q.path[: len(path)] == path]
        return any(name in self.posted or f"{name}_p" in self.posted for name in inside)

    def _question(self, tree: _Tree, question: Question, name: str, known: Any, at: Keys) -> Any:
        """Return the value posted, `known` when the question was not on the page, _MISSING when left empty."""
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
            return _MISSING

    def _single(self, tree: _Tree, question: Question, name: str, marker: list[str] | None) -> Any:
        texts = self.posted.get(name, [])
        if len(texts) > 1:
            raise Unreadable(fr("Donnez une seule réponse à cette question."))
        if not texts and question.kind == "boolean" and checkbox(question):
            return False if tree.demands(question) or marker == ["1"] else _MISSING
        text = texts[0] if texts else ""
        check_raw(text, question.schema.get("maxLength"))
        kept = self._exact(f"{name}_v")
        if kept is not _MISSING and look(write_text(question, kept)) == look(text):
            return kept
        value = read_text(question, text)
        return _MISSING if value is None else value

    def _choices(self, question: Question, name: str, present: bool) -> Any:
        texts = self.posted.get(name, [])
        for text in texts:
            check_raw(text)
        kept = self._exact(f"{name}_v")
        if isinstance(kept, list) and {write_text(question, item) for item in kept} == set(texts):
            return kept
        if kept is not _MISSING and not isinstance(kept, list) and not texts:
            return kept
        values = [read_text(question, text) for text in dict.fromkeys(texts) if text]
        return values if values or present else _MISSING

    def _rows(self, tree: _Tree, question: Question, name: str, known: Any, at: Keys, present: bool) -> Any:
        tokens = list(dict.fromkeys(self.posted.get(f"{name}_r", ())))
        if len(tokens) > MAX_ROWS:
            raise Unreadable(f"Gardez au plus {MAX_ROWS} lignes (il y en a {len(tokens)}).")
        kept = self._exact(f"{name}_v")
        if not tokens and kept is not _MISSING and not isinstance(kept, list):
            return kept
        stored = dict(zip(row_tokens(known), known, strict=True)) if isinstance(known, list) else {}
        rows: list[Any] = []
        for token in tokens:
            row = self._row(tree, question, f"{name}-{token}-", token, stored, (*at, len(rows)))
            if row is not _MISSING:
                rows.append(row)
        return rows if rows or present else _MISSING

    def _row(
        self, tree: _Tree, question: Question, prefix: str, token: str, stored: Mapping[str, Any], at: Keys
    ) -> Any:
        if question.item:
            found = self._question(tree, question.item, prefix + question.item.name, _MISSING, at)
            unread = self.typed.get(pointer(at))
            return unread if found is _MISSING and unread is not None else found
        row_id = row_token(token)
        base = stored.get(token)
        row = copy.deepcopy(base) if isinstance(base, dict) else {}
        if row_id:
            row["_id"] = row_id
        self.level(tree.below(question), row, prefix, at)
        return row

    def _exact(self, name: str) -> Any:
        """Return the value a companion carries; _MISSING when there is none or it is not clean."""
        texts = self.posted.get(name)
        if not texts:
            return _MISSING
        try:
            value = read_json(texts[0])
        except (NotJson, RecursionError):
            return _MISSING
        return _MISSING if "\\u0000" in texts[0] and "\x00" in json.dumps(value, ensure_ascii=False) else value


def checkbox(question: Question) -> bool:
    """Tell whether a boolean is one box to tick rather than Oui or Non."""
    return question.schema.get("const") is True or question.options.get("widget") == "checkbox"


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set or drop a value, making and clearing the objects on the way."""
    holder: Any = data
    for piece in path[:-1]:
        if not isinstance(holder.get(piece), dict):
            if value is _MISSING:
                return
            holder[piece] = {}
        holder = holder[piece]
    if value is _MISSING:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value


def with_row_ids(form: Form, data: Mapping[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    """Return the answers where every row of a repeated group carries its `_id`."""
    copied: dict[str, Any] = copy.deepcopy(dict(data))
    for question in form.every_question():
        if question.elements:
            for row in _rows_at(copied, question.path):
                if isinstance(row, dict):
                    row.setdefault("_id", new_id())
    return copied


def _rows_at(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield from data if isinstance(data, list) else ()
    elif path[0] == "*":
        for item in data if isinstance(data, list) else ():
            yield from _rows_at(item, path[1:])
    elif isinstance(data, Mapping) and path[0] in data:
        yield from _rows_at(data[path[0]], path[1:])
