"""Correcting answers of a task already completed."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from jalon.base.errors import FormInvalid
from jalon.base.ids import new_id
from jalon.doors.web import pages, papers
from jalon.services import worklist
from jalon.services.worklist import NothingToCorrect, ReasonMissing, TaskPage
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, number_in, reading, transaction, wiring

bp = Blueprint("correcting", __name__, url_prefix="/taches/<uuid:task_id>/corriger")


@bp.get("")
@permission("dossier.modifier")
def correct(task_id: UUID) -> ResponseReturnValue:
    """Show the answers given, ready to be changed."""
    page = worklist.correction_page(reading(), current_actor(), task_id, now())
    return _show(page, seen=str(len(worklist.corrections_of(reading(), current_actor(), page.task, now()))))


@bp.post("")
@permission("dossier.modifier")
def save(task_id: UUID) -> ResponseReturnValue:
    """Keep the correction, both values with their reason; or show what is wrong, everything typed still there."""
    actor, reason = current_actor(), request.form.get("motif", "")
    seen = request.form.get("corrections_vues", "")
    with transaction() as session:
        page = worklist.correction_page(session, actor, task_id, now())
        answers = pages.posted(page, None, str(new_id()), files=papers.received(session, actor, page))
    if answers.rows_only or answers.errors:
        shown = _show(page, data=answers.data, errors=answers.errors, typed=answers.typed, reason=reason, seen=seen)
        return shown, 422 if answers.errors else 200
    try:
        done = worklist.retried(
            wiring.database,
            lambda session: worklist.correct(
                session, actor, task_id, answers.draft, reason, now(), seen=number_in(seen, None)
            ),
        )
    except FormInvalid as refusal:
        return _show(page, data=answers.data, errors=refusal.problems, reason=reason, seen=seen), 422
    except (ReasonMissing, NothingToCorrect) as refusal:
        return _show(page, data=answers.data, message=refusal.text(gettext), reason=reason, seen=seen), 422
    flash(gettext("La correction est enregistrée."))
    if done.left:
        text = gettext("Le dossier garde ce que quelqu’un y a changé depuis : {labels}.")
        flash(text.format(labels=", ".join(done.left)), "warning")
    if done.to_take_again:
        text = ngettext(
            "Une décision avait lu ces réponses et reste à recalculer : {names}.",
            "%(num)d décisions avaient lu ces réponses et restent à recalculer : {names}.",
            len(done.to_take_again),
        )
        flash(text.format(names=", ".join(done.to_take_again)), "warning")
    return redirect(url_for("filling.fill", task_id=task_id), code=303)


def _show(
    page: TaskPage,
    *,
    data: dict | None = None,
    errors: dict | None = None,
    typed: dict | None = None,
    message: str = "",
    reason: str = "",
    seen: str = "",
) -> str:
    shown = page.data if data is None else data
    extras = papers.links(reading(), page, shown)
    fields = pages.fields(page, None, data=shown, errors=errors, typed=typed, extras=extras)
    return render_template(
        "worklist/correct.html",
        page=page,
        fields=fields,
        errors=errors or {},
        message=message,
        reason=reason,
        seen=seen,
    )
