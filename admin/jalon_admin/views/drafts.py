"""The drafts of a unit: undone, done again, given up, read again after a change above, sent to a second reader."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services import configuration, publication
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, transaction
from jalon_admin.basket import Refusal, show
from jalon_admin.blueprint import bp
from jalon_admin.looking import drafts_of, unit_at

STEPS: dict[str, Callable[..., object]] = {
    "annuler": configuration.undo,
    "refaire": configuration.redo,
    "abandonner": configuration.discard,
}
"""What may be done to one draft, by name."""


@bp.get("/<unit>/brouillon")
@permission("configuration.voir")
def draft(unit: str) -> ResponseReturnValue:
    """Show what the drafts of a unit change, and exactly what publishing them would do (A11, A13)."""
    return show(unit)


@bp.post("/<unit>/brouillon/<uuid:draft_id>")
@permission("configuration.modifier")
def step(unit: str, draft_id: UUID) -> ResponseReturnValue:
    """Undo, do again, or give up one draft."""
    act = STEPS.get(request.form.get("action", ""))
    if act is None:
        raise NotFound(id=draft_id)
    try:
        with transaction() as session:
            act(session, current_actor(), draft_id, _version())
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return show(unit, Refusal(refusal.text(_))), refusal.status
    said = {
        "annuler": _("La dernière modification est annulée."),
        "refaire": _("La modification est refaite."),
        "abandonner": _("Le brouillon est abandonné. Ce qui est publié n’a pas bougé."),
    }
    flash(said[request.form["action"]])
    return redirect(url_for(".draft", unit=unit), code=303)


@bp.post("/<unit>/brouillon/relecture")
@permission("configuration.modifier")
def ask_review(unit: str) -> ResponseReturnValue:
    """Ask another person to read the drafts over and publish them."""
    with transaction() as session:
        at = unit_at(session, current_actor(), unit)
        for one in drafts_of(session, [at.id]):
            if not one.in_review:
                publication.submit_for_review(session, current_actor(), one.id, one.row_version)
    flash(_("Une seconde lecture est demandée : une autre personne qui peut publier ici doit maintenant publier."))
    return redirect(url_for(".draft", unit=unit), code=303)


@bp.post("/<unit>/brouillon/relire")
@permission("configuration.modifier")
def look_again(unit: str) -> ResponseReturnValue:
    """Settle a change that a level above overtook: make it again on the new value, or take it back."""
    actor = current_actor()
    draft_id, op_id = UUID(request.form["brouillon"]), request.form.get("modification", "")
    with transaction() as session:
        draft = configuration.read_draft(session, actor, draft_id)
        ops = [one.op for one in draft.outdated if one.op.id == op_id]
        if not ops:
            raise NotFound(id=op_id)
        if request.form.get("choix") == "garder":
            configuration.change_draft(session, actor, draft_id, ops, _version())
        else:
            outcome = next(one for one in draft.outdated if one.op.id == op_id)
            configuration.restore(session, actor, draft_id, ops[0].uid, outcome.prop, _version())
    flash(_("Le brouillon est à jour."))
    return redirect(url_for(".draft", unit=unit), code=303)


def _version() -> int:
    return number_posted("version", 1)
