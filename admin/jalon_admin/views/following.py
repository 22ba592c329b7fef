"""Follow a setting « jusqu’à ce que j’y touche »: its changes above are told on the unit's page."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.services import configuration
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, transaction
from jalon_admin.blueprint import bp
from jalon_admin.looking import unit_at
from jalon_admin.views.artifact import ADDRESS


@bp.post(f"{ADDRESS}/suivre")
@permission("configuration.voir")
def follow(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Follow a property of an item at this unit, or no more."""
    uid, prop = request.form.get("element", ""), request.form.get("prop", "")
    stops = request.form.get("action") == "arreter"
    act = configuration.unfollow if stops else configuration.follow
    with transaction() as session:
        at = unit_at(session, current_actor(), unit)
        act(session, current_actor(), at.id, kind, key, uid, prop)
    if stops:
        flash(_("Ce réglage n’est plus suivi."))
    else:
        flash(
            _("Ce réglage est suivi : ses changements au-dessus seront annoncés ici, jusqu’à ce que vous y touchiez.")
        )
    return redirect(url_for(".origin", unit=unit, kind=kind, key=key, element=uid, prop=prop), code=303)
