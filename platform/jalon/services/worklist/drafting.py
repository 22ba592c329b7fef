"""Answers under way: the form is pinned, nothing is checked, nothing is lost, a colleague may take over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from jalon.base.actor import Actor
from jalon.base.errors import Forbidden, Stale, TaskAlreadyDone
from jalon.base.i18n import fr
from jalon.services import audit, forms
from jalon.services.worklist.clashing import traced
from jalon.services.worklist.filling import page_of
from jalon.services.worklist.formversions import pin
from jalon.services.worklist.model import Saved, TaskPage
from jalon.services.worklist.reaching import may_do, reached
from jalon.store.worklist import Draft, Task


class NotYours(Forbidden):
    """The task may be seen, not done."""

    code, message = "tache.pas_la_votre", fr("Cette tâche revient à une autre fonction : vous pouvez la lire.")


def open_page(session: Session, actor: Actor, task_id: UUID, now: datetime) -> TaskPage:
    """Return the page of an open task this actor may complete, its form pinned: what a POST begins with."""
    task = doable(session, actor, task_id)
    pin(session, actor, task, now)
    return page_of(session, actor, task, now, can_complete=True)


def save_page(
    session: Session,
    actor: Actor,
    page: TaskPage,
    data: Mapping[str, Any],
    at_question: str = "",
    *,
    now: datetime,
    typed: Mapping[str, str] | None = None,
) -> Saved:
    """Keep answers over the draft a page was built from, in the transaction that built it."""
    version = page.draft.version if page.draft else None
    return keep_draft(session, actor, page.task, data, at_question, version, now=now, typed=typed, page=page)


def doable(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Return an open task this actor may complete."""
    task = reached(session, actor, task_id)
    if task.state != "ready":
        raise TaskAlreadyDone(who=task.closed_by or "Quelqu’un")
    if not may_do(actor, task):
        raise NotYours
    return task


def save_draft(
    session: Session,
    actor: Actor,
    task_id: UUID,
    data: Mapping[str, Any],
    at_question: str = "",
    row_version: int | None = None,
    *,
    now: datetime,
    takeover: bool = False,
    typed: Mapping[str, str] | None = None,
) -> Saved:
    """Keep answers without checking them; partial answers are laid over those already kept.

    `row_version` is that of the draft the page was made from: Stale when somebody saved since, unless
    the person takes over, which is traced. `typed` are texts that could not be read, by JSON pointer.
    """
    task = doable(session, actor, task_id)
    return keep_draft(session, actor, task, data, at_question, row_version, now=now, takeover=takeover, typed=typed)


def keep_draft(
    session: Session,
    actor: Actor,
    task: Task,
    data: Mapping[str, Any],
    at_question: str,
    row_version: int | None,
    *,
    now: datetime,
    takeover: bool = False,
    typed: Mapping[str, str] | None = None,
    page: TaskPage | None = None,
) -> Saved:
    """Keep the draft of a task the caller may fill; `page` is what was just built of it, if anything."""
    page = page or page_of(session, actor, task, now, can_complete=True)
    closure_hash = pinned.hash if (pinned := pin(session, actor, task, now)) else ""
    draft = session.get(Draft, task.id)
    taken_from = ""
    if draft is not None:
        others = draft.author_id != actor.id
        if not takeover and (others or row_version is not None) and row_version != draft.version:
            raise Stale(who=draft.author_name)
        if others:
            taken_from, previous = draft.author_name, draft.author_id
            audit.record(session, actor, "brouillon.repris", unit_id=task.unit_id, target=task.id, previous=previous)
    answers = forms.merged(draft.data if draft else {}, data)
    hidden = forms.apart(page.form, forms.answered(answers), page.facts) if page.form else {}
    if draft is None:
        seen = page.dossier.version if page.dossier else None
        draft = Draft(task_id=task.id, unit_id=task.unit_id, dossier_version=seen)
        session.add(draft)
    if page.form is not None:
        draft.changes = traced(page.form, draft, answers, typed or {}, actor, now)
    draft.form_hash, draft.data = closure_hash, answers
    draft.hidden = forms.merged(draft.hidden or {}, hidden)
    draft.typed = dict(typed or {})
    draft.at_question, draft.saved_at = at_question[:300], now
    draft.author_id, draft.author_name = actor.id, actor.name
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale from error
    return Saved(draft.version, now, taken_from)
