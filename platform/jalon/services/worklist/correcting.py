"""Correct answers already given: a reason, both values kept, the case file follows, decisions to take again listed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import FormInvalid, NotFound, Refused, Stale
from jalon.base.i18n import fr
from jalon.engines.forms import Form, in_words
from jalon.services import audit, dossiers, forms, processes
from jalon.services.configuration import FormClosure
from jalon.services.worklist.drafting import NotYours
from jalon.services.worklist.filling import case_files_of, page_of
from jalon.services.worklist.formversions import closure_of
from jalon.services.worklist.lookups import dossier_names, strange_dossiers
from jalon.services.worklist.model import Corrected, CorrectionLine, TaskPage
from jalon.services.worklist.papers import strange_files
from jalon.services.worklist.reaching import CORRECT, may_correct, reached
from jalon.store import processes as runs
from jalon.store import worklist as store
from jalon.store.dossiers import Dossier
from jalon.store.processes import Instance
from jalon.store.worklist import Correction, Submission, Task

ORIGIN = "correction"
LONGEST_REASON = 1_000
OVER = {"completed", "terminated"}


class NothingToCorrect(Refused):
    """The task has no answers yet, or the correction changes none."""

    code, message = "correction.vide", fr("Il n’y a rien à corriger : aucune réponse donnée n’est changée.")


class ReasonMissing(Refused):
    """A correction says why."""

    code, message = "correction.sans_motif", fr("Dites pourquoi vous corrigez : le motif est gardé avec la correction.")


def correction_page(session: Session, actor: Actor, task_id: UUID, now: datetime) -> TaskPage:
    """Return a completed task with the answers given, ready to be corrected; NotFound when it has none."""
    task, given = _given(session, actor, task_id)
    page = page_of(session, actor, task, now, can_complete=False)
    # what the case file knows now is not what was answered then: it must not fill in the blanks
    return replace(page, data=dict(given.data), prefilled={})


def correct(
    session: Session,
    actor: Actor,
    task_id: UUID,
    changes: Mapping[str, Any],
    reason: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> Corrected:
    """Change answers of a completed task; `changes` are laid over the answers given, None empties one.

    A value of a case file follows unless somebody changed it since: that one is left alone and named in the result.
    Raises ReasonMissing, NothingToCorrect, FormInvalid, and Stale when `seen`, the number of corrections the person
    saw, is no longer the right one.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing
    task, given = _given(session, actor, task_id)
    runs.lock(session, task.root_id)
    session.refresh(given)
    if seen is not None and seen != len(store.corrections(session, task.id)):
        raise Stale
    run = session.get_one(Instance, task.instance_id)
    closure = closure_of(session, task, now)
    assert closure is not None  # answers were given to a form
    form = forms.compiled(closure)
    facts = forms.facts_for(form, processes.names_of(session, run, now))
    before = dict(given.data)
    wanted = forms.answered(forms.merged(before, changes))
    checked = forms.check(closure, wanted, stored=before, facts=facts, now=now)
    if not checked.ok:
        raise FormInvalid(checked.errors)
    case_files = case_files_of(session, run)
    strange = strange_files(session, form, checked.data, case_files)
    strange |= strange_dossiers(session, actor, form, checked.data, before)
    if strange:
        raise FormInvalid(strange)
    after = checked.data
    changed = [uid for uid, question in form.by_uid.items() if _differs(before, after, question.path)]
    if before == after:
        raise NothingToCorrect
    written, left = _write(session, actor, task, form, closure, case_files, before, after, facts, now)
    given.data, given.hidden = after, {**(given.hidden or {}), **checked.hidden}
    answers = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    _carry(session, actor, run, answers, before, after, now)
    outdated = processes.decisions_reading(session, run.root_id, answers, written, since=given.at)
    session.add(
        Correction(
            unit_id=task.unit_id,
            task_id=task.id,
            submission_id=given.id,
            reason=reason,
            before=before,
            after=after,
            left=sorted(left),
            decisions=[str(one.id) for one in outdated],
            actor_id=actor.id,
            actor_name=actor.name,
            at=now,
        )
    )
    session.flush()
    audit.record(
        session,
        actor,
        "reponses.corrigees",
        unit_id=task.unit_id,
        target=task.id,
        fields=sorted(changed),
        decisions=len(outdated),
    )
    titles = tuple(processes.decision_titles(session, outdated).values())
    return Corrected(task.id, tuple(sorted(changed)), tuple(sorted(left)), titles)


