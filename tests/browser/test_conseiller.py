"""The day of whoever fills forms: nothing typed is lost, errors explain themselves, everything by keyboard."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Running
from browser.scene import reception
from factories.journeys import person, walk_to
from jalon.services import worklist
from jalon.store.worklist import Draft, Submission, Task

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
STATUS = "#enregistrement"
BIRTH = "Date de naissance ("
"""The beginning of a label; the search field of the header names a date of birth too."""


def saved(page: Page) -> Locator:
    """The line that says when the draft was last saved, once it says so."""
    return page.locator(f"{STATUS}[data-state=saved]")


def draft_of(running: Running, task: Task) -> dict:
    """Return the answers kept of a task."""
    with running.wiring.database.transaction() as session:
        found = session.get(Draft, task.id)
        return dict(found.data) if found else {}


def focused_label(page: Page) -> str:
    """Return the label of the field that has the focus."""
    return str(page.evaluate("document.activeElement.labels?.[0]?.textContent.trim() ?? ''"))


@pytest.mark.req("C1", "C7", "C8", "C15", "C16", "X2")
def test_a_reception_is_filled_by_keyboard_from_sign_in_to_the_next_task(visit: Callable[..., Page]) -> None:
    page = visit("/connexion")
    page.get_by_label("Identifiant").focus()
    page.keyboard.type("accueil.toulouse")
    page.keyboard.press("Tab")
    page.keyboard.type("jalon-demonstration")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ma-journee")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ma journée")

    by_keyboard(page, "link", "Démarrer un parcours")
    by_keyboard(page, "link", "Démarrer Conduire un premier accueil")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nouveau dossier : jeune")
    for label, text in (("Prénom", "Inaya"), ("Nom d’usage", "Roux"), (BIRTH, "14/09/2006")):
        there(page, label).focus()
        page.keyboard.type(text)
    by_keyboard(page, "button", "Chercher, puis démarrer")

    expect(page.get_by_role("heading", level=1)).to_have_text("Accueillir le jeune")
    expect(page.get_by_label("Prénom")).to_have_value("Inaya")
    expect(page.get_by_label(BIRTH)).to_have_value("14/09/2006")
    there(page, "Téléphone").focus()
    for text in ("06 12 34 56 78", "", "Toulouse"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Enregistrer et continuer")).to_be_focused()
    page.keyboard.press("Enter")

    there(page, "Canal du contact").focus()
    page.keyboard.type("Sur place")
    page.keyboard.press("Tab")
    page.keyboard.type("Venu de")
    page.get_by_role("group", name="Déjà suivi").get_by_label("Non").focus()
    page.keyboard.press("Space")
    by_keyboard(page, "button", "Enregistrer et continuer")

    there(page, "Trouver un emploi").focus()
    page.keyboard.press("Space")
    suite = page.get_by_label("Suite donnée")
    if suite.count():
        suite.focus()
        page.keyboard.type("Entretien")
    else:
        page.get_by_role("group", name="Suite donnée").get_by_label("Entretien").focus()
        page.keyboard.press("Space")
    by_keyboard(page, "button", "Vérifier avant de valider")

    expect(page.get_by_role("heading", level=2).first).to_have_text("Vérifier avant de valider")
    expect(page.get_by_text("14/09/2006")).to_be_visible()
    expect(page.get_by_text("Trouver un emploi")).to_be_visible()
    by_keyboard(page, "button", "Valider et terminer la tâche")
    expect(page.get_by_text("La tâche est terminée.")).to_be_visible()
    expect(page.get_by_role("link", name="Inaya Roux").first).to_be_visible()


def there(page: Page, label: str) -> Locator:
    """Return a field once its page is all there: until then the browser may still move the focus."""
    field = page.get_by_label(label)
    field.wait_for()
    page.wait_for_load_state()
    return field


def by_keyboard(page: Page, role: str, name: str) -> None:
    """Reach a control with Tab, as somebody without a mouse does, then press Enter."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # a role of ARIA
    wanted.wait_for()
    page.wait_for_load_state()
    for _ in range(120):
        if wanted.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_load_state()


