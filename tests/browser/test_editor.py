"""The visual editors in a real browser: accessible, quick with 300 questions, by keyboard, light, two at once."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, FrameLocator, Page, expect

from browser.conftest import Running, axe_violations, sideways_scroll
from doors.test_console_editor import single_answer
from factories.journeys import person
from jalon.engines.layering import Op
from jalon.services import configuration
from jalon.store import organisations

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
FORM = "/console/{unit}/form/diagnostic/editeur?element={uid}"
SCREEN = """[innerWidth, matchMedia("(max-width: 40rem)").matches, document.compatMode,
  getComputedStyle(document.body).color]"""
PAINT = """(input) => new Promise((done) => {
  const start = performance.now();
  input.value += "x";
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
PRESS = """(button) => new Promise((done) => {
  const start = performance.now();
  button.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


def sound(page: Page | Frame) -> None:
    """Check that the page at hand is accessible and no wider than its window."""
    assert axe_violations(page) == [], page.url
    assert sideways_scroll(page) == 0, page.url


def editor(page: Page, unit: str = "occitanie", uid: str = "logement") -> Page:
    """Open the form editor on an element."""
    page.goto(FORM.format(unit=unit, uid=uid))
    seen(page).locator(f"[data-uid='{uid}']").wait_for()
    return page


def seen(page: Page) -> FrameLocator:
    """Return what the window of the preview shows."""
    return page.frame_locator(".preview-sheet")


def saved(page: Page) -> None:
    """Wait until everything is in the draft."""
    expect(page.locator(".ed-status")).to_have_attribute("data-status", "saved")


def draft(server: Running, login: str, unit: str, ops: list[Op]) -> None:
    """Change the draft of the form as somebody else would."""
    with server.wiring.database.transaction() as session:
        actor = person(session, login)
        at = organisations.unit_by_code(session, unit)
        assert at is not None
        opened = configuration.open_draft(session, actor, at.id, "form", "diagnostic")
        configuration.change_draft(session, actor, opened.id, ops, opened.row_version)


@pytest.mark.req("A1", "A4", "A6", "A7", "X1", "X2", "X8", "X9")
def test_a_form_is_changed_by_keyboard_only_and_focus_is_never_lost(signed_in: Open) -> None:
    page = editor(signed_in("admin.occitanie"))
    sound(page)
    row = page.locator("#plan-logement")
    row.focus()
    assert "position 1 sur" in (row.get_attribute("aria-label") or "")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#editeur [role=status]").first).to_contain_text("position 2 sur")
    expect(page.locator("#plan-logement")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ed-element")).to_be_focused()
    up = page.get_by_role("button", name="Monter « Logement")
    up.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-posinset", "1")
    page.wait_for_function("document.activeElement.textContent.includes('Monter')")
    saved(page)

    page.get_by_label("Libellé").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    page.get_by_text("Écrivez un libellé").first.wait_for()
    expect(page.get_by_label("Libellé")).to_have_value("")
    sound(page)
    page.get_by_label("Libellé").fill("Logement du jeune")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Rétablir « Libellé »").wait_for()
    expect(row).to_have_text("Logement du jeune")
    page.get_by_role("button", name="Rétablir « Libellé »").press("Enter")
    expect(page.get_by_label("Libellé")).to_have_value("Logement actuel")
    expect(page.locator("#ed-label")).to_be_focused()

    row.focus()
    page.keyboard.press("Insert")
    page.get_by_label("Libellé").wait_for()
    expect(page.locator("#ed-new-label")).to_be_focused()
    page.keyboard.type("Permis de conduire")
    page.get_by_text("« Permis de conduire » existe déjà").wait_for()
    sound(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("Date d’entrée dans le logement")
    expect(page.get_by_label("Type de réponse")).to_have_value("date")
    page.keyboard.press("Enter")
    page.locator(".ed-row", has_text="Date d’entrée dans le logement").wait_for()
    saved(page)
    expect(page.locator("#ed-element")).to_be_focused()
    frame = seen(page)
    frame.get_by_role("button", name="Ajouter une valeur à cette liste : Logement actuel").press("Enter")
    page.wait_for_function("document.activeElement.id === 'ed-value'")
    page.get_by_role("button", name="Annuler").press("Enter")
    expect(page.locator(".ed-row", has_text="Date d’entrée dans le logement")).to_have_count(0)


@pytest.mark.req("A12", "X1", "X3")
@pytest.mark.parametrize("address", [FORM, "/console/{unit}/form/diagnostic/apercu?section={uid}"])
def test_a_preview_is_as_wide_as_a_phone_or_a_computer(signed_in: Open, address: str) -> None:
    page = signed_in("admin.occitanie", address.format(unit="occitanie", uid="logement"))
    choice = page.get_by_role("group", name="Largeur").or_(page.get_by_role("navigation", name="Largeur"))
    ink = page.evaluate("getComputedStyle(document.body).color")
    for name, code, width in (("Téléphone", "telephone", 360), ("Ordinateur", "bureau", 1024)):
        choice.get_by_text(name).click()
        page.locator(f"iframe.preview-{code}").wait_for()
        expect(seen(page).locator(".band-preview")).to_have_text("APERÇU : rien n’est enregistré")
        seen(page).locator(".jalon-field").first.wait_for()
        assert page.frames[1].evaluate(SCREEN) == [width, width == 360, "CSS1Compat", ink]
        sound(page.frames[1])
        sound(page)


@pytest.mark.req("A6", "A9", "R7", "X1", "X3", "X8")
def test_dragging_is_moving_and_two_people_never_overwrite_each_other(signed_in: Open, server: Running) -> None:
    page = editor(signed_in("admin.national", phone=True), "fr")
    sound(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    editor(page, "fr")
    grip, target = page.locator("#plan-logement .ed-grip"), page.locator("#plan-logement ~ li").nth(1)
    after = target.get_attribute("data-uid")
    grip.hover()
    page.mouse.down()
    box = target.bounding_box()
    assert box is not None
    for step in range(1, 9):
        page.mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.9 - (8 - step) * 4)
        page.wait_for_timeout(60)
    page.mouse.up()
    expect(page.locator("#plan-logement")).to_have_attribute("aria-posinset", "3")
    assert page.evaluate("document.getElementById('plan-logement').previousElementSibling.dataset.uid") == after
    saved(page)

    other = editor(signed_in("admin.national2"), "fr")
    other.get_by_text("Aussi dans ce brouillon").wait_for()
    draft(server, "admin.national2", "fr", [Op(id="", verb="set", uid="logement", prop="label", value="Le toit")])
    page.get_by_label("Libellé").fill("Hébergement")
    page.keyboard.press("Tab")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Le toit").first.wait_for()
    sound(page)
    dialog.get_by_role("button", name="Ajouter aussi mon changement").click()
    saved(page)
    expect(page.locator("#plan-logement .ed-label")).to_have_text("Hébergement")
    expect(seen(page).locator(".ed-chosen label").first).to_contain_text("Hébergement")
    assert page.evaluate("document.activeElement !== document.body"), "focus is lost"


@pytest.mark.req("A6", "A10", "X1", "X2", "X8")
def test_values_and_rules_are_moved_by_their_buttons_without_losing_focus(signed_in: Open, server: Running) -> None:
    page = signed_in("admin.occitanie", "/console/occitanie/list/modes-de-transport/editeur")
    rows = page.locator(".outline-row")
    first, second, third = (str(rows.nth(place).get_attribute("id")) for place in range(3))
    status = page.locator("body > [role=status]")
    page.locator(f"#{first} [value=descendre]").press("Enter")
    expect(rows.nth(1)).to_have_id(first)
    expect(status).to_contain_text("position 2 sur")
    expect(page.locator(f"#{first} [value=descendre]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(status).to_contain_text("position 3 sur")
    page.reload()
    assert [rows.nth(place).get_attribute("id") for place in range(3)] == [second, third, first]

    page.goto("/console/occitanie/decision/suivi-thematique/editeur?ajouter=rythme_suivi")
    page.get_by_label("À quoi sert cette règle").fill("Suivi rapproché")
    page.get_by_role("button", name="Mettre dans le brouillon").click()
    rule = page.locator("#occitanie__suivi_rapproche")
    rule.wait_for()
    expect(status).to_be_attached()  # the script of the new page is there
    rule.locator("[value=monter]").press("Enter")
    expect(status).to_contain_text("« Suivi rapproché » : position")
    expect(rule.locator("[value=monter]")).to_be_focused()
    expect(page.locator("#rythme_suivi")).to_contain_text("Ni chevauchement")
    sound(page)

    single_answer(server.wiring)
    page.goto("/console/occitanie/decision/cadences/editeur?ajouter=cadence")
    overlap = page.get_by_text("Les règles 1 et 3 de la table « Cadence » répondent toutes deux quand Âge vaut 16.")
    expect(overlap).to_have_count(0)
    for label, text in (("si Âge", "16 à 20"), ("alors Délai", "moyen"), ("À quoi sert cette règle", "Entre les deux")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Mettre dans le brouillon").click()
    expect(overlap).to_be_visible()
    sound(page)


@pytest.mark.req("A8", "Y2", "Y3", "A10")
def test_three_hundred_questions_answer_at_once(signed_in: Open, server: Running) -> None:
    item = {"type": "string", "maxLength": 200, "sensitivity": "none"}
    ops = [
        Op(
            id="",
            verb="add",
            uid=f"occitanie__q{number}",
            value={**item, "label": f"Question locale {number}"},
            container="layout:emploi_faits",
        )
        for number in range(220)
    ]
    draft(server, "admin.occitanie", "occitanie", ops)
    page = signed_in("admin.occitanie")
    sizes: dict[str, float] = {}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def note(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    network.on("Network.loadingFinished", note)
    editor(page)
    page.wait_for_load_state("networkidle")
    assert page.locator(".ed-row").count() >= 300
    assert sum(sizes.values()) < 150_000, sizes
    label = page.get_by_label("Libellé").element_handle()
    typed = sorted(page.evaluate(PAINT, label) for _ in range(5))
    expect(page.locator("#plan-logement .ed-label")).to_have_text("Logement actuelxxxxx")
    down = page.get_by_role("button", name="Descendre « Logement").element_handle()
    moved = sorted(page.evaluate(PRESS, down) for _ in range(3))
    print(f"{sum(sizes.values()):.0f} bytes; ms to paint: {typed}, {moved}")
    assert (typed[2] < 100, moved[1] < 100) == (True, True), (typed, moved)
    saved(page)

    page.locator("#plan-permis").click()
    page.get_by_role("button", name="Afficher si").click()
    page.get_by_label("Question", exact=True).select_option("rayon_km")
    page.get_by_label("Comparaison").select_option("au_moins")
    page.get_by_label("Réponse attendue").fill("1")
    page.keyboard.press("Tab")
    page.locator(".ed-properties").get_by_text("À remplir si « Rayon de déplacement").wait_for()
    page.get_by_role("button", name="Ajouter une condition").click()
    page.locator("#ed-on-1").select_option("rayon_km")
    page.locator("#ed-comparison-1").select_option("moins_de")
    page.locator("#ed-value-1").fill("1")
    page.keyboard.press("Tab")
    page.get_by_text("Une question que rien n’affiche empêche de publier.").wait_for()
    sound(page)


@pytest.mark.req("X1")
def test_without_a_script_the_page_leads_to_the_plain_ones(signed_in: Open) -> None:
    page = signed_in("admin.occitanie", FORM.format(unit="occitanie", uid="permis"), scripts=False)
    page.get_by_role("link", name="Ouvrir la page simple").click()
    page.get_by_role("heading", name="Diagnostic partagé").wait_for()
    page.goto("/console/occitanie/form/diagnostic/condition?element=permis&sur-0=rayon_km")
    page.get_by_label("Réponse attendue").fill("2")
    page.get_by_role("button", name="Mettre dans le brouillon").click()
    page.get_by_text("s’affiche désormais sous condition").wait_for()


class Hand:
    """A person's hand: each thing typed, chosen or pressed counts for one; pictures of the steps when asked for."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0
        self.pictures = os.environ.get("JALON_PICTURES", "")

    def press(self, role: Any, name: str, within: Any = None) -> None:
        """Press a button or follow a link."""
        self.count += 1
        (within or self.page).get_by_role(role, name=name).first.click()

    def type(self, label: str, text: str, *, exact: bool = True) -> None:
        """Type in a field."""
        self.count += 1
        self.page.get_by_label(label, exact=exact).first.fill(text)

    def choose(self, label: str, code: str) -> None:
        """Choose in a list."""
        self.count += 1
        self.page.get_by_label(label, exact=True).first.select_option(code)

    def seen(self, step: str, text: str) -> None:
        """See what the step was for."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()
        if self.pictures:
            self.page.screenshot(path=f"{self.pictures}/{step}.png")


@pytest.mark.req("A17", "A2", "A7", "A10", "A12", "A14", "X1")
def test_a_first_time_administrator_goes_all_the_way_in_less_than_forty_interactions(signed_in: Open) -> None:
    page = signed_in("admin.occitanie", "/console")
    page.set_default_timeout(45_000)  # publishing plays the scenarios of every distinct result
    hand = Hand(page)
    hand.type("Chercher un formulaire, une liste, un paramètre…", "diagnostic partagé")
    hand.press("button", "Filtrer", page.get_by_role("search", name="Chercher dans la configuration"))
    hand.press("link", "Diagnostic partagé")
    hand.press("link", "Éditeur visuel")
    hand.seen("1-editeur", "Plan du formulaire")
    hand.press("treeitem", "Modes de transport utilisés")
    hand.type("Ajouter une valeur à cette liste", "Transport à la demande")
    hand.press("button", "Ajouter", page.locator(".ed-part", has=page.locator("#ed-value")))
    seen(page).get_by_label("Transport à la demande").wait_for()
    hand.seen("2-valeur", "Transport à la demande")
    hand.press("button", "Ajouter ici", page.locator(".ed-place"))
    hand.type("Libellé", "Inscrit au transport à la demande ?")
    expect(page.get_by_label("Type de réponse")).to_have_value("boolean")
    hand.seen("3-question", "Nouvelle question")
    hand.press("button", "Ajouter au brouillon")
    page.get_by_role("heading", name="Inscrit au transport à la demande ?", level=2).wait_for()
    saved(page)
    hand.press("button", "Afficher si")
    hand.choose("Question", "modes_transport")
    hand.choose("Réponse attendue", "occitanie__transport_a_la_demande")
    hand.seen("4-condition", "À remplir si « Modes de transport utilisés » contient « Transport à la demande ».")
    sound(page)
    question = seen(page).locator(".jalon-field", has_text="Inscrit au transport à la demande ?")
    expect(question).to_be_hidden()
    hand.count += 1
    seen(page).get_by_role("checkbox", name="Transport à la demande").check()
    expect(question).to_be_visible()
    hand.press("button", "Téléphone")
    expect(question).to_be_visible()
    saved(page)
    hand.press("link", "Relire et publier")
    hand.seen("6-relecture", "Inscrit au transport à la demande ?")
    sound(page)
    hand.type("Pourquoi ?", "Nouveau service de la région", exact=False)
    hand.press("button", "Publier")
    hand.seen("7-publie", "C’est publié.")
    hand.count += 1
    page.get_by_text("Revenir avant cette publication").click()
    hand.type("Pourquoi ?", "Ouverture reportée", exact=False)
    hand.press("button", "Revenir en arrière")
    hand.seen("8-retour", "Le retour en arrière est publié.")
    assert hand.count <= 40, hand.count
    print(f"{hand.count} interactions")


@pytest.mark.req("X1", "X3")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_editors_of_lists_tables_and_variants_are_accessible(signed_in: Open, phone: bool) -> None:
    page = signed_in("admin.occitanie", "/console/occitanie/list/modes-de-transport/editeur", phone=phone)
    page.get_by_label("Lignes à coller").fill("code\tlibellé\nvelo\tVélo ou tricycle\n\tTROTTINETTES\n\t\n!\tRien")
    page.get_by_role("button", name="Voir l’effet").click()
    page.get_by_text("Ce que ce collage fera").first.wait_for()
    sound(page)
    for address in (
        "decision/suivi-thematique/editeur?ajouter=rythme_suivi",
        "decision/suivi-thematique/editeur?essai=rythme_suivi&a:degre_besoin=fort",
        "process/premier-accueil/variantes",
        "form/diagnostic/condition?element=permis&sur-0=rayon_km",
    ):
        page.goto(f"/console/occitanie/{address}")
        sound(page)
