"""A task done through a link, without an account: one page that explains, one form, one receipt."""

from dataclasses import replace

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import FormInvalid, JalonError
from jalon.base.ids import new_id
from jalon.doors.web import clashing, pages, papers
from jalon.doors.web.clashing import Clash
from jalon.doors.web.pages import Posted
from jalon.services import worklist
from jalon.services.worklist import CodeNeeded, LinkOver, LinkTask, Saved
from jalon.store.database import Session
from jalon.ui.display import clock_time
from jalon.ui.permissions import by_link
from jalon.ui.request import now, reading, transaction, wiring
from jalon.ui.shell import wants_json

bp = Blueprint("partner", __name__, url_prefix="/lien")

COOKIE_KEY = "lien"


@bp.errorhandler(JalonError)
def refused(refusal: JalonError) -> ResponseReturnValue:
    """Say in the frame of these pages what went wrong: somebody without an account is never led to sign-in."""
    if wants_json():
        return jsonify(code=refusal.code, message=refusal.text(gettext)), refusal.status
    title = gettext("Rouvrez votre lien") if refusal.status == 401 else gettext("Ce lien ne fonctionne pas")
    page = render_template(
        "partner/over.html", title=title, message=refusal.text(gettext), sender="", unit=refusal.facts.get("place")
    )
    return page, refusal.status


@bp.get("/<token>")
@by_link
def explain(token: str) -> ResponseReturnValue:
    """Say who asks what, why and by when; looking consumes nothing (P1, P3)."""
    with transaction() as journal:  # the first opening is noted in a journal of its own
        link = worklist.open_link(journal, token, now())
    return render_template("partner/explain.html", link=link, token=token), 410 if link.reason else 200


@bp.post("/<token>")
@by_link
def begin(token: str) -> ResponseReturnValue:
    """Open thirty minutes of work on this task only."""
    try:
        with transaction() as session:
            cookie[COOKIE_KEY] = worklist.start_link_session(session, token, now())
    except CodeNeeded:
        with transaction() as session:
            worklist.send_link_code(session, token, now())
        return redirect(url_for(".code", token=token), code=303)
    return redirect(url_for(".fill"), code=303)


@bp.get("/<token>/code")
@by_link
def code(token: str) -> ResponseReturnValue:
    """Ask for the code sent to the recipient's mailbox (P2)."""
    return _ask_code(token)


@bp.post("/<token>/code")
@by_link
def check_code(token: str) -> ResponseReturnValue:
    """Begin when the code is right; send another when asked to."""
    if request.form.get("action") == "renvoyer":
        with transaction() as session:
            email = worklist.send_link_code(session, token, now())
        flash(gettext("Un code part à l’adresse {email}.").format(email=email))
        return redirect(url_for(".code", token=token), code=303)
    with transaction() as session:  # a wrong try is counted: it commits too
        secret = worklist.start_with_code(session, token, request.form.get("code", ""), now())
    if not secret:
        return _ask_code(token, gettext("Ce code n’est pas le bon, ou il a plus de quinze minutes.")), 422
    cookie[COOKIE_KEY] = secret
    return redirect(url_for(".fill"), code=303)


@bp.post("/<token>/nouveau")
@by_link
def renew(token: str) -> ResponseReturnValue:
    """Send another link to the recipient of one that expired (P2)."""
    with transaction() as session:
        email = worklist.renew_link(session, token, now())
    said = gettext("Un nouveau lien part à l’adresse {email}.").format(email=email)
    return render_template("partner/over.html", title=gettext("C’est noté"), message=said, sender="")


@bp.get("/tache/repondre")
@by_link
def fill() -> ResponseReturnValue:
    """Show the questions, resumed where they were left, on any device (P5)."""
    return _show(_task(reading()))


@bp.post("/tache/repondre")
@by_link
def complete() -> ResponseReturnValue:
    """Check the answers and complete the task; what is wrong is shown with everything typed still there.

    Answers changed meanwhile from another device are never lost: what was answered twice is asked.
    """
    submission = request.form.get("submission", "")
    try:
        kept = worklist.retried(wiring.database, _kept)
    except LinkOver:
        if _sent_already(submission):
            return redirect(url_for(".thanks"), code=303)
        raise
    if isinstance(kept, Clash):
        return clashing.ask(kept, "partner/clash.html"), 409
    task, answers = kept
    action = request.form.get("action")
    if answers.rows_only or action == clashing.STAY:
        return _show(task, data=answers.data, typed=answers.typed)
    if action == "plus_tard":
        flash(
            gettext("Vos réponses sont enregistrées. Rouvrez le lien reçu pour continuer, sur n’importe quel appareil.")
        )
        return _show(task, data=answers.data, typed=answers.typed)
    if answers.errors:
        checked = pages.checked(task.page, answers.data, now())
        return _show(task, data=answers.data, typed=answers.typed, errors={**checked.errors, **answers.errors}), 422
    try:
        worklist.retried(
            wiring.database, lambda s: worklist.complete_by_link(s, _token(), answers.data, submission, now())
        )
    except FormInvalid as refusal:
        return _show(task, data=answers.data, errors=refusal.problems, typed=answers.typed), 422
    cookie["remerciement"] = [task.page.task.title, task.page.unit_title]
    return redirect(url_for(".thanks"), code=303)


