"""Signing in and out, as a browser without a script does it."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from doors.conftest import both
from fakes.browser import Browser
from jalon import app as application
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.services import access, messaging
from jalon.store import organisations, people
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]


@both
def test_the_right_password_leads_to_ones_day(browser: Open) -> None:
    page = browser("accueil.toulouse")
    assert (page.status, page.url, page.title) == (200, "/ma-journee", "Ma journée")
    assert "Inès Marty" in page.text
    assert "Chargé d’accueil, Mission Locale de Toulouse" in page.text


@pytest.mark.parametrize("login", ["accueil.toulouse", "personne"])
def test_a_refusal_never_says_which_of_the_two_was_wrong(browser: Open, login: str) -> None:
    page = browser().sign_in(login, "pas le bon mot de passe")
    assert page.status == 401
    assert page.page.xpath("//*[@role='alert']")[0].text_content().strip() == "Identifiant ou mot de passe incorrect."
    assert page.shown("Identifiant") == login
    assert page.shown("Mot de passe") == ""


def test_ten_wrong_passwords_close_the_door_for_a_while(browser: Open, clock: MovableClock) -> None:
    page = browser()
    statuses = [page.sign_in("accueil.toulouse", f"essai numéro {number}").status for number in range(11)]
    assert statuses == [401] * 10 + [429]
    assert "Réessayez dans 15 minutes" in page.text
    assert page.sign_in("accueil.toulouse").status == 429
    clock.move_by(timedelta(minutes=16))
    assert page.sign_in("accueil.toulouse").url == "/ma-journee"


@pytest.mark.req("S13")
def test_signing_out_closes_the_session_on_the_server(browser: Open, app: Flask) -> None:
    page = browser("accueil.toulouse")
    stolen = page.client.get_cookie("jalon")
    assert stolen is not None
    page.send(page.form("/deconnexion"))
    assert page.url == "/connexion"
    thief = Browser(app)
    thief.client.set_cookie("jalon", stolen.value)
    assert thief.get("/ma-journee").url.startswith("/connexion")


@pytest.mark.req("S13")
def test_a_session_planted_before_sign_in_does_not_survive_it(browser: Open) -> None:
    page = browser()
    page.get("/connexion")
    planted = page.client.get_cookie("jalon")
    page.sign_in("accueil.toulouse")
    signed = page.client.get_cookie("jalon")
    assert planted is not None
    assert signed is not None
    assert planted.value != signed.value
    assert "jeton" not in planted.value


@pytest.mark.req("S13")
def test_a_disabled_account_is_out_at_once(browser: Open, wiring: Wiring) -> None:
    page = browser("accueil.toulouse")
    with wiring.database.transaction() as session:
        person = people.person_by_login(session, "accueil.toulouse")
        assert person is not None
        access.disable(session, SYSTEM, person, now=wiring.clock.now())
    assert page.get("/taches").url.startswith("/connexion")


@pytest.mark.req("S13")
@pytest.mark.parametrize(("minutes", "pages"), [(61, 0), (50, 14)], ids=["idle", "too old"])
def test_a_session_ends_when_idle_or_too_old(browser: Open, clock: MovableClock, minutes: int, pages: int) -> None:
    page = browser("accueil.toulouse")
    reached = []
    for _ in range(pages + 1):
        clock.move_by(timedelta(minutes=minutes))
        reached.append(page.get("/taches").url.partition("?")[0])
    assert reached == ["/taches"] * pages + ["/connexion"]


def test_sign_in_leads_where_the_person_was_going(browser: Open) -> None:
    page = browser()
    page.get("/taches?qui=moi")
    assert page.url.startswith("/connexion")
    page.send(page.form(having="password"), {"login": "accueil.toulouse", "password": "jalon-demonstration"})
    assert page.url == "/taches?qui=moi"


@pytest.mark.parametrize("elsewhere", ["https://pirate.example/", "//pirate.example/", "/\\pirate.example"])
def test_sign_in_never_leads_elsewhere(browser: Open, elsewhere: str) -> None:
    page = browser()
    page.get("/connexion", query_string={"next": elsewhere})
    page.send(page.form(having="password"), {"login": "accueil.toulouse", "password": "jalon-demonstration"})
    assert page.url == "/ma-journee"


def test_an_invitation_lets_a_person_choose_a_password_once(browser: Open, wiring: Wiring) -> None:
    with wiring.database.transaction() as session:
        unit = organisations.unit_by_code(session, "ml_toulouse")
        assert unit is not None
        sent = access.invite(
            session, SYSTEM, login="nouvelle", name="Nina", email="n@x.example", unit=unit, now=wiring.clock.now()
        )
        token = sent.token
    page = browser().get(f"/invitation/{token}")
    assert "nouvelle" in page.text
    assert page.send(page.form(having="again"), {"password": "court", "again": "court"}).status == 422
    assert page.send(page.form(having="again"), {"password": "une longue phrase", "again": "autre"}).status == 422
    page.send(page.form(having="again"), {"password": "une longue phrase", "again": "une longue phrase"})
    assert page.url == "/connexion"
    assert page.sign_in("nouvelle", "une longue phrase").url == "/ma-journee"
    assert browser().get(f"/invitation/{token}").status == 410


def test_a_forgotten_password_is_replaced_by_mail_and_existence_is_not_told(browser: Open, wiring: Wiring) -> None:
    page = browser()
    said = []
    for login in ("accueil.toulouse", "personne"):
        page.get("/mot-de-passe-oublie")
        page.send(page.form(having="login"), {"login": login})
        said.append((page.status, page.url, page.page.xpath("//*[@role='status']")[0].text_content()))
    assert said[0] == said[1]
    messaging.deliver_outbox(wiring.database.transaction, wiring.mailer, wiring.clock.now())
    (mail,) = wiring.mailer.mails  # type: ignore[attr-defined]  # the tests' mailbox
    address = next(word for word in mail.text.split() if "/nouveau-mot-de-passe/" in word).rstrip(".")
    page.get(address.removeprefix(wiring.settings.base_url))
    page.send(page.form(having="again"), {"password": "une autre phrase", "again": "une autre phrase"})
    assert page.sign_in("accueil.toulouse", "une autre phrase").url == "/ma-journee"


class TestSecondFactor:
    """The code of the telephone, for roles that read case files."""

    @pytest.fixture
    def strict(self, wiring: Wiring) -> Flask:
        settings = dataclasses.replace(wiring.settings, second_factor=True)
        return application.create_app(dataclasses.replace(wiring, settings=settings))

    def test_nothing_is_reached_before_the_code(self, strict: Flask, clock: MovableClock) -> None:
        page = Browser(strict).sign_in("conseiller.toulouse")
        assert page.url.startswith("/second-facteur")
        assert page.get("/taches").url.startswith("/second-facteur")
        page.send(page.page.forms[0])
        secret = page.page.findtext(".//code")
        code = pyotp.TOTP(secret).at(clock.now())
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        assert page.send(page.form(having="code"), {"code": wrong}).status == 422
        page.send(page.form(having="code"), {"code": code})
        assert (page.status, page.url) == (200, "/taches")

    def test_a_code_serves_once(self, strict: Flask, clock: MovableClock) -> None:
        page = Browser(strict).sign_in("conseiller.toulouse")
        page.send(page.page.forms[0])
        code = pyotp.TOTP(page.page.findtext(".//code")).at(clock.now())
        page.send(page.form(having="code"), {"code": code})
        other = Browser(strict).sign_in("conseiller.toulouse")
        assert other.send(other.form(having="code"), {"code": code}).status == 422
