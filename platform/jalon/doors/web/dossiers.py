"""Case files: find, create, read with the origin of every value."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.services import dossiers, processes, worklist
from jalon.ui.display import civil_day as birth_date
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
    if dossier.merged_into is not None:
        flash(gettext("Ce dossier est réuni à celui-ci."))
        return redirect(url_for(".show", dossier_id=dossier.merged_into))
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
        missing=worklist.missing(session, actor, dossier_id, now()),
        timeline=dossiers.timeline(session, dossier),
        related=dossiers.related(session, actor, dossier),
        startable=processes.startable(session, actor, dossier.unit_id, now()),
        pinned=dossiers.is_pinned(session, actor, dossier_id),
        documents=dossiers.documents(session, dossier),
        may_join=actor.may("dossier.modifier", dossier.unit_id),
        opening=dossiers.opened_for(session, actor, dossier, now()),
        openings=dossiers.openings(session, dossier),
        merged=dossiers.merged_here(session, dossier),
    )


@bp.post("/<uuid:dossier_id>/statut")
@permission("dossier.modifier")
def change_status(dossier_id: UUID) -> ResponseReturnValue:
    """Close a case file, or open it again."""
    closing = request.form.get("statut") == "closed"
    with transaction() as session:
        dossiers.set_status(session, current_actor(), dossier_id, "closed" if closing else "open", now())
    flash(gettext("Le dossier est clos. Il reste consultable.") if closing else gettext("Le dossier est rouvert."))
    return redirect(url_for(".show", dossier_id=dossier_id), code=303)


@bp.get("/exceptionnel")
@permission("dossier.exceptionnel")
def outside() -> ResponseReturnValue:
    """Ask which case file of another unit must be read, and why."""
    return _outside()


@bp.post("/exceptionnel")
@permission("dossier.exceptionnel")
def open_outside() -> ResponseReturnValue:
    """Open it for a day: noted, told to its unit, to read only."""
    try:
        born = birth_date(request.form.get("naissance", ""))
        if born is None:
            return _outside(gettext("Écrivez la date de naissance comme ceci : 12/03/2008.")), 422
        with transaction() as session:  # a search without result is noted too
            found = dossiers.open_exceptionally(
                session, current_actor(), request.form.get("nom", ""), born, request.form.get("motif", ""), now()
            )
            dossier_id = found.id if found else None
    except JalonError as refusal:
        if refusal.status == 403:
            raise
        return _outside(refusal.text(gettext)), refusal.status
    if dossier_id is None:
        message = gettext(
            "Aucun dossier ne porte exactement ce nom et cette date de naissance. La recherche est notée."
        )
        return _outside(message), 422
    flash(gettext("Ce dossier vous est ouvert en lecture pendant vingt-quatre heures. Sa structure en est prévenue."))
    return redirect(url_for(".show", dossier_id=dossier_id), code=303)


def _outside(message: str = "") -> str:
    return render_template("dossiers/outside.html", message=message)


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
