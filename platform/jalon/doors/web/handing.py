"""Tasks that change hands: given to a colleague, one or many, and what is done while somebody is away."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from jalon.base.errors import JalonError, NotFound
from jalon.services import access, worklist
from jalon.ui.display import civil_day, midnight
from jalon.ui.permissions import permission, signed_in
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("handing", __name__)


@bp.get("/taches/confier")
@permission("tache.terminer")
def choose() -> ResponseReturnValue:
    """Ask who gets the tasks chosen in the list, or the one at hand."""
    return _ask(_uuids(request.args.getlist("tache")))


@bp.post("/taches/confier")
@permission("tache.terminer")
def give() -> ResponseReturnValue:
    """Give them."""
    tasks = _uuids(request.form.getlist("tache"))
    person = _uuids([request.form.get("personne", "")])
    if not tasks or not person:
        return _ask(tasks, gettext("Choisissez à qui confier.")), 422
    with transaction() as session:
        handed = worklist.assign_many(session, current_actor(), tasks, person[0])
    if handed.given:
        flash(ngettext("%(num)d tâche est confiée.", "%(num)d tâches sont confiées.", handed.given))
    for title, reason in handed.left:
        flash(f"{title} : {reason.text(gettext)}", "warning")
    return redirect(url_for("worklist.inbox"), code=303)


@bp.get("/absences")
@signed_in
def absences() -> ResponseReturnValue:
    """Show who is or will be away, and ask for an absence."""
    return _absences()


@bp.post("/absences")
@signed_in
def declare() -> ResponseReturnValue:
    """Note an absence."""
    starts, ends = civil_day(request.form.get("du", "")), civil_day(request.form.get("au", ""))
    person = _uuids([request.form.get("personne", "")])
    if starts is None or ends is None or not person:
        return _absences(gettext("Écrivez les deux dates comme ceci : 24/12/2026.")), 422
    replacement = _uuids([request.form.get("remplacant", "")])
    try:
        with transaction() as session:
            access.declare_absence(
                session,
                current_actor(),
                person[0],
                starts,
                ends,
                replacement_id=replacement[0] if replacement else None,
                now=now(),
            )
    except JalonError as refusal:
        if refusal.status in {403, 404}:
            raise
        return _absences(refusal.text(gettext)), refusal.status
    flash(gettext("L’absence est notée. Les tâches reviendront d’elles-mêmes à la fin."))
    return redirect(url_for(".absences"), code=303)


@bp.post("/absences/<uuid:absence_id>/terminer")
@signed_in
def come_back(absence_id: UUID) -> ResponseReturnValue:
    """End an absence at once."""
    with transaction() as session:
        access.end_absence(session, current_actor(), absence_id, now=now())
    flash(gettext("L’absence est terminée."))
    return redirect(url_for(".absences"), code=303)


def _ask(task_ids: Sequence[UUID], message: str = "") -> str:
    found = worklist.to_assign(reading(), current_actor(), task_ids)
    everybody = {person.id: person for _, takers in found for person in takers}
    people = sorted(everybody.values(), key=lambda person: person.name.casefold())
    return render_template("worklist/hand.html", tasks=[task for task, _ in found], people=people, message=message)


def _absences(message: str = "") -> str:
    session, actor, today = reading(), current_actor(), midnight(now()).date()
    people = access.absent_candidates(session, actor, today)
    chosen = _uuids([request.values.get("personne", "")])
    who = chosen[0] if chosen and chosen[0] in {one.id for one in people} else actor.id
    return render_template(
        "worklist/absences.html",
        lines=access.absences(session, actor, today),
        people=people,
        who=who,
        colleagues=access.colleagues(session, who, today) if who else [],
        message=message,
    )


def _uuids(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts if text]
    except ValueError as error:
        raise NotFound from error
