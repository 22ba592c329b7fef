"""What makes a Flask application one of ours: session, language, refusals, headers, template words."""

import logging
import mimetypes
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, current_app, g, jsonify, render_template, request, send_from_directory, url_for
from flask_babel import Babel, get_locale, gettext
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from jalon import __version__
from jalon.base.errors import JalonError
from jalon.base.ids import new_id
from jalon.base.resources import PACKAGE, resource_folder
from jalon.store.database import outage
from jalon.store.wiring import Wiring
from jalon.ui import display, journal, permissions, words
from jalon.ui import request as current
from jalon.ui.assets import asset

log = logging.getLogger("jalon.web")

PRODUCT_NAME = "Jalon"
TEMPLATES = PACKAGE / "ui" / "templates"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the main navigation, shown to who holds its permission; `parts` are the blueprints it leads to."""

    label: Callable[[], str]
    endpoint: str
    permission: str
    rank: int
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry as the person at hand sees it."""

    label: str
    url: str
    current: bool


def prepare(app: Flask, wiring: Wiring) -> None:
    """Set the application up; blueprints come after."""
    settings = wiring.settings
    app.extensions["jalon"] = wiring
    app.extensions["jalon-navigation"] = []
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-jalon" if settings.production else "jalon",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.production,
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_TRANSLATION_DIRECTORIES=str(resource_folder("locales")),
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask says to
    Babel(app, locale_selector=_language, default_domain="messages")
    CSRFProtect(app)
    journal.prepare(app)
    app.before_request(permissions.enforce)
    app.after_request(_headers)
    app.teardown_request(current.close_reading)
    app.register_error_handler(JalonError, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    app.jinja_env.filters.update(
        prose=display.prose,
        day=display.day,
        short_day=display.short_day,
        moment=display.moment,
        clock_time=display.clock_time,
        phone=display.phone,
    )
    app.context_processor(_template_words)


def add_navigation(
    app: Flask,
    label: Callable[[], str],
    endpoint: str,
    permission: str,
    rank: int,
    parts: Collection[str] | None = None,
) -> None:
    """Put an entry in the main navigation; `parts` are the blueprints whose pages belong to it, its own by default."""
    own = [endpoint.split(".")[0]] if parts is None else parts
    app.extensions["jalon-navigation"].append(Entry(label, endpoint, permission, rank, frozenset(own)))


@permissions.public
def static_file(filename: str) -> Response:
    """Send a built file, compressed when the browser accepts it."""
    folder = resource_folder("static")
    compressed = "gzip" in request.accept_encodings and (folder / f"{filename}.gz").is_file()
    response = send_from_directory(folder, f"{filename}.gz" if compressed else filename)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Type"] = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def csrf() -> Markup:
    """Return the hidden field every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def wants_json() -> bool:
    """Tell whether the caller is a script that reads JSON, such as the autosave."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _language() -> str:
    actor_language = g.get("language")
    return actor_language or request.accept_languages.best_match(["fr", "en"]) or "fr"


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.cache_control.public = True
        response.cache_control.max_age = 31_536_000
        response.cache_control.immutable = True
    else:
        response.cache_control.no_store = True
    if response.status_code == 503:
        response.headers.setdefault("Retry-After", "5")
    if current.wiring.settings.production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def _refusal(error: JalonError) -> tuple[Response | str, int] | Response:
    log.info("refused %s %s request=%s", error.code, request.endpoint, g.get("request_id"))
    message = error.text(gettext)
    if error.status == 401:
        return _to_sign_in(message)
    if error.status == 503:
        return _outage_page(error)
    return _error_page(_title(error.status), message, error.status, code=error.code)


def _http_error(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error  # a redirection
    messages = {
        400: gettext("La demande est incomplète ou abîmée. Revenez en arrière et recommencez."),
        404: gettext("Cette page n’existe pas, ou n’est pas accessible d’ici."),
        405: gettext("Cette action ne se fait pas à cette adresse."),
        413: gettext("L’envoi est trop volumineux. Réduisez la taille des fichiers joints."),
    }
    message = messages.get(status, gettext("La demande n’a pas pu aboutir."))
    if isinstance(error, CSRFError):
        message = gettext("Cette page est restée ouverte trop longtemps. Rechargez-la, puis recommencez.")
    return _error_page(_title(status), message, status, code=f"http.{status}")


def _unexpected(error: Exception) -> tuple[Response | str, int]:
    refusal = outage(error)
    if refusal is not None:
        log.error("outage %s at %s request=%s", refusal.code, request.endpoint, g.get("request_id"))
        return _outage_page(refusal)
    # The kind of error and the place say enough; its text could hold what somebody typed.
    log.error(
        "unexpected %s at %s request=%s",
        type(error).__name__,
        _place(error),
        g.get("request_id"),
        exc_info=_debug(error),
    )
    message = gettext("Une erreur inattendue est survenue. Vos réponses enregistrées sont conservées.")
    return _error_page(gettext("Erreur"), message, 500, code="erreur", reference=g.get("request_id"))


def _outage_page(refusal: JalonError) -> tuple[Response | str, int]:
    """Say that the product cannot write for now; what was typed stays in the page, to be sent again."""
    message = refusal.text(gettext)
    if wants_json():
        return jsonify(code=refusal.code, message=message), refusal.status
    again, typed = _typed_again()
    page = render_template(
        "layout/outage.html",
        title=_title(refusal.status),
        message=message,
        again=again,
        typed=typed,
        reference=g.get("request_id"),
    )
    return page, refusal.status


def _typed_again() -> tuple[str | None, list[tuple[str, str]]]:
    """Return where what was typed goes and its fields; nothing when there is a secret among them."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    secret = any("password" in name or name in {"again", "code"} for name, _ in fields)
    if request.method != "POST" or not fields or secret or request.endpoint is None:
        return None, []
    return url_for(request.endpoint, **(request.view_args or {})), fields


def _debug(error: Exception) -> Exception | None:
    return None if current.wiring.settings.production else error


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


def _title(status: int) -> str:
    titles = {
        403: gettext("Accès refusé"),
        404: gettext("Page introuvable"),
        409: gettext("Quelqu’un est passé avant vous"),
        410: gettext("Ce lien ne fonctionne plus"),
        422: gettext("Demande refusée"),
        429: gettext("Trop d’essais"),
        503: gettext("Service indisponible"),
    }
    return titles.get(status, gettext("Erreur"))


def _error_page(
    title: str, message: str, status: int, *, code: str, reference: str | None = None
) -> tuple[Response | str, int]:
    if wants_json():
        return jsonify(code=code, message=message), status
    return render_template("layout/error.html", title=title, message=message, reference=reference), status


def _to_sign_in(message: str) -> tuple[Response | str, int] | Response:
    address = url_for("identity.sign_in", next=request.full_path if request.method == "GET" else None)
    if wants_json():
        return jsonify(code="session.fermee", message=message), 401
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def _template_words() -> dict[str, object]:
    return {
        "actor": g.get("actor"),
        "asset": asset,
        "csrf": csrf,
        "due": display.due,
        "get_locale": get_locale,
        "may": permissions.may,
        "my_roles": lambda: g.get("role_lines", []),
        "navigation": _navigation,
        "link_words": words.link_states(),
        "run_words": words.run_states(),
        "submission_token": lambda: new_id().hex,
        "product_name": PRODUCT_NAME,
        "version": __version__,
        "now": current.now,
    }


def _navigation() -> list[ShownEntry]:
    entries: list[Entry] = sorted(current_app.extensions["jalon-navigation"], key=lambda entry: entry.rank)
    endpoint = request.endpoint or ""
    pages = {entry.endpoint for entry in entries}
    return [
        ShownEntry(str(entry.label()), url_for(entry.endpoint), _is_current(entry, endpoint, pages))
        for entry in entries
        if entry.permission == permissions.SIGNED_IN or permissions.may(entry.permission)
    ]


def _is_current(entry: Entry, endpoint: str, pages: set[str]) -> bool:
    """Tell whether an entry leads to the page at hand, or to the part of the site it belongs to."""
    return entry.endpoint == endpoint or (endpoint not in pages and endpoint.split(".")[0] in entry.parts)
