"""Before and after a play: choose a process or files of one's own, check them, start, export, erase."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.clock import civil_date
from jalon.base.errors import JalonError, NotFound
from jalon.doors.web.workshop.blueprint import PLAY, bp, typed_values
from jalon.doors.web.workshop.replaying import deployed, rebuilt
from jalon.doors.web.workshop.showing import checked
from jalon.services import configuration, prototyping
from jalon.services.prototyping import Journal, Kept, Step
from jalon.store import organisations
from jalon.store.places import place
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

MAX_UPLOADS = 40
MAX_UPLOAD = 2_000_000
"""Files in one upload, and bytes in one file."""
NO_UNIT_ZONE, NO_UNIT_CALENDAR = "Europe/Paris", "metropole"


@bp.get("")
@permission(PLAY)
def choose() -> ResponseReturnValue:
    """Offer every process as each unit sees it, one's plays under way, and a file to try."""
    return _choice()


def _choice(report: Any = None, status: int = 200, plan: Mapping[str, str] | None = None) -> ResponseReturnValue:
    session, actor = reading(), current_actor()
    page = render_template(
        "workshop/choose.html",
        processes=sorted(configuration.process_keys(session), key=lambda one: one.title),
        units=[unit for unit in organisations.units(session, actor.units_for(PLAY)) if unit.closed_at is None],
        plays=prototyping.mine(session, actor, now()),
        report=report,
        plan=plan or {},
        max_upload=MAX_UPLOAD // 1_000_000,
    )
    return page, status


@bp.post("")
@permission(PLAY)
def begin() -> ResponseReturnValue:
    """Begin a play of a published process as a unit sees it."""
    session, actor = reading(), current_actor()
    unit_id = _uuid(request.form.get("unite"))
    if unit_id not in actor.units_for(PLAY):
        raise NotFound(id=unit_id)
    here = place(session, unit_id)
    key = request.form.get("processus", "")
    files = prototyping.bundle(session, key, unit_id, civil_date(now(), here.zone))
    instant = now().astimezone(ZoneInfo(here.zone)).replace(second=0, microsecond=0)
    journal = Journal("", key, here.code, here.title, instant.isoformat(), here.zone, here.calendar)
    return _started(files, journal, unit_id)


@bp.post("/fichiers")
@permission(PLAY)
def upload() -> ResponseReturnValue:
    """Check files of one's own, then offer to play them; nothing is kept of files that hold no process to play."""
    files = {one.filename: one.read(MAX_UPLOAD + 1) for one in request.files.getlist("fichiers") if one.filename}
    refusal = _refused_upload(files)
    if refusal:
        flash(refusal, "error")
        return _choice(status=422)
    return _offered(files, gettext("Fichiers essayés"))


@bp.post("/plan")
@permission(PLAY)
def sketch() -> ResponseReturnValue:
    """Draw an outline, one line per step, with a form for each, then offer to play it."""
    title, text = request.form.get("titre", "").strip()[:120], request.form.get("plan", "")
    try:
        files = prototyping.sketch(title or gettext("Nouveau parcours"), prototyping.read_outline(text))
    except prototyping.OutlineUnreadable as refusal:
        flash(refusal.text(gettext), "error")
        return _choice(status=422, plan={"titre": title, "plan": text})
    return _offered(files, gettext("Parcours dessiné"))


def _offered(files: Mapping[str, bytes], own: str) -> ResponseReturnValue:
    """Keep files that hold a process to play and show what the check says of them."""
    box, report = deployed(files, "")
    runs = [one for one in report.processes if one.executable and box.program(one.key)]
    if not runs:
        return _choice(report, 422)
    instant = now().astimezone(ZoneInfo(NO_UNIT_ZONE)).replace(second=0, microsecond=0).isoformat()
    journal = Journal(runs[0].title or runs[0].key, runs[0].key, "", own, instant, NO_UNIT_ZONE, NO_UNIT_CALENDAR)
    with transaction() as session:
        play_id = prototyping.begin(session, current_actor(), files, journal, None, now())
    return redirect(url_for(".control", play_id=play_id), code=303)


def _refused_upload(files: Mapping[str, bytes]) -> str:
    if not files:
        return gettext("Choisissez au moins un fichier.")
    if len(files) > MAX_UPLOADS:
        return gettext("Choisissez au plus {count} fichiers.").format(count=MAX_UPLOADS)
    big = next((name for name, content in files.items() if len(content) > MAX_UPLOAD), "")
    if big:
        return gettext("« {name} » dépasse {most} Mo.").format(name=big, most=MAX_UPLOAD // 1_000_000)
    return ""


@bp.get("/essais/<uuid:play_id>/controle")
@permission(PLAY)
def control(play_id: UUID) -> ResponseReturnValue:
    """Show what the check says of the files, element by element, and how big each process is."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    report, processes = checked(kept)
    return render_template("workshop/control.html", kept=kept, report=report, processes=processes)


@bp.post("/essais/<uuid:play_id>/demarrer")
@permission(PLAY)
def start(play_id: UUID) -> ResponseReturnValue:
    """Start a process of the files, with the data somebody gives."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    key = request.form.get("processus") or kept.journal.process
    journal = replace(kept.journal, process=key, steps=())
    return _started(kept.files, journal, kept.unit_id, kept)


def _started(files: Mapping[str, bytes], journal: Journal, unit_id: UUID | None, kept: Kept | None = None) -> Any:
    """Start from the beginning and keep it: a new play, or the one at hand."""
    box, _ = deployed(files, journal.unit)
    program = box.program(journal.process)
    title = program.title if program else journal.process
    said = gettext("« {title} » démarre.").format(title=title)
    journal = replace(journal, title=title)
    step: Step = {"say": said, "do": "start", "with": typed_values(request.form.get("donnees", ""))}
    play = rebuilt(files, journal)
    try:
        play.do(step)
    except JalonError as error:
        flash(gettext("Ce parcours ne démarre pas : {reason}").format(reason=error.text(gettext)), "error")
        return redirect(url_for(".control", play_id=kept.id) if kept else url_for(".choose"), code=303)
    with transaction() as session:
        if kept is None:
            play_id = prototyping.begin(session, current_actor(), files, journal.with_step(step), unit_id, now())
        else:
            play_id = kept.id
            prototyping.save(session, current_actor(), play_id, journal.with_step(step), kept.version, now())
    return redirect(url_for(".show", play_id=play_id), code=303)


@bp.post("/essais/<uuid:play_id>/effacer")
@permission(PLAY)
def forget(play_id: UUID) -> ResponseReturnValue:
    """Erase a play."""
    with transaction() as session:
        prototyping.forget(session, current_actor(), play_id, now())
    flash(gettext("L’essai est effacé."))
    return redirect(url_for(".choose"), code=303)


@bp.get("/essais/<uuid:play_id>/scenario.json")
@permission(PLAY)
def export(play_id: UUID) -> ResponseReturnValue:
    """Download what was played as a scenario, with what each step must give."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    content = json.dumps(rebuilt(kept.files, kept.journal).as_scenario(), ensure_ascii=False, indent=2) + "\n"
    name = f"parcours-{kept.journal.process}.json".replace('"', "")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/json", headers=headers)


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise NotFound from error
