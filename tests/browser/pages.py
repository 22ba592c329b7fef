"""The pages people see, by who sees them and how they get there; shared by tests and screenshots."""

import shutil
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Playwright

Visit = Callable[[Page], object]


def launch(playwright: Playwright) -> Browser:
    """Start Chromium: the system's, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return playwright.chromium.launch(executable_path=found, args=[*arguments, "--disable-sync", "--no-first-run"])


def at(path: str) -> Visit:
    """Go to an address."""
    return lambda page: page.goto(path)


def first_link(path: str, text: str) -> Visit:
    """Go to an address, then follow its first link with that text."""

    def visit(page: Page) -> None:
        page.goto(path)
        page.get_by_role("link", name=text).first.click()

    return visit


def first_run(page: Page) -> None:
    """Open the first case file of the day, then its first run, its map unfolded."""
    page.goto("/dossiers?q=Delmas")
    page.locator("#contenu .rows a.row-title").first.click()
    page.locator("a[href*='/parcours/']").first.click()
    page.locator("details summary", has_text="plan du parcours").first.click()


def first_file(page: Page) -> None:
    """Open a case file."""
    page.goto("/dossiers?q=Delmas")
    page.locator("#contenu .rows a.row-title").first.click()


def started_form(page: Page) -> None:
    """Start a first reception and stay on its first form."""
    page.goto("/parcours/demarrer")
    page.get_by_role("button", name="premier accueil").first.click()


def refused_form(page: Page) -> None:
    """Send that form without answering."""
    started_form(page)
    page.get_by_role("button", name="Vérifier avant de valider").or_(
        page.get_by_role("button", name="Enregistrer et continuer")
    ).first.click()


VISITS: dict[str, dict[str, Visit]] = {
    "": {"connexion": at("/connexion"), "oubli": at("/mot-de-passe-oublie"), "page": at("/pages/accessibilite")},
    "accueil.toulouse": {"demarrer": at("/parcours/demarrer"), "formulaire": started_form, "erreurs": refused_form},
    "conseiller.toulouse": {
        "ma-journee": at("/ma-journee"),
        "taches": at("/taches"),
        "dossiers": at("/dossiers"),
        "recherche": at("/dossiers?q=delmas"),
        "dossier": first_file,
        "parcours": first_run,
    },
}
