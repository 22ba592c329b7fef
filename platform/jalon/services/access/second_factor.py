"""The second factor: six digits that change every half minute (RFC 6238).

The secret shared with the person's telephone is derived from the product's key and a random seed:
a copy of the database is not enough to compute it.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from jalon.services import audit
from jalon.services.access.errors import CodeRefused, SecondFactorPresent, SessionOver
from jalon.services.access.passwords import SignedIn, begin_attempt
from jalon.services.access.sessions import rotate_session, token_hash
from jalon.store import people
from jalon.store.database import secret_of
from jalon.store.people import Person

STEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the telephone must learn: the secret to type, or the address to show as a QR code."""

    secret: str
    uri: str


def enrol_second_factor(session: Session, person: Person, *, issuer: str = "Jalon") -> Enrolment:
    """Begin, or begin again, to give an account a second factor; the first right code confirms it."""
    if person.totp_confirmed_at is not None:
        raise SecondFactorPresent
    person.totp_seed = secrets.token_hex(16)
    session.flush()
    return enrolment(session, person, issuer=issuer)


def enrolment(session: Session, person: Person, *, issuer: str = "Jalon") -> Enrolment:
    """Return what an enrolment under way shows, for a page displayed again."""
    if person.totp_confirmed_at is not None or not person.totp_seed:
        raise SecondFactorPresent
    secret = _secret(session, person)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=issuer))


def verify_second_factor(session: Session, token: str, code: str, *, address: str, now: datetime) -> str:
    """Accept a code, confirm the enrolment if it is the first, and return the session's new token.

    Raises CodeRefused or TooManyTries. Call it in a transaction of its own, like `sign_in`.
    """
    opened = people.session_by_hash(session, token_hash(token))
    if opened is None:
        raise SessionOver
    attempt = begin_attempt(session, f"second factor {opened.person_id}", address=address, now=now)
    person = session.get_one(Person, opened.person_id, populate_existing=True, with_for_update=True)
    step = _step_of(session, person, code, now)
    if step is None:
        raise CodeRefused
    attempt.succeeded = True
    person.totp_step = step
    if person.totp_confirmed_at is None:
        person.totp_confirmed_at = now
        audit.record(
            session, SignedIn(person).actor, "compte.second_facteur_ajoute", unit_id=person.unit_id, target=person.id
        )
    fresh = rotate_session(session, token, now=now)
    opened.second_factor_at = now
    session.flush()
    return fresh


def _step_of(session: Session, person: Person, code: str, now: datetime) -> int | None:
    """Return the half minute a code belongs to, among the one before, this one and the next, never twice."""
    digits = "".join(code.split())
    if not person.totp_seed or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(_secret(session, person))
    present = int(now.timestamp()) // STEP_SECONDS
    matches = [
        step for step in (present - 1, present, present + 1) if hmac.compare_digest(totp.generate_otp(step), digits)
    ]
    fresh = [step for step in matches if step > person.totp_step]
    return fresh[0] if fresh else None


def _secret(session: Session, person: Person) -> str:
    material = f"totp\n{person.id}\n{person.totp_seed}".encode()
    return base64.b32encode(hmac.new(secret_of(session), material, hashlib.sha256).digest()[:20]).decode()
