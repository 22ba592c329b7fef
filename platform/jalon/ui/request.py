"""The request at hand: who acts, when, and in which transaction; shared by the doors that speak HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar, cast

from flask import current_app, g, request
from werkzeug.local import LocalProxy

from jalon.base.actor import Actor
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.store.database import Session, outage
from jalon.store.wiring import Wiring

T = TypeVar("T")


class SignedOut(JalonError):
    """Nobody is signed in, or the session ended."""

    code, message, status = "session.fermee", fr("Votre session est fermée. Reconnectez-vous : rien n’est perdu."), 401


def _wiring() -> Wiring:
    return cast(Wiring, current_app.extensions["jalon"])


wiring: Wiring = cast(Wiring, LocalProxy(_wiring))


def now() -> datetime:
    """Return the instant of this request: the same from its beginning to its end."""
    if "now" not in g:
        g.now = wiring.clock.now()
    return cast(datetime, g.now)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of an unsafe request: committed whole, or not at all."""
    with wiring.database.transaction() as session:
        yield session


def reading() -> Session:
    """Return the session of a request that only reads: nothing it did is ever committed."""
    if "reading" not in g:
        session = wiring.database.session()
        session.connection(execution_options={"read_only": True})
        g.reading = session
    return cast(Session, g.reading)


def close_reading(_error: BaseException | None = None) -> None:
    """Throw the reading session away at the end of the request."""
    session = g.pop("reading", None)
    if session is None:
        return
    try:
        session.close()  # rolls back
    except Exception as error:
        if outage(error) is None:
            raise
        session.invalidate()  # the database went away since: there is nothing to undo


def number_posted(name: str, otherwise: T) -> int | T:
    """Return a whole number that a page posts, such as the version it was made from; see `number_in`."""
    return number_in(request.form.get(name, ""), otherwise)


def number_in(text: str, otherwise: T) -> int | T:
    """Return the whole number a page wrote; anything else, or more digits than a page ever writes, is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def current_actor() -> Actor:
    """Return who is signed in, or raise `SignedOut`."""
    actor = g.get("actor")
    if actor is None:
        raise SignedOut
    return cast(Actor, actor)
