"""Changes asked for on the page of an artifact: into the draft, refused with the reason, or merged by hand."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from jalon.base.errors import JalonError
from jalon.engines.layering import ROOT
from jalon.services import configuration
from jalon.services.configuration import DraftChanged
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, reading, transaction
from jalon_admin import sentences
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Wrong
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look
from jalon_admin.sessions import Session
from jalon_admin.views.artifact import ADDRESS, Refusal, show


@bp.post(ADDRESS)
@permission("configuration.modifier")
def change(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Put a change in the draft of the unit; nothing is published."""
    try:
        with transaction() as session:
            situation = look(session, current_actor(), unit, kind, key)
            uid, said = _change(session, situation)
    except Wrong as wrong:
        return _again(unit, kind, key, _("Certaines réponses sont à corriger."), 422, wrong)
    except DraftChanged as clash:
        return _merge(unit, kind, key, clash), clash.status
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _again(unit, kind, key, refusal.text(_), refusal.status)
    flash(said)
    return _back(situation, uid, opened=request.form.get("vers") != "liste")


@bp.post(f"{ADDRESS}/retablir")
@permission("configuration.modifier")
def restore(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Take back this level's change of one property, or all of an item: inherit again (A4)."""
    actor = current_actor()
    uid, prop = request.form.get("element", ""), request.form.get("prop", "")
    try:
        with transaction() as session:
            at = look(session, actor, unit, kind, key)
            draft = configuration.open_draft(session, actor, at.unit.id, kind, key)
            configuration.restore(session, actor, draft.id, uid, prop, _version())
            still = look(session, actor, unit, kind, key)
            gone = uid not in still.now.atoms.items
    except DraftChanged as clash:
        return _merge(unit, kind, key, clash), clash.status
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _again(unit, kind, key, refusal.text(_), refusal.status)
    flash(_("La valeur héritée est rétablie dans le brouillon."))
    if request.form.get("vers") == "brouillon":
        return redirect(url_for(".draft", unit=unit), code=303)
    return _back(at, "" if gone else uid, opened=not gone)


def _back(situation: Situation, uid: str, *, opened: bool) -> ResponseReturnValue:
    """Lead to the page again, at the item, open or not."""
    on_its_own = uid == ROOT or situation.kind == "decision"
    anchor = "element" if opened and on_its_own else uid
    address = url_for(".artifact", element=uid if opened else None, _anchor=anchor or None, **situation.address)
    return redirect(address, code=303)


def _change(session: Session, situation: Situation) -> tuple[str, str]:
    posted = request.form.to_dict(flat=False)
    name = "monter" if "monter" in posted else "descendre" if "descendre" in posted else request.form.get("action", "")
    builder = ACTIONS.get(name)
    if builder is None:
        raise BadRequest
    asked = builder(situation, posted)
    if not asked.ops:
        return asked.uid, _("Rien n’a changé.")
    actor = current_actor()
    draft = configuration.open_draft(session, actor, situation.unit.id, situation.kind, situation.artifact.key)
    after = configuration.change_draft(session, actor, draft.id, asked.ops, _version())
    for warning in after.warnings:
        flash(warning, "warning")
    return asked.uid, asked.said


def _version() -> int:
    """Return the version of the draft the page was made from; a page without one saw no draft."""
    return number_posted("version", 1)


def _again(unit: str, kind: str, key: str, message: str, status: int, wrong: Wrong | None = None) -> tuple[str, int]:
    """Show the page again with the reason, everything typed still there."""
    situation = look(reading(), current_actor(), unit, kind, key)
    typed = request.form.to_dict(flat=False)
    refusal = Refusal(message, wrong.problems if wrong else {}, typed)
    asked = dict(request.form)
    uid = asked.get("element", "")
    if uid not in situation.now.atoms.items:
        asked.pop("element", None)
    if asked.get("action") in ("ajouter", "ajouter-regle"):
        asked["ajouter"] = "1"
        asked.pop("element", None)
    return show(situation, asked, refusal), status


def _merge(unit: str, kind: str, key: str, clash: DraftChanged) -> str:
    """Show what a colleague did meanwhile beside what was about to be done: nothing is lost (R7)."""
    situation = look(reading(), current_actor(), unit, kind, key)
    kept = [
        (name, one) for name, found in request.form.lists() for one in found if name not in ("version", "csrf_token")
    ]
    back = url_for(".artifact", unit=unit, kind=kind, key=key)
    return page(
        "merge.html",
        situation.unit,
        (situation.title, back),
        (_("Deux modifications en même temps"), ""),
        situation=situation,
        message=clash.text(_),
        theirs=[(op.author, sentences.op_line(situation, op)) for op in clash.theirs],
        mine=[sentences.op_line(situation, op) for op in clash.mine],
        kept=kept,
        action=request.path,
        version=clash.row_version,
        back=back,
    )
