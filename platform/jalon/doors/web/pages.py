"""Between a task page and HTML: which part is shown, what each part still lacks, what was posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import get_locale, gettext
from markupsafe import Markup

from jalon.base.errors import NotFound
from jalon.engines.forms import (
    REQUIRED_TO_SAVE,
    Checked,
    Form,
    Section,
    decode,
    in_language,
    unanswered,
    validate,
    visible,
    with_computed,
)
from jalon.services import forms
from jalon.services.worklist import TaskPage
from jalon.ui.forms import Prefill, render, rows_changed

Pairs = list[tuple[str, str]]

ALL = "tout"
"""The name of the view that shows every section on one page (C7)."""


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One line of the section list (C6): its state is a word, with the style that goes with it."""

    uid: str
    title: str
    state: str
    style: str
    current: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page posted, over the answers kept before; `draft` says besides which answers were emptied.

    `pairs` are what the fields said, a row added or taken away included.
    """

    data: dict[str, Any]
    draft: dict[str, Any]
    errors: dict[str, str]
    typed: dict[str, str]
    rows_only: bool
    pairs: Pairs


def shown_sections(form: Form, data: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Section]:
    """Return the sections that no rule hides for these answers."""
    hidden = visible(form, data, facts).elements
    return [section for section in form.sections if section.uid not in hidden]


def chosen_section(sections: Sequence[Section], wanted: str | None) -> Section | None:
    """Return the section asked for, else the first; None shows them all."""
    if wanted == ALL or not sections:
        return None
    return next((section for section in sections if section.uid == wanted), sections[0])


def section_after(sections: Sequence[Section], current: Section | None) -> Section | None:
    """Return the section that follows, None after the last."""
    uids = [section.uid for section in sections]
    if current is None or current.uid not in uids or uids.index(current.uid) + 1 == len(uids):
        return None
    return sections[uids.index(current.uid) + 1]


def language() -> str:
    """Return the language of the person at hand: that of the labels the content translates."""
    return str(get_locale())


def section_lines(
    form: Form, sections: Sequence[Section], current: Section | None, data: Mapping[str, Any], checked: Checked
) -> list[SectionLine]:
    """Tell for each section: to do, begun, complete, or to be checked."""
    titles = {section.uid: section.title for section in in_language(form, language()).sections}
    return [
        SectionLine(
            section.uid,
            titles[section.uid],
            *_state(section, data, checked.errors),
            current=current is not None and section.uid == current.uid,
        )
        for section in sections
    ]


def sent_lines(page: TaskPage) -> list[SectionLine]:
    """Return the sections of a task already done: all of them are sent."""
    if page.form is None or not page.closed_by:
        return []
    shown = {section.uid for section in shown_sections(page.form, page.data, page.facts)}
    return [
        SectionLine(section.uid, section.title, gettext("Transmis"), "state-good", current=False)
        for section in in_language(page.form, language()).sections
        if section.uid in shown
    ]


def _state(section: Section, data: Mapping[str, Any], errors: Mapping[str, str]) -> tuple[str, str]:
    begun = any(_answered(data, question.path) for question in section.questions)
    own = ["/" + "/".join(question.path) for question in section.questions]
    faults = [pointer for pointer in errors if any(pointer == p or pointer.startswith(p + "/") for p in own)]
    missing_only = all(not _answered(data, tuple(pointer.strip("/").split("/"))) for pointer in faults)
    if faults and begun and not missing_only:
        return gettext("À vérifier"), "state-warn"
    if faults:
        return (gettext("Commencé"), "state-here") if begun else (gettext("À faire"), "")
    return (gettext("Complet"), "state-good") if begun else (gettext("Facultatif"), "")


def _answered(data: Any, path: Sequence[str]) -> bool:
    return _answer(data, path) not in (None, "", [], {})


def _answer(data: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, Mapping):
            data = data.get(step)
        else:
            return None
    return data


def posted(
    page: TaskPage,
    section: Section | None,
    new_id: str,
    *,
    files: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    pairs: Pairs | None = None,
) -> Posted:
    """Read what a page posted, of one section or of all, over the answers kept.

    `files` are the answers that name the files posted with it, by field, and the files refused, by JSON pointer.
    `pairs` are read instead of what the request says.
    """
    form = _form(page)
    kept, refused = files
    replaced = {part for name in kept for part in (name, f"{name}_v")}
    given = list(request.form.items(multi=True)) if pairs is None else pairs
    given = [pair for pair in given if pair[0] not in replaced] + list(kept.items())
    changed = rows_changed(form, given, new_id)
    said = given if changed is None else changed
    decoded = decode(form, said, stored=page.data, section=section.uid if section else None)
    return Posted(
        data=with_computed(form, decoded.data, page.facts, page.now),
        draft=forms.with_emptied(form, page.data, decoded.data),
        errors={**decoded.errors, **refused},
        typed={**_typed_elsewhere(page, form, said), **decoded.typed},
        rows_only=changed is not None,
        pairs=said,
    )


def _typed_elsewhere(page: TaskPage, form: Form, pairs: Pairs) -> dict[str, str]:
    """Return the unreadable texts of the draft that belong to questions not on the page."""
    if not page.typed:
        return {}
    there = {field_of(name) for name, _ in pairs}
    asked = {forms.pointer_of(question): question.name for question in form.questions}
    return {
        where: text
        for where, text in page.typed.items()
        if not any(name in there and (where == at or where.startswith(at + "/")) for at, name in asked.items())
    }


def field_of(name: str) -> str:
    """Return the name of the question of the root that a posted name belongs to: `f3` for `f3_v` or `f3-i1-f4`."""
    return name.partition("-")[0].partition("_")[0]


def checked(page: TaskPage, data: Mapping[str, Any], now: datetime, section: Section | None = None) -> Checked:
    """Check answers, all of them or those of one section."""
    only = section.uid if section else None
    return validate(_form(page), data, lists=page.lists, facts=page.facts, now=now, section=only, stored=page.data)


def missing_to_save(page: TaskPage, data: Mapping[str, Any], section: Section | None) -> dict[str, str]:
    """Return what must be answered before a section may be left for later; an autosave asks for nothing."""
    missing = unanswered(_form(page), data, {"save"}, facts=page.facts, now=page.now)
    own = set(section.questions if section else _form(page).questions)
    return {
        where: REQUIRED_TO_SAVE
        for where, question in missing.items()
        if question in own or any(question.path[: len(one.path)] == one.path for one in own)
    }


def fields(
    page: TaskPage,
    section: Section | None,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    extras: Mapping[str, Markup] | None = None,
) -> Markup:
    """Return the questions as HTML, with where what was already known comes from."""
    form = _form(page)
    shown = page.data if data is None else data
    known = {
        uid: Prefill(one.value, one.source, one.date)
        for uid, one in page.prefilled.items()
        if _answer(shown, form.by_uid[uid].path) == one.value  # an answer taken away is not filled in again
    }
    return render(
        form,
        shown,
        errors or {},
        section=section.uid if section else None,
        lists=page.lists,
        prefilled=known,
        facts=page.facts,
        typed=page.typed if typed is None else typed,
        extras=extras,
        language=language(),
    )


def asks_files(page: TaskPage) -> bool:
    """Tell whether a question of a page is answered by a file: its form is then sent in parts."""
    return page.form is not None and any(one.kind in {"file", "image"} for one in page.form.every_question())


def _form(page: TaskPage) -> Form:
    if page.form is None:
        raise NotFound
    return page.form


def section_of(form: Form, pointer: str) -> str:
    """Return the section where the question of a JSON pointer is asked, the first by default."""
    path = tuple(pointer.strip("/").split("/"))
    for section in form.sections:
        for question in section.questions:
            if path[: len(question.path)] == question.path:
                return section.uid
    return form.sections[0].uid if form.sections else ""
