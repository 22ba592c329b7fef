"""Promotion upwards: offer to the level above what one added, answer what those below offer."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError
from jalon.services import publication
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading, transaction, wiring
from jalon_admin import words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import look, unit_at
from jalon_admin.views.artifact import ADDRESS
from jalon_admin.views.readings import waits


@bp.get("/<unit>/propositions")
@permission("configuration.voir")
def offers(unit: str) -> ResponseReturnValue:
    """List what a unit was offered, what it offered itself, and what became of each."""
    return _show(unit)


@bp.get(f"{ADDRESS}/proposer")
@permission("configuration.publier")
def offering(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Ask for the note that goes with an item offered to the level above."""
    return _offering(unit, kind, key, request.args.get("element", ""))


@bp.post(f"{ADDRESS}/proposer")
@permission("configuration.publier")
def offer(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Offer an item this unit added to the level above, with its figures and its note."""
    uid, note = request.form.get("element", ""), request.form.get("note", "")
    try:
        with transaction() as session:
            at = unit_at(session, current_actor(), unit)
            publication.offer(
                session, current_actor(), at.id, kind, key, uid, note=note, count_values=publication.count_values
            )
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _offering(unit, kind, key, uid, refusal.text(_)), refusal.status
    flash(_("C’est proposé au niveau supérieur. Rien ne change ici en attendant sa réponse."))
    return redirect(url_for(".offers", unit=unit), code=303)


@bp.post("/<unit>/propositions/<uuid:offer_id>")
@permission("configuration.publier")
def answer(unit: str, offer_id: UUID) -> ResponseReturnValue:
    """Take an item over for every unit below, or decline it, with the reason its author reads."""
    reason = request.form.get("motif", "").strip()
    if not reason:
        return _show(unit, _("Dites pourquoi : ceux qui l’ont proposé le liront.")), 422
    try:
        if request.form.get("reponse") == "accepter":
            merged = request.form.getlist("fusion")
            done = publication.accept_with(wiring.database, current_actor(), offer_id, reason=reason, merged=merged)
            if isinstance(done, publication.Waiting):
                return waits(done, unit)
            flash(_("C’est repris à ce niveau, pour toutes les structures qui en dépendent."))
            return redirect(url_for(".release", unit=unit, release_id=done.id), code=303)
        with transaction() as session:
            publication.decline(session, current_actor(), offer_id, reason)
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, refusal.text(_)), refusal.status
    flash(_("La proposition est déclinée. Votre raison est transmise."))
    return redirect(url_for(".offers", unit=unit), code=303)


def _show(unit: str, message: str = "") -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    found = publication.offers(session, at.id, state="")
    return page(
        "promotions.html",
        at,
        (_("Propositions"), ""),
        received=[one for one in found if one.parent.id == at.id and one.state == "offered"],
        sent=[one for one in found if one.unit.id == at.id],
        answered=[one for one in found if one.parent.id == at.id and one.state != "offered"],
        may_answer=actor.may("configuration.publier", at.id),
        kinds=words.kind_names(),
        states=_states(),
        message=message,
    )


def _offering(unit: str, kind: str, key: str, uid: str, message: str = "") -> str:
    situation = look(reading(), current_actor(), unit, kind, key)
    back = url_for(".artifact", unit=unit, kind=kind, key=key, element=uid, _anchor="element")
    facts: dict[str, Any] = {"situation": situation, "uid": uid, "here": situation.address, "message": message}
    return page("offer.html", situation.unit, (situation.title, back), (_("Proposer au niveau supérieur"), ""), **facts)


def _states() -> dict[str, tuple[str, str]]:
    return {
        "offered": (_("En attente de réponse"), "state-here"),
        "accepted": (_("Reprise"), "state-good"),
        "declined": (_("Déclinée"), "state-warn"),
    }