@pytest.mark.req("C8", "C11")
def test_what_is_typed_leaves_within_a_second_and_is_found_again_at_the_same_question(
    signed_in: SignIn, server: Running
) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse")
    page.clock.install()
    page.goto(f"/taches/{task.id}")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)  # from here on, only the test makes time go by
    page.get_by_label("Prénom").fill("Maëlys")
    page.get_by_label("Téléphone").fill("0536")
    with page.expect_request("**/brouillon"):
        page.clock.run_for(1_000)
    page.clock.resume()
    expect(saved(page)).to_contain_text("Brouillon enregistré à")
    assert draft_of(server, task) | {"prenom": "Maëlys"} == draft_of(server, task)

    page.goto(f"/taches/{task.id}")
    expect(page.get_by_label("Téléphone")).to_be_focused()
    expect(page.get_by_label("Prénom")).to_have_value("Maëlys")
    expect(page.locator(STATUS)).to_contain_text("Brouillon enregistré le")


@pytest.mark.req("C14")
def test_a_known_answer_shows_its_origin_and_once_cleared_stays_cleared(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "explorer_personnel")
    page = signed_in("conseiller.toulouse", f"/taches/{task.id}")
    field = page.get_by_label(BIRTH)
    assert field.input_value() != ""
    expect(page.locator(".jalon-origin").first).to_contain_text("Inès Marty")
    field.fill("")
    expect(saved(page)).to_be_visible()
    _until(lambda: "date_naissance" in draft_of(server, task))
    page.reload()
    expect(page.get_by_label(BIRTH)).to_have_value("")


@pytest.mark.req("C12", "X6")
def test_errors_are_listed_on_top_with_links_and_all_that_was_typed_stays(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}")
    page.get_by_label("Prénom").fill("Ilan")
    page.get_by_label(BIRTH).fill("le 31 février")
    with page.expect_response(lambda one: one.request.method == "POST" and "brouillon" not in one.url) as answer:
        page.get_by_role("button", name="Enregistrer et continuer").click()
    assert answer.value.status == 422
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("réponses sont à corriger")
    expect(page.get_by_label("Prénom")).to_have_value("Ilan")
    expect(page.get_by_label(BIRTH)).to_have_value("le 31 février")
    expect(page.get_by_label(BIRTH)).to_have_attribute("aria-invalid", "true")
    summary.get_by_role("link", name="Date de naissance").click()
    assert focused_label(page).startswith("Date de naissance")
    expect(page).to_have_title("À corriger · Qui est accueilli · Accueillir le jeune · Jalon")

    page.goto("/ma-journee")
    page.goto(f"/taches/{task.id}?section=identite")
    expect(page.get_by_label(BIRTH)).to_have_value("le 31 février")


@pytest.mark.req("C13", "X6")
def test_a_conditional_question_shows_and_hides_as_one_answers(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}?section=venue")
    which = page.get_by_label("Quelle Mission Locale")
    known = page.get_by_role("group", name="Déjà suivi")
    expect(which).to_be_hidden()
    known.get_by_label("Oui").check()
    expect(which).to_be_visible()
    which.fill("Rennes")
    known.get_by_label("Non").check()
    expect(which).to_be_hidden()
    known.get_by_label("Oui").check()
    expect(which).to_have_value("Rennes")


