"""A form « en tant que » any unit below, with the drafts in it: the real renderer, nothing written (A12)."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services.access import require
from jalon.store import organisations
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading
from jalon_admin import previews
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import look
from jalon_admin.views.artifact import ADDRESS

WIDTHS = ("bureau", "telephone")


@bp.get(f"{ADDRESS}/apercu")
@permission("configuration.voir")
def preview(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Show a form as a unit would see it once the drafts are published."""
    session, actor = reading(), current_actor()
    situation = look(session, actor, unit, kind, key)
    if kind != "form":
        raise NotFound(id=key)
    at = situation.unit
    seen_as = organisations.unit_by_code(session, request.args.get("comme", unit))
    if seen_as is None or not seen_as.path.startswith(at.path):
        raise NotFound(id=request.args.get("comme"))
    require(actor, "configuration.voir", seen_as.id, hide=True)
    found, message = None, ""
    try:
        found = previews.preview(session, situation.artifact, seen_as, at, request.args.get("section", ""))
    except JalonError as refusal:
        message = refusal.text(_)
    back = url_for(".artifact", unit=unit, kind=kind, key=key)
    width = request.args.get("largeur", "bureau")
    return page(
        "preview.html",
        at,
        (situation.title, back),
        (_("Aperçu"), ""),
        situation=situation,
        here=situation.address,
        preview=found,
        message=message,
        seen_as=seen_as,
        units=[one for one in organisations.subtree(session, at) if one.closed_at is None],
        width=width if width in WIDTHS else "bureau",
    )
