"""Two case files about the same person: compared, put together with a reason, taken apart again (C18)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.services import dossiers
from jalon.services.dossiers import ValueLine
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("twins", __name__, url_prefix="/dossiers/<uuid:dossier_id>/doublons")


@bp.get("")
@permission("dossier.modifier")
def alike(dossier_id: UUID) -> ResponseReturnValue:
    """List the case files that look like this one, with the reasons."""
    session, actor = reading(), current_actor()
    dossier = dossiers.writable(session, actor, dossier_id)
    found = dossiers.alike(session, actor, dossier, now())
    return render_template("dossiers/alike.html", dossier=dossier, found=found)


@bp.get("/<uuid:other_id>")
@permission("dossier.modifier")
def compare(dossier_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Show both side by side before anything is decided."""
    return _compare(dossier_id, other_id)


@bp.post("/<uuid:other_id>")
@permission("dossier.modifier")
def merge(dossier_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Put the other case file into this one."""
    try:
        with transaction() as session:
            dossiers.merge(session, current_actor(), dossier_id, other_id, request.form.get("motif", ""), now())
    except JalonError as refusal:
        if refusal.status in {403, 404}:
            raise
        return _compare(dossier_id, other_id, refusal.text(gettext)), refusal.status
    flash(gettext("Les deux dossiers sont réunis. Vous pouvez les séparer à nouveau depuis cette page."))
    return redirect(url_for("dossiers.show", dossier_id=dossier_id), code=303)


@bp.post("/<uuid:merge_id>/separer")
@permission("dossier.modifier")
def undo(dossier_id: UUID, merge_id: UUID) -> ResponseReturnValue:
    """Take them apart."""
    with transaction() as session:
        other = dossiers.undo(session, current_actor(), merge_id, now())
        name = other.name
    flash(gettext("Le dossier « {name} » est de nouveau à part.").format(name=name))
    return redirect(url_for("dossiers.show", dossier_id=dossier_id), code=303)


def _compare(dossier_id: UUID, other_id: UUID, message: str = "") -> str:
    session, actor = reading(), current_actor()
    kept, other = (dossiers.writable(session, actor, one) for one in (dossier_id, other_id))
    sides = [_shown(dossiers.values_with_provenance(session, one)) for one in (kept, other)]
    labels = list(dict.fromkeys([*sides[0], *sides[1]]))
    lines = [(label, sides[0].get(label, ""), sides[1].get(label, "")) for label in labels]
    return render_template("dossiers/compare.html", kept=kept, other=other, lines=lines, message=message)


def _shown(values: list[ValueLine]) -> dict[str, str]:
    return {value.label: value.shown for value in values if value.shown}
