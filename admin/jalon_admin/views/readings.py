"""« À relire » : what changes what runs for others and waits for a second person, read over here (A14)."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services import publication
from jalon.services.publication import Waiting
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, reading, transaction, wiring
from jalon_admin import words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import unit_at


@bp.get("/<unit>/a-relire")
@permission("configuration.voir")
def readings(unit: str) -> ResponseReturnValue:
    """List what waits for a second reader at a unit and below it, and what became of the last ones."""
    return _show(unit)


@bp.post("/<unit>/a-relire/<uuid:reading_id>")
@permission("configuration.publier")
def answer_reading(unit: str, reading_id: UUID) -> ResponseReturnValue:
    """Approve what was read, decline it, or compute again what it would do."""
    act, actor = request.form.get("reponse", ""), current_actor()
    try:
        if act == "approuver":
            done = publication.approve_with(wiring.database, actor, reading_id, number_posted("epoque", None))
            flash(_("C’est fait, tel que vous l’avez lu."))
            return redirect(url_for(".release", unit=unit, release_id=done.id), code=303)
        if act not in ("recalculer", "decliner"):
            raise NotFound(id=reading_id)
        with transaction() as session:
            if act == "recalculer":
                publication.compute_again(session, actor, reading_id)
            else:
                publication.decline_reading(session, actor, reading_id, request.form.get("motif", ""))
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, refusal.text(_)), refusal.status
    done_again = act == "recalculer"
    flash(_("L’effet est recalculé : relisez-le.") if done_again else _("Rien n’est publié. Votre raison est gardée."))
    return redirect(url_for(".readings", unit=unit), code=303)


def waits(waiting: Waiting, unit: str) -> ResponseReturnValue:
    """Say that what was just asked for waits for somebody else, where they will find it."""
    flash(
        _("Une seconde lecture est exigée : rien n’est encore fait. Une autre personne doit approuver."),
        "warning",
    )
    return redirect(url_for(".readings", unit=unit, _anchor=f"r-{waiting.id}"), code=303)


def _show(unit: str, message: str = "") -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    visible, publishable = actor.units_for("configuration.voir"), actor.units_for("configuration.publier")
    found = publication.second_readings(session, at.id, below=True, state="")
    found = [one for one in found if one.unit.id in visible]
    return page(
        "readings.html",
        at,
        (_("À relire"), ""),
        waiting=[one for one in reversed(found) if one.state == "waiting"],
        answered=[one for one in found if one.state != "waiting"][:20],
        publishable=publishable,
        me=actor.id,
        acts=words.release_origins(),
        states=_states(),
        message=message,
    )


def _states() -> dict[str, tuple[str, str]]:
    return {
        "approved": (_("Approuvée"), "state-good"),
        "declined": (_("Déclinée"), "state-warn"),
        "withdrawn": (_("Reprise par son auteur"), ""),
    }
