"""Sessions: opened after the password, read at each request, ended by time, by the person or by an administrator."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.settings import SettingInvalid, Settings
from jalon.services.access.actors import RolesLoader, actor_for, current_roles, needs_second_factor
from jalon.services.access.errors import SessionOver
from jalon.store import people
from jalon.store.people import Person, PersonSession, PersonState

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lives, and whether roles that ask for a second factor get it."""

    idle: timedelta = timedelta(minutes=60)
    absolute: timedelta = timedelta(hours=12)
    second_factor_required: bool = True


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Who is signed in. `second_factor`: not_needed, to_enrol, to_verify or done.

    While it is to be enrolled or verified, `actor` holds no grant at all.
    """

    id: UUID
    person: Person
    actor: Actor
    second_factor: Literal["not_needed", "to_enrol", "to_verify", "done"]
    seen_at: datetime

    @property
    def complete(self) -> bool:
        """Tell whether the person may go past the sign-in pages."""
        return self.second_factor in {"not_needed", "done"}


def session_rules(settings: Settings, *, second_factor_required: bool = True) -> SessionRules:
    """Return the rules of an installation; the demo may do without second factor, production never."""
    if settings.production and not second_factor_required:
        raise SettingInvalid(name="second_factor_required", reason="obligatoire en production")
    return SessionRules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        second_factor_required=second_factor_required,
    )


def open_session(
    session: Session, person: Person, *, address: str, now: datetime, rules: SessionRules | None = None
) -> str:
    """Open a session and return its token, to be kept by the browser only."""
    rules = rules or SessionRules()
    token = new_token()
    opened = PersonSession(
        person_id=person.id,
        token_hash=token_hash(token),
        created_at=now,
        seen_at=now,
        expires_at=now + rules.absolute,
        address=address[:64],
    )
    session.add(opened)
    session.flush()
    return token


def read_session(
    session: Session,
    token: str,
    *,
    now: datetime,
    rules: SessionRules | None = None,
    load_roles: RolesLoader = current_roles,
) -> OpenSession:
    """Return who holds this token, or raise SessionOver; the account and its roles are read anew each time.

    Writes nothing: when `seen_at` is older than SEEN_EVERY, call `touch_session` in a short
    transaction of its own.
    """
    rules = rules or SessionRules()
    found = people.signed_in(session, token_hash(token))
    if found is None:
        raise SessionOver
    opened, person = found
    if not _lasts(opened, now, rules) or person.state is not PersonState.ACTIVE:
        raise SessionOver
    factor = _second_factor(session, person, opened, rules, load_roles)
    if factor in {"to_enrol", "to_verify"}:
        actor = Actor(id=person.id, name=person.name)
    else:
        actor = actor_for(session, person, load_roles=load_roles)
    return OpenSession(opened.id, person, actor, factor, opened.seen_at)


def touch_session(session: Session, session_id: UUID, *, now: datetime) -> None:
    """Note that a session was used."""
    opened = session.get(PersonSession, session_id)
    if opened is not None and opened.ended_at is None and opened.seen_at < now:
        opened.seen_at = now
        session.flush()


def rotate_session(session: Session, token: str, *, now: datetime, rules: SessionRules | None = None) -> str:
    """Give a session another token, so that one planted or seen before is worth nothing."""
    opened = _alive(session, token, now, rules or SessionRules())
    fresh = new_token()
    opened.token_hash = token_hash(fresh)
    session.flush()
    return fresh


def close_session(session: Session, token: str, *, now: datetime) -> None:
    """End a session on the server; an unknown token is no error."""
    opened = people.session_by_hash(session, token_hash(token))
    if opened is not None and opened.ended_at is None:
        opened.ended_at = now
        session.flush()


def new_token() -> str:
    """Return 256 random bits as text that fits a cookie or an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is kept of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _alive(session: Session, token: str, now: datetime, rules: SessionRules) -> PersonSession:
    opened = people.session_by_hash(session, token_hash(token))
    if opened is None or not _lasts(opened, now, rules):
        raise SessionOver
    return opened


def _lasts(opened: PersonSession, now: datetime, rules: SessionRules) -> bool:
    return opened.ended_at is None and now < opened.expires_at and now < opened.seen_at + rules.idle


def _second_factor(
    session: Session, person: Person, opened: PersonSession, rules: SessionRules, load_roles: RolesLoader
) -> Literal["not_needed", "to_enrol", "to_verify", "done"]:
    if opened.second_factor_at is not None:
        return "done"
    if not rules.second_factor_required:
        return "not_needed"
    if person.totp_confirmed_at is not None:
        return "to_verify"
    return "to_enrol" if needs_second_factor(session, person, load_roles=load_roles) else "not_needed"