@pytest.mark.req("C7", "X8")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-script"])
def test_rows_are_added_and_removed_and_keep_what_they_hold(signed_in: SignIn, server: Running, scripts: bool) -> None:
    task = reception(server.wiring, "explorer_personnel")
    page = signed_in("conseiller.toulouse", f"/taches/{task.id}?section=demandes", scripts=scripts)
    if not page.get_by_role("button", name="Ajouter une ligne").count():
        page.get_by_role("link", name="Demandes personnelles").click()
    rows = page.get_by_role("button", name="Supprimer")
    start = rows.count()
    page.get_by_role("button", name="Ajouter une ligne").click()
    expect(rows).to_have_count(start + 1)
    page.get_by_label("Demande", exact=False).and_(page.get_by_role("textbox")).last.fill("Un logement à moi")
    page.get_by_role("button", name="Ajouter une ligne").click()
    expect(rows).to_have_count(start + 2)
    texts = page.locator(".jalon-rows textarea, .jalon-rows input[type=text]")
    assert "Un logement à moi" in [texts.nth(place).input_value() for place in range(texts.count())]
    rows.last.click()
    expect(rows).to_have_count(start + 1)
    assert "Un logement à moi" in [texts.nth(place).input_value() for place in range(texts.count())]


@pytest.mark.req("C9")
def test_a_network_failure_is_said_at_once_then_saved_when_it_is_over(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}")
    page.route("**/brouillon", lambda route: route.abort())
    page.get_by_label("Prénom").fill("Noé")
    failed = page.locator(f"{STATUS}[data-state=offline]")
    expect(failed).to_contain_text("Votre saisie reste à l’écran")
    expect(failed).to_be_in_viewport()
    page.unroute("**/brouillon")
    expect(saved(page)).to_be_visible()
    assert draft_of(server, task)["prenom"] == "Noé"


@pytest.mark.req("C9")
def test_a_session_closed_while_typing_is_said_and_the_page_goes_on_after_signing_in_elsewhere(
    signed_in: SignIn, server: Running
) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}")
    elsewhere = page.context.new_page()
    elsewhere.goto("/ma-journee")
    elsewhere.locator("summary", has_text="mon compte").click()
    elsewhere.get_by_role("button", name="Se déconnecter").click()
    elsewhere.wait_for_url("**/connexion")
    page.get_by_label("Prénom").fill("Zoé")
    expect(page.locator(f"{STATUS}[data-state=signedout]")).to_contain_text("Reconnectez-vous dans un autre onglet")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Se reconnecter").click()
    other = opened.value
    other.get_by_label("Identifiant").fill("accueil.toulouse")
    other.get_by_label("Mot de passe").fill("jalon-demonstration")
    other.get_by_role("button", name="Se connecter").click()
    other.wait_for_url("**/ma-journee")
    expect(saved(page)).to_be_visible()
    expect(page.get_by_label("Prénom")).to_have_value("Zoé")
    assert draft_of(server, task)["prenom"] == "Zoé"


@pytest.mark.req("C9")
def test_a_colleague_who_saved_meanwhile_is_named_and_nothing_is_overwritten(
    signed_in: SignIn, server: Running
) -> None:
    task = reception(server.wiring, "explorer_personnel")
    page = signed_in("conseiller.toulouse", f"/taches/{task.id}")
    with server.wiring.database.transaction() as session:
        other = person(session, "conseiller2.toulouse")
        now = server.wiring.clock.now()
        worklist.save_draft(session, other, task.id, {"nom_naissance": "Autre"}, now=now)
    page.get_by_label("Nom de naissance").fill("Le mien")
    refused = page.locator(f"{STATUS}[data-state=conflict]")
    expect(refused).to_contain_text("Thomas Roques a changé cette page")
    assert draft_of(server, task)["nom_naissance"] == "Autre"
    expect(page.get_by_label("Nom de naissance")).to_have_value("Le mien")
    page.get_by_role("button", name="Voir ce qui a changé et choisir").click()
    page.get_by_role("radio", name="Ma réponse").check()
    page.get_by_role("button", name="Garder ces choix et continuer").click()
    expect(page.get_by_label("Nom de naissance")).to_have_value("Le mien")
    assert draft_of(server, task)["nom_naissance"] == "Le mien"


