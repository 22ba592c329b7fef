"""« À vérifier » : local changes that a publication above made doubtful, decided one by one or together (A16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError
from jalon.services import publication
from jalon.services.publication import Conflict
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading, wiring
from jalon_admin import values, words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import look, unit_at
from jalon_admin.views.readings import waits

CHOICES = {"garder": "keep_mine", "prendre": "take_new", "demander": "ask_parent"}


@dataclass(frozen=True)
class Group:
    """The same question asked at one or more units."""

    label: str
    prop: str
    kind_name: str
    why: str
    conflicts: list[Conflict]
    old: str
    new: str
    locals: list[tuple[Conflict, str]]
    mine: list[Conflict]
    number: int


@bp.get("/<unit>/a-verifier")
@permission("configuration.voir")
def inbox(unit: str) -> ResponseReturnValue:
    """List what must be decided at a unit and below it, the same question once."""
    return _show(unit)


@bp.post("/<unit>/a-verifier")
@permission("configuration.publier")
def decide(unit: str) -> ResponseReturnValue:
    """Decide one or several conflicts alike."""
    chosen = [UUID(one) for one in request.form.getlist("conflits")]
    choice, reason = CHOICES.get(request.form.get("choix", "")), request.form.get("motif", "").strip()
    if not chosen or choice is None:
        return _show(unit, _("Choisissez au moins une structure, puis une décision.")), 422
    if not reason:
        return _show(unit, _("Dites pourquoi : les autres niveaux le liront.")), 422
    try:
        done = publication.decide_with(wiring.database, current_actor(), chosen, choice, reason)
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, refusal.text(_)), refusal.status
    if isinstance(done, publication.Waiting):
        return waits(done, unit)
    flash(_("Décision enregistrée ({count}).").format(count=done))
    return redirect(url_for(".inbox", unit=unit), code=303)


def _show(unit: str, message: str = "") -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    found: dict[str, list[Conflict]] = {}
    for one in publication.conflicts(session, at.id, below=True):
        found.setdefault(one.group, []).append(one)
    groups = [_group(alike, number) for number, alike in enumerate(found.values(), 1)]
    return page("conflicts.html", at, (_("À vérifier"), ""), groups=groups, message=message)


def _group(alike: Sequence[Conflict], number: int) -> Group:
    first = alike[0]
    situation = look(reading(), current_actor(), first.unit.code, first.kind, first.key)
    publishable = current_actor().units_for("configuration.publier")

    def said(value: object) -> str:
        return values.shown(situation, first.uid, first.prop, value)

    return Group(
        label=situation.label(first.uid),
        prop=situation.prop_name(first.uid, first.prop),
        kind_name=f"{words.kind_names().get(first.kind, first.kind)} « {situation.title} »",
        why=words.conflict_kinds().get(first.conflict_kind, first.message),
        conflicts=list(alike),
        old=said(first.old),
        new=said(first.new),
        locals=[(one, said(one.local)) for one in alike],
        mine=[one for one in alike if one.unit.id in publishable],
        number=number,
    )
