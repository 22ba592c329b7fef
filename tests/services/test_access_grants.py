"""Rights: who may do what where, and how nobody widens them alone."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.people import NOW, PASSWORD, ROLES, actor_with, load_roles, make_actor, make_membership, make_person
from factories.units import make_network, make_unit
from jalon.base.actor import SYSTEM, Actor
from jalon.base.errors import Forbidden, NotFound
from jalon.base.ids import new_id
from jalon.services import access
from jalon.services.access.errors import (
    AccountChanged,
    BeyondOwnRights,
    LoginTaken,
    RoleHeld,
    RoleUnknown,
    SecondPersonNeeded,
    UnitRefused,
)
from jalon.store.audit import AuditEvent
from jalon.store.organisations import Unit
from jalon.store.people import Membership, MembershipState, Person, memberships_of
from jalon.store.places import place

TODAY = date(2026, 1, 5)


def _actor(session: Session, person: Person) -> Actor:
    return access.actor_for(session, person, load_roles=load_roles)


def test_a_role_reaches_its_unit_or_those_below(session: Session) -> None:
    net = make_network(session)
    person = make_person(session, net["d31"], "agent", "chef")
    actor = _actor(session, person)
    assert actor.units_for("dossier.voir") == {net[code].id for code in ("d31", "ml_toulouse", "ml_toulouse_centre")}
    assert actor.units_for("tache.voir") == actor.units_for("compte.approuver")
    assert actor.roles == {"agent", "chef"}


def test_a_role_gives_nothing_before_after_or_once_unpublished(session: Session) -> None:
    unit = make_unit(session)
    person = make_person(session, unit, "disparu")
    make_membership(session, person, unit, "agent", starts_on=date(2026, 2, 1))
    make_membership(session, person, unit, "chef", ends_on=date(2026, 1, 4))
    make_membership(session, person, unit, "accueil", state=MembershipState.PENDING)
    assert access.actor_for(session, person, on=TODAY, load_roles=load_roles).grants == ()
    assert access.actor_for(session, person, on=date(2026, 2, 1), load_roles=load_roles).roles == {"agent"}


def test_a_closed_role_gives_nothing_and_is_not_given(session: Session) -> None:
    unit = make_unit(session)
    person = make_person(session, unit, "agent")
    closed = ROLES | {"agent": ROLES["agent"] | {"closed": True}}
    assert access.actor_for(session, person, load_roles=lambda *_: closed).grants == ()
    with pytest.raises(RoleUnknown):
        access.grant(session, SYSTEM, make_person(session), unit, "agent", now=NOW, load_roles=lambda *_: closed)


def test_roles_are_told_in_words(session: Session) -> None:
    actor = make_actor(session, make_unit(session, title="France"), "agent", "chef")
    assert access.role_lines(session, actor, load_roles=load_roles) == ["Agent, France", "Chef, France"]


def test_require_passes_refuses_or_hides() -> None:
    here, elsewhere = new_id(), new_id()
    actor = actor_with("dossier.voir", units=(here,))
    access.require(actor, "dossier.voir", here)
    access.require(actor, "dossier.voir", None)
    access.require(SYSTEM, "dossier.modifier", elsewhere)
    with pytest.raises(Forbidden) as refusal:
        access.require(actor, "dossier.modifier", here, hide=True)
    assert refusal.value.text().startswith("Vous n’avez pas le droit de faire cela (modifier les dossiers)")
    with pytest.raises(Forbidden):
        access.require(actor, "dossier.voir", elsewhere)
    with pytest.raises(NotFound):
        access.require(actor, "dossier.voir", elsewhere, hide=True)


def _grant(session: Session, actor: Actor, person: Person, unit: Unit, role: str) -> Membership:
    return access.grant(session, actor, person, unit, role, now=NOW, load_roles=load_roles)


@pytest.mark.req("S15")
def test_a_role_asked_for_gives_nothing_until_another_person_approves(session: Session) -> None:
    unit = make_unit(session)
    person, second = make_person(session, unit), make_actor(session, unit, "chef")
    membership = _grant(session, make_actor(session, unit, "administrateur"), person, unit, "agent")
    assert _actor(session, person).grants == ()
    access.approve_grant(session, second, membership, load_roles=load_roles)
    assert _actor(session, person).roles == {"agent"}
    assert membership.approved_by == second.id
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.target_id == person.id)).all()
    assert sorted(actions) == ["role.approuve", "role.demande"]


@pytest.mark.req("S15")
def test_who_asked_does_not_approve(session: Session) -> None:
    unit = make_unit(session)
    admin = make_actor(session, unit, "administrateur")
    membership = _grant(session, admin, make_person(session, unit), unit, "agent")
    with pytest.raises(SecondPersonNeeded):
        access.approve_grant(session, admin, membership, load_roles=load_roles)


@pytest.mark.req("S15")
def test_who_receives_does_not_approve(session: Session) -> None:
    unit = make_unit(session)
    chief = make_person(session, unit, "chef")
    membership = _grant(session, make_actor(session, unit, "administrateur"), chief, unit, "agent")
    with pytest.raises(SecondPersonNeeded):
        access.approve_grant(session, _actor(session, chief), membership, load_roles=load_roles)


@pytest.mark.req("S15")
@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("ml_brest", "agent", NotFound),  # another region: not even its existence
        ("fr", "agent", NotFound),  # above
        ("d31", "tout", BeyondOwnRights),  # more permissions than one's own
        ("d31", "chef", BeyondOwnRights),
        ("d31", "inconnu", RoleUnknown),
    ],
)
def test_nobody_gives_more_than_they_have(session: Session, unit: str, role: str, refusal: type[Exception]) -> None:
    net = make_network(session)
    admin = make_actor(session, net["d31"], "administrateur")
    with pytest.raises(refusal):
        _grant(session, admin, make_person(session, net["d31"]), net[unit], role)


@pytest.mark.req("S15")
def test_a_reach_wider_than_one_s_own_is_refused(session: Session) -> None:
    net = make_network(session)
    roles = ROLES | {"gerant_local": ROLES["administrateur"] | {"reach": "unit"}}
    narrow = make_person(session, net["d31"], "gerant_local")
    actor = access.actor_for(session, narrow, load_roles=lambda *_: roles)
    with pytest.raises(BeyondOwnRights):
        access.grant(
            session, actor, make_person(session), net["d31"], "administrateur", now=NOW, load_roles=lambda *_: roles
        )


@pytest.mark.req("S15")
def test_the_attack_of_december_2025_fails(session: Session) -> None:
    """One taken account manager's account, alone, ends with no account that reads a single file."""
    net = make_network(session)
    unit = net["ml_toulouse"]
    taken = make_person(session, unit, "administrateur")
    reader = make_person(session, unit, "agent", email="agent@exemple.test", password=True)
    attacker = _actor(session, taken)

    def readers() -> set[UUID]:
        people = session.scalars(select(Person)).all()
        return {person.id for person in people if _actor(session, person).units_for("dossier.voir")}

    assert readers() == {reader.id}
    # 1. create accounts that read, as in December 2025, and have them approve each other
    accounts = []
    for login in ("compte.a", "compte.b"):
        sent = access.invite(session, attacker, login=login, name=login, email=f"{login}@mal.test", unit=unit, now=NOW)
        accounts.append(access.accept_invitation(session, sent.token, PASSWORD, now=NOW))
    asked = [_grant(session, attacker, person, unit, "agent") for person in accounts]
    for membership in asked:
        with pytest.raises(SecondPersonNeeded):
            access.approve_grant(session, attacker, membership, load_roles=load_roles)
        for person in accounts:
            with pytest.raises(NotFound):  # without any role they do not even see the unit
                access.approve_grant(session, _actor(session, person), membership, load_roles=load_roles)
    # 2. give oneself, or an accomplice account, the right to approve or to read
    with pytest.raises(BeyondOwnRights):
        _grant(session, attacker, accounts[0], unit, "chef")
    own = _grant(session, attacker, taken, unit, "agent")
    with pytest.raises(SecondPersonNeeded):
        access.approve_grant(session, attacker, own, load_roles=load_roles)
    # 3. take over an account that reads, through its mail or its second factor
    access.change_email(session, attacker, reader, "reader@mal.test", now=NOW)
    link = access.request_reset(session, reader.login, now=NOW)
    assert link is not None
    access.reset_password(session, link.token, PASSWORD + "!", now=NOW)
    assert readers() == set()
    for membership in memberships_of(session, reader.id):
        with pytest.raises(SecondPersonNeeded):
            access.approve_grant(session, attacker, membership, load_roles=load_roles)
    access.disable(session, attacker, reader, now=NOW)
    again = access.enable(session, attacker, reader, now=NOW)
    access.accept_invitation(session, again.token, PASSWORD, now=NOW)
    access.remove_second_factor(session, attacker, reader, now=NOW)
    assert readers() == set()


