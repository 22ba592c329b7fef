"""The life of an account: invited, accepted, its password lost, its address changed, disabled."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services import audit
from jalon.services.access.errors import AccountChanged, LinkInvalid, LoginTaken
from jalon.services.access.passwords import SignedIn, close_all_sessions, set_password
from jalon.services.access.permissions import require
from jalon.services.access.sessions import token_hash
from jalon.store import people
from jalon.store.organisations import Unit
from jalon.store.people import LinkPurpose, LinkToken, MembershipState, Person, PersonState

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LinkSent:
    """An account and the token of the link to mail to it; the token is kept nowhere."""

    person: Person
    token: str
    expires_at: datetime


def invite(
    session: Session,
    actor: Actor,
    *,
    login: str,
    name: str,
    email: str,
    unit: Unit,
    now: datetime,
    language: str = "fr",
) -> LinkSent:
    """Create an account without any role and return the link by which its holder chooses a password."""
    require(actor, "compte.gerer", unit.id, hide=True)
    login = login.strip().casefold()
    if people.person_by_login(session, login) is not None:
        raise LoginTaken(login=login)
    person = Person(
        login=login,
        name=name.strip(),
        email=email.strip(),
        unit_id=unit.id,
        language=language,
        created_at=now,
    )
    session.add(person)
    session.flush()
    audit.record(session, actor, "compte.invite", unit_id=unit.id, target=person.id)
    return _new_link(session, person, LinkPurpose.INVITATION, now, INVITATION_LASTS)


def invite_again(session: Session, actor: Actor, person: Person, *, now: datetime) -> LinkSent:
    """Return a new invitation for an account that has not accepted yet; the links before are worth nothing."""
    require(actor, "compte.gerer", person.unit_id, hide=True)
    if person.state is not PersonState.INVITED:
        raise AccountChanged
    audit.record(session, actor, "compte.invite", unit_id=person.unit_id, target=person.id)
    return _new_link(session, person, LinkPurpose.INVITATION, now, INVITATION_LASTS)


def read_link(session: Session, purpose: LinkPurpose, token: str, *, now: datetime) -> Person:
    """Return whose link this is, or raise LinkInvalid; changes nothing."""
    return session.get_one(Person, _good_link(session, purpose, token, now, lock=False).person_id)


def accept_invitation(session: Session, token: str, password: str, *, now: datetime) -> Person:
    """Use an invitation: the account becomes active with that password."""
    link = _good_link(session, LinkPurpose.INVITATION, token, now)
    person = session.get_one(Person, link.person_id)
    if person.state is not PersonState.INVITED:
        raise LinkInvalid
    set_password(session, person, password, now=now)
    person.state, link.used_at = PersonState.ACTIVE, now
    audit.record(session, SignedIn(person).actor, "compte.active", unit_id=person.unit_id, target=person.id)
    return person


def request_reset(session: Session, login_or_email: str, *, now: datetime) -> LinkSent | None:
    """Return the link to mail, or None when no active account answers to that name.

    The caller says the same thing in both cases: who asks never learns whether an account exists.
    """
    person = people.person_by_login(session, login_or_email)
    if person is None and "@" in login_or_email:
        owners = people.people_by_email(session, login_or_email)
        person = owners[0] if len(owners) == 1 else None
    if person is None or person.state is not PersonState.ACTIVE:
        return None
    audit.record(
        session, SignedIn(person).actor, "compte.reinitialisation_demandee", unit_id=person.unit_id, target=person.id
    )
    return _new_link(session, person, LinkPurpose.RESET, now, RESET_LASTS)


def reset_password(session: Session, token: str, password: str, *, now: datetime) -> Person:
    """Use a reset link: new password, every session closed; the second factor stays."""
    link = _good_link(session, LinkPurpose.RESET, token, now)
    person = session.get_one(Person, link.person_id)
    if person.state is not PersonState.ACTIVE:
        raise LinkInvalid
    set_password(session, person, password, now=now)
    link.used_at = now
    close_all_sessions(session, person.id, now=now)
    audit.record(
        session, SignedIn(person).actor, "compte.mot_de_passe_change", unit_id=person.unit_id, target=person.id
    )
    return person


def disable(session: Session, actor: Actor, person: Person, *, now: datetime) -> None:
    """Cut an account off: no sign-in, no session, no link; its roles wait for a new approval."""
    require(actor, "compte.gerer", person.unit_id, hide=True)
    person.state, person.disabled_at = PersonState.DISABLED, now
    _start_over(session, actor, person, now)
    audit.record(session, actor, "compte.desactive", unit_id=person.unit_id, target=person.id)


def enable(session: Session, actor: Actor, person: Person, *, now: datetime) -> LinkSent:
    """Invite the holder of a disabled account again; a second person approves its roles anew."""
    require(actor, "compte.gerer", person.unit_id, hide=True)
    if person.state is not PersonState.DISABLED:
        raise AccountChanged
    person.state, person.disabled_at, person.password_hash = PersonState.INVITED, None, ""
    _start_over(session, actor, person, now)
    audit.record(session, actor, "compte.reactive", unit_id=person.unit_id, target=person.id)
    return _new_link(session, person, LinkPurpose.INVITATION, now, INVITATION_LASTS)


def change_email(session: Session, actor: Actor, person: Person, email: str, *, now: datetime) -> None:
    """Send an account's mail elsewhere: its roles wait for a second person, since mail resets passwords."""
    require(actor, "compte.gerer", person.unit_id, hide=True)
    person.email = email.strip()
    _start_over(session, actor, person, now)
    audit.record(session, actor, "compte.courriel_change", unit_id=person.unit_id, target=person.id)


def remove_second_factor(session: Session, actor: Actor, person: Person, *, now: datetime) -> None:
    """Let a person enrol another telephone: sessions closed, roles wait for a second person."""
    require(actor, "compte.gerer", person.unit_id, hide=True)
    person.totp_seed, person.totp_confirmed_at, person.totp_step = "", None, 0
    _start_over(session, actor, person, now)
    audit.record(session, actor, "compte.second_facteur_retire", unit_id=person.unit_id, target=person.id)


def _start_over(session: Session, actor: Actor, person: Person, now: datetime) -> None:
    """Close what is open and send the roles back to approval, by somebody else than the actor."""
    close_all_sessions(session, person.id, now=now)
    for link in people.open_links(session, person.id):
        link.revoked_at = now
    for membership in people.memberships_of(session, person.id):
        membership.state, membership.granted_by, membership.approved_by = MembershipState.PENDING, actor.id, None
    session.flush()


def _new_link(session: Session, person: Person, purpose: LinkPurpose, now: datetime, lasts: timedelta) -> LinkSent:
    for link in people.open_links(session, person.id):
        link.revoked_at = now
    token = secrets.token_urlsafe(16)  # 128 bits
    expires_at = now + lasts
    session.add(
        LinkToken(
            purpose=purpose,
            token_hash=token_hash(token),
            person_id=person.id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return LinkSent(person, token, expires_at)


def _good_link(session: Session, purpose: LinkPurpose, token: str, now: datetime, *, lock: bool = True) -> LinkToken:
    link = people.link_by_hash(session, token_hash(token), lock=lock)
    if link is None or link.purpose is not purpose or link.used_at or link.revoked_at or now >= link.expires_at:
        raise LinkInvalid
    return link