@bp.post("/tache/brouillon")
@by_link
def draft() -> ResponseReturnValue:
    """Keep what is being typed; refused when the same page was changed elsewhere meanwhile."""
    saved = worklist.retried(wiring.database, _autosaved)
    if isinstance(saved, Clash):
        return jsonify(code=worklist.DraftMoved.code, message=clashing.announced(saved)), 409
    message = gettext("Enregistré à {time}.").format(time=clock_time(saved.saved_at))
    return jsonify(version=saved.version, message=message)


@bp.route("/tache/decliner", methods=["GET", "POST"])
@by_link
def decline() -> ResponseReturnValue:
    """Say no, or hand the task to a colleague (P6)."""
    task = _task(reading())
    if request.method == "GET":
        return render_template("partner/decline.html", task=task, message="", kept={})
    reason = request.form.get("motif", "").strip()
    name, email = request.form.get("nom", "").strip(), request.form.get("courriel", "").strip()
    try:
        with transaction() as session:
            if name and email:
                worklist.forward_link(session, _token(), name, email, now())
                outcome = gettext("La demande est transmise à {name}, qui reçoit son propre lien.").format(name=name)
            elif reason:
                worklist.decline_link(session, _token(), reason, now())
                outcome = gettext("Votre réponse est transmise. Merci de l’avoir signalé.")
            else:
                message = gettext("Dites pourquoi vous déclinez, ou donnez le nom et le courriel d’un collègue.")
                return render_template("partner/decline.html", task=task, message=message, kept=request.form), 422
    except JalonError as refusal:
        page = render_template("partner/decline.html", task=task, message=refusal.text(gettext), kept=request.form)
        return page, refusal.status
    cookie.pop(COOKIE_KEY, None)
    return render_template(
        "partner/over.html",
        message=outcome,
        title=gettext("C’est noté"),
        sender=task.page.unit_title,
        unit=task.unit,
    )


@bp.get("/tache/merci")
@by_link
def thanks() -> ResponseReturnValue:
    """Confirm that the answers arrived (P7)."""
    title, unit = cookie.get("remerciement", ["", ""])
    message = gettext("Votre réponse à « {title} » est transmise à {unit}. Un reçu part par courriel.")
    said = message.format(title=title, unit=unit)
    return render_template("partner/over.html", title=gettext("Merci, c’est envoyé"), message=said, sender=unit)


def _kept(session: Session) -> Clash | tuple[LinkTask, Posted]:
    """Keep what was posted, unless the same answers were changed elsewhere meanwhile."""
    task = _task(session)
    holder = worklist.link_holder(task.name)
    files = papers.received(session, holder, task.page)
    posted, clash = clashing.reckoned(session, holder, task.page, None, files)
    if clash is not None:
        return clash
    saved = _save(session, task, posted)
    draft = worklist.DraftInfo(holder.name, saved.saved_at, "", saved.version, mine=True)
    return replace(task, page=replace(task.page, draft=draft)), posted


def _autosaved(session: Session) -> Clash | Saved:
    task = _task(session)
    posted, clash = clashing.reckoned(session, worklist.link_holder(task.name), task.page, None, aside=False)
    return clash or _save(session, task, posted)


def _save(session: Session, task: LinkTask, posted: Posted) -> Saved:
    version = task.page.draft.version if task.page.draft else None
    return worklist.save_link_draft(session, _token(), posted.draft, row_version=version, now=now(), typed=posted.typed)


def _sent_already(submission: str) -> bool:
    """Tell whether these very answers are those that completed the task: a double click is not an error."""
    try:
        with transaction() as session:
            return worklist.complete_by_link(session, _token(), {}, submission, now()).already
    except JalonError:
        return False


def _token() -> str:
    return str(cookie.get(COOKIE_KEY, ""))


def _task(session: Session) -> LinkTask:
    return worklist.link_page(session, _token(), now())


def _ask_code(token: str, message: str = "") -> str:
    with transaction() as journal:
        link = worklist.open_link(journal, token, now())
    return render_template("partner/code.html", link=link, token=token, message=message)


def _show(task: LinkTask, *, data: dict | None = None, errors: dict | None = None, typed: dict | None = None) -> str:
    fields = pages.fields(task.page, None, data=data, errors=errors, typed=typed)
    return render_template(
        "partner/fill.html",
        task=task,
        fields=fields,
        errors=errors or {},
        submission=new_id().hex,
        ask_files=pages.asks_files(task.page),
    )