def test_a_role_is_asked_for_once(session: Session) -> None:
    unit = make_unit(session)
    admin, person = make_actor(session, unit, "administrateur"), make_person(session, unit)
    _grant(session, admin, person, unit, "agent")
    with pytest.raises(RoleHeld):
        _grant(session, admin, person, unit, "agent")


def test_a_role_taken_back_gives_nothing_at_once(session: Session) -> None:
    unit = make_unit(session)
    person = make_person(session, unit)
    membership = make_membership(session, person, unit, "agent")
    access.revoke(session, make_actor(session, unit, "administrateur"), membership, on=TODAY)
    assert (_actor(session, person).grants, membership.ends_on) == ((), TODAY)


def test_an_approval_comes_once(session: Session) -> None:
    unit = make_unit(session)
    chief = make_actor(session, unit, "chef")
    membership = _grant(session, make_actor(session, unit, "administrateur"), make_person(session, unit), unit, "agent")
    access.approve_grant(session, chief, membership, load_roles=load_roles)
    with pytest.raises(NotFound):
        access.approve_grant(session, chief, membership, load_roles=load_roles)


def test_the_product_gives_the_first_roles_without_approval(session: Session) -> None:
    unit = make_unit(session)
    person = make_person(session, unit)
    assert _grant(session, SYSTEM, person, unit, "tout").state is MembershipState.ACTIVE
    assert _actor(session, person).roles == {"tout"}


