"""A new case file: look-alikes are proposed before anything is created, without a script."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.store.dossiers import Dossier
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
YANIS = {"Prénom": "Yannis", "Nom d’usage": "Delmas", "Date de naissance": "14/09/2005"}


def files(wiring: Wiring) -> int:
    with wiring.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(Dossier).where(Dossier.type == "jeune")) or 0


def asked(browser: Open, login: str = "accueil.toulouse") -> Browser:
    page = browser(login).click("Démarrer un parcours")
    (address,) = [a.get("href") for a in page.page.iter("a") if "premier accueil" in a.text_content()]
    return page.get(address)


@pytest.mark.req("C18")
def test_a_look_alike_is_proposed_with_its_reasons_then_opened(wiring: Wiring, browser: Open) -> None:
    walk_to(wiring, "explorer_personnel")
    before = files(wiring)
    page = asked(browser)
    page.send(page.form("/nouveau"), YANIS, "action=chercher")
    assert page.status == 200
    assert "Un dossier ressemble à celui-ci" in page.text
    assert "même date de naissance et nom voisin" in page.text
    assert files(wiring) == before
    page.click("Ouvrir son dossier")
    assert page.title == "Yanis Delmas"
    assert files(wiring) == before


@pytest.mark.req("C18", "C14")
def test_the_case_file_is_created_all_the_same_when_told_to(wiring: Wiring, browser: Open) -> None:
    walk_to(wiring, "explorer_personnel")
    before = files(wiring)
    page = asked(browser)
    page.send(page.form("/nouveau"), YANIS, "action=chercher")
    page.send(page.form("/nouveau"), {}, "action=creer")
    assert page.status == 200
    assert files(wiring) == before + 1
    assert page.shown("Prénom") == "Yannis"
    assert page.shown("Date de naissance") == "14/09/2005"


def test_nobody_alike_starts_at_once_and_nothing_said_creates_nothing(wiring: Wiring, browser: Open) -> None:
    before = files(wiring)
    page = asked(browser)
    page.send(page.form("/nouveau"), {}, "action=chercher")
    assert (page.status, files(wiring)) == (422, before)
    (link,) = page.page.xpath("//*[@role='alert']//a")
    assert "Donnez au moins un nom" in link.text_content()
    assert page.page.xpath(f"//input[@id='{link.get('href')[1:]}'][@aria-invalid='true']")
    page.send(page.form("/nouveau"), {"Date de naissance": "hier", "Prénom": "Zoé"}, "action=chercher")
    assert (page.status, files(wiring)) == (422, before)
    assert page.shown("Prénom") == "Zoé"
    page.send(page.form("/nouveau"), {"Date de naissance": "01/02/2006"}, "action=chercher")
    assert (page.status, files(wiring)) == (200, before + 1)


def test_another_agency_is_told_nothing(wiring: Wiring, browser: Open) -> None:
    walk_to(wiring, "explorer_personnel")
    page = asked(browser, "accueil.rennes")
    page.send(page.form("/nouveau"), YANIS, "action=chercher")
    assert "ressemble" not in page.text

    assert browser("accueil.rennes").get("/parcours/nouveau?unite=x&processus=premier-accueil").status == 404
