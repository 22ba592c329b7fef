"""Filling the form of a task: one page per section, autosave, errors, review, completion."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import FormInvalid
from jalon.base.ids import new_id
from jalon.doors.web import clashing, pages, papers
from jalon.doors.web.clashing import Clash
from jalon.doors.web.pages import Posted
from jalon.engines.forms import Form, Section
from jalon.services import forms, worklist
from jalon.services.worklist import Saved, TaskPage
from jalon.store.database import Session
from jalon.store.organisations import Unit
from jalon.ui.display import clock_time
from jalon.ui.forms import review
from jalon.ui.marks import beside
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, number_posted, reading, wiring

bp = Blueprint("filling", __name__, url_prefix="/taches/<uuid:task_id>")


@bp.get("")
@permission("tache.voir")
def fill(task_id: UUID) -> ResponseReturnValue:
    """Show the questions of a task, resumed where they were left (C11)."""
    page = worklist.task_page(reading(), current_actor(), task_id, now())
    if page.form is None or page.closed_by or not page.can_complete:
        corrections = worklist.corrections_of(reading(), current_actor(), page.task, now())
        return render_template(
            "worklist/plain.html",
            page=page,
            answers=_answers(page),
            corrections=corrections,
            sent=pages.sent_lines(page),
        )
    return _show(page, page.form, request.args.get("section") or _resumed_section(page, page.form))


@bp.post("")
@permission("tache.terminer")
def save(task_id: UUID) -> ResponseReturnValue:
    """Keep a section, then show the next one; or show what to correct, everything typed still there."""
    kept = worklist.retried(wiring.database, lambda session: _kept(session, task_id))
    if isinstance(kept, Clash):
        return clashing.ask(kept, "worklist/clash.html", ("section", _section_name(kept.section))), 409
    page, form, section, posted = kept
    shown, action = _section_name(section), request.form.get("action")
    if posted.rows_only:
        return _show(page, form, shown, data=posted.data, typed=posted.typed)
    if action == clashing.STAY:
        return redirect(url_for(".fill", task_id=task_id, section=shown), code=303)
    if action == "quitter":
        errors = pages.missing_to_save(page, posted.data, section)
    else:
        errors = {**pages.checked(page, posted.data, now(), section).errors, **posted.errors}
    if errors:
        return _show(page, form, shown, data=posted.data, errors=errors, typed=posted.typed), 422
    return redirect(_next_address(task_id, form, page, section), code=303)


@bp.post("/brouillon")
@permission("tache.terminer")
def draft(task_id: UUID) -> ResponseReturnValue:
    """Keep what is being typed, without checking it (C8); refused when a colleague changed the same page."""
    saved = worklist.retried(wiring.database, lambda session: _autosaved(session, task_id))
    if isinstance(saved, Clash):
        return jsonify(code=worklist.DraftMoved.code, message=clashing.announced(saved)), 409
    message = gettext("Brouillon enregistré à {time}.").format(time=clock_time(saved.saved_at))
    return jsonify(version=saved.version, message=message)


@bp.get("/verifier")
@permission("tache.terminer")
def check(task_id: UUID) -> ResponseReturnValue:
    """Show all answers before completing, with a link to change each (C15)."""
    page = worklist.task_page(reading(), current_actor(), task_id, now())
    if page.form is None or page.closed_by:
        return redirect(url_for(".fill", task_id=task_id))
    checked = pages.checked(page, page.data, now())
    return _review(page, page.form, {**checked.errors, **_unread(page)})


@bp.post("/terminer")
@permission("tache.terminer")
def complete(task_id: UUID) -> ResponseReturnValue:
    """Complete the task with the answers of the draft."""
    try:
        done = _completed(task_id, number_posted("draft_version", None))
    except (FormInvalid, worklist.DraftMoved) as refusal:
        page = worklist.task_page(reading(), current_actor(), task_id, now())
        if page.form is None:
            raise
        if isinstance(refusal, FormInvalid):
            return _review(page, page.form, refusal.problems), 422
        return _review(page, page.form, {}, _changed(page, clashing.seen_version())), 409
    for incident in done.incidents:
        text = gettext("Vos réponses sont enregistrées, mais une étape automatique s’est arrêtée : {message}")
        flash(text.format(message=incident.message), "warning")
    flash(gettext("La tâche est terminée."))
    if done.next_tasks:
        return redirect(url_for(".fill", task_id=done.next_tasks[0].id), code=303)
    if done.finished:
        flash(gettext("C’était la dernière étape du parcours."))
    return redirect(url_for("runs.show", instance_id=done.instance_id), code=303)


@bp.get("/imprimer")
@permission("tache.voir")
def print_view(task_id: UUID) -> ResponseReturnValue:
    """Show all answers on one page made for paper."""
    page = worklist.task_page(reading(), current_actor(), task_id, now())
    return render_template("worklist/print.html", page=page, answers=_answers(page))


def _completed(task_id: UUID, seen: int | None) -> worklist.Completed:
    """Complete a task with its draft as it was reviewed; one saved since without any change is the same."""
    actor, token = current_actor(), request.form.get("submission", "")
    try:
        return worklist.complete_draft(wiring.database, actor, task_id, token, now(), seen)
    except worklist.DraftMoved:
        page = worklist.task_page(reading(), actor, task_id, now())
        if seen is None or _changed(page, seen):
            raise
        return worklist.complete_draft(
            wiring.database, actor, task_id, token, now(), page.draft.version if page.draft else 0
        )


def _changed(page: TaskPage, seen: int) -> list[worklist.Difference]:
    return worklist.changed_since(reading(), current_actor(), page, seen)


def _opened(session: Session, task_id: UUID) -> tuple[TaskPage, Form]:
    page = worklist.open_page(session, current_actor(), task_id, now())
    if page.form is None:
        abort(404)
    return page, page.form


def _kept(session: Session, task_id: UUID) -> Clash | tuple[TaskPage, Form, Section | None, Posted]:
    """Keep what was posted, unless somebody else has to be reckoned with first."""
    page, form = _opened(session, task_id)
    section = _posted_section(page, form)
    files = papers.received(session, current_actor(), page)
    posted, clash = clashing.reckoned(session, current_actor(), page, section, files)
    if clash is not None:
        return clash
    saved = _save(session, page, posted)
    mine = worklist.DraftInfo(current_actor().name, saved.saved_at, "", saved.version, mine=True)
    answers = forms.answered(posted.draft)
    return replace(page, draft=mine, data=answers, typed=posted.typed), form, section, posted


def _autosaved(session: Session, task_id: UUID) -> Clash | Saved:
    page, form = _opened(session, task_id)
    posted, clash = clashing.reckoned(session, current_actor(), page, _posted_section(page, form), aside=False)
    return clash or _save(session, page, posted)


def _save(session: Session, page: TaskPage, posted: Posted) -> Saved:
    at_question = request.form.get("draft_at", "")
    return worklist.save_page(session, current_actor(), page, posted.draft, at_question, now=now(), typed=posted.typed)


def _posted_section(page: TaskPage, form: Form) -> Section | None:
    return pages.chosen_section(pages.shown_sections(form, page.data, page.facts), request.form.get("section"))


def _section_name(section: Section | None) -> str:
    return section.uid if section else pages.ALL


def _show(
    page: TaskPage,
    form: Form,
    wanted: str,
    *,
    data: dict | None = None,
    errors: dict | None = None,
    typed: dict | None = None,
) -> str:
    data = page.data if data is None else data
    sections = pages.shown_sections(form, data, page.facts)
    section = pages.chosen_section(sections, wanted)
    checked = pages.checked(page, data, now())
    extras = papers.links(reading(), page, data)
    if page.task.form:
        unit = reading().get_one(Unit, page.task.unit_id)
        extras = beside(reading(), current_actor(), form, page.task.form, unit, extras)
    fields = pages.fields(page, section, data=data, errors=errors, typed=typed, extras=extras)
    return render_template(
        "worklist/fill.html",
        page=page,
        fields=fields,
        errors=errors or {},
        section=section,
        sections=pages.section_lines(form, sections, section, data, checked),
        next_section=pages.section_after(sections, section),
        everything=pages.ALL,
        ask_files=pages.asks_files(page),
    )


def _review(page: TaskPage, form: Form, errors: dict[str, str], changed: Sequence[worklist.Difference] = ()) -> str:
    address = url_for(".fill", task_id=page.task.id) + "?section={section}"
    answers = review(form, page.data, lists=page.lists, facts=page.facts, edit_url=address, language=pages.language())
    faults = [
        (message, _label(form, pointer), address.format(section=pages.section_of(form, pointer)))
        for pointer, message in errors.items()
    ]
    return render_template(
        "worklist/check.html", page=page, answers=answers, faults=faults, changed=changed, submission=new_id().hex
    )


def _answers(page: TaskPage) -> str:
    if page.form is None:
        return ""
    return review(page.form, page.data, lists=page.lists, facts=page.facts, language=pages.language())


def _label(form: Form, pointer: str) -> str:
    path = tuple(pointer.strip("/").split("/"))
    matching = [q for q in form.questions if path[: len(q.path)] == q.path]
    return matching[-1].label if matching else ""


def _unread(page: TaskPage) -> dict[str, str]:
    """Name the texts of the draft that could not be read as answers: they must not vanish at completion."""
    return {
        pointer: gettext("« {text} » n’a pas pu être lu.").format(text=text) for pointer, text in page.typed.items()
    }


def _resumed_section(page: TaskPage, form: Form) -> str:
    if page.draft and page.draft.at_question:
        question = next((q for q in form.every_question() if q.name == page.draft.at_question.split(":")[0]), None)
        if question is not None:
            return pages.section_of(form, "/" + "/".join(question.path))
    return form.sections[0].uid if form.sections else pages.ALL


def _next_address(task_id: UUID, form: Form, page: TaskPage, section: object) -> str:
    if request.form.get("action") == "quitter":
        flash(gettext("Votre brouillon est enregistré. Vous pourrez reprendre où vous en étiez."))
        return url_for("worklist.my_day")
    following = pages.section_after(pages.shown_sections(form, page.data, page.facts), section)
    if following is None:
        return url_for(".check", task_id=task_id)
    return url_for(".fill", task_id=task_id, section=following.uid)
