"""Two people on one draft: who changed what since a page was made, and what both changed differently.

Each save notes, question by question, who changed it, when, at which version of the draft and what stood there
before. A page posted later is then compared with what it was made from: what one person alone changed is kept,
and only what both changed is asked about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import Stale
from jalon.base.i18n import fr
from jalon.engines.forms import Form, Question, in_words
from jalon.services import forms
from jalon.services.forms import value_at
from jalon.services.worklist.model import TaskPage
from jalon.store.worklist import Draft

KEPT = 5
"""How many changes of one question are told apart; older ones count as one."""


class DraftMoved(Stale):
    """The answers changed after the person read them again."""

    code = "brouillon.change"
    message = fr("Des réponses ont changé pendant que vous les relisiez : vérifiez-les, puis validez de nouveau.")


@dataclass(frozen=True, slots=True)
class Difference:
    """A question somebody changed since: `theirs` and `mine` are texts to read, empty when there is no answer.

    `who` is empty when the same person did it from another window; `asks` tells that both changed it, and
    that somebody has to choose.
    """

    question: Question
    who: str
    at: datetime
    theirs: str
    mine: str
    asks: bool


def traced(
    form: Form, draft: Draft, answers: Mapping[str, Any], typed: Mapping[str, str], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Return the changes of a draft with those these answers make to it."""
    changes: dict[str, Any] = dict(draft.changes or {})
    kept, unread = draft.data or {}, draft.typed or {}
    version, who = (draft.version or 0) + 1, str(actor.id or "")
    for question in form.questions:
        where, was = _pointer(question), value_at(kept, question.path)
        if question.kind == "computed":
            continue
        if value_at(answers, question.path) == was and typed.get(where) == unread.get(where):
            continue
        line = {"version": version, "id": who, "by": actor.name, "at": now.isoformat(), "was": was}
        known = list(changes.get(where, ()))
        if known and known[-1]["id"] == who:
            line["was"] = known.pop()["was"]
        elif len(known) >= KEPT:
            known[1] = {**known[1], "was": known[0]["was"]}
            known = known[1:]
        changes[where] = [*known, line]
    return changes


def differences_since(
    session: Session,
    actor: Actor,
    page: TaskPage,
    version: int,
    mine: Mapping[str, Any],
    typed: Mapping[str, str],
    questions: Iterable[Question],
) -> list[Difference]:
    """Return what was changed in a draft since that version and stands otherwise in the answers of a person.

    A question this person alone changed is left out. `page` shows the draft as it is now, `mine` and `typed` are what
    the person posted from a page made at `version`: 0 when there was no draft yet.
    """
    found = []
    for question, lines, draft in _changed(session, page, version, questions):
        where = _pointer(question)
        theirs, own = value_at(draft.data, question.path), value_at(mine, question.path)
        their_text, own_text = draft.typed.get(where), typed.get(where)
        if theirs == own and their_text == own_text:
            continue
        base = _base(page, question, lines)
        if theirs == base and their_text is None:
            continue  # back to what it was: only this person changed it
        asks = own != base or own_text is not None
        texts = [
            text or in_words(question, value, page.lists) for text, value in ((their_text, theirs), (own_text, own))
        ]
        found.append(_difference(actor, question, lines[-1], texts, asks=asks))
    return found


def changed_since(session: Session, actor: Actor, page: TaskPage, version: int) -> list[Difference]:
    """Return the questions of a draft changed since that version; `theirs` is what stands there now."""
    if page.form is None:
        return []
    return [
        _difference(
            actor,
            question,
            lines[-1],
            [in_words(question, value_at(draft.data, question.path), page.lists), ""],
            asks=False,
        )
        for question, lines, draft in _changed(session, page, version, page.form.questions)
        if value_at(draft.data, question.path) != _base(page, question, lines)
    ]


def _base(page: TaskPage, question: Question, lines: list[dict[str, Any]]) -> Any:
    """Return the answer a page showed before these changes: what the draft held, else what the case file knows."""
    known = page.prefilled.get(question.uid)
    return lines[0]["was"] if lines[0]["was"] is not None or known is None else known.value


def _changed(
    session: Session, page: TaskPage, version: int, questions: Iterable[Question]
) -> Iterable[tuple[Question, list[dict[str, Any]], Draft]]:
    draft = session.get(Draft, page.task.id)
    if draft is None or draft.version <= version:
        return
    for question in questions:
        lines = [one for one in draft.changes.get(_pointer(question), ()) if one["version"] > version]
        if lines:
            yield question, lines, draft


def _difference(
    actor: Actor, question: Question, line: Mapping[str, Any], texts: list[str], *, asks: bool
) -> Difference:
    mine = actor.id == UUID(line["id"]) if line["id"] else actor.kind == "link" and actor.name == line["by"]
    at = datetime.fromisoformat(line["at"])
    return Difference(question, "" if mine else line["by"], at, texts[0], texts[1], asks)


def _pointer(question: Question) -> str:
    return forms.pointer_of(question)
