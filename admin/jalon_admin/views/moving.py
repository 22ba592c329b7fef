"""Put a unit under another parent: both chains side by side, what changes, then the move."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services import publication
from jalon.services.publication import Prepared
from jalon.store import organisations
from jalon.store.organisations import Unit
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading, wiring
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import unit_at
from jalon_admin.sessions import Session
from jalon_admin.views.readings import waits


@bp.get("/<unit>/rattachement")
@permission("configuration.modifier")
def place(unit: str) -> ResponseReturnValue:
    """Show where a unit stands; with `vers`, what it and those below would have elsewhere, nothing written."""
    return _show(unit)


@bp.post("/<unit>/rattachement")
@permission("configuration.modifier")
def move(unit: str) -> ResponseReturnValue:
    """Put the unit under another parent; its changes and those below are rebased from one chain to the other."""
    session = reading()
    at = unit_at(session, current_actor(), unit)
    target = _parent(session, request.form.get("vers", ""))
    reason = request.form.get("motif", "").strip()
    if not reason:
        return _show(unit, _("Dites pourquoi : cette phrase sera lue par les niveaux concernés.")), 422
    try:
        done = publication.move_with(wiring.database, current_actor(), at.id, target.id, reason)
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, refusal.text(_)), refusal.status
    if isinstance(done, publication.Waiting):
        return waits(done, unit)
    flash(_("{unit} dépend maintenant de {parent}.").format(unit=at.title, parent=target.title))
    return redirect(url_for(".release", unit=unit, release_id=done.id), code=303)


def _show(unit: str, message: str = "") -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    wanted = request.values.get("vers", "")
    target, prepared = None, None
    if wanted:
        target = _parent(session, wanted)
        try:
            prepared = publication.prepare_move(session, actor, at.id, target.id, "aperçu")
        except JalonError as refusal:
            message = message or refusal.text(_)
    allowed = actor.units_for("configuration.modifier")
    return page(
        "place.html",
        at,
        (_("Rattachement"), ""),
        candidates=[
            one
            for one in organisations.units(session, allowed)
            if one.closed_at is None and not one.path.startswith(at.path) and one.id != at.parent_id
        ],
        target=target,
        now=[one.title for one in organisations.ancestors(session, at)],
        then=[*(one.title for one in organisations.ancestors(session, target)), at.title] if target else [],
        told=_told(session, at, prepared) if prepared else None,
        message=message,
    )


def _told(session: Session, at: Unit, prepared: Prepared) -> dict[str, list[str]]:
    """Return what a move does, by unit: what each inherits anew, and what becomes of its own changes."""
    units = {one.id: one.title for one in organisations.units(session)}
    told = list(prepared.report["sentences"])
    found: dict[str, list[str]] = {at.title: told} if told else {}
    for plan in prepared.plans:
        title = plan.artifact.title or plan.artifact.key
        for flip in plan.flips:
            if flip.level == at.id:
                continue
            where = units[flip.level] if flip.level else ""
            found.setdefault(where, []).append(_("« {title} » vient du nouveau niveau.").format(title=title))
        for concerned, _day, outcome in plan.outcomes:
            if outcome.state != "kept":
                found.setdefault(concerned.title, []).append(outcome.message)
    return found


def _parent(session: Session, code: str) -> Unit:
    found = organisations.unit_by_code(session, code)
    if found is None or not current_actor().may("configuration.modifier", found.id):
        raise NotFound(id=code)
    return found
