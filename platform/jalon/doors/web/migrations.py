"""Runs in progress moved to the version in force: what would happen, the choices, then the operation."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.services import configuration, processes
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("migrations", __name__, url_prefix="/exploitation/versions")


@bp.get("")
@permission("processus.migrer")
def choose() -> ResponseReturnValue:
    """List the processes."""
    return render_template("operations/versions.html", found=configuration.process_keys(reading()))


@bp.get("/<key>")
@permission("processus.migrer")
def show(key: str) -> ResponseReturnValue:
    """Show, group by group, what moving the runs of a process would do with the choices of the address."""
    chosen = _chosen(request.args)
    planned = processes.plan(reading(), current_actor(), key, chosen, now())
    asked = {element for group in planned.groups for element, _ in group.choices}
    settled = {element: to for element, to in chosen.items() if element not in asked}
    return render_template("operations/migration.html", planned=planned, chosen=chosen, settled=settled)


@bp.post("/<key>")
@permission("processus.migrer")
def apply(key: str) -> ResponseReturnValue:
    """Move the runs that may."""
    reason = request.form.get("motif", "")
    with transaction() as session:
        operation = processes.migrate(session, current_actor(), key, _chosen(request.form), reason, now())
        operation_id = operation.id
    return redirect(url_for("operations.operation", operation_id=operation_id), code=303)


@bp.post("/operations/<uuid:operation_id>/defaire")
@permission("processus.migrer")
def undo(operation_id: UUID) -> ResponseReturnValue:
    """Put back the runs an operation moved."""
    with transaction() as session:
        back = processes.undo(session, current_actor(), operation_id, request.form.get("motif", ""), now())
        back_id = back.id
    flash(gettext("Les parcours que personne n’a fait avancer depuis retrouvent leur version."))
    return redirect(url_for("operations.operation", operation_id=back_id), code=303)


def _chosen(given: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("vers."): to for name, to in given.items() if name.startswith("vers.") and to}
