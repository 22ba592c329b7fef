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
from jalon.engines.forms import Form, needs
from jalon.services import audit, forms, processes
from jalon.services.worklist.clashing import traced
from jalon.services.worklist.filling import case_files_of
from jalon.services.worklist.formversions import pin
from jalon.services.worklist.model import Saved
from jalon.services.worklist.reaching import may_do, reached
from jalon.store.processes import Instance
from jalon.store.worklist import Draft, Task


class NotYours(Forbidden):
    """The task may be seen, not done."""

    code, message = "tache.pas_la_votre", fr("Cette tâche revient à une autre fonction : vous pouvez la lire.")


def open_task(session: Session, actor: Actor, task_id: UUID, now: datetime) -> str:
    """Pin the form of a task at its first opening and return its hash; empty for a task without a form."""
    closure = pin(session, actor, doable(session, actor, task_id), now)
    return closure.hash if closure else ""


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
) -> Saved:
    """Keep the draft of a task the caller may fill."""
    closure = pin(session, actor, task, now)
    run = session.get_one(Instance, task.instance_id)
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
    form = forms.compiled(closure) if closure else None
    hidden = _hidden(session, form, run, answers, now) if form else {}
    if draft is None:
        principal = case_files_of(session, run).get(forms.PRINCIPAL)
        draft = Draft(task_id=task.id, unit_id=task.unit_id, dossier_version=principal.version if principal else None)
        session.add(draft)
    if form is not None:
        draft.changes = traced(form, draft, answers, typed or {}, actor, now)
    draft.form_hash, draft.data = closure.hash if closure else "", answers
    draft.hidden = forms.merged(draft.hidden or {}, hidden)
    draft.typed = dict(typed or {})
    draft.at_question, draft.saved_at = at_question[:300], now
    draft.author_id, draft.author_name = actor.id, actor.name
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale from error
    return Saved(draft.version, now, taken_from)


def _hidden(session: Session, form: Form, run: Instance, answers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    facts = forms.facts_for(form, processes.names_of(session, run, now)) if needs(form).facts else {}
    return forms.apart(form, forms.answered(answers), facts)
