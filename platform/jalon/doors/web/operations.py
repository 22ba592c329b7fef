"""Operations: the steps that stopped, runs one by one or many at once, for whoever looks after them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from jalon.base.errors import JalonError, NotFound, Refused, Stale
from jalon.base.json import NotJson, read_json
from jalon.engines.processes.drawing import read_drawing
from jalon.services import audit, configuration, processes
from jalon.services.processes import ON_INCIDENTS, Wanted
from jalon.store import organisations
from jalon.ui import operating
from jalon.ui.permissions import permission
from jalon.ui.process_map import draw
from jalon.ui.request import current_actor, now, reading, transaction, wiring

bp = Blueprint("operations", __name__, url_prefix="/exploitation")

PAGE = 50
GRAVE = frozenset({"annuler", "passer"})
"""Acts that close or skip something: their button is red."""
ON_RUNS = frozenset({"suspendre", "reprendre", "annuler", "rouvrir", "deplacer"})
REFUSALS = (NotFound, Refused, Stale)
"""What is said on the page itself rather than on a page of its own."""
FILTERS = ("processus", "unite", "etat", "texte", "code", "element")


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """An act that was refused, for its page to show again: why, at which field, and what was typed and ticked."""

    message: str
    field: str
    given: MultiDict[str, str]

    @classmethod
    def of(cls, refusal: JalonError, field: str) -> "RefusedAct":
        """Keep what the page posted; what is not there any more has moved since the page was read."""
        gone = gettext("Cela ne peut plus se faire : la situation a changé entre-temps. La voici telle qu’elle est.")
        return cls(gone if isinstance(refusal, NotFound) else refusal.text(gettext), field, request.form)


@bp.get("/incidents")
@permission("incident.voir")
def incidents() -> ResponseReturnValue:
    """List the steps that stopped, those alike together."""
    return _incidents()


def _incidents(refused: RefusedAct | None = None) -> str:
    session, actor, wanted = reading(), current_actor(), _wanted()
    found = processes.find_incidents(session, actor, wanted, _before(), PAGE)
    return render_template(
        "operations/incidents.html",
        found=found,
        names=processes.element_names(session, found),
        alike=processes.alike(session, actor, wanted),
        units=_unit_titles({run.unit_id for _, run in found}),
        following=found[-1][0].seq if len(found) == PAGE else None,
        refused=refused,
        **_filters(wanted),
    )


@bp.get("/parcours")
@permission("incident.voir")
def runs() -> ResponseReturnValue:
    """List runs, the latest first."""
    return _runs()


def _runs(refused: RefusedAct | None = None) -> str:
    wanted = _wanted()
    found = processes.find_runs(reading(), current_actor(), wanted, _before(), PAGE)
    return render_template(
        "operations/runs.html",
        found=found,
        units=_unit_titles({run.unit_id for run in found}),
        following=found[-1].seq if len(found) == PAGE else None,
        refused=refused,
        **_filters(wanted),
    )


@bp.get("/parcours/<uuid:instance_id>")
@permission("incident.voir")
def run(instance_id: UUID) -> ResponseReturnValue:
    """Show one run on its map: tokens, what they wait for, incidents, durations, history."""
    return _run(instance_id)


def _run(instance_id: UUID, refused: RefusedAct | None = None) -> str:
    found = processes.examine(reading(), current_actor(), instance_id, now())
    drawing = read_drawing(found.seen.bpmn.encode())
    return render_template(
        "operations/run.html",
        found=found,
        reopenable=processes.reopenable(reading(), found.run),
        refused=refused,
        picture=draw(drawing, found.states, found.seen.title) if drawing else "",
        titles=_titles(),
        doing=operating.doing_words(),
        waiting=operating.waiting_words(),
        length=operating.length,
    )


@bp.get("/parcours/<uuid:instance_id>/donnees")
@permission("incident.gerer")
def values(instance_id: UUID) -> ResponseReturnValue:
    """Show the data of a run to who may correct it; the reading is logged."""
    held = processes.variables_to_edit(reading(), current_actor(), instance_id)
    found = processes.examine(reading(), current_actor(), instance_id, now())
    with wiring.database.transaction() as session:
        unit_id = found.run.unit_id
        audit.access_log(session, current_actor(), "parcours.donnees_lues", unit_id=unit_id, target=instance_id)
    return render_template("operations/values.html", found=found, values=held, given={}, problems={})


@bp.post("/parcours/<uuid:instance_id>/donnees")
@permission("incident.gerer")
def edit(instance_id: UUID) -> ResponseReturnValue:
    """Correct data of a run: only what changed is written; a new name adds a value."""
    given = {name.removeprefix("v."): text for name, text in request.form.items() if name.startswith("v.")}
    name = request.form.get("nom", "").strip()
    if name:
        given[name] = request.form.get("valeur", "")
    held = processes.variables_to_edit(reading(), current_actor(), instance_id)
    changed, problems = _read_values({key: text for key, text in given.items() if held.get(key) != text.strip()})
    reason = request.form.get("motif", "").strip()
    if not reason:
        problems["motif"] = gettext("Dites pourquoi vous corrigez.")
    if not changed and not problems:
        problems["motif"] = gettext("Rien n’a été changé.")
    if problems:
        found = processes.examine(reading(), current_actor(), instance_id, now())
        page = render_template("operations/values.html", found=found, values=held, given=given, problems=problems)
        return page, 422
    with transaction() as session:
        processes.edit_variables(session, current_actor(), instance_id, changed, now(), reason)
    flash(gettext("Les données sont corrigées. Relancez l’étape arrêtée s’il y en a une."))
    return redirect(url_for(".run", instance_id=instance_id), code=303)


@bp.post("/parcours/<uuid:instance_id>/<act>")
@permission("incident.gerer")
def operate(instance_id: UUID, act: str) -> ResponseReturnValue:
    """Suspend, resume, cancel or reopen a run, or carry one of its tokens to another step."""
    if act not in ON_RUNS:
        raise NotFound(act=act)
    try:
        said = _operated(instance_id, act)
    except REFUSALS as refusal:
        field = f"motif-{act}-{request.form.get('jeton', '')}" if act == "deplacer" else f"motif-{act}"
        return _run(instance_id, RefusedAct.of(refusal, field)), 422
    flash(said)
    return redirect(url_for(".run", instance_id=instance_id), code=303)


def _operated(instance_id: UUID, act: str) -> str:
    """Do what is asked of a run and say it."""
    reason = _reason()
    with transaction() as session:
        actor = current_actor()
        if act == "suspendre":
            processes.suspend(session, actor, instance_id, now(), reason)
            said = gettext("Le parcours est suspendu.")
        elif act == "reprendre":
            processes.resume(session, actor, instance_id, now(), reason)
            said = gettext("Le parcours reprend.")
        elif act == "annuler":
            processes.cancel(session, actor, instance_id, reason, now())
            said = gettext("Le parcours est annulé. Les réponses déjà données restent dans le dossier.")
        elif act == "rouvrir":
            processes.reopen(session, actor, instance_id, reason, now())
            said = gettext("Le parcours est rouvert, là où il en était.")
        else:
            token, element = request.form.get("jeton", type=int) or 0, request.form.get("etape", "")
            processes.move(session, actor, instance_id, token, element, reason, now())
            said = gettext("Le parcours est à l’étape choisie.")
    return said


@bp.post("/incidents/<uuid:incident_id>/<act>")
@permission("incident.gerer")
def mend(incident_id: UUID, act: str) -> ResponseReturnValue:
    """Try a stopped step again, or go on after it."""
    if act not in {"relancer", "passer"}:
        raise NotFound(act=act)
    try:
        reason = _reason() if act == "passer" else request.form.get("motif", "").strip()
        with transaction() as session:
            does = processes.retry if act == "relancer" else processes.skip
            done = does(session, current_actor(), incident_id, now(), reason)
            instance_id, stopped = done.instance.id, bool(done.incidents)
    except REFUSALS as refusal:
        return _run(_uuid(request.form.get("parcours", "")), RefusedAct.of(refusal, f"motif-{act}-{incident_id}")), 422
    if stopped:
        flash(gettext("Une étape s’est arrêtée de nouveau : voyez le nouveau message."), "warning")
    else:
        flash(gettext("L’étape est relancée.") if act == "relancer" else gettext("L’étape est passée."))
    return redirect(url_for(".run", instance_id=instance_id), code=303)


@bp.get("/operations")
@permission("incident.voir")
def operations() -> ResponseReturnValue:
    """List the last operations on many runs."""
    found = processes.operations(reading(), current_actor())
    return render_template("operations/operations.html", found=found, acts=operating.act_words())


@bp.post("/operations")
@permission("incident.gerer")
def begin() -> ResponseReturnValue:
    """Act on the lines that are ticked, or on all that the filter finds, once the person has seen how many they are."""
    act = request.form.get("act", "")
    if act not in operating.act_words():
        raise NotFound(act=act)
    try:
        return _begun(act)
    except REFUSALS as refusal:
        field = "motif" if isinstance(refusal, processes.ReasonWanted) else "tous"
        refused = RefusedAct.of(refusal, field)
        return (_incidents(refused) if act in ON_INCIDENTS else _runs(refused)), 422


def _begun(act: str) -> ResponseReturnValue:
    form = request.form
    with transaction() as session:
        actor = current_actor()
        if form.get("tous"):
            targets = processes.matching(session, actor, act, _wanted())
        else:
            targets = [_uuid(text) for text in form.getlist("ligne")]
        if not targets:
            raise Refused(reason=gettext("cochez au moins une ligne, ou choisissez toute la sélection"))
        if form.get("motif", "").strip() and not form.get("sur"):
            return _confirm(act, len(targets))
        arguments = {"element": form["etape"]} if act == "deplacer" and form.get("etape") else {}
        operation = processes.begin(session, actor, act, targets, form.get("motif", ""), now(), arguments=arguments)
        operation_id = operation.id
    return redirect(url_for(".operation", operation_id=operation_id), code=303)


def _confirm(act: str, count: int) -> str:
    return render_template(
        "operations/confirm.html",
        title=operating.act_words().get(act, act),
        told=operating.act_effects().get(act, ""),
        grave=act in GRAVE,
        count=count,
        reason=request.form["motif"],
        given=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        back=url_for(".incidents" if act in ON_INCIDENTS else ".runs"),
    )


@bp.get("/operations/<uuid:operation_id>")
@permission("incident.voir")
def operation(operation_id: UUID) -> ResponseReturnValue:
    """Show how far an operation is, and what became of each run."""
    result, after = request.args.get("resultat") or None, request.args.get("suite", default=-1, type=int)
    found = processes.progress(reading(), current_actor(), operation_id, result=result, after=after, limit=PAGE)
    part = "HX-Request" in request.headers
    return render_template(
        "operations/_progress.html" if part else "operations/operation.html",
        found=found,
        units=_unit_titles({item.unit_id for item in found.items}),
        titles=_titles(),
        acts=operating.act_words(),
        results=operating.result_words(),
        on_incidents=ON_INCIDENTS,
        following=found.items[-1].rank if len(found.items) == PAGE else None,
    )


@bp.get("/travaux")
@permission("incident.voir")
def failed_jobs() -> ResponseReturnValue:
    """List the jobs given up after every try."""
    return render_template("operations/jobs.html", found=processes.failed_jobs(reading(), current_actor()))


@bp.post("/travaux")
@permission("incident.gerer")
def retry_jobs() -> ResponseReturnValue:
    """Put one job back in the queue, or all of them."""
    with transaction() as session:
        job_id = _uuid(request.form["travail"]) if request.form.get("travail") else None
        count = processes.retry_jobs(session, current_actor(), job_id)
    flash(ngettext("%(num)d travail est relancé.", "%(num)d travaux sont relancés.", count))
    return redirect(url_for(".failed_jobs"), code=303)


def _wanted() -> Wanted:
    given = request.values
    unit = None
    if given.get("unite"):
        known = organisations.unit_by_code(reading(), given["unite"])
        unit = known.id if known else UUID(int=0)
    words = {name: given.get(name, "").strip() for name in FILTERS if name != "unite"}
    return Wanted(words["processus"], unit, words["etat"], words["texte"], words["code"], words["element"])


def _filters(wanted: Wanted) -> dict[str, Any]:
    managed = current_actor().units_for("incident.voir")
    shown = {name: request.values[name] for name in FILTERS if request.values.get(name)}
    return {
        "wanted": wanted,
        "titles": _titles(),
        "near": [(unit.code, unit.title) for unit in organisations.units(reading(), managed)],
        "shown": shown,
        "before": _before(),
    }


def _titles() -> dict[str, str]:
    return {one.key: one.title for one in configuration.process_keys(reading())}


def _unit_titles(ids: set[UUID]) -> Mapping[UUID, str]:
    return {unit.id: unit.title for unit in organisations.units(reading(), ids)}


def _before() -> int | None:
    return request.values.get("suite", type=int)


def _reason() -> str:
    reason = request.form.get("motif", "").strip()
    if not reason:
        raise processes.ReasonWanted
    return reason


def _read_values(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    read: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in given.items():
        try:
            read[name] = read_json(text.encode())
        except NotJson:
            shown = json.dumps(text.strip() or "Petit", ensure_ascii=False)
            problems[name] = gettext(
                "Cette valeur ne se lit pas. Un texte s’écrit entre guillemets droits : {example}."
            )
            problems[name] = problems[name].format(example=shown)
    return read, problems


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
