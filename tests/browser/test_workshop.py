"""The workshop in a real browser: usable on a phone, without a script, with a keyboard, and accessible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import axe_violations, sideways_scroll

pytestmark = pytest.mark.browser
DIAGRAM = "workflows/partenaires/mise-en-relation.bpmn"


def begun(page: Page, unit: str = "Mission Locale de Toulouse") -> Page:
    """Play the first reception as a unit sees it."""
    page.get_by_label("Parcours", exact=True).select_option(value="premier-accueil")
    value = page.locator("#unite option", has_text=unit).first.get_attribute("value")
    page.get_by_label("Tel que le voit").select_option(value=value)
    page.get_by_role("button", name="Jouer", exact=True).click()
    page.wait_for_url("**/atelier/essais/**")
    return page


@pytest.mark.req("D4", "X1", "X3")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_state_of_a_play_is_accessible(signed_in: Callable[..., Page], phone: bool) -> None:
    page = signed_in("admin.national", "/atelier", phone=phone)
    assert axe_violations(page) == []
    assert sideways_scroll(page) == 0

    begun(page)
    assert axe_violations(page) == []
    assert sideways_scroll(page) == 0

    page.get_by_role("button", name="Terminer l’étape").click()
    page.get_by_text("réponses sont à corriger").first.wait_for()
    assert axe_violations(page) == []

    page.get_by_label("Personne fictive").select_option(value="theo")
    for _ in range(4):
        page.get_by_role("button", name="Remplir et terminer").click()
        page.wait_for_load_state()
    for summary in page.locator(".workshop-known summary").all():
        summary.click()
    expect(page.locator("main")).to_contain_text("Lien envoyé à")
    assert axe_violations(page) == []
    assert sideways_scroll(page) == 0

    page.get_by_role("link", name="Contrôle").click()
    assert axe_violations(page) == []
    assert sideways_scroll(page) == 0


@pytest.mark.req("D4", "D5", "D6")
def test_it_all_works_without_a_script(signed_in: Callable[..., Page]) -> None:
    page = begun(signed_in("admin.national", "/atelier", scripts=False))
    expect(page.locator(".prototype-band")).to_be_visible()

    page.get_by_label("Personne fictive").select_option(value="lea")
    page.get_by_role("button", name="Remplir automatiquement").click()
    expect(page.get_by_label("Prénom")).to_have_value("Léa")
    page.get_by_role("button", name="Terminer l’étape").click()
    expect(page.locator("form h2#tache + p")).to_contain_text("Conseiller")

    page.get_by_role("button", name="Avancer de 7 jours").click()
    assert "19/01/2026" in page.locator("h1 + p").inner_text() or page.locator("ol.timeline").count() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter le parcours joué").click()
    assert download.value.suggested_filename == "parcours-premier-accueil.json"
    page.get_by_role("button", name="Recommencer").click()
    expect(page.locator("h2#tache")).to_have_text("Accueillir le jeune")


@pytest.mark.req("D8")
def test_a_file_is_checked_then_played(signed_in: Callable[..., Page]) -> None:
    page = signed_in("admin.national", "/atelier")
    page.locator("#fichiers").set_input_files(DIAGRAM)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("main")).to_contain_text("n’est pas déployé")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Jouer").click()
    expect(page.locator("svg.map .map-here")).to_have_count(1)
    assert axe_violations(page) == []


@pytest.mark.req("C19")
def test_the_map_says_where_one_is(signed_in: Callable[..., Page]) -> None:
    page = begun(signed_in("admin.national", "/atelier"))
    page.get_by_role("button", name="Remplir et terminer").click()
    assert page.locator("svg.map .map-done").count() >= 2
    expect(page.locator("section[aria-labelledby=plan]")).to_contain_text("Vous êtes ici")
