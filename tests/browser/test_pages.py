"""Every page and state, whoever sees it: accessible, narrow, well built, silent towards third parties."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.conftest import DESKTOP, PHONE, Running, axe_violations, serving, sideways_scroll
from browser.pages import NOBODY, VISITS
from browser.scene import Scene
from browser.watching import Traffic, small_targets, structure_faults
from jalon.doors.cli.setup import DEMO_PASSWORD

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 1280)
SAME_WITHOUT_SCRIPT = {"connexion", "page", "page-introuvable", "recherche", "recherche-vide", "dossiers", "impression"}
"""Pages on which scripts do nothing."""

Gallery = tuple[Running, Scene]


def window(browser: Browser, url: str, login: str = NOBODY, *, scripts: bool = True) -> Page:
    """Open a window, signed in or not; without scripts, none is loaded (axe itself still needs an engine)."""
    context = browser.new_context(base_url=url, viewport=DESKTOP, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    if not scripts:
        context.route("**/*.js", lambda route: route.abort())
    page = context.new_page()
    if login:
        sign_in(page, login)
    return page


def sign_in(page: Page, login: str) -> None:
    """Sign a person of the demo in."""
    page.goto("/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/ma-journee")


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page at hand, at three widths."""
    found = [*axe_violations(page), *structure_faults(page)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if excess := sideways_scroll(page):
            found.append(f"{excess} px too wide at {width}")
    if page.locator("body.by-link").count():
        page.set_viewport_size(PHONE)
        found += [f"small target: {one}" for one in small_targets(page)]
    page.set_viewport_size(DESKTOP)
    return found


@pytest.mark.req("X1", "X3", "X4", "X5", "X6", "X7", "X8", "P4", "Y2", "S11")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-script"])
@pytest.mark.parametrize("login", VISITS, ids=lambda login: login or "nobody")
def test_every_page_and_state_is_accessible_and_fits(
    browser: Browser, gallery: Gallery, login: str, scripts: bool
) -> None:
    running, scene = gallery
    page = window(browser, running.url, login, scripts=scripts)
    traffic = Traffic(page.context)
    faults = {}
    for name, visit in VISITS[login].items():
        if not scripts and name in SAME_WITHOUT_SCRIPT:
            continue
        visit(page, scene)
        if found := faults_of(page):
            faults[name] = found
    page.context.close()
    assert faults == {}
    assert traffic.third_parties(running.url) == []
    assert traffic.complaints == []  # the content policy was never met


def test_what_is_wrong_with_a_page_is_seen(browser: Browser) -> None:
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.set_content("<main id='a'><p id='a' style='width:2000px'>Nom</p><input></main>")
    found = " ".join(faults_of(page))
    page.context.close()
    for fault in ("label:", "ids twice", "0 h1", "lang", "skip link", "inline style", "px too wide at 320"):
        assert fault in found


@pytest.mark.req("X1", "X6")
def test_the_second_factor_is_accessible_from_enrolment_to_refusal(
    browser: Browser, demo_template: Path, tmp_path: Path
) -> None:
    with serving(demo_template, tmp_path / "var", second_factor=True) as running:
        page = window(browser, running.url)
        page.goto("/connexion")
        page.get_by_label("Identifiant").fill("conseiller.toulouse")
        page.get_by_label("Mot de passe").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url("**/second-facteur**")
        assert faults_of(page) == []
        page.get_by_role("button", name="Ajouter mon téléphone").click()
        page.get_by_label("Code à six chiffres").wait_for()
        assert faults_of(page) == []
        page.get_by_label("Code à six chiffres").fill("000000")
        page.get_by_role("button", name="Confirmer").click()
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert faults_of(page) == []
        page.context.close()


def weighed(context: BrowserContext, open_page: Callable[[Page], object]) -> int:
    """Return how many bytes a page costs to somebody who never came."""
    page = context.new_page()
    traffic = Traffic(context)
    open_page(page)
    page.wait_for_load_state("networkidle")
    context.close()
    return traffic.weight()


@pytest.mark.req("P4", "Y3")
def test_pages_stay_light(browser: Browser, gallery: Gallery) -> None:
    running, scene = gallery

    def cost(visit: Callable[[Page, Scene], object], login: str = NOBODY) -> int:
        page = window(browser, running.url, login)
        state = page.context.storage_state()
        page.context.close()
        fresh = browser.new_context(base_url=running.url, locale="fr-FR", storage_state=state)
        return weighed(fresh, lambda page: visit(page, scene))

    kilobyte = 1024
    partner = {name: cost(VISITS[NOBODY][name]) for name in ("lien", "lien-formulaire", "lien-repondu")}
    assert {name: size for name, size in partner.items() if size > 60 * kilobyte} == {}
    daily = {
        name: cost(VISITS["conseiller.toulouse"][name], "conseiller.toulouse")
        for name in ("ma-journee", "taches", "formulaire", "formulaire-entier")
    }
    assert {name: size for name, size in daily.items() if size > 100 * kilobyte} == {}


@pytest.mark.req("C16", "X2", "X7")
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(browser: Browser, gallery: Gallery) -> None:
    running, scene = gallery
    page = window(browser, running.url, "conseiller.toulouse")
    page.goto(scene.filling)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.textContent === 'Aller au contenu'")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#contenu'")
    page.goto(scene.filling)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
          .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0)
          .map((one) => (one.type === "radio" ? one.name : one.id || one.textContent.trim()))"""
    )
    reached: list[str] = []
    covered: list[str] = []
    for _ in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => {
              if (document.activeElement === document.body) return ["", false, true];
              const one = document.activeElement, box = one.getBoundingClientRect();
              const bar = document.querySelector(".sticky-actions");
              const top = bar.getBoundingClientRect().top;
              const hidden = !bar.contains(one) && one.closest("form[data-autosave]") && box.bottom > top + 1;
              const ring = getComputedStyle(one).outlineStyle !== "none";
              return [one.type === "radio" ? one.name : one.id || one.textContent.trim(), hidden, ring];
            }"""
        )
        reached.append(state[0])
        covered += [state[0]] if state[1] or not state[2] else []
    assert set(wanted) - set(reached) == set()
    assert covered == []
    page.context.close()


@pytest.mark.req("C2")
def test_a_slash_leads_to_the_search_unless_one_is_typing(browser: Browser, gallery: Gallery) -> None:
    running, scene = gallery
    page = window(browser, running.url, "conseiller.toulouse")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.id === 'recherche'")
    page.goto(f"{scene.filling}?section=tout")
    field = page.get_by_label("Adresse", exact=False).first
    field.focus()
    page.keyboard.type("3/5")
    expect(field).to_have_value("3/5")
    page.context.close()


@pytest.mark.req("C19")
def test_the_map_tells_in_words_what_it_draws(browser: Browser, gallery: Gallery) -> None:
    running, scene = gallery
    page = window(browser, running.url, "conseiller.toulouse")
    page.goto(scene.run)
    here = page.get_by_text("Vous êtes ici")
    expect(here).to_contain_text("Présenter l’offre de services")
    page.locator("summary", has_text="plan du parcours").click()
    drawn = page.locator("svg .map-here")
    drawn.wait_for()
    expect(drawn).to_have_count(1)
    assert page.locator("svg .map-done").count() >= 3
    box = drawn.bounding_box()
    frame = page.locator(".process-map").bounding_box()
    assert box
    assert frame
    assert frame["x"] <= box["x"] <= frame["x"] + frame["width"]
    page.context.close()
