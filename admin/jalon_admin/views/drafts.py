"""The drafts of a unit: what they change, what publishing would do, then publication."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.errors import ContentRefused, JalonError, NotFound, Problem, Stale
from jalon.engines.layering import OpOutcome, write_op
from jalon.services import configuration, publication
from jalon.services.configuration.draftviews import Draft
from jalon.services.publication import ApprovalRefused, Impact
from jalon.store import configuration as store
from jalon.store.configuration import Revision
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading, transaction
from jalon_admin import sentences, values, words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import Situation, drafts_of, look, unit_at
from jalon_admin.sessions import Session
from jalon_admin.working import count_running

STEPS: dict[str, Callable[..., object]] = {
    "annuler": configuration.undo,
    "refaire": configuration.redo,
    "abandonner": configuration.discard,
}
"""What may be done to one draft, by name."""


@dataclass(frozen=True)
class Outdated:
    """A change made before a level above changed the same thing: the three values."""

    outcome: OpOutcome
    label: str
    old: str
    new: str
    mine: str


@dataclass(frozen=True)
class DraftView:
    """One draft ready to be drawn."""

    draft: Draft
    situation: Situation
    kind_name: str
    lines: list[sentences.Line]
    technical: str
    outdated: list[Outdated]
    asked_by_me: bool


@bp.get("/<unit>/brouillon")
@permission("configuration.voir")
def draft(unit: str) -> ResponseReturnValue:
    """Show what the drafts of a unit change, and exactly what publishing them would do (A11, A13)."""
    return _show(unit)


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
        return _show(unit, refusal.text(_)), refusal.status
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


@bp.post("/<unit>/brouillon/publier")
@permission("configuration.publier")
def publish(unit: str) -> ResponseReturnValue:
    """Publish the drafts chosen, together or not at all; what was not seen is never published."""
    problems: dict[str, str] = {}
    chosen = [UUID(one) for one in request.form.getlist("brouillons")]
    reason = request.form.get("motif", "").strip()
    if not chosen:
        problems["brouillons"] = _("Choisissez au moins un brouillon à publier.")
    if not reason:
        problems["motif"] = _("Dites pourquoi : cette phrase sera lue par les niveaux concernés.")
    try:
        day = values.day(request.form.get("date", ""))
    except values.Unreadable as unreadable:
        problems["date"] = str(unreadable)
    if problems:
        return _show(unit, _("Certaines réponses sont à corriger."), problems), 422
    try:
        with transaction() as session:
            _check_seen(session, chosen)
            done = publication.publish(
                session,
                current_actor(),
                chosen,
                effective_from=day,
                reason=reason,
                legal=request.form.get("reference", "").strip(),
                epoch=_number("epoque"),
            )
            scheduled, conflicts, release_id = done.state == "scheduled", done.conflicts, done.id
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        found = refusal.problems if isinstance(refusal, ContentRefused) else []
        return _show(unit, refusal.text(_), refused=found), refusal.status
    flash(_("La publication est programmée.") if scheduled else _("C’est publié."))
    if conflicts:
        flash(
            str(
                ngettext(
                    "%(num)d réglage d’un niveau inférieur est à vérifier : il a été signalé à ce niveau.",
                    "%(num)d réglages de niveaux inférieurs sont à vérifier : ils ont été signalés à ces niveaux.",
                    conflicts,
                )
            ),
            "warning",
        )
    return redirect(url_for(".release", unit=unit, release_id=release_id), code=303)


class DraftMoved(Stale):
    """A draft changed since the page was read."""

    code = "brouillon.relire"


def _check_seen(session: Session, chosen: list[UUID]) -> None:
    """Refuse to publish what the page did not show, and one's own drafts that wait for a second reader."""
    actor = current_actor()
    seen = dict(one.split(":", 1) for one in request.form.getlist("versions") if ":" in one)
    for draft_id in chosen:
        revision = session.get(Revision, draft_id)
        if revision is None:
            raise NotFound(id=draft_id)
        if str(revision.row_version) != seen.get(str(draft_id)):
            raise DraftMoved
        if revision.state is store.RevisionState.IN_REVIEW and revision.author_id == actor.id:
            raise ApprovalRefused


def _show(
    unit: str, message: str = "", problems: dict[str, str] | None = None, refused: list[Problem] | None = None
) -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    drafts = drafts_of(session, [at.id])
    views = [_view(session, unit, one) for one in drafts]
    today = store.today(session, at.id)
    day = _asked_day(today)
    impact, refusal = _impact(session, drafts, day)
    return page(
        "draft.html",
        at,
        (_("Brouillon"), ""),
        views=views,
        impact=impact,
        impact_refused=refusal,
        message=message,
        problems=problems or {},
        refused=refused or [],
        day=request.form.get("date") or day.strftime("%d/%m/%Y"),
        today=today,
        effective=day,
        classes=words.change_classes(),
        in_review=any(one.draft.in_review for one in views),
        blocked=any(one.asked_by_me for one in views),
    )


def _view(session: Session, unit: str, draft: Draft) -> DraftView:
    situation = look(session, current_actor(), unit, draft.kind, draft.key)
    revision = session.get(Revision, draft.id)
    waiting = draft.in_review and revision is not None and revision.author_id == current_actor().id
    outdated = [
        Outdated(
            one,
            situation.label(one.op.uid),
            values.shown(situation, one.op.uid, one.prop, one.old_base),
            values.shown(situation, one.op.uid, one.prop, one.new_base),
            values.shown(situation, one.op.uid, one.prop, one.local),
        )
        for one in draft.outdated
    ]
    name = words.kind_names().get(draft.kind, draft.kind)
    technical = json.dumps([write_op(op) for op in draft.new_ops], ensure_ascii=False, indent=2)
    return DraftView(draft, situation, name, sentences.lines_of(situation, draft), technical, outdated, waiting)


def _impact(session: Session, drafts: list[Draft], day: date) -> tuple[Impact | None, str]:
    """Return what publishing would do, or why it cannot be told."""
    if not drafts:
        return None, ""
    try:
        ids = [one.id for one in drafts]
        return publication.impact(session, current_actor(), ids, effective_from=day, count_running=count_running), ""
    except JalonError as refusal:
        return None, refusal.text(_)


def _asked_day(today: date) -> date:
    try:
        return values.day(request.values.get("date", ""))
    except values.Unreadable:
        return today


def _version() -> int:
    return _number("version") or 1


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isdigit() else None
