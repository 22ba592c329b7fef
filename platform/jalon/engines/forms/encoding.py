"""From answers to what a browser posts when the form shows them."""

from collections.abc import Mapping
from typing import Any

from jalon.base.errors import FormInvalid
from jalon.engines.forms.fieldnames import MISSING, Level, checkbox, companion, exact, has_leaf, marked, value_of
from jalon.engines.forms.kinds import write_text
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Form, Question
from jalon.engines.forms.rows import BAD_ID, NO_FIELD, row_token, row_tokens

Keys = tuple[str | int, ...]
Pairs = list[tuple[str, str]]


def encode(form: Form, data: Mapping[str, Any]) -> Pairs:
    """Return the pairs a browser posts when the form shows these answers; FormInvalid for what has no field."""
    pairs: Pairs = []
    fields = Level(form, form.questions, ())
    _refuse_unknown(fields, data)
    _encode_level(fields, data, "", pairs)
    return pairs


def _refuse_unknown(tree: Level, data: Any, at: Keys = (), inner: tuple[str, ...] = ()) -> None:
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


def _encode_level(tree: Level, data: Any, prefix: str, pairs: Pairs) -> None:
    for nested in tree.objects:
        value = value_of(data, nested.path[len(tree.base) :])
        if value is not MISSING and not (isinstance(value, Mapping) and has_leaf(value)):
            pairs.append((f"{prefix}{nested.name}_v", exact(value if not isinstance(value, Mapping) else {})))
    for question in tree.questions:
        if question.kind != "computed":
            value = value_of(data, question.path[len(tree.base) :])
            _encode_question(tree, question, value, prefix + question.name, pairs)


def _encode_question(tree: Level, question: Question, value: Any, name: str, pairs: Pairs) -> None:
    if marked(question):
        pairs.append((f"{name}_p", "0" if value is MISSING else "1"))
    if value is MISSING:
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


def _encode_rows(tree: Level, question: Question, rows: list[Any], name: str, pairs: Pairs) -> None:
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
