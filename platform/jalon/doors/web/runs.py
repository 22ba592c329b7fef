"""Runs of processes: choose one, start it, see where it is, cancel it, reopen it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import NotFound
from jalon.engines.processes.drawing import read_drawing
from jalon.services import processes, worklist
from jalon.store import organisations
from jalon.ui.permissions import permission
from jalon.ui.process_map import draw
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("runs", __name__, url_prefix="/parcours")


@bp.get("/demarrer")
@permission("processus.demarrer")
def choose() -> ResponseReturnValue:
    """List what one may start, unit by unit."""
    session, actor = reading(), current_actor()
    units = organisations.units(session, actor.units_for("processus.demarrer"))
    choices = [(unit, found) for unit in units if (found := processes.startable(session, actor, unit.id, now()))]
    return render_template("processes/choose.html", choices=choices)


@bp.post("/demarrer")
@permission("processus.demarrer")
def start() -> ResponseReturnValue:
    """Start a process, about a case file or a new one; lead to its first task."""
    actor = current_actor()
    with transaction() as session:
        dossier_id = _uuid(request.form.get("dossier"))
        unit_id = _uuid(request.form.get("unite")) or processes.unit_of_dossier(session, actor, dossier_id)
        files = {"principal": dossier_id} if dossier_id else None
        run = processes.start(session, actor, request.form["processus"], unit_id, dossiers=files, now=now())
        mine = worklist.next_tasks(session, actor, run.id)
        instance_id = run.id
    flash(gettext("Le parcours est démarré."))
    if mine:
        return redirect(url_for("filling.fill", task_id=mine[0].id), code=303)
    return redirect(url_for(".show", instance_id=instance_id), code=303)


@bp.get("/<uuid:instance_id>")
@permission("tache.voir")
def show(instance_id: UUID) -> ResponseReturnValue:
    """Show where a run is, on its map and in words (C19), and what happened."""
    session, actor = reading(), current_actor()
    seen = processes.map_of(session, actor, instance_id)
    drawing = read_drawing(seen.bpmn.encode())
    return render_template(
        "processes/show.html",
        seen=seen,
        reopenable=processes.reopenable(session, seen.instance),
        picture=draw(drawing, seen.states, seen.title) if drawing else "",
        history=processes.history(session, actor, instance_id),
        mine=worklist.next_tasks(session, actor, seen.instance.root_id),
        dossier=worklist.principal_dossier(session, actor, seen.instance.root_id),
        links=worklist.links_of_run(session, actor, seen.instance.root_id, now()),
    )


@bp.post("/<uuid:instance_id>/annuler")
@permission("processus.annuler")
def cancel(instance_id: UUID) -> ResponseReturnValue:
    """Cancel a run, with a reason."""
    reason = request.form.get("motif", "").strip()
    if not reason:
        flash(gettext("Dites pourquoi le parcours est annulé."), "error")
        return redirect(url_for(".show", instance_id=instance_id), code=303)
    with transaction() as session:
        processes.cancel(session, current_actor(), instance_id, reason, now())
    flash(gettext("Le parcours est annulé. Les réponses déjà données restent dans le dossier."))
    return redirect(url_for(".show", instance_id=instance_id), code=303)


@bp.post("/<uuid:instance_id>/rouvrir")
@permission("processus.annuler")
def reopen(instance_id: UUID) -> ResponseReturnValue:
    """Have a cancelled run go on from where it was, with a reason."""
    reason = request.form.get("motif", "").strip()
    if not reason:
        flash(gettext("Dites pourquoi le parcours est rouvert."), "error")
        return redirect(url_for(".show", instance_id=instance_id), code=303)
    with transaction() as session:
        processes.reopen(session, current_actor(), instance_id, reason, now())
    flash(gettext("Le parcours est rouvert, là où il en était."))
    return redirect(url_for(".show", instance_id=instance_id), code=303)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound from error
