"""Publish the basket of a unit: several drafts together or not at all, today or on a later day (A14)."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.errors import ContentRefused, JalonError
from jalon.sandbox import Sandbox
from jalon.services import publication
from jalon.services.publication import ScenariosFail
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_in, number_posted, wiring
from jalon_admin import values
from jalon_admin.basket import Refusal, show
from jalon_admin.blueprint import bp


@bp.post("/<unit>/brouillon/publier")
@permission("configuration.publier")
def publish(unit: str) -> ResponseReturnValue:
    """Publish the drafts chosen, scenarios played first; what was not seen is never published."""
    problems: dict[str, str] = {}
    chosen = [one for one in map(_id, request.form.getlist("brouillons")) if one]
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
        return show(unit, Refusal(_("Certaines réponses sont à corriger."), problems)), 422
    try:
        done = publication.publish_with(
            wiring.database,
            current_actor(),
            chosen,
            effective_from=day,
            reason=reason,
            legal=request.form.get("reference", "").strip(),
            epoch=number_posted("epoque", None),
            versions=_seen(),
            workshop=Sandbox,
            acknowledge=request.form.get("malgre", ""),
        )
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        errors = tuple(refusal.problems) if isinstance(refusal, ContentRefused) else ()
        failing = refusal.failing if isinstance(refusal, ScenariosFail) else ()
        return show(unit, Refusal(refusal.text(_), errors=errors, failing=failing)), refusal.status
    flash(_("La publication est programmée.") if done.state == "scheduled" else _("C’est publié."))
    if done.conflicts:
        said = ngettext(
            "%(num)d réglage d’un niveau inférieur est à vérifier : il a été signalé à ce niveau.",
            "%(num)d réglages de niveaux inférieurs sont à vérifier : ils ont été signalés à ces niveaux.",
            done.conflicts,
        )
        flash(str(said), "warning")
    return redirect(url_for(".release", unit=unit, release_id=done.id), code=303)


def _seen() -> dict[UUID, int]:
    """Return the version of each draft the page showed."""
    pairs = (one.partition(":") for one in request.form.getlist("versions"))
    read = ((_id(draft), number_in(version, None)) for draft, _colon, version in pairs)
    return {draft: version for draft, version in read if draft and version is not None}


def _id(text: str) -> UUID | None:
    """Return an id as posted, None for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        return None
