"""Signing in and out, the second factor, invitation and reset by link."""

from urllib.parse import urlsplit
from uuid import UUID

import segno
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.services import access, messaging
from jalon.services.access import SessionRules
from jalon.store import walls
from jalon.store.database import outage
from jalon.store.people import LinkPurpose
from jalon.ui.permissions import public
from jalon.ui.request import now, reading, transaction, wiring

bp = Blueprint("identity", __name__)

COOKIE_KEY = "jeton"
FILES = ("dossier.voir", "dossier.modifier", "dossier.creer", "dossier.exporter")
"""The permissions that let a person read case files somewhere."""


def load_actor() -> None:
    """Find out who is signed in, from the session's token; runs before the permission check."""
    token = cookie.get(COOKIE_KEY)
    if not token or request.endpoint == "static":
        return
    try:
        opened = access.read_session(reading(), token, now=now(), rules=_rules())
    except JalonError:
        cookie.pop(COOKIE_KEY, None)
        return
    g.opened_session = opened
    if not opened.complete:
        return
    g.actor = opened.actor
    g.language = opened.person.language
    g.role_lines = access.role_lines(reading(), opened.actor)
    files = frozenset[UUID]().union(*(opened.actor.units_for(code) for code in FILES))
    walls.stand_behind(reading(), files, opened.person.id)
    if now() - opened.seen_at > access.SEEN_EVERY:
        try:
            with transaction() as session:  # a journal of its own: reading a page is not a change
                access.touch_session(session, opened.id, now=now())
        except Exception as error:
            if outage(error) is None:  # a full disk must not keep people from reading
                raise


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for login and password."""
    if request.method == "GET":
        if g.get("actor"):
            return redirect(url_for("worklist.my_day"))
        return render_template("identity/sign_in.html", message="", login="")
    login = request.form.get("login", "")
    try:
        with transaction() as session:
            password = request.form.get("password", "")
            signed = access.sign_in(session, login, password, address=request.remote_addr or "", now=now())
            token = access.open_session(
                session, signed.person, address=request.remote_addr or "", now=now(), rules=_rules()
            )
    except JalonError as refusal:
        page = render_template("identity/sign_in.html", message=refusal.text(gettext), login=login)
        return page, refusal.status
    cookie.clear()  # nothing planted before sign-in survives it
    cookie.permanent = True
    cookie[COOKIE_KEY] = token
    return redirect(_next(), code=303)


@bp.post("/deconnexion")
@public
def sign_out() -> ResponseReturnValue:
    """Close the session on the server, then forget it here."""
    token = cookie.pop(COOKIE_KEY, None)
    if token:
        with transaction() as session:
            access.close_session(session, token, now=now())
    cookie.clear()
    flash(gettext("Vous êtes déconnecté."))
    return redirect(url_for(".sign_in"), code=303)


@bp.route("/second-facteur", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """Ask for the code of the telephone; show what to scan the first time."""
    opened = g.get("opened_session")
    if opened is None or opened.complete:
        return redirect(url_for("web.home"), code=303)
    message = ""
    if request.method == "POST" and request.form.get("code"):
        try:
            with transaction() as session:
                code = request.form["code"]
                fresh = access.verify_second_factor(
                    session, cookie[COOKIE_KEY], code, address=request.remote_addr or "", now=now()
                )
            cookie[COOKIE_KEY] = fresh
            return redirect(_next(), code=303)
        except JalonError as refusal:
            message = refusal.text(gettext)
    enrolment, drawing = None, ""
    if opened.second_factor == "to_enrol":
        with transaction() as session:
            person = session.merge(opened.person, load=True)
            if request.method == "POST" and not person.totp_seed:
                access.enrol_second_factor(session, person)
            if person.totp_seed:
                enrolment = access.enrolment(session, person)
                drawing = segno.make(enrolment.uri).svg_data_uri(scale=5, dark="#1d2733")
    page = render_template(
        "identity/second_factor.html", opened=opened, enrolment=enrolment, drawing=drawing, message=message
    )
    return page, 422 if message else 200


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    """Let an invited person choose a first password."""
    person = access.read_link(reading(), LinkPurpose.INVITATION, token, now=now())
    return _choose_password(token, person.login, access.accept_invitation, gettext("Bienvenue"))


@bp.route("/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Send a link to choose another password; the answer is the same whether the account exists or not."""
    if request.method == "POST":
        with transaction() as session:
            sent = access.request_reset(session, request.form.get("login", ""), now=now())
            if sent is not None:
                address = wiring.settings.base_url + url_for(".reset", token=sent.token)
                facts = {"nom": sent.person.name, "lien": address}
                messaging.queue_mail(
                    session,
                    to=sent.person.email,
                    template="reinitialisation",
                    facts=facts,
                    unit_id=sent.person.unit_id,
                    key=f"reset:{sent.person.id}:{sent.expires_at.timestamp()}",
                )
        flash(gettext("Si un compte correspond, un courriel vient de partir. Le lien dure une heure."))
        return redirect(url_for(".sign_in"), code=303)
    return render_template("identity/forgotten.html")


@bp.route("/nouveau-mot-de-passe/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """Let the holder of a reset link choose another password."""
    person = access.read_link(reading(), LinkPurpose.RESET, token, now=now())
    return _choose_password(token, person.login, access.reset_password, gettext("Nouveau mot de passe"))


def _choose_password(token: str, login: str, accept: object, title: str) -> ResponseReturnValue:
    message = ""
    if request.method == "POST":
        try:
            if request.form.get("password") != request.form.get("again"):
                message = gettext("Les deux saisies diffèrent. Tapez deux fois le même mot de passe.")
            else:
                with transaction() as session:
                    accept(session, token, request.form.get("password", ""), now=now())
                flash(gettext("Votre mot de passe est enregistré. Connectez-vous."))
                return redirect(url_for(".sign_in"), code=303)
        except JalonError as refusal:
            message = refusal.text(gettext)
    page = render_template("identity/password.html", title=title, message=message, login=login)
    return page, 422 if message else 200


def pending_second_factor() -> Response | None:
    """Lead to the second factor a person whose password was right but who is not fully in."""
    opened = g.get("opened_session")
    if (
        opened is not None
        and not opened.complete
        and request.endpoint
        not in {
            "identity.second_factor",
            "identity.sign_out",
            "static",
            "web.icon",
        }
    ):
        return redirect(url_for("identity.second_factor", next=_wanted()), code=303)
    return None


def _rules() -> SessionRules:
    return access.session_rules(wiring.settings, second_factor_required=wiring.settings.second_factor)


def _wanted() -> str | None:
    return request.full_path if request.method == "GET" and request.endpoint != "web.home" else None


def _next() -> str:
    """Return where the person was going, if it is a page of ours."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme:
        return wanted
    return url_for("worklist.my_day")
