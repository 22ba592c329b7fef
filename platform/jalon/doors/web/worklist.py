"""One's day and one's tasks."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.clock import instant_text
from jalon.services import worklist
from jalon.ui.display import midnight
from jalon.ui.permissions import permission, signed_in
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("worklist", __name__)


@bp.get("/ma-journee")
@signed_in
def my_day() -> ResponseReturnValue:
    """Show what today asks: due, late, drafts to resume, alerts (C1)."""
    day = worklist.my_day(reading(), current_actor(), now())
    return render_template("worklist/my_day.html", day=day)


@bp.get("/taches")
@permission("tache.voir")
def inbox() -> ResponseReturnValue:
    """List the tasks one may take; filters live in the address, so they can be shared (C4)."""
    filters = worklist.saved_filter(_filter_asked())
    page = worklist.inbox(reading(), current_actor(), filters, cursor=request.args.get("suite", ""), now=now())
    part = request.headers.get("HX-Request-Type") == "partial"  # going back asks for the whole page
    return render_template("worklist/_rows.html" if part else "worklist/inbox.html", page=page, filters=filters)


@bp.post("/taches/<uuid:task_id>/prendre")
@permission("tache.terminer")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task for oneself."""
    with transaction() as session:
        worklist.claim(session, current_actor(), task_id)
    flash(gettext("Cette tâche est à vous."))
    return redirect(url_for("filling.fill", task_id=task_id), code=303)


@bp.post("/taches/<uuid:task_id>/rendre")
@permission("tache.terminer")
def release(task_id: UUID) -> ResponseReturnValue:
    """Give a task back to the team."""
    with transaction() as session:
        worklist.release(session, current_actor(), task_id)
    flash(gettext("La tâche est rendue à l’équipe. Votre brouillon est conservé."))
    return redirect(url_for(".inbox"), code=303)


DAYS = {"retard": 0, "aujourdhui": 1, "semaine": 8}
"""What « Échéance » keeps: the tasks due before midnight of today plus so many days."""


def _filter_asked() -> dict[str, str]:
    """Return the filter of the address, the words of the page turned into those of the service."""
    asked = request.args.to_dict()
    asked |= {"moi": {"miennes": "1"}, "libres": {"libres": "1"}}.get(asked.get("qui", ""), {})
    if asked.get("quand") in DAYS:
        asked["avant"] = instant_text(midnight(now()) + timedelta(days=DAYS[asked["quand"]]))
    return asked
