"""Playing: the page of a play, each step somebody takes in it, time that passes, going back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import FormInvalid, JalonError, Stale
from jalon.base.ids import new_id
from jalon.doors.web.workshop import showing as view
from jalon.doors.web.workshop.blueprint import PLAY, bp, typed_values
from jalon.doors.web.workshop.replaying import Play, rebuilt
from jalon.engines.forms import Form, decode
from jalon.runtime.answers import Task
from jalon.services import prototyping
from jalon.services.prototyping import Journal, Kept, Sample, Step
from jalon.ui.forms import Prefill, render, rows_changed
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, number_posted, reading, transaction


def jumps() -> dict[str, tuple[str, str]]:
    """Return how far one may go at once, by duration: what the button says, what the step says."""
    return {
        "P1D": (gettext("Avancer d’un jour"), gettext("Un jour plus tard.")),
        "P7D": (gettext("Avancer de 7 jours"), gettext("Sept jours plus tard.")),
        "P1M": (gettext("Avancer d’un mois"), gettext("Un mois plus tard.")),
    }


@bp.get("/essais/<uuid:play_id>")
@permission(PLAY)
def show(play_id: UUID) -> ResponseReturnValue:
    """Show a play: the map, who has what to do, the form of a task, what would have left."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    if not kept.journal.steps:
        return redirect(url_for(".control", play_id=play_id))
    return _page(kept, rebuilt(kept.files, kept.journal))


def _page(
    kept: Kept,
    play: Play,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    refused: str = "",
) -> str:
    """Draw the page of a play, on the task and the role that the address or the form names."""
    roles = view.roles_of(play)
    wanted = request.values.get("role")
    role = next((one for one in roles if one.key == wanted), roles[0] if roles else None)
    element = request.values.get("tache")
    task = next((one for one in (role.tasks if role else ()) if one.element == element), None)
    if task is None and role is not None:
        task = role.tasks[0]
    due = play.next_due()
    people = prototyping.samples(reading())
    return render_template(
        "workshop/play.html",
        kept=kept,
        play=play,
        state=play.box.state(play.run) if play.run else None,
        roles=roles,
        role=role,
        task=task,
        fields=_fields(play, task, data, errors, typed),
        errors=errors or {},
        refused=refused,
        people=people,
        person=_person(people),
        jumps=jumps(),
        next_due=view.at(play, due) if due else "",
        instant=view.at(play, play.now),
        maps=view.maps_of(play),
        awaited=view.awaited(play),
        outgoing=view.outgoing(play),
        incidents=view.incidents(play),
        decisions=view.decisions(play),
        variables=view.variables(play),
    )


def _fields(
    play: Play,
    task: Task | None,
    data: Mapping[str, Any] | None,
    errors: Mapping[str, str] | None,
    typed: Mapping[str, str] | None,
) -> str:
    form = play.form_of(task) if task else None
    if form is None or task is None:
        return ""
    known = play.beginning_of(form)
    source = gettext("Connu : réponse donnée plus tôt dans cet essai")
    prefilled = {
        q.uid: Prefill(known[q.path[0]], source) for q in form.questions if q.path[0] in known and len(q.path) == 1
    }
    return render(
        form,
        known if data is None else data,
        errors or {},
        lists=play.box.lists,
        prefilled=prefilled,
        facts=play.facts_of(task),
        typed=typed or {},
    )


