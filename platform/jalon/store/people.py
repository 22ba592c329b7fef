"""Accounts, the roles they hold, their sessions, the links that let somebody in, the tries refused."""

import enum
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Identified, Table
from jalon.store.organisations import Unit


class PersonState(enum.StrEnum):
    """The life of an account."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class MembershipState(enum.StrEnum):
    """The life of a role held: asked for by one, approved by another, ended."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class LinkPurpose(enum.StrEnum):
    """What a link lets the holder of an account do."""

    INVITATION = "invitation"
    RESET = "reset"


class Person(Identified, Table):
    """An account: somebody who signs in. `unit_id` is the unit that looks after the account.

    `totp_seed` is not the shared secret: that is derived from it and from the product's own key.
    """

    __tablename__ = "person"

    login: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True, default=None)
    state: Mapped[PersonState] = mapped_column(default=PersonState.INVITED)
    language: Mapped[str] = mapped_column(String(10), default="fr")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    password_at: Mapped[datetime | None] = mapped_column(default=None)
    totp_seed: Mapped[str] = mapped_column(String(64), default="")
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    totp_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)


class Membership(Identified, Table):
    """One role held by one person at one unit."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_unit_state", "unit_id", "state"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(60))
    state: Mapped[MembershipState] = mapped_column(default=MembershipState.PENDING)
    granted_by: Mapped[UUID | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(default=None)
    ended_by: Mapped[UUID | None] = mapped_column(default=None)
    starts_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class PersonSession(Identified, Table):
    """A person signed in on one browser; only the hash of the token is kept."""

    __tablename__ = "person_session"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    address: Mapped[str] = mapped_column(String(64), default="")


class LinkToken(Identified, Table):
    """A link sent to the holder of an account; 128 random bits of which only the hash is kept."""

    __tablename__ = "link_token"

    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class LoginAttempt(Identified, Table):
    """One try at signing in; the login typed is kept as a keyed hash, it may be a password typed too soon."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_login_hash_at", "login_hash", "at"),
        Index("ix_login_attempt_address_at", "address", "at"),
    )

    login_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    succeeded: Mapped[bool] = mapped_column(default=False)


def person_by_login(session: Session, login: str) -> Person | None:
    """Return the account of that login, whatever its case."""
    return session.scalars(select(Person).where(Person.login == login.strip().casefold())).one_or_none()


def people_by_email(session: Session, email: str) -> Sequence[Person]:
    """Return the accounts that read their mail at that address."""
    return session.scalars(select(Person).where(func.lower(Person.email) == email.strip().lower())).all()


def people_of(session: Session, unit_ids: Collection[UUID]) -> Sequence[Person]:
    """Return the accounts looked after by these units or holding a role there, by name."""
    held = select(Membership.person_id).where(
        Membership.unit_id.in_(unit_ids), Membership.state != MembershipState.ENDED
    )
    query = select(Person).where(or_(Person.unit_id.in_(unit_ids), Person.id.in_(held)))
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def memberships_of(session: Session, person_id: UUID) -> Sequence[Membership]:
    """Return the roles a person holds or waits for, ended ones excluded, oldest first."""
    query = select(Membership).where(Membership.person_id == person_id, Membership.state != MembershipState.ENDED)
    return session.scalars(query.order_by(Membership.id)).all()


def active_memberships(session: Session, person_id: UUID, on: date) -> Sequence[Membership]:
    """Return the roles in force on a date, oldest first."""
    query = select(Membership).where(
        Membership.person_id == person_id,
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.starts_on.is_(None), Membership.starts_on <= on),
        or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
    )
    return session.scalars(query.order_by(Membership.id)).all()


def holders(session: Session, role: str, unit_ids: Collection[UUID], on: date) -> Sequence[Person]:
    """Return the active accounts that hold a role at one of these units on a date, by name."""
    return session.scalars(_active_with(unit_ids, on, Membership.role == role)).all()


def working_at(session: Session, unit_ids: Collection[UUID], on: date) -> Sequence[Person]:
    """Return the active accounts that hold any role at one of these units on a date, by name."""
    return session.scalars(_active_with(unit_ids, on)).all()


