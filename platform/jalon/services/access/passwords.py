"""Login and password: slow to guess, silent about which of the two was wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.i18n import fr
from jalon.services import audit
from jalon.services.access.errors import PasswordRefused, SignInRefused, TooFast, TooManyTries
from jalon.store import people
from jalon.store.people import LoginAttempt, Person, PersonState

TRIES = 10
TRIES_WINDOW = timedelta(minutes=15)
ACCOUNTS_PER_ADDRESS = 20
"""How many accounts may be refused from one address, an agency behind one router, before it has to slow down."""
LONGEST_WAIT = 60
KNOWN_FOR = timedelta(days=30)
PASSWORD_LENGTH = range(12, 201)

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose password was right; `open_session` comes next."""

    person: Person

    @property
    def actor(self) -> Actor:
        """The person without any right yet."""
        return Actor(id=self.person.id, name=self.person.name)


def sign_in(session: Session, login: str, password: str, *, address: str, now: datetime) -> SignedIn:
    """Return the active account of that login and password, or raise SignInRefused or TooManyTries.

    Call it in a short transaction of its own: the try is committed before the answer is known, so
    that neither a refusal nor tries made at the same time escape the count.
    """
    attempt = begin_attempt(session, login.strip().casefold(), address=address, now=now)
    person = people.person_by_login(session, login)
    hashed = person.password_hash if person is not None else ""
    right = _matches(hashed or _no_hash(), password) and bool(hashed)
    if person is None or not right or person.state is not PersonState.ACTIVE:
        raise SignInRefused
    attempt.succeeded = True
    if _hasher.check_needs_rehash(hashed):
        person.password_hash = _hasher.hash(password)
    signed = SignedIn(person)
    audit.record(session, signed.actor, "compte.connexion", unit_id=person.unit_id, target=person.id)
    return signed


def begin_attempt(session: Session, name: str, *, address: str, now: datetime) -> LoginAttempt:
    """Count a try before it is judged; raise TooManyTries at the eleventh refusal of a quarter of an hour.

    Many people share one address: there, only accounts refused count, and past twenty of them tries must leave more
    and more time between them, a minute at most. Whoever signed in from there lately never waits for the others.
    """
    attempt = LoginAttempt(login_hash=audit.keyed_hash(session, name), address=address[:64], at=now)
    session.add(attempt)
    session.commit()
    since = now - TRIES_WINDOW
    refusal: TooManyTries | None = None
    if people.failures_since(session, since, attempt.login_hash) > TRIES:
        refusal = TooManyTries(minutes=int(TRIES_WINDOW.total_seconds() // 60))
    elif attempt.address and (seconds := _seconds_to_wait(session, attempt, since)):
        refusal = TooFast(seconds=seconds)
    if refusal is not None:
        session.delete(attempt)  # a refusal to listen is not a try: the lock ends by itself
        session.commit()
        raise refusal
    return attempt


def _seconds_to_wait(session: Session, attempt: LoginAttempt, since: datetime) -> int:
    """Return how long an address that tried many accounts must still wait before another try."""
    accounts, last = people.refused_from(session, attempt, since)
    if accounts <= ACCOUNTS_PER_ADDRESS or last is None:
        return 0
    if people.came_in_from(session, attempt.login_hash, attempt.address, attempt.at - KNOWN_FOR):
        return 0
    wait = timedelta(seconds=min(2 ** (accounts - ACCOUNTS_PER_ADDRESS), LONGEST_WAIT))
    return max(0, ceil((last + wait - attempt.at).total_seconds()))


def set_password(session: Session, person: Person, password: str, *, now: datetime) -> None:
    """Give an account its password, or raise PasswordRefused."""
    check_password(password, login=person.login)
    person.password_hash, person.password_at = _hasher.hash(password), now
    session.flush()


def check_password(password: str, *, login: str) -> None:
    """Raise PasswordRefused for a password too easy to guess."""
    if len(password) < PASSWORD_LENGTH.start:
        raise PasswordRefused(reason=fr("il faut au moins 12 caractères"))
    if len(password) not in PASSWORD_LENGTH:
        raise PasswordRefused(reason=fr("il faut au plus 200 caractères"))
    if len(set(password)) < 6:
        raise PasswordRefused(reason=fr("il répète trop les mêmes caractères"))
    if login.casefold() in password.casefold():
        raise PasswordRefused(reason=fr("il contient votre identifiant"))


def close_all_sessions(session: Session, person_id: UUID, *, now: datetime) -> None:
    """Close every session of a person on every browser."""
    for opened in people.open_sessions(session, person_id):
        opened.ended_at = now
    session.flush()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _no_hash() -> str:
    """Return the hash verified when there is no account, so that the answer takes as long."""
    return _hasher.hash("aucun compte de ce nom")
