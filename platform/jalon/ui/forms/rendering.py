"""A form as an HTML fragment."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from jalon.engines.forms import Form, Section, in_language, lists_in_language, visible
from jalon.ui.forms.building import Situation, ViewBuilder
from jalon.ui.forms.environment import template
from jalon.ui.forms.reviewing import review
from jalon.ui.forms.views import FormView, Prefill

Lists = Mapping[str, Sequence[Mapping[str, Any]]]


def render(
    form: Form,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    section: str | None = None,
    lists: Lists | None = None,
    prefilled: Mapping[str, Prefill] | None = None,
    facts: Mapping[str, Any] | None = None,
    readonly: bool = False,
    extras: Mapping[str, Markup] | None = None,
    typed: Mapping[str, str] | None = None,
    language: str = "",
) -> Markup:
    """Return the fields of a form (or of one section) as an HTML fragment to put in a `<form>`.

    `prefilled` and `extras` are keyed by question uid; `errors` and `typed` by JSON pointer. Labels are those of
    `language` where the content has them.
    """
    form, lists = in_language(form, language), lists_in_language(lists or {}, language)
    if readonly:
        return review(form, data or {}, lists=lists, facts=facts, section=section)
    answers = data or {}
    situation = Situation(
        answers,
        visible(form, answers, facts),
        errors or {},
        typed or {},
        lists,
        prefilled or {},
        extras or {},
        with_defaults=data is None,
    )
    builder = ViewBuilder(form, situation)
    sections = (form.section(section),) if section is not None else form.sections
    pages = [builder.section(page) for page in sections if _drawn(page, situation)]
    view = FormView(pages, _problems(builder, errors or {}), builder.nested("", (), ()), titled=len(form.sections) > 1)
    return Markup(template("form.html").render(form=view))  # noqa: S704 - our own autoescaped template


def _drawn(section: Section, situation: Situation) -> bool:
    return bool(section.elements) or section.uid not in situation.seen.elements


def _problems(builder: ViewBuilder, errors: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (label, sentence, id of the control) per error, those of drawn questions first, in their order."""
    shown = [where for where in builder.focus if where in errors]
    others = [where for where in errors if where not in builder.focus]
    found = [(builder.focus[where][0], errors[where], builder.focus[where][1]) for where in shown]
    for where in others:
        near = next((known for known in _enclosing(where) if known in builder.focus), None)
        label, target = builder.focus[near] if near else ("", "")
        found.append((label, errors[where], target))
    return found


def _enclosing(where: str) -> list[str]:
    pieces = where.split("/")
    return ["/".join(pieces[:end]) for end in range(len(pieces) - 1, 1, -1)]