@pytest.mark.req("C10", "R6")
def test_a_double_click_completes_once_and_going_back_changes_nothing(signed_in: SignIn, server: Running) -> None:
    task = walk_to(server.wiring, "presenter_offre", scenario="premier-accueil/parcours-ordinaire")
    page = signed_in("conseiller.toulouse", f"/taches/{task.id}?section=tout")
    page.get_by_label("PACEA").check()
    page.get_by_role("group", name="Le jeune est informé").get_by_label("Oui").check()
    choice = page.get_by_role("group", name="Choix exprimé")
    choice.get_by_role("radio").first.check()
    page.get_by_role("button", name="Vérifier avant de valider").click()
    posts: list[str] = []
    page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    page.get_by_role("button", name="Valider et terminer la tâche").dblclick()
    expect(page.get_by_text("La tâche est terminée.")).to_be_visible()
    assert sum(one.endswith("/terminer") for one in posts) == 1
    with server.wiring.database.transaction() as session:
        assert session.query(Submission).filter_by(task_id=task.id).count() == 1
    page.go_back()
    page.go_back()
    expect(page.get_by_text("Cette tâche a été terminée par Amina Khelif.")).to_be_visible()


@pytest.mark.req("C10")
def test_enter_and_a_click_during_the_autosave_lose_nothing(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}")

    def late(route) -> None:  # type: ignore[no-untyped-def]  # a slow network
        time.sleep(0.4)
        route.continue_()

    page.route("**/brouillon", late)
    page.get_by_label("Prénom").fill("Rayan")
    page.get_by_label("Prénom").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Prénom")).to_have_value("Rayan")
    page.get_by_label("Nom d’usage").fill("Petit")
    page.get_by_label(BIRTH).fill("14/09/2006")
    page.get_by_label("Commune de résidence").select_option("31555")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_role("link", name="Comment il est venu")).to_have_attribute("aria-current", "step")
    kept = draft_of(server, task)
    assert [kept[name] for name in ("prenom", "nom_usage", "date_naissance", "commune")] == [
        "Rayan",
        "Petit",
        "2006-09-14",
        "31555",
    ]


@pytest.mark.req("C6")
def test_each_part_of_a_form_says_how_far_it_is(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "accueillir")
    page = signed_in("accueil.toulouse", f"/taches/{task.id}")
    parts = page.get_by_role("navigation", name="Parties du formulaire")
    expect(parts.get_by_role("listitem").first).to_contain_text("À faire")
    page.get_by_label("Prénom").fill("Eva")
    expect(saved(page)).to_be_visible()
    page.goto(f"/taches/{task.id}?section=demande")
    expect(parts.get_by_role("listitem").first).to_contain_text("Commencé")
    page.goto(f"/taches/{task.id}?section=identite")
    page.get_by_label("Nom d’usage").fill("Roy")
    page.get_by_label(BIRTH).fill("14/09/2006")
    page.get_by_label("Commune de résidence").select_option("31555")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(parts.get_by_role("listitem").first).to_contain_text("Complet")


@pytest.mark.req("C4")
def test_the_filter_of_the_tasks_is_in_the_address_and_back_restores_it(signed_in: SignIn, server: Running) -> None:
    task = reception(server.wiring, "explorer_personnel")
    page = signed_in("conseiller.toulouse", "/taches")
    lines = page.locator("#contenu .rows .row-title")
    expect(lines).to_have_count(1)
    page.evaluate("window.untouched = true")
    page.get_by_label("Attribution").select_option(label="Les miennes")
    expect(lines).to_have_count(0)
    assert page.evaluate("window.untouched")  # only the list was fetched
    page.get_by_role("button", name="Filtrer").click()
    assert "qui=moi" in page.url
    page.get_by_role("link", name="Enlever les filtres").click()
    lines.first.click()
    page.wait_for_url(f"**/taches/{task.id}")
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Attribution")).to_have_value("moi")


def _until(held: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.05)
