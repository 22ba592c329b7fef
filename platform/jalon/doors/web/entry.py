"""A new case file: the few questions that identify somebody, then whoever already looks like that (C18)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import FormInvalid, NotFound
from jalon.engines.forms import decode
from jalon.services import forms, processes, worklist
from jalon.services.processes import Identification
from jalon.ui.forms import render
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("entry", __name__, url_prefix="/parcours/nouveau")


@bp.get("")
@permission("processus.demarrer")
def identify() -> ResponseReturnValue:
    """Ask who it is about."""
    asked = _asked(request.args)
    if asked is None:
        return redirect(url_for("runs.choose"))
    return _show(asked)


@bp.post("")
@permission("processus.demarrer")
def look() -> ResponseReturnValue:
    """Show who already looks like that; open the case file and start when nobody does, or when told to all the same."""
    actor = current_actor()
    asked = _asked(request.form)
    if asked is None:
        return redirect(url_for("runs.choose"))
    decoded = decode(forms.compiled(asked), list(request.form.items(multi=True)))
    if decoded.errors:
        return _show(asked, decoded.data, decoded.errors, decoded.typed), 422
    with transaction() as session:
        try:
            values, alike = processes.look_alikes(session, actor, asked, decoded.data, now())
        except FormInvalid as refusal:
            return _show(asked, decoded.data, refusal.problems), 422
        if not values:
            message = gettext("Donnez au moins un nom : c’est ce qui permet de reconnaître un dossier qui existe déjà.")
            first = f"/{next(iter(asked.schema['properties']))}"  # the name comes first
            return _show(asked, decoded.data, {first: message}), 422
        if alike and request.form.get("action") != "creer":
            return _show(asked, decoded.data, alike=alike)
        run = processes.start(session, actor, asked.process_key, asked.unit_id, known=values, now=now())
        mine = worklist.next_tasks(session, actor, run.id)
        instance_id = run.id
    flash(gettext("Le dossier est créé et le parcours est démarré."))
    if mine:
        return redirect(url_for("filling.fill", task_id=mine[0].id), code=303)
    return redirect(url_for("runs.show", instance_id=instance_id), code=303)


def _asked(given: Any) -> Identification | None:
    try:
        unit_id = UUID(given.get("unite", ""))
    except ValueError as error:
        raise NotFound from error
    return processes.identification(reading(), current_actor(), given.get("processus", ""), unit_id, now())


def _show(
    asked: Identification,
    data: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    *,
    alike: Any = (),
) -> str:
    fields = render(forms.compiled(asked), data, errors or {}, typed=typed or {})
    return render_template("dossiers/new.html", asked=asked, fields=fields, errors=errors or {}, alike=alike)
