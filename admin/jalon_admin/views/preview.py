"""A form « en tant que » any unit, role and sample person, with the drafts in it: nothing is written (A12)."""

from collections.abc import Iterable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services.access import current_roles, require
from jalon.services.prototyping import samples
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
    return _show(unit, kind, key)


@bp.post(f"{ADDRESS}/apercu")
@permission("configuration.voir")
def try_it(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Try the form on oneself, drafts included: answers are checked as real ones, then forgotten."""
    return _show(unit, kind, key, tried=request.form.items(multi=True))


def _show(unit: str, kind: str, key: str, tried: Iterable[tuple[str, str]] | None = None) -> str:
    session, actor = reading(), current_actor()
    situation = look(session, actor, unit, kind, key)
    if kind != "form":
        raise NotFound(id=key)
    at = situation.unit
    seen_as = organisations.unit_by_code(session, request.args.get("comme", unit))
    if seen_as is None or not seen_as.path.startswith(at.path):
        raise NotFound(id=request.args.get("comme"))
    require(actor, "configuration.voir", seen_as.id, hide=True)
    people = samples(session)
    person = next((one for one in people if one.key == request.args.get("personne")), None)
    roles = {code: str(one.get("label", code)) for code, one in current_roles(session, seen_as.id).items()}
    role = request.args.get("role", "")
    asked = previews.asked_by(session, key, seen_as)
    steps = [one for one in asked if one.role == role] if role in roles else asked
    found, message = None, ""
    try:
        found = previews.preview(
            session,
            situation.artifact,
            seen_as,
            at,
            request.args.get("section", ""),
            sample=person,
            readonly=role in roles and not steps,
            tried=tried,
        )
    except JalonError as refusal:
        message = refusal.text(_)
    width = request.args.get("largeur", "bureau")
    chosen = {
        "comme": seen_as.code,
        "role": role if role in roles else None,
        "personne": person.key if person else None,
        "largeur": width if width in WIDTHS else "bureau",
    }
    steady = {**chosen, "section": found.section or None} if found else chosen
    action = url_for(".try_it", unit=unit, kind=kind, key=key, **steady)
    return page(
        "preview.html",
        at,
        (situation.title, url_for(".artifact", unit=unit, kind=kind, key=key)),
        (_("Aperçu"), ""),
        situation=situation,
        here=situation.address,
        preview=found,
        sheet=render_template("console/sheet.html", situation=situation, preview=found, action=action) if found else "",
        message=message,
        seen_as=seen_as,
        units=[one for one in organisations.subtree(session, at) if one.closed_at is None],
        roles=roles,
        people=people,
        people_names=[(one.key, f"{one.name} – {one.about}" if one.about else one.name) for one in people],
        person=person,
        steps=steps,
        chosen=chosen,
        width=chosen["largeur"],
    )