def test_accounts_are_managed_in_one_s_scope_only(session: Session) -> None:
    net = make_network(session)
    admin = make_actor(session, net["bretagne"], "administrateur")
    person = make_person(session, net["ml_toulouse"])
    for act in (access.disable, access.enable, access.remove_second_factor, access.invite_again):
        with pytest.raises(NotFound):
            act(session, admin, person, now=NOW)
    with pytest.raises(NotFound):
        access.invite(session, admin, login="x", name="X", email="x@x.test", unit=net["d31"], now=NOW)


def test_a_login_is_taken_once_and_an_active_account_is_not_invited(session: Session) -> None:
    unit = make_unit(session)
    admin = make_actor(session, unit, "administrateur")
    person = make_person(session, unit, login="amina")
    with pytest.raises(LoginTaken):
        access.invite(session, admin, login="Amina ", name="A", email="a@a.test", unit=unit, now=NOW)
    for act in (access.invite_again, access.enable):
        with pytest.raises(AccountChanged):
            act(session, admin, person, now=NOW)


ROWS = [
    {"code": "fr", "parent": "", "level": "nation", "title": "France", "zone": "Europe/Paris", "calendar": "metropole"},
    {
        "code": "reunion",
        "parent": "fr",
        "level": "region",
        "title": "La Réunion",
        "zone": "Indian/Reunion",
        "calendar": "",
    },
    {"code": "ml_nord", "parent": "reunion", "level": "agence", "title": "Nord", "zone": "", "calendar": ""},
]


