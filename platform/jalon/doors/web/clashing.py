"""When a colleague changed the same page meanwhile: what only one of them changed is kept, the rest is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_babel import gettext, ngettext

from jalon.base.actor import Actor
from jalon.base.ids import new_id
from jalon.doors.web import pages
from jalon.doors.web.pages import Pairs, Posted
from jalon.engines.forms import Question, Section
from jalon.engines.forms.rows import row_tokens
from jalon.services import forms, worklist
from jalon.services.worklist import Difference, TaskPage
from jalon.store.database import Session
from jalon.ui.display import clock_time
from jalon.ui.request import number_posted

STAY = "rester"
"""The action that saves a section and shows it again."""

CHOICE = "garder-"
"""Leads the name of the choice about one question: `mien`, `leur` or `deux`."""

_OF_THE_PAGE = frozenset({"csrf_token", "draft_version", "draft_at", "section", "action"})


@dataclass(frozen=True, slots=True)
class Clash:
    """A page posted over a draft changed since: what differs, and what the fields said."""

    page: TaskPage
    section: Section | None
    differences: tuple[Difference, ...]
    posted: Posted


def seen_version() -> int:
    """Return the version of the draft the page was made from: 0 when there was none."""
    return number_posted("draft_version", 0)


def reckoned(
    session: Session,
    actor: Actor,
    page: TaskPage,
    section: Section | None,
    files: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    *,
    aside: bool = True,
) -> tuple[Posted, Clash | None]:
    """Read what was posted, what only a colleague changed left as it is, with the clash if somebody must choose.

    Without `aside` the page stays open after the save: any change on it by a colleague is then a clash.
    """
    asked = section.questions if section else page.form.questions if page.form else ()
    pairs = _chosen(asked, page.data, list(request.form.items(multi=True)))
    posted = pages.posted(page, section, str(new_id()), files=files, pairs=pairs)
    version = seen_version()
    if page.draft is None or page.draft.version == version:
        return posted, None
    found = worklist.differences_since(session, actor, page, version, posted.data, posted.typed, asked)
    if any(one.asks for one in found) or (found and not aside):
        return posted, Clash(page, section, tuple(found), posted)
    theirs = {one.question.name for one in found}
    kept = [pair for pair in posted.pairs if pages.field_of(pair[0]) not in theirs]
    again = pages.posted(page, section, str(new_id()), files=({}, files[1]), pairs=kept)
    return Posted(again.data, again.draft, again.errors, again.typed, posted.rows_only, again.pairs), None


def ask(clash: Clash, template: str, *more: tuple[str, str]) -> str:
    """Show what both people changed, theirs beside mine, to choose from; `more` is posted with the choices."""
    asked = {one.question.name for one in clash.differences if one.asks}
    theirs = {one.question.name for one in clash.differences} - asked
    hidden = [
        (name, value)
        for name, value in clash.posted.pairs
        if name not in _OF_THE_PAGE and pages.field_of(name) not in theirs and not name.startswith(CHOICE)
    ]
    action = STAY if clash.posted.rows_only else request.form.get("action") or STAY
    return render_template(
        template,
        page=clash.page,
        differences=clash.differences,
        choice=CHOICE,
        hidden=[*hidden, *more, ("action", action)],
        heading=_heading(clash),
    )


def announced(clash: Clash) -> str:
    """Say why the draft is not saved, and what to do."""
    text = gettext("{what}, à {time}. Votre saisie reste à l’écran, pas encore enregistrée : choisissez quoi garder.")
    return text.format(what=_heading(clash), time=clock_time(clash.differences[-1].at))


def _heading(clash: Clash) -> str:
    names = list(dict.fromkeys(one.who for one in clash.differences if one.who))
    if not names:
        return gettext("Vous avez changé ces réponses dans une autre fenêtre ou sur un autre appareil")
    return ngettext(
        "{who} a changé cette page en même temps que vous",
        "{who} ont changé cette page en même temps que vous",
        len(names),
    ).format(who=gettext(" et ").join(names))


def _chosen(asked: tuple[Question, ...], data: Mapping[str, Any], pairs: Pairs) -> Pairs:
    """Return what the fields say once the choices are followed: theirs is what stays kept when nothing is posted."""
    choices = {name.removeprefix(CHOICE): value for name, value in pairs if name.startswith(CHOICE)}
    if not choices:
        return pairs
    dropped = {name for name, choice in choices.items() if choice == "leur"}
    kept = [pair for pair in pairs if pages.field_of(pair[0]) not in dropped]
    for question in asked:
        rows = forms.value_at(data, question.path)
        if choices.get(question.name) == "deux" and isinstance(rows, list):
            mine = {value for name, value in kept if name == f"{question.name}_r"}
            kept += [(f"{question.name}_r", token) for token in row_tokens(rows) if token not in mine]
    return kept
