"""The pages people see, by who sees them and how they get there; shared by tests and screenshots."""

import shutil
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Playwright

from browser.scene import Scene

Visit = Callable[[Page, Scene], object]

NOBODY = ""
"""Whoever is not signed in, partners included."""


def launch(playwright: Playwright) -> Browser:
    """Start Chromium: the system's, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return playwright.chromium.launch(executable_path=found, args=[*arguments, "--disable-sync", "--no-first-run"])


def at(path: str) -> Visit:
    """Go to an address."""
    return lambda page, _scene: page.goto(path)


def _refused_sign_in(page: Page, _scene: Scene) -> None:
    page.goto("/connexion")
    page.get_by_label("Identifiant").fill("personne")
    page.get_by_label("Mot de passe").fill("rien")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("alert").wait_for()


def _begun_link(page: Page, scene: Scene) -> None:
    _begin(page, scene.link)


def _begin(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/lien/tache/repondre")


def _refused_link(page: Page, scene: Scene) -> None:
    _begun_link(page, scene)
    page.get_by_role("button", name="Envoyer ma réponse").click()
    page.get_by_role("alert").wait_for()


def _accepted_link(page: Page, scene: Scene) -> None:
    _begin(page, scene.begun_link)
    page.get_by_role("radio", name="Acceptée").check()


def _declining(page: Page, scene: Scene) -> None:
    _begun_link(page, scene)
    page.get_by_role("link", name="Décliner").click()
    page.wait_for_url("**/decliner")


def _refused_declining(page: Page, scene: Scene) -> None:
    _declining(page, scene)
    page.get_by_role("button", name="Décliner").click()
    page.get_by_role("alert").wait_for()


def _form(page: Page, scene: Scene) -> None:
    page.goto(scene.filling)


def _refused_form(page: Page, scene: Scene) -> None:
    _form(page, scene)
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_role("alert").wait_for()


def _correction(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.finished}/corriger")


def _refused_correction(page: Page, scene: Scene) -> None:
    _correction(page, scene)
    page.get_by_role("button", name="Enregistrer la correction").click()
    page.get_by_role("alert").wait_for()


def _clash(page: Page, scene: Scene) -> None:
    """Change the same answer from two windows; the other one is saved first."""
    page.goto(f"{scene.filling}?section=tout")
    other = page.context.new_page()
    other.goto(page.url)
    before = page.get_by_label("Nom de naissance").input_value()
    for window, name in ((other, f"{before}a"), (page, f"{before}b")):
        window.get_by_label("Nom de naissance").fill(name)
        window.get_by_role("button", name="Enregistrer et quitter").click()
        window.wait_for_load_state()
    other.close()
    page.get_by_role("button", name="Garder ces choix").wait_for()


def _unfolded_map(page: Page, scene: Scene) -> None:
    page.goto(scene.run)
    page.locator("summary", has_text="plan du parcours").click()


def _new_file(page: Page, _scene: Scene) -> None:
    page.goto("/parcours/demarrer")
    page.get_by_role("link", name="Démarrer Conduire un premier accueil").click()


def _refused_new_file(page: Page, scene: Scene) -> None:
    _new_file(page, scene)
    page.get_by_role("button", name="Chercher, puis démarrer").click()
    page.get_by_role("alert").wait_for()


def _alike(page: Page, scene: Scene) -> None:
    _new_file(page, scene)
    page.get_by_label("Prénom").fill("Lina")
    page.get_by_label("Nom d’usage").fill("Bonnet")
    page.get_by_role("button", name="Chercher, puis démarrer").click()
    page.locator("#ressemblances").wait_for()


def _account(page: Page, _scene: Scene) -> None:
    page.goto("/ma-journee")
    page.locator("summary", has_text="mon compte").click()


def _refused_problem(page: Page, _scene: Scene) -> None:
    page.goto("/signaler")
    page.get_by_label("Que faisiez-vous").fill("   ")
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_role("alert").wait_for()


def _told_problem(page: Page, _scene: Scene) -> None:
    page.goto("/signaler")
    page.get_by_label("Que faisiez-vous").fill("La liste est vide")
    page.get_by_role("button", name="Envoyer").click()
    page.locator("main code").wait_for()


def _kept_filter(page: Page, _scene: Scene) -> None:
    page.goto("/taches?qui=libres")
    if not page.get_by_role("link", name="Tâches libres").count():
        page.get_by_label("Garder ce filtre sous le nom").fill("Tâches libres")
        page.get_by_role("button", name="Garder").click()
    page.get_by_role("link", name="Tâches libres").wait_for()


def _refused_absence(page: Page, _scene: Scene) -> None:
    page.goto("/absences")
    page.get_by_role("button", name="Noter l’absence").click()
    page.get_by_role("alert").wait_for()


def _absence(page: Page, _scene: Scene) -> None:
    page.goto("/absences")
    if not page.get_by_role("button", name="Annuler").count():
        page.get_by_label("Premier jour").fill("24/12/2030")
        page.get_by_label("Dernier jour").fill("02/01/2031")
        page.get_by_label("Qui fait ses tâches").select_option(index=1)
        page.get_by_role("button", name="Noter l’absence").click()
    page.get_by_role("button", name="Annuler").first.wait_for()


def _handing(page: Page, _scene: Scene) -> None:
    page.goto("/taches?qui=equipe")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Confier les tâches cochées").click()
    page.get_by_text("À qui ?").wait_for()


def _refused_handing(page: Page, scene: Scene) -> None:
    _handing(page, scene)
    page.get_by_role("button", name="Confier", exact=True).click()
    page.get_by_role("alert").wait_for()


def _comparison(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.dossier}/doublons")
    page.get_by_role("link", name="Comparer").first.click()
    page.get_by_role("button", name="Réunir").wait_for()


def _closing(page: Page, scene: Scene) -> None:
    page.goto(scene.dossier)
    page.locator("summary", has_text="Clore").click()
    page.get_by_role("button", name="Clore le dossier").wait_for()


def _operation(page: Page, _scene: Scene) -> None:
    page.goto("/exploitation/parcours")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Pourquoi").fill("Panne d’un service")
    page.get_by_role("button", name="Lancer l’opération").click()
    page.get_by_role("button", name="Oui, lancer l’opération").wait_for()


def _refused_outside(page: Page, _scene: Scene) -> None:
    page.goto("/dossiers/exceptionnel")
    page.get_by_role("button", name="Ouvrir ce dossier").click()
    page.get_by_role("alert").wait_for()


VISITS: dict[str, dict[str, Visit]] = {
    NOBODY: {
        "connexion": at("/connexion"),
        "connexion-refusee": _refused_sign_in,
        "mot-de-passe-oublie": at("/mot-de-passe-oublie"),
        "page": at("/pages/accessibilite"),
        "page-introuvable": at("/rien-ici"),
        "lien": lambda page, scene: page.goto(scene.link),
        "lien-formulaire": _begun_link,
        "lien-rempli": _accepted_link,
        "lien-erreurs": _refused_link,
        "lien-decliner": _declining,
        "lien-decliner-refuse": _refused_declining,
        "lien-repondu": lambda page, scene: page.goto(scene.answered_link),
        "lien-inconnu": at("/lien/inconnu"),
        "lien-expire": lambda page, scene: page.goto(scene.expired_link),
        "lien-code": lambda page, scene: page.goto(f"{scene.link}/code"),
        "signaler": at("/signaler"),
        "signaler-refuse": _refused_problem,
        "signaler-fait": _told_problem,
    },
    "accueil.toulouse": {
        "journee-vide": at("/ma-journee"),
        "demarrer": at("/parcours/demarrer"),
        "nouveau-dossier": _new_file,
        "nouveau-dossier-refuse": _refused_new_file,
        "nouveau-dossier-ressemblant": _alike,
        "acces-refuse": at("/exploitation/incidents"),
    },
    "conseiller.toulouse": {
        "ma-journee": at("/ma-journee"),
        "compte": _account,
        "taches": at("/taches"),
        "taches-filtre": _kept_filter,
        "absences": at("/absences"),
        "absences-refusee": _refused_absence,
        "absences-notee": _absence,
        "doublons": lambda page, scene: page.goto(f"{scene.dossier}/doublons"),
        "doublons-comparer": _comparison,
        "dossier-ailleurs": at("/dossiers/exceptionnel"),
        "dossier-ailleurs-refuse": _refused_outside,
        "parcours-liens": lambda page, scene: page.goto(scene.followed),
        "taches-aucune": at("/taches?qui=moi&quand=retard"),
        "dossiers": at("/dossiers"),
        "recherche": at("/dossiers?q=delmas"),
        "recherche-vide": at("/dossiers?q=introuvable"),
        "dossier": lambda page, scene: page.goto(scene.dossier),
        "dossier-clore": _closing,
        "parcours": lambda page, scene: page.goto(scene.run),
        "plan": _unfolded_map,
        "formulaire": _form,
        "formulaire-erreurs": _refused_form,
        "formulaire-entier": lambda page, scene: page.goto(f"{scene.filling}?section=tout"),
        "verification": lambda page, scene: page.goto(f"{scene.filling}/verifier"),
        "impression": lambda page, scene: page.goto(f"{scene.filling}/imprimer"),
        "tache-terminee": lambda page, scene: page.goto(scene.finished),
        "impression-terminee": lambda page, scene: page.goto(f"{scene.finished}/imprimer"),
        "correction": _correction,
        "correction-refusee": _refused_correction,
        "reponses-concurrentes": _clash,
    },
    "direction.toulouse": {
        "journee-direction": at("/ma-journee"),
        "taches-equipe": at("/taches?qui=equipe"),
        "confier": _handing,
        "confier-refuse": _refused_handing,
        "journal": at("/console/tables/journal/"),
        "comptes": at("/console/tables/comptes/"),
        "comptes-a-approuver": at("/console/tables/comptes/a-approuver/"),
        "absences-equipe": at("/absences"),
        "exports": at("/exports"),
    },
    "operateur.dsi": {
        "signalements": at("/signalements"),
        "operation-a-confirmer": _operation,
    },
}
