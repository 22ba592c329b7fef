"""The links of outside people, as the team follows them: send again, withdraw."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.services import worklist
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, transaction

bp = Blueprint("followup", __name__, url_prefix="/parcours/<uuid:instance_id>/liens/<uuid:link_id>")


@bp.post("/renvoyer")
@permission("tache.terminer")
def resend(instance_id: UUID, link_id: UUID) -> ResponseReturnValue:
    """Send a new link, to another address if one is given; the former stops."""
    try:
        with transaction() as session:
            address = request.form.get("courriel", "").strip()
            email = worklist.resend_link(session, current_actor(), link_id, now(), address).email
        flash(gettext("Un nouveau lien part à l’adresse {email}. Le précédent ne fonctionne plus.").format(email=email))
    except JalonError as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(refusal.text(gettext), "error")
    return redirect(url_for("runs.show", instance_id=instance_id), code=303)


@bp.post("/retirer")
@permission("tache.terminer")
def revoke(instance_id: UUID, link_id: UUID) -> ResponseReturnValue:
    """Stop a link at once."""
    with transaction() as session:
        worklist.revoke_link(session, current_actor(), link_id, now())
    flash(gettext("Le lien est retiré : il ne fonctionne plus."))
    return redirect(url_for("runs.show", instance_id=instance_id), code=303)
