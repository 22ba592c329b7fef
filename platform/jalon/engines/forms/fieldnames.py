"""Names and companions of the fields of a page: what encoding, decoding and rendering share.

Names: `f3` is the field, `f3_p` marks a field a browser may not post (radios, boxes, lists), `f3_v` carries the
exact value where its text does not tell it all, `f3_r` lists rows; inside a row names are led by `f3-<row>-`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from jalon.engines.forms.kinds import read_text, write_text
from jalon.engines.forms.model import Form, Question
from jalon.engines.forms.texts import Unreadable, check_raw, look, same


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


def checkbox(question: Question) -> bool:
    """Tell whether a boolean is one box to tick rather than Oui or Non."""
    return question.schema.get("const") is True or question.options.get("widget") == "checkbox"


class Level:
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

    def below(self, question: Question) -> "Level":
        """Return the level of one row of a question."""
        return Level(self.form, question.columns(), (*question.path, "*"))


class Missing:
    """No value at all, as opposed to null."""


MISSING = Missing()


def value_of(data: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path inside one level; MISSING when there is none."""
    for piece in path:
        if piece == "*":
            return data
        if not isinstance(data, Mapping) or piece not in data:
            return MISSING
        data = data[piece]
    return data


def has_leaf(value: Mapping[str, Any]) -> bool:
    """Tell whether an object holds anything but empty objects."""
    return any(not isinstance(item, Mapping) or has_leaf(item) for item in value.values())
