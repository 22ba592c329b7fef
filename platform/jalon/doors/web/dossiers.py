"""Case files: find, create, read with the origin of every value."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.services import dossiers, processes, worklist
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("dossiers", __name__, url_prefix="/dossiers")


@bp.get("")
@permission("dossier.voir")
def search() -> ResponseReturnValue:
    """Find case files by name, birth date or number; recent ones when nothing is asked."""
    text = request.args.get("q", "").strip()
    found = dossiers.search(reading(), current_actor(), text) if text else []
    recent = [] if text else dossiers.recent(reading(), current_actor())
    return render_template("dossiers/search.html", text=text, found=found, recent=recent)


@bp.get("/<uuid:dossier_id>")
@permission("dossier.voir")
def show(dossier_id: UUID) -> ResponseReturnValue:
    """Show a case file: what is known and where it comes from, what is going on, what happened."""
    session, actor = reading(), current_actor()
    dossier = dossiers.read(session, actor, dossier_id)
    with transaction() as journal:  # who read what is a journal, in its own short transaction
        dossiers.visit(journal, actor, dossier_id, now())
    kind = dossiers.dossier_type(session, dossier.type, dossier.unit_id)
    values = dossiers.values_with_provenance(session, dossier, kind)
    return render_template(
        "dossiers/show.html",
        dossier=dossier,
        kind=kind,
        sections=_by_section(kind, values),
        runs=worklist.history(session, actor, dossier_id),
        timeline=dossiers.timeline(session, dossier),
        related=dossiers.related(session, actor, dossier),
        startable=processes.startable(session, actor, dossier.unit_id, now()),
        pinned=dossiers.is_pinned(session, actor, dossier_id),
        documents=dossiers.documents(session, dossier),
        may_join=actor.may("dossier.modifier", dossier.unit_id),
    )


@bp.post("/<uuid:dossier_id>/epingler")
@permission("dossier.voir")
def pin(dossier_id: UUID) -> ResponseReturnValue:
    """Keep a case file at hand, or let it go (C3)."""
    pinned = request.form.get("epingle") == "oui"
    with transaction() as session:
        dossiers.pin(session, current_actor(), dossier_id, pinned, now())
    flash(gettext("Le dossier est épinglé.") if pinned else gettext("Le dossier n’est plus épinglé."))
    return redirect(url_for(".show", dossier_id=dossier_id), code=303)


def _by_section(kind: dossiers.DossierType, values: list[dossiers.ValueLine]) -> list[tuple[str, list]]:
    """Group the values as the type of case file lays them out; what it does not name comes last."""
    sections = []
    left = list(values)
    for section in kind.sections:
        paths = tuple(section.get("paths", ()))
        mine = [v for v in left if any(v.path == p or v.path.startswith((f"{p}.", f"{p}/")) for p in paths)]
        left = [value for value in left if value not in mine]
        if mine:
            sections.append((section["title"], mine))
    if left:
        sections.append((gettext("Autres données"), left))
    return sections
