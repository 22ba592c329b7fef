"""One's day and one's tasks."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.clock import instant_text
from jalon.base.errors import JalonError
from jalon.services import access, publication, worklist
from jalon.store import configuration, organisations
from jalon.ui.display import midnight
from jalon.ui.permissions import may, permission, signed_in
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("worklist", __name__)


@bp.get("/ma-journee")
@signed_in
def my_day() -> ResponseReturnValue:
    """Show what today asks: due, late, drafts to resume, alerts (C1)."""
    session, actor = reading(), current_actor()
    return render_template(
        "worklist/my_day.html",
        day=worklist.my_day(session, actor, now()),
        layout=worklist.day_layout(session, actor),
        news=publication.news(session, actor),
        replaced=access.replaced(session, actor, midnight(now()).date()),
    )


@bp.get("/taches")
@permission("tache.voir")
def inbox() -> ResponseReturnValue:
    """List the tasks one may take; filters live in the address, so they can be shared (C4)."""
    filters = worklist.saved_filter(_filter_asked(request.args))
    cookie["list"] = {name: value for name in FILTERS if (value := request.args.get(name, ""))}
    page = worklist.inbox(reading(), current_actor(), filters, cursor=request.args.get("suite", ""), now=now())
    choosing = bool(page.rows) and may("tache.attribuer")
    if request.headers.get("HX-Request-Type") == "partial":  # going back asks for the whole page
        return render_template("worklist/_rows.html", page=page, filters=filters, choosing=choosing)
    return _inbox(page=page, filters=filters, choosing=choosing)


@bp.get("/taches/suivante")
@permission("tache.voir")
def next_in_list() -> ResponseReturnValue:
    """Go to the task that comes next in the list last looked at (C4)."""
    asked = cookie.get("list", {})
    after = request.args.get("apres", type=UUID)
    found = worklist.next_in_list(reading(), current_actor(), worklist.saved_filter(_filter_asked(asked)), after, now())
    if found:
        return redirect(url_for("filling.fill", task_id=found), code=303)
    flash(gettext("Il n’y a pas d’autre tâche dans cette liste."))
    return redirect(url_for(".inbox", **asked), code=303)


@bp.post("/taches/filtres")
@permission("tache.voir")
def keep_filter() -> ResponseReturnValue:
    """Keep the filter at hand under a name."""
    asked = {name: value for name in FILTERS if (value := request.form.get(name, ""))}
    try:
        with transaction() as session:
            kept = worklist.keep_filter(session, current_actor(), request.form.get("nom", ""), asked, now())
        flash(gettext("Le filtre « {name} » est gardé.").format(name=kept.name))
    except JalonError as refusal:
        flash(refusal.text(gettext), "error")
    return redirect(url_for(".inbox", **asked), code=303)


@bp.post("/taches/filtres/<uuid:filter_id>/oublier")
@permission("tache.voir")
def forget_filter(filter_id: UUID) -> ResponseReturnValue:
    """Forget a filter kept."""
    with transaction() as session:
        name = worklist.forget_filter(session, current_actor(), filter_id)
    flash(gettext("Le filtre « {name} » est oublié.").format(name=name))
    return redirect(url_for(".inbox"), code=303)


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


FILTERS = ("qui", "quand", "processus", "unite", "etape", "role")
"""What the address of the list may ask for, and a kept filter holds."""

DAYS = {"retard": 0, "aujourdhui": 1, "semaine": 8}
"""What « Échéance » keeps: the tasks due before midnight of today plus so many days."""


def _filter_asked(values: Mapping[str, str]) -> dict[str, str]:
    """Return the filter of an address, the words of the page turned into those of the service."""
    asked = dict(values)
    whose = {"moi": "miennes", "libres": "libres", "equipe": "equipe"}.get(asked.get("qui", ""))
    asked |= {whose: "1"} if whose else {}
    if asked.get("quand") in DAYS:
        asked["avant"] = instant_text(midnight(now()) + timedelta(days=DAYS[asked["quand"]]))
    return asked


def _inbox(**shown: object) -> str:
    """Show the whole page: what the list may be narrowed to, and the filters one keeps."""
    session, actor = reading(), current_actor()
    reached = actor.units_for("tache.voir")
    asked = {name: value for name in FILTERS if (value := request.args.get(name, ""))}
    kept = worklist.filters_of(session, actor)
    return render_template(
        "worklist/inbox.html",
        processes=[(one.key, one.title) for one in configuration.artifacts(session, "process")],
        units=organisations.units(session, reached) if len(reached) > 1 else [],
        kept=kept,
        asked=asked,
        keepable=bool(asked) and worklist.filter_text(asked) not in {one.query for one in kept},
        **shown,
    )
