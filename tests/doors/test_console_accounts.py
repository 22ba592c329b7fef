"""Accounts, structures and the journal: scoped, two persons for every role, nothing to export nor to edit in line."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from factories.journeys import person
from fakes.browser import Browser
from jalon.store.messaging import Outbox
from jalon.store.people import Person
from jalon.store.wiring import Wiring
from jalon.ui.permissions import declared_access

Open = Callable[..., Browser]
TABLES = "/console/tables"
NEWCOMER = {"name": "Aline Petit", "login": "aline.petit", "email": "aline.petit@exemple.fr", "unite": "ml_toulouse"}


def invited(browser: Open, login: str = "admin.toulouse") -> Browser:
    """Invite somebody; the page of the account is then at hand."""
    page = browser(login).get(f"{TABLES}/comptes/new/")
    return page.send(page.form(having="login"), NEWCOMER)


@pytest.mark.req("S1", "S15")
def test_a_role_is_asked_by_one_and_approved_by_another(browser: Open) -> None:
    page = invited(browser)
    assert page.title == "Aline Petit"
    assert "Invité" in page.text
    page.send(page.form("/role/"), {"role": "conseiller", "unite": "ml_toulouse"})
    assert "Attend un second accord" in page.text

    page.get(f"{TABLES}/comptes/a-approuver/")
    assert page.page.xpath("//button[contains(., 'Approuver')]") == []

    other = browser("direction.toulouse").get(f"{TABLES}/comptes/a-approuver/")
    assert "Aline Petit" in other.text
    other.send(other.form("/approuver/"))
    assert "Le rôle est approuvé" in other.text
    page.get(f"{TABLES}/comptes/", query_string={"search": "aline"}).click("Aline Petit")
    assert "Attend un second accord" not in page.text


@pytest.mark.req("S15")
def test_one_administrator_alone_opens_no_access(browser: Open) -> None:
    page = invited(browser)
    page.send(page.form("/role/"), {"role": "conseiller", "unite": "ml_toulouse"})
    membership = page.page.xpath("//input[@name='attribution']/@value")[0]
    forged = page.post(f"{TABLES}/comptes/approuver/", {"csrf_token": page.csrf(), "attribution": membership})
    assert forged.status == 403
    person = page.get(f"{TABLES}/comptes/", query_string={"search": "aline"}).click("Aline Petit")
    beyond = {"csrf_token": person.csrf(), "id": person.url.split("id=")[1], "role": "administrateur_national"}
    assert person.post(f"{TABLES}/comptes/role/", {**beyond, "unite": "ml_toulouse"}).status == 403
    assert "plus de droits" in person.text
    assert person.post(f"{TABLES}/comptes/role/", {**beyond, "role": "conseiller", "unite": "bretagne"}).status == 404


@pytest.mark.req("C12")
def test_an_invitation_says_what_is_missing_and_keeps_what_was_typed(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.toulouse").get(f"{TABLES}/comptes/new/")
    page.send(page.form(having="login"), {**NEWCOMER, "email": "sans arobase", "name": ""})
    assert page.status == 422
    assert "Écrivez le prénom et le nom." in page.text
    assert page.shown("Identifiant") == "aline.petit"
    page.send(page.form(having="login"), NEWCOMER)
    again = invited(browser)
    assert again.status == 409
    assert "déjà utilisé" in again.text


def test_an_account_is_disabled_then_invited_again(browser: Open) -> None:
    page = invited(browser)
    page.send(page.form("/inviter-encore/"))
    assert "Une nouvelle invitation part" in page.text
    page.send(page.form("/desactiver/"))
    assert "Désactivé" in page.text
    page.send(page.form("/reactiver/"))
    assert "Invité" in page.text


@pytest.mark.req("S15")
def test_a_role_asked_for_is_written_to_those_who_may_approve_it(browser: Open, wiring: Wiring) -> None:
    page = invited(browser)
    page.send(page.form("/role/"), {"role": "conseiller", "unite": "ml_toulouse"})
    with wiring.database.transaction() as session:
        mails = session.scalars(select(Outbox).where(Outbox.key.startswith("approbation/"))).all()
        told = {mail.recipient for mail in mails}
        assert all("Aline Petit" in mail.subject and "/a-approuver/" in mail.text for mail in mails)
    assert "direction.toulouse@missions-locales.example" in told
    assert "admin.toulouse@missions-locales.example" not in told  # who asks does not approve


@pytest.mark.req("S15")
def test_a_changed_address_and_a_lost_telephone_send_the_roles_back_to_approval(browser: Open, wiring: Wiring) -> None:
    with wiring.database.transaction() as session:
        thomas = person(session, "conseiller2.toulouse").id
        session.get_one(Person, thomas).totp_confirmed_at = wiring.clock.now()
    page = browser("admin.toulouse").get(f"{TABLES}/comptes/", query_string={"search": "roques"}).click("Thomas Roques")
    page.send(page.form("/courriel/"), {"courriel": "sans arobase"})
    assert page.status == 422
    page.send(page.form("/courriel/"), {"courriel": "t.roques@exemple.fr"})
    assert "t.roques@exemple.fr" in page.text
    assert "Attend un second accord" in page.text
    page.send(page.form("/second-facteur/"))
    assert "sera redemandée" in page.text
    with wiring.database.transaction() as session:
        assert session.get_one(Person, thomas).totp_confirmed_at is None


@pytest.mark.req("S1", "S4")
def test_the_accounts_of_elsewhere_do_not_exist(browser: Open) -> None:
    breton = browser("admin.bretagne").get(f"{TABLES}/comptes/", query_string={"search": "conseiller.brest"})
    (link,) = breton.page.xpath("//tbody//a/@href")
    page = browser("admin.toulouse")
    assert page.get(link).status == 404
    assert "Nolwenn" not in page.get(f"{TABLES}/comptes/", query_string={"search": "brest"}).text
    identity = link.split("id=")[1]
    page.get(f"{TABLES}/comptes/")
    page.get(f"{TABLES}/comptes/new/")
    assert page.post(f"{TABLES}/comptes/desactiver/", {"csrf_token": page.csrf(), "id": identity}).status == 404
    assert browser("conseiller.toulouse").get(f"{TABLES}/comptes/").status == 403


@pytest.mark.req("S1")
def test_nothing_is_exported_nor_edited_in_line(app: Flask, browser: Open) -> None:
    page = browser("admin.national").get(f"{TABLES}/comptes/new/")
    token = page.csrf()
    for table in ("comptes", "structures", "journal"):
        for address in ("export/csv/", "edit/?id=1", "ajax/lookup/?name=x"):
            assert (table, address, page.get(f"{TABLES}/{table}/{address}").status) == (table, address, 404)
        for address in ("delete/", "action/", "ajax/update/"):
            assert page.post(f"{TABLES}/{table}/{address}", {"csrf_token": token, "id": "1"}).status == 404
    declared = {
        one: declared_access(app, one) for one in app.view_functions if one.startswith(("comptes.", "journal."))
    }
    assert declared["comptes.create_view"] == "compte.gerer"
    assert declared["comptes.approve"] == "compte.approuver"
    assert declared["journal.index_view"] == "audit.voir"


def test_structures_and_the_journal_are_read_sorted_and_paged(browser: Open) -> None:
    page = browser("admin.occitanie").get(f"{TABLES}/structures/")
    assert page.title == "Structures"
    assert "Bretagne" not in page.text
    assert "Haute-Garonne" in page.text
    assert "Métropole" in page.text
    assert "metropole" not in page.text
    page.click("Nom")
    assert page.status == 200
    assert "Toulouse" in page.get(f"{TABLES}/structures/", query_string={"search": "toulouse"}).text

    invited(browser)
    page = browser("admin.toulouse").get(f"{TABLES}/journal/")
    assert "Personne invitée" in page.text
    assert "Samira Bouzid" in page.text
    assert "rôle : Administrateur de Mission Locale" in page.text
    assert "administrateur_local" not in page.text
    sought = page.get(f"{TABLES}/journal/", query_string={"search": "invitée"}).page.xpath("//tbody/tr")
    assert {row.xpath("string(td[contains(., 'Personne invitée')])") != "" for row in sought} == {True}
    page.get(f"{TABLES}/journal/")
    assert "aline.petit@exemple.fr" not in page.text
    assert page.get(f"{TABLES}/journal/", query_string={"page": "1"}).status == 200
    assert browser("conseiller.toulouse").get(f"{TABLES}/journal/").status == 403
    assert browser("admin.toulouse").get(f"{TABLES}/").title == "Mission Locale de Toulouse"
