"""What was published at a unit or on an artifact, in detail, and the way back."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, NotFound
from jalon.services import publication
from jalon.services.configuration import levels
from jalon.services.publication.releasing import published
from jalon.store import configuration as store
from jalon.store import organisations, people
from jalon.store import publication as releases
from jalon.store.organisations import Unit
from jalon.store.publication import Release
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading, wiring
from jalon_admin import sentences, words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import look, unit_at
from jalon_admin.sessions import Session
from jalon_admin.views.artifact import ADDRESS
from jalon_admin.views.readings import waits


@bp.get("/<unit>/publications")
@permission("configuration.voir")
def history(unit: str) -> ResponseReturnValue:
    """List what reached a unit, its own publications and those of the levels above."""
    at = unit_at(reading(), current_actor(), unit)
    found = publication.history(reading(), at.id)
    return page(
        "history.html", at, (_("Publications"), ""), releases=found, units=_unit_titles([one.unit_id for one in found])
    )


@bp.get("/<unit>/publications/<uuid:release_id>")
@permission("configuration.voir")
def release(unit: str, release_id: UUID) -> ResponseReturnValue:
    """Show what a publication changed, where, and what became of the changes made below."""
    return _release(unit, release_id)


@bp.post("/<unit>/publications/<uuid:release_id>/annuler")
@permission("configuration.publier")
def roll_back(unit: str, release_id: UUID) -> ResponseReturnValue:
    """Publish again what was there before (A14)."""
    reason = request.form.get("motif", "").strip()
    if not reason:
        return _release(unit, release_id, _("Dites pourquoi vous revenez en arrière.")), 422
    try:
        done = publication.rollback_with(wiring.database, current_actor(), release_id, reason)
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _release(unit, release_id, refusal.text(_)), refusal.status
    if isinstance(done, publication.Waiting):
        return waits(done, unit)
    flash(_("Le retour en arrière est publié."))
    return redirect(url_for(".release", unit=unit, release_id=done.id), code=303)


@bp.get(f"{ADDRESS}/historique")
@permission("configuration.voir")
def artifact_history(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """List the versions of an artifact at a unit, newest first, with what each changed."""
    session = reading()
    situation = look(session, current_actor(), unit, kind, key)
    revisions = []
    for one in store.revision_history(session, situation.artifact.id, situation.unit.id):
        before = {op["id"] for op in _ops_before(session, one.based_on)}
        changes = [sentences.op_line(situation, op) for op in levels.ops_of(one.ops) if op.id not in before]
        revisions.append((one, changes))
    back = url_for(".artifact", unit=unit, kind=kind, key=key)
    return page(
        "artifact_history.html",
        situation.unit,
        (situation.title, back),
        (_("Historique"), ""),
        situation=situation,
        revisions=revisions,
        states=_revision_states(),
        releases={one.id: one for one in releases.releases(session, [situation.unit.id])},
    )


def _release(unit: str, release_id: UUID, message: str = "") -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    found = session.get(Release, release_id)
    if found is None or not _concerns(session, at, found.unit_id):
        raise NotFound(id=release_id)
    ids = {UUID(flip["unit"]) for flip in found.flips if flip["unit"]}
    units = {
        str(one.id): one for one in organisations.units(session, ids | ({found.unit_id} if found.unit_id else set()))
    }
    visible = actor.units_for("configuration.voir")
    outcomes = [one for one in releases.outcomes(session, release_id) if one.unit_id in visible]
    names = {(one.kind, one.key): one.title or one.key for one in store.artifacts(session, closed=True)}
    moved: dict[tuple[str, str], list[str]] = {}
    for flip in found.flips:
        moved.setdefault((flip["kind"], flip["key"]), []).append(flip["unit"] or "")
    kinds = words.kind_names()
    return page(
        "release.html",
        at,
        (_("Publications"), url_for(".history", unit=unit)),
        (_("N° {number}").format(number=found.number), ""),
        release=published(found),
        row=found,
        level=units[str(found.unit_id)].title if found.unit_id else _("Contenu d’origine"),
        moved=[
            (
                kind,
                key,
                kinds.get(kind, kind),
                names.get((kind, key), key),
                [units[one].title if one else _("tous les niveaux") for one in where],
            )
            for (kind, key), where in moved.items()
        ],
        outcomes=outcomes,
        outcome_units={one.id: one.title for one in organisations.units(session, {row.unit_id for row in outcomes})},
        outcome_states=words.outcome_states(),
        message=message,
        away=_away(session, actor, found),
        doubtful=publication.to_recompute(session, actor, found.id, publication.list_decisions),
        readers=[one.name for one in people.people_by_id(session, [found.approver_id])] if found.approver_id else [],
        may_undo=found.unit_id is not None
        and actor.may("configuration.publier", found.unit_id)
        and found.state != "rolled_back"
        and found.origin != "pack",
    )


def _away(session: Session, actor: Actor, release: Release) -> list[publication.NotReached]:
    """Return the units one may see that do not receive what a release changed; packs change too much to be told."""
    if release.unit_id is None:
        return []
    visible = actor.units_for("configuration.voir")
    return [one for one in publication.not_receiving(session, release.id) if one.unit.id in visible]


def _concerns(session: Session, at: Unit, unit_id: UUID | None) -> bool:
    """Tell whether a publication reaches a unit or was made in its subtree."""
    if unit_id is None:
        return True
    other = session.get(Unit, unit_id)
    return other is not None and (other.path.startswith(at.path) or at.path.startswith(other.path))


def _ops_before(session: Session, revision_id: UUID | None) -> list[dict]:
    found = session.get(store.Revision, revision_id) if revision_id else None
    return found.ops if found else []


def _unit_titles(ids: list[UUID | None]) -> dict[UUID, str]:
    return {one.id: one.title for one in organisations.units(reading(), {one for one in ids if one})}


def _revision_states() -> dict[str, tuple[str, str]]:
    return {
        "published": (_("En vigueur"), "state-good"),
        "scheduled": (_("Programmée"), "state-here"),
        "superseded": (_("Remplacée"), ""),
        "withdrawn": (_("Retirée"), "state-warn"),
    }
