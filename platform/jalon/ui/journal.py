"""One line of log per request, without anybody's data: which page by its name, never its address."""

import hashlib
import hmac
import logging
import re
import secrets
import time

from flask import Flask, Response, current_app, g, request, request_started

from jalon.base.actor import Actor
from jalon.store.wiring import Wiring

log = logging.getLogger("jalon.request")

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


def prepare(app: Flask) -> None:
    """Name each request as soon as it begins, and write its line when it ends."""
    request_started.connect(_begin, app)
    app.after_request(_end)


def person_digits(actor: Actor | None, secret: str) -> str:
    """Return 12 digits that tell two people apart without naming them; `-` for nobody."""
    if actor is None or actor.id is None:
        return "-"
    return hmac.new(secret.encode(), f"log\n{actor.id}".encode(), hashlib.sha256).hexdigest()[:12]


def _begin(_app: Flask, **_more: object) -> None:
    wiring: Wiring = current_app.extensions["jalon"]
    given = request.headers.get(HEADER, "")
    # only a proxy of ours may name a request: anybody else could write into the log, or pretend
    trusted = wiring.settings.proxy_hops > 0 and _GIVEN.fullmatch(given)
    g.request_id = given if trusted else secrets.token_hex(8)
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    wiring: Wiring = current_app.extensions["jalon"]
    log.info(
        "request id=%s method=%s endpoint=%s status=%d ms=%d person=%s",
        g.request_id,
        request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other",
        request.endpoint or "-",
        response.status_code,
        (time.perf_counter() - g.begun) * 1000,
        person_digits(g.get("actor"), wiring.settings.secret_key),
    )
    response.headers[HEADER] = g.request_id
    return response