@bp.post("/essais/<uuid:play_id>/etape")
@permission(PLAY)
def step(play_id: UUID) -> ResponseReturnValue:
    """Fill the form of a task by itself, change its rows, or complete it as the role at hand."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    play = rebuilt(kept.files, kept.journal)
    task = play.task(request.form.get("tache", ""))
    if task is None:
        flash(gettext("Cette étape n’est plus à faire."), "warning")
        return redirect(url_for(".show", play_id=play_id), code=303)
    form = play.form_of(task)
    if form is None:
        return _went(kept, play, _done(task, typed_values(request.form.get("donnees", ""))))
    data, typed, unread, rows_only = _posted(play, form)
    if rows_only:
        return _page(kept, play, data=data, typed=typed)
    if request.form.get("action") in {"remplir", "jouer"}:
        filled = prototyping.fill(
            form,
            data,
            lists=play.box.lists,
            now=play.now,
            zone=play.box.zone,
            sample=_person(prototyping.samples(reading())),
            known=play.known,
            facts=play.facts_of(task),
        )
        if filled.errors or request.form.get("action") == "remplir":
            return _page(kept, play, data=filled.data, errors=filled.errors)
        data, unread = filled.data, {}
    if unread:
        return _page(kept, play, data=data, errors=unread, typed=typed), 422
    try:
        return _went(kept, play, _done(task, data))
    except FormInvalid as refusal:
        return _page(kept, rebuilt(kept.files, kept.journal), data=data, errors=refusal.problems, typed=typed), 422


def _posted(play: Play, form: Form) -> tuple[dict[str, Any], dict[str, str], dict[str, str], bool]:
    """Return the answers posted, the texts that could not be read, why, and whether only rows were changed."""
    pairs = list(request.form.items(multi=True))
    changed = rows_changed(form, pairs, str(new_id()))
    decoded = decode(form, changed or pairs, stored=play.beginning_of(form))
    return decoded.data, decoded.typed, decoded.errors, changed is not None


def _done(task: Task, answers: Mapping[str, Any]) -> Step:
    said = gettext("« {title} » est fait.").format(title=task.title)
    return {"say": said, "as": task.role or "", "do": "complete", "task": task.element, "with": dict(answers)}


@bp.post("/essais/<uuid:play_id>/avancer")
@permission(PLAY)
def advance(play_id: UUID) -> ResponseReturnValue:
    """Let time pass: a day, a week, a month, or until something is due."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    play = rebuilt(kept.files, kept.journal)
    by = request.form.get("de", "")
    if by in jumps():
        return _went(kept, play, {"say": jumps()[by][1], "do": "advance", "with": {"by": by}})
    due = play.next_due()
    if due is None:
        flash(gettext("Aucune échéance n’est attendue."), "warning")
        return redirect(url_for(".show", play_id=play_id), code=303)
    said = gettext("Échéance du {when}.").format(when=view.at(play, due))
    return _went(kept, play, {"say": said, "do": "advance", "with": {"to": due.isoformat()}})


@bp.post("/essais/<uuid:play_id>/message")
@permission(PLAY)
def message(play_id: UUID) -> ResponseReturnValue:
    """Let a message that is waited for arrive."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    name = request.form.get("nom", "")
    given = {"message": name, "payload": typed_values(request.form.get("donnees", ""))}
    said = gettext("Le message « {name} » arrive.").format(name=name)
    return _went(kept, rebuilt(kept.files, kept.journal), {"say": said, "do": "send", "with": given})


def _went(kept: Kept, play: Play, taken: Step) -> ResponseReturnValue:
    """Do a step and keep it; FormInvalid is for the caller to show."""
    try:
        play.do(taken)
    except FormInvalid:
        raise
    except JalonError as error:
        flash(error.text(gettext), "error")
        return redirect(_back(kept.id), code=303)
    return _kept_as(kept, kept.journal.with_step(taken))


def _kept_as(kept: Kept, journal: Journal) -> ResponseReturnValue:
    try:
        with transaction() as session:
            version = number_posted("version", kept.version)
            prototyping.save(session, current_actor(), kept.id, journal, version, now())
    except Stale:
        flash(
            gettext("Cet essai avait déjà avancé, dans un autre onglet peut-être : le voici tel qu’il est."), "warning"
        )
    return redirect(_back(kept.id), code=303)


def _back(play_id: UUID) -> str:
    """Return the address of a play, as the same person and the same role."""
    kept = {name: request.form.get(name) for name in ("role", "personne") if request.form.get(name)}
    return url_for(".show", play_id=play_id, **kept)


@bp.post("/essais/<uuid:play_id>/reculer")
@permission(PLAY)
def undo(play_id: UUID) -> ResponseReturnValue:
    """Take the last step back."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    return _kept_as(kept, kept.journal.without_last())


@bp.post("/essais/<uuid:play_id>/recommencer")
@permission(PLAY)
def restart(play_id: UUID) -> ResponseReturnValue:
    """Begin again, in one click."""
    kept = prototyping.find(reading(), current_actor(), play_id, now())
    return _kept_as(kept, kept.journal.restarted())


def _person(people: list[Sample]) -> Sample | None:
    chosen = request.values.get("personne")
    return next((one for one in people if one.key == chosen), people[0] if people else None)
