"""The console in a real browser: accessible in every state, usable on a phone, without a script, with a keyboard."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Running, axe_violations, sideways_scroll
from factories.journeys import person, unit_id
from jalon.engines.layering import ROOT, Op
from jalon.services import configuration, publication
from jalon.services.publication import acts, readings
from jalon.store.wiring import Wiring

pytestmark = pytest.mark.browser
LIST = "/console/occitanie/list/modes-de-transport"
FORM = "/console/occitanie/form/diagnostic"
Open = Callable[..., Page]


def sound(page: Page) -> None:
    """Check that the page at hand is accessible and no wider than its window."""
    assert axe_violations(page) == [], page.url
    assert sideways_scroll(page) == 0, page.url


def add_value(page: Page, label: str) -> None:
    """Add a value to the list of means of transport."""
    page.goto(LIST)
    page.get_by_role("link", name="Ajouter une valeur").click()
    page.get_by_label("Libellé").fill(label)
    page.get_by_role("button", name="Ajouter au brouillon").click()
    page.get_by_text("est ajouté au brouillon").wait_for()


def publish(page: Page, unit: str) -> None:
    """Publish the drafts of a unit."""
    page.goto(f"/console/{unit}/brouillon")
    page.get_by_label("Pourquoi ?").fill("Décision du comité")
    page.get_by_role("button", name="Publier", exact=True).click()
    page.get_by_text("C’est publié.").wait_for()


def waiting_reading(wiring: Wiring) -> None:
    """Have a way back ask for a second person, who has not read it yet."""
    with wiring.database.transaction() as session:
        one, other = person(session, "admin.national2"), person(session, "admin.national")
        today, done = wiring.clock.now().date(), []
        for kind, key, uid, prop, value in (
            ("list", "modes-de-transport", "velo", "label", "Bicyclette"),
            ("roles", "roles", ROOT, "second_reader", ["nation"]),
        ):
            draft = configuration.open_draft(session, one, unit_id(session, "fr"), kind, key)
            change = Op(id="", verb="set", uid=uid, prop=prop, value=value)
            configuration.change_draft(session, one, draft.id, [change], draft.row_version)
            done.append(publication.publish(session, other, [draft.id], effective_from=today, reason="Essai"))
        asked = acts.rollback_of(done[0].id, "Personne ne comprend")
        readings.ask(session, one, asked, acts.prepare_act(session, one, asked))


@pytest.mark.req("X1", "X3")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_is_accessible_at_rest(signed_in: Open, server: Running, phone: bool) -> None:
    page = signed_in("admin.occitanie", "/console", phone=phone)
    addresses = [
        "/console/occitanie",
        "/console/occitanie?q=rien-de-tel",
        "/console/occitanie/brouillon",
        "/console/occitanie/a-verifier",
        "/console/occitanie/publications",
        f"{LIST}?element=velo",
        f"{LIST}?ajouter=1",
        f"{LIST}/historique",
        f"{LIST}/origine?element=velo&prop=label",
        f"{FORM}?element=logement",
        f"{FORM}?ajouter=1&apres=logement",
        f"{FORM}/apercu?comme=ml_toulouse&largeur=telephone",
        f"{FORM}/apercu?comme=ml_toulouse&role=conseiller&personne=yanis&section=mobilite",
        "/console/occitanie/propositions",
        "/console/occitanie/a-relire",
        "/console/occitanie/rapports",
        "/console/occitanie/rapports?rapport=verrous",
        "/console/occitanie/rapports?rapport=complexite",
        "/console/ml_toulouse/rattachement?vers=d81",
        "/console/occitanie/parameters/premier-accueil?element=delai_diagnostic_jours",
        "/console/occitanie/process/premier-accueil",
        "/console/occitanie/decision/urgence?ajouter=1&dans=degre_urgence/rules",
        "/console/occitanie/roles/roles?element=conseiller",
        "/console/occitanie/message/rappel?element=.",
        "/console/occitanie/dossier-type/jeune",
        "/console/occitanie/deadlines/premier-accueil",
        "/console/tables/structures/",
        "/console/tables/comptes/",
        "/console/tables/comptes/new/",
        "/console/tables/comptes/a-approuver/",
        "/console/tables/journal/",
    ]
    waiting_reading(server.wiring)
    others = [
        (signed_in("admin.national", phone=phone), "/console/fr/a-relire"),
        (signed_in("operateur.dsi", phone=phone), "/console/fr/correctif?processus=premier-accueil"),
    ]
    for page, address in [*((page, address) for address in addresses), *others]:
        answer = page.goto(address)
        assert answer is not None
        assert (address, answer.status) == (address, 200)
        if phone:
            assert sideways_scroll(page) == 0, address
        else:
            sound(page)


@pytest.mark.req("X1", "X3", "C12", "A2", "A13", "A14")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_road_from_a_change_to_its_publication_and_back(signed_in: Open, phone: bool) -> None:
    page = signed_in("admin.occitanie", LIST, phone=phone)
    page.get_by_role("link", name="Ajouter une valeur").click()
    page.get_by_role("button", name="Ajouter au brouillon").click()
    page.get_by_role("heading", name="Certaines réponses sont à corriger.").wait_for()
    expect(page.locator(".error-summary")).to_be_focused()
    sound(page)

    add_value(page, "TROTTINETTES")
    page.get_by_text("ressemble beaucoup à").first.wait_for()
    sound(page)
    page.get_by_role("link", name="Relire et publier").click()
    page.get_by_role("button", name="Publier", exact=True).click()
    page.get_by_role("heading", name="Certaines réponses sont à corriger.").wait_for()
    sound(page)
    publish(page, "occitanie")
    sound(page)
    page.get_by_text("Revenir avant cette publication").click()
    page.get_by_label("Pourquoi ?").fill("Doublon")
    page.get_by_role("button", name="Revenir en arrière").click()
    page.get_by_text("Le retour en arrière est publié.").wait_for()
    sound(page)
    page.goto(f"{LIST}/historique")
    sound(page)


@pytest.mark.req("X1", "A5", "A16", "R7")
def test_locks_points_to_check_and_clashes_are_accessible(signed_in: Open) -> None:
    national = signed_in("admin.national", "/console/fr/form/diagnostic?element=logement")
    national.get_by_text("Verrous pour les niveaux inférieurs").click()
    national.get_by_label("Ce qui est verrouillé").select_option(value="obligation")
    national.get_by_label("Raison, montrée").fill("Donnée suivie par les financeurs")
    national.get_by_role("button", name="Verrouiller", exact=True).click()
    sound(national)
    publish(national, "fr")

    local = signed_in("admin.toulouse", "/console/ml_toulouse/form/diagnostic?element=logement")
    expect(local.get_by_text("Donnée suivie par les financeurs").first).to_be_visible()
    sound(local)
    address = "/console/{}/list/modes-de-transport?element=velo"
    local.goto(address.format("ml_toulouse"))
    local.get_by_label("Libellé").fill("Vélo local")
    local.get_by_role("button", name="Mettre dans le brouillon").click()
    expect(local.get_by_role("button", name="Rétablir « Libellé »")).to_be_visible()
    sound(local)
    publish(local, "ml_toulouse")

    other = signed_in("admin.national2", address.format("fr"))
    national.goto(address.format("fr"))
    for page, label in ((national, "Vélo classique"), (other, "Vélo électrique")):
        page.get_by_label("Libellé").fill(label)
        page.get_by_role("button", name="Mettre dans le brouillon").click()
    other.get_by_role("heading", name="Deux modifications en même temps").wait_for()
    sound(other)
    other.get_by_role("button", name="Ajouter aussi mon changement").click()
    publish(other, "fr")

    local.goto("/console/ml_toulouse/a-verifier")
    sound(local)
    local.get_by_label("Pourquoi ?").fill("Comme partout")
    local.get_by_role("button", name="Prendre la nouvelle valeur").click()
    local.get_by_text("Rien à vérifier.").wait_for()


@pytest.mark.req("X1")
def test_it_all_works_without_a_script(signed_in: Open) -> None:
    page = signed_in("admin.occitanie", LIST, scripts=False)
    add_value(page, "Transport à la demande")
    page.goto(LIST)
    page.get_by_role("button", name="Descendre « À pied »").click()
    expect(page.get_by_text("position 2 sur 14")).to_be_visible()
    publish(page, "occitanie")


@pytest.mark.req("C16", "A6", "X2")
def test_moving_and_adding_by_keyboard_only(signed_in: Open) -> None:
    page = signed_in("admin.occitanie", LIST)
    page.get_by_role("button", name="Descendre « À pied »").focus()
    page.keyboard.press("Enter")
    page.get_by_text("position 2 sur 13").wait_for()
    assert page.url.endswith("#marche")
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.closest('li')?.id === 'marche'")

    page.goto(FORM)
    link = page.locator("#modes_transport .add-here")
    link.focus()
    expect(page.locator("#modes_transport .add-text")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**ajouter=1**")  # all of it: the browser may still take the focus to where it was sent
    page.get_by_label("Libellé").focus()
    page.keyboard.type("Inscrit au transport à la demande")
    page.get_by_label("Type de réponse").select_option(value="boolean")
    page.get_by_label("Libellé").focus()
    page.keyboard.press("Enter")
    page.get_by_text("est ajouté au brouillon").wait_for()
    expect(page.locator(".preview-frame").get_by_text("Inscrit au transport à la demande").first).to_be_visible()


@pytest.mark.req("Y2", "Y3")
def test_pages_are_light_and_stay_at_home(signed_in: Open) -> None:
    page = signed_in("admin.occitanie", "/console")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(FORM)
    page.wait_for_load_state("networkidle")
    origin = page.evaluate("location.origin")
    assert {url for url in asked if not url.startswith((origin, "data:"))} == set()
    assert len(gzip.compress(page.content().encode())) < 60_000
