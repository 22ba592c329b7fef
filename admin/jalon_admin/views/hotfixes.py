"""A correction that cannot wait: the version in force given at once to runs already begun, texts and additions only."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.services import access, configuration, publication
from jalon.services.publication import Hotfix
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.people import Person
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import unit_at
from jalon_admin.sessions import Session


@bp.get("/<unit>/correctif")
@permission("processus.migrer")
def correction(unit: str) -> ResponseReturnValue:
    """Choose a process, then see which runs of the unit and below would receive its version in force."""
    return _show(unit)


@bp.post("/<unit>/correctif")
@permission("processus.migrer")
def correct(unit: str) -> ResponseReturnValue:
    """Give the version in force to the runs of the units chosen, with a name, a reason and who approves."""
    key, name, reason = (request.form.get(one, "").strip() for one in ("processus", "nom", "motif"))
    problems: dict[str, str] = {}
    if not name:
        problems["nom"] = _("Donnez un nom au correctif : il reste dans l’historique de chaque parcours.")
    if not reason:
        problems["motif"] = _("Dites pourquoi cela ne peut pas attendre la prochaine étape des parcours.")
    try:
        approver_id = UUID(request.form.get("approbateur", ""))
    except ValueError:
        problems["approbateur"] = _("Choisissez la personne qui approuve.")
    chosen = request.form.getlist("structures")
    if not chosen:
        problems["structures"] = _("Choisissez au moins une structure.")
    if problems:
        return _show(unit, _("Certaines réponses sont à corriger."), problems), 422
    try:
        with transaction() as session:
            at = unit_at(session, current_actor(), unit)
            units = {one.id for one in organisations.subtree(session, at) if one.code in chosen}
            person = next((one for one in _approvers(session) if one.id == approver_id), None)
            if person is None:  # an account out of service approves nothing, whatever its roles still say
                raise NotFound(id=approver_id)
            operation = publication.hotfix(
                session,
                current_actor(),
                key,
                name=name,
                reason=reason,
                approver=access.actor_for(session, person),
                now=now(),
                units=units,
            )
            operation_id = operation.id
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, refusal.text(_)), refusal.status
    return redirect(url_for("operations.operation", operation_id=operation_id), code=303)


def _show(unit: str, message: str = "", problems: dict[str, str] | None = None) -> str:
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    key = request.values.get("processus", "")
    planned: Hotfix | None = None
    if key:
        below = organisations.subtree_ids(session, at)
        planned = publication.plan_hotfix(session, actor, key, now(), below)
    return page(
        "hotfix.html",
        at,
        (_("Correctif"), ""),
        processes=configuration.process_keys(session),
        key=key,
        planned=planned,
        approvers=[one for one in _approvers(session) if one.id != actor.id],
        message=message,
        problems=problems or {},
    )


def _approvers(session: Session) -> list[Person]:
    """Return who may publish for the whole network."""
    root = organisations.root(session)
    return access.who_may(session, "configuration.publier", root.id, store.today(session, root.id)) if root else []