def test_units_are_imported_and_again_without_change(session: Session) -> None:
    units = access.import_units(session, SYSTEM, ROWS)
    assert [unit.path for unit in units] == ["/fr/", "/fr/reunion/", "/fr/reunion/ml_nord/"]
    assert access.place_of(session, units[2].id) == access.Place("Indian/Reunion", "metropole")
    before = session.scalars(select(AuditEvent.id)).all()
    assert access.import_units(session, SYSTEM, ROWS) == units
    assert session.scalars(select(AuditEvent.id)).all() == before


@pytest.mark.req("P2")
def test_a_unit_is_called_at_the_number_of_the_nearest_above(session: Session) -> None:
    rows = [ROWS[0], {**ROWS[1], "telephone": "02 61 91 10 05", "email": "Nord@reseau.example"}, ROWS[2]]
    (top, region, local) = access.import_units(session, SYSTEM, rows)
    assert (region.telephone, region.email) == ("+33261911005", "Nord@reseau.example")
    for unit in (region, local):
        found = place(session, unit.id)
        assert (found.telephone, found.email) == ("+33261911005", "Nord@reseau.example")
    assert (place(session, top.id).telephone, place(session, top.id).email) == ("", "")
    before = session.scalars(select(AuditEvent.id)).all()
    access.import_units(session, SYSTEM, rows)  # written with spaces, kept without: still no change
    assert session.scalars(select(AuditEvent.id)).all() == before


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("telephone", "0561", "téléphone"), ("telephone", "accueil", "téléphone"), ("email", "nord", "électronique")],
)
def test_a_number_nobody_can_call_is_refused_with_its_unit(session: Session, name: str, text: str, said: str) -> None:
    with pytest.raises(UnitRefused) as refusal:
        access.import_units(session, SYSTEM, [{**ROWS[0], name: text}])
    assert "« fr »" in refusal.value.text()
    assert said in refusal.value.text()


def test_a_unit_moves_with_those_below(session: Session) -> None:
    net = make_network(session)
    access.move_unit(session, SYSTEM, net["d31"], net["bretagne"])
    assert net["ml_toulouse_centre"].path == "/fr/bretagne/d31/ml_toulouse/ml_toulouse_centre/"
    with pytest.raises(UnitRefused):
        access.move_unit(session, SYSTEM, net["bretagne"], net["ml_toulouse"])


def test_a_code_never_serves_twice(session: Session) -> None:
    net = make_network(session)
    access.close_unit(session, SYSTEM, net["ml_brest"], now=NOW)
    with pytest.raises(UnitRefused) as refusal:
        access.create_unit(session, SYSTEM, code="ml_brest", parent=net["bretagne"], level="agence", title="Brest")
    assert "ce code a déjà servi" in refusal.value.text()
    with pytest.raises(UnitRefused):
        access.close_unit(session, SYSTEM, net["d31"], now=NOW)


@pytest.mark.parametrize("code", ["", "Fr", "1a", "a-b", "a__b", "été", "a" * 61, "a/b", "a%"])
def test_a_code_is_plain(session: Session, code: str) -> None:
    with pytest.raises(UnitRefused):
        access.create_unit(session, SYSTEM, code=code, parent=make_unit(session), level="agence", title="X")


def test_units_are_made_in_one_s_scope_only(session: Session) -> None:
    net = make_network(session)
    admin = make_actor(session, net["occitanie"], "administrateur")
    assert access.create_unit(session, admin, code="d32", parent=net["occitanie"], level="departement", title="Gers")
    with pytest.raises(NotFound):
        access.create_unit(session, admin, code="d29", parent=net["bretagne"], level="departement", title="Finistère")
    with pytest.raises(NotFound):
        access.move_unit(session, admin, net["d31"], net["bretagne"])