def posts(session: Session, unit_ids: Collection[UUID], on: date) -> Sequence[tuple[Person, UUID, str]]:
    """Return (account, unit, role) for each role held at these units on a date; an account's highest units first."""
    query = select(Person, Membership.unit_id, Membership.role).join(Membership, Membership.person_id == Person.id)
    query = query.join(Unit, Unit.id == Membership.unit_id)
    query = query.where(Person.state == PersonState.ACTIVE, *_held(unit_ids, on))
    rows = session.execute(query.order_by(Person.name, Person.id, func.length(Unit.path), Unit.path))
    return [(person, unit_id, role) for person, unit_id, role in rows]


def _active_with(unit_ids: Collection[UUID], on: date, *more: ColumnElement[bool]) -> Select[tuple[Person]]:
    held = select(Membership.person_id).where(*_held(unit_ids, on), *more)
    query = select(Person).where(Person.id.in_(held), Person.state == PersonState.ACTIVE)
    return query.order_by(Person.name, Person.id)


def _held(unit_ids: Collection[UUID], on: date) -> tuple[ColumnElement[bool], ...]:
    """Return what a role in force at one of these units on a date meets."""
    return (
        Membership.unit_id.in_(unit_ids),
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.starts_on.is_(None), Membership.starts_on <= on),
        or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
    )


def people_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Person]:
    """Return these accounts, by name."""
    if not ids:
        return []
    return session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.name, Person.id)).all()


def pending_memberships(session: Session, unit_ids: Collection[UUID]) -> Sequence[Membership]:
    """Return the roles that wait for a second person at these units, oldest first."""
    query = select(Membership).where(Membership.state == MembershipState.PENDING, Membership.unit_id.in_(unit_ids))
    return session.scalars(query.order_by(Membership.id)).all()


def session_by_hash(session: Session, token_hash: str) -> PersonSession | None:
    """Return the session of a token, ended or not."""
    return session.scalars(select(PersonSession).where(PersonSession.token_hash == token_hash)).one_or_none()


def signed_in(session: Session, token_hash: str) -> tuple[PersonSession, Person] | None:
    """Return the session of a token with its account, both read afresh."""
    query = select(PersonSession, Person).join(Person, Person.id == PersonSession.person_id)
    query = query.where(PersonSession.token_hash == token_hash).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


def open_sessions(session: Session, person_id: UUID) -> Sequence[PersonSession]:
    """Return the sessions a person has not closed, newest first."""
    query = select(PersonSession).where(PersonSession.person_id == person_id, PersonSession.ended_at.is_(None))
    return session.scalars(query.order_by(PersonSession.id.desc())).all()


def link_by_hash(session: Session, token_hash: str, *, lock: bool = False) -> LinkToken | None:
    """Return the link of a token, used or not; locked against a second use at the same time when it is to be used."""
    query = select(LinkToken).where(LinkToken.token_hash == token_hash)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def open_links(session: Session, person_id: UUID) -> Sequence[LinkToken]:
    """Return the links of a person neither used nor revoked, oldest first."""
    query = select(LinkToken).where(
        LinkToken.person_id == person_id, LinkToken.used_at.is_(None), LinkToken.revoked_at.is_(None)
    )
    return session.scalars(query.order_by(LinkToken.id)).all()


def failures_since(session: Session, since: datetime, login_hash: str) -> int:
    """Count the refused tries of a login since its last success."""
    query = select(func.count()).select_from(LoginAttempt).where(~LoginAttempt.succeeded, LoginAttempt.at > since)
    success = select(func.max(LoginAttempt.at)).where(LoginAttempt.login_hash == login_hash, LoginAttempt.succeeded)
    last = session.scalar(success)
    if last is not None:
        query = query.where(LoginAttempt.at > last)
    return session.scalar(query.where(LoginAttempt.login_hash == login_hash)) or 0


def refused_from(session: Session, attempt: LoginAttempt, since: datetime) -> tuple[int, datetime | None]:
    """Count the other accounts refused from the address of a try, and tell when the last was."""
    query = select(func.count(LoginAttempt.login_hash.distinct()), func.max(LoginAttempt.at))
    query = query.where(LoginAttempt.address == attempt.address, ~LoginAttempt.succeeded, LoginAttempt.at > since)
    accounts, last = session.execute(query.where(LoginAttempt.login_hash != attempt.login_hash)).one()
    return accounts, last


def came_in_from(session: Session, login_hash: str, address: str, since: datetime) -> bool:
    """Tell whether an account signed in from an address since an instant."""
    query = select(LoginAttempt.id).where(LoginAttempt.login_hash == login_hash, LoginAttempt.at > since)
    query = query.where(LoginAttempt.address == address, LoginAttempt.succeeded)
    return session.scalar(query.limit(1)) is not None
