"""A task ready to be filled: its form, what is known already, the draft; nothing is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.forms import Form, in_words, needs, with_computed
from jalon.services import configuration, dossiers, forms, processes
from jalon.services.dossiers.paths import pattern_of
from jalon.services.dossiers.reading import ORIGINS
from jalon.services.forms import Prefill
from jalon.services.worklist.formversions import version_of
from jalon.services.worklist.lookups import dossier_lists
from jalon.services.worklist.model import TaskPage, draft_info
from jalon.services.worklist.reaching import SEE, may_correct, may_do, reached
from jalon.store import dossiers as files
from jalon.store import worklist as store
from jalon.store.dossiers import Dossier, DossierChange
from jalon.store.holding import hold
from jalon.store.places import place, zone_of
from jalon.store.processes import Instance
from jalon.store.worklist import Draft, Task

Latest = Mapping[tuple[UUID, str], DossierChange]
"""The last change of each value, by case file and path."""


def task_page(session: Session, actor: Actor, task_id: UUID, now: datetime) -> TaskPage:
    """Return a task with its form and what to show in it; reads only. NotFound out of reach."""
    task = reached(session, actor, task_id, SEE)
    return page_of(session, actor, task, now, can_complete=may_do(actor, task))


def page_of(session: Session, actor: Actor, task: Task, now: datetime, *, can_complete: bool) -> TaskPage:
    """Return the page of a task the caller may see."""
    run = session.get_one(Instance, task.instance_id)
    version = version_of(session, task, now)
    closure = version.closure if version else None
    form = forms.compiled(closure) if closure else None
    case_files = case_files_of(session, run)
    principal = case_files.get(forms.PRINCIPAL)
    draft = hold(session, session.get(Draft, task.id))
    done = store.submission(session, task.id) if task.state != "ready" else None
    latest = files.latest_changes(session, [one.id for one in case_files.values()])
    known = known_values(form, run, case_files, latest, zone_of(session, task.unit_id)) if form else {}
    facts = forms.facts_for(form, processes.names_of(session, run, now)) if form and needs(form).facts else {}
    data, others = (dict(done.data), ()) if done is not None else _answers(session, form, known, draft, facts, now)
    offered = dossier_lists(session, actor, form, data, principal) if form else {}
    return TaskPage(
        task=task,
        instance=run,
        process_title=processes.title_of(session, run),
        unit_title=place(session, task.unit_id).title,
        form=form,
        form_hash=closure.hash if closure else "",
        lists={**closure.lists, **offered} if closure else {},
        data=data,
        typed=dict(draft.typed) if draft else {},
        prefilled=known,
        facts=facts,
        dossier=principal,
        dossier_summary=_summary(session, principal, latest),
        draft=draft_info(draft, actor.id),
        seen_version=seen_by(draft, principal),
        closed_by=(task.closed_by or "Le parcours") if task.state != "ready" else "",
        can_complete=can_complete and task.state == "ready",
        form_kept=version.kept if version else False,
        form_moved=bool(version and task.form_hash and not version.kept and version.change),
        others=others,
        now=now,
        can_correct=done is not None and form is not None and may_correct(actor, task),
    )


def _answers(
    session: Session,
    form: Form | None,
    known: Mapping[str, Prefill],
    draft: Draft | None,
    facts: Mapping[str, Any],
    now: datetime,
) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Return the answers to show, and those of the draft that the form no longer asks: shown apart, never lost."""
    if form is None:
        return {}, ()
    inside, outside = forms.inside_and_outside(form, draft.data if draft else {})
    others = _as_written(session, draft.form_hash, outside) if draft and outside else ()
    return with_computed(form, forms.starting_data(form, known, inside if draft else None), facts, now), others


def _as_written(session: Session, form_hash: str, outside: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return (label, text) of answers, read with the form they were given to."""
    closures = configuration.closures_by_hash(session, [form_hash])
    closure = closures.get(form_hash)
    asked = {q.path: q for q in forms.compiled(closure).every_question()} if closure else {}
    lines = []
    for where, value in outside.items():
        path = tuple("*" if step.isdigit() else step for step in where.strip("/").split("/"))
        question = asked.get(path)
        label = question.label if question else path[-1].replace("_", " ").capitalize()
        if value is not None:
            lines.append(
                (label, in_words(question, value, closure.lists if closure else None) if question else str(value))
            )
    return tuple(lines)


def case_files_of(session: Session, run: Instance) -> dict[str, Dossier]:
    """Return the case files of a run by role."""
    return files.dossiers_of_run(session, run.root_id)


def known_values(
    form: Form, run: Instance, case_files: Mapping[str, Dossier], latest: Latest, zone: str
) -> dict[str, Prefill]:
    """Return what case files know already of the questions of a form, with source and date, by question uid."""

    def known(role: str, path: str) -> Prefill | None:
        found = case_files.get(role)
        value = dossiers.value_of(found, path) if found else None
        if found is None or value is None:
            return None
        change = _last(latest, found, path)
        if change is None:
            return Prefill(value)
        source = change.actor_name if change.origin == "agency" else ORIGINS.get(change.origin, change.origin)
        return Prefill(value, source, change.at.astimezone(ZoneInfo(zone)).date(), change.at >= run.started_at)

    return forms.prefilled(form, tuple(case_files), known)


def _last(latest: Latest, dossier: Dossier, path: str) -> DossierChange | None:
    """Return the last change of a value, or of the last of its parts when it is an object or rows."""
    renamed = dossiers.renamed_of(dossier)
    wanted = dossiers.present_path(path, renamed)
    own = (
        (dossiers.present_path(where, renamed), change)
        for (dossier_id, where), change in latest.items()
        if dossier_id == dossier.id
    )
    inside = (f"{wanted}/", f"{wanted}.")
    parts = (change for where, change in own if where == wanted or where.startswith(inside))
    return max(parts, key=lambda change: change.at, default=None)


def _summary(session: Session, dossier: Dossier | None, latest: Latest) -> tuple[tuple[str, str], ...]:
    """Return the first values of a case file, as its first section lays them out."""
    if dossier is None:
        return ()
    kind = dossiers.dossier_type(session, dossier.type, dossier.unit_id)
    wanted = set(kind.sections[0]["paths"]) if kind.sections else set()
    lines = dossiers.values_with_provenance(session, dossier, kind, latest)
    return tuple((line.label, line.shown) for line in lines if pattern_of(line.path) in wanted and line.shown)[:12]


def seen_by(draft: Draft | None, principal: Dossier | None) -> int | None:
    """Return the version of the case file that the answers of a draft were made from."""
    if draft is not None and draft.dossier_version is not None:
        return draft.dossier_version
    return principal.version if principal else None