def corrections_of(session: Session, actor: Actor, task: Task, now: datetime) -> tuple[CorrectionLine, ...]:
    """Return the corrections of the answers of a task the actor may see, the latest first, as they may read them."""
    rows = store.corrections(session, task.id) if task.state == "done" and task.form else ()
    closure = closure_of(session, task, now) if rows else None
    if closure is None:
        return ()
    form = forms.compiled(closure)
    named = {UUID(one) for row in rows for one in row.decisions}
    logged = runs.decisions_by_id(session, named)
    titles = processes.decision_titles(session, list(logged.values()))
    again = processes.taken_again(session, list(logged.values()))
    named_files = dossier_names(session, actor, form, *(data for row in rows for data in (row.before, row.after)))
    lists = {**closure.lists, **named_files}
    lines = []
    for row in reversed(rows):
        shown = tuple(_shown(form, lists, row.before, row.after))
        ids = [UUID(one) for one in row.decisions if UUID(one) in logged]
        todo = tuple(titles[one] for one in ids if not any(at > row.at for at in again[one]))
        lines.append(CorrectionLine(row.actor_name, row.at, row.reason, shown, tuple(row.left), todo))
    return tuple(lines)


def _given(session: Session, actor: Actor, task_id: UUID) -> tuple[Task, Submission]:
    task = reached(session, actor, task_id, CORRECT)
    if not may_correct(actor, task):
        raise NotYours
    given = store.submission(session, task.id)
    if given is None or not given.form_hash:
        raise NotFound(id=task_id)
    return task, given


def _write(
    session: Session,
    actor: Actor,
    task: Task,
    form: Form,
    closure: FormClosure,
    case_files: Mapping[str, Dossier],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
) -> tuple[dict[UUID, list[str]], set[str]]:
    """Write what changed in the case files; return the paths written by case file and the labels left alone."""
    roles = tuple(case_files)
    said = forms.changes_for(form, before, roles, facts)
    labels = {(one.role, one.path): one.question.label for one in forms.bound(form, roles)}
    written: dict[UUID, list[str]] = {}
    left: set[str] = set()
    for role, values in forms.changes_for(form, after, roles, facts).items():
        found = case_files.get(role)
        if found is None:
            continue
        old = said.get(role, {})
        changed = {path: new for path, new in values.items() if path not in old or old[path] != new}
        kept = {path: new for path, new in changed.items() if path in old and dossiers.differs(found, path, old[path])}
        left |= {labels[(role, path)] for path, new in kept.items() if dossiers.differs(found, path, new)}
        due = {path: new for path, new in changed.items() if path not in kept}
        noted = dossiers.note(
            session, actor, found, due, origin=ORIGIN, form_hash=closure.hash, task_id=task.id, now=now
        )
        if noted:
            written[found.id] = list(due)
    return written, left


def _carry(
    session: Session,
    actor: Actor,
    run: Instance,
    answers: set[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> None:
    """Let a run that goes on read the corrected answers, unless a step gave these names other values since."""
    if run.status in OVER or run.suspended:
        return
    present = processes.variables_of(session, run.id)
    due = {name: after.get(name) for name in answers if present.get(name) == before.get(name)}
    if due:
        processes.carry_answers(session, actor, run, due, now)


def _shown(form: Form, lists: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    for question in form.questions:
        if question.kind != "info" and _differs(before, after, question.path):
            old, new = (_value(data, question.path) for data in (before, after))
            yield question.label, in_words(question, old, lists), in_words(question, new, lists)


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    return bool(_value(before, path) != _value(after, path))


def _value(data: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data
