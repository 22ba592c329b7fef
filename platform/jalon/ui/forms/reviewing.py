"""Answers to read again before validating, or to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from jalon.engines.forms import Form, Group, Question, Visibility, display, in_language, lists_in_language, visible
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.visibility import located, row_uid, value_at
from jalon.ui.forms.environment import template

Keys = tuple[str | int, ...]
Lists = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class Line:
    """One answer to read."""

    label: str
    text: str
    error: str = ""


@dataclass(slots=True)
class Block:
    """Answers under one title, blocks inside."""

    title: str
    lines: list["Line | Block"] = field(default_factory=list)
    url: str = ""
    id: str = ""
    is_row: bool = False

    @property
    def is_block(self) -> bool:
        """Tell blocks from lines in the template."""
        return True


def review(
    form: Form,
    data: Mapping[str, Any],
    *,
    lists: Lists | None = None,
    facts: Mapping[str, Any] | None = None,
    edit_url: str = "",
    errors: Mapping[str, str] | None = None,
    section: str | None = None,
    language: str = "",
) -> Markup:
    """Return all answers by section, with a « Modifier » link each; `edit_url` holds `{section}`, empty for print."""
    form, lists = in_language(form, language), lists_in_language(lists or {}, language)
    seen = visible(form, data, facts)
    blocks = []
    for page in form.sections:
        if page.uid in seen.elements or (section is not None and page.uid != section):
            continue
        lines = _lines(page.elements, data, (), seen, lists, errors or {})
        url = edit_url.replace("{section}", page.uid) if edit_url else ""
        blocks.append(Block(page.title, lines, url, f"partie-{page.uid}"))
    return Markup(template("review.html").render(blocks=blocks))  # noqa: S704 - our own autoescaped template


def _lines(
    elements: Sequence[Any],
    data: Mapping[str, Any],
    row: Keys,
    seen: Visibility,
    lists: Lists | None,
    errors: Mapping[str, str],
) -> list[Line | Block]:
    found: list[Line | Block] = []
    for element in elements:
        if isinstance(element, Group):
            if row_uid(element.uid, row) not in seen.elements:
                found.append(Block(element.title, _lines(element.elements, data, row, seen, lists, errors)))
            continue
        if not isinstance(element, Question):
            continue
        keys = located(element.path, row)
        if pointer(keys) in seen.hidden:
            continue
        value = value_at(data, keys)
        if element.elements and isinstance(value, list):
            rows = [
                Block(
                    f"Ligne {index + 1}",
                    _lines(element.elements, data, (*keys, index), seen, lists, errors),
                    is_row=True,
                )
                for index in range(len(value))
            ]
            found.append(Block(element.label, list(rows)))
        else:
            shown = "" if value is ABSENT else display(element, value, lists)
            found.append(Line(element.label, shown, errors.get(pointer(keys), "")))
    return found
