"""The pages of the console over HTTP: every artifact opens, every value says how it stands and whence it comes."""

from collections.abc import Callable

import pytest

from fakes.browser import Browser
from jalon.services.access import create_unit
from jalon.store import configuration, organisations
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
DIAGNOSTIC = "/console/{unit}/form/diagnostic"
MODES = "/console/{unit}/list/modes-de-transport"


def change(page: Browser, address: str, action: str, **fields: str | list[str]) -> Browser:
    """Post a change as the page of the artifact would."""
    page.get(address)
    version = page.page.xpath("//input[@name='version']/@value")
    fixed = {"csrf_token": page.csrf(), "action": action, "version": version[0] if version else ""}
    pairs = [*fixed.items()]
    for name, value in fields.items():
        pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    return page.post(address, pairs)


def publish(page: Browser, unit: str, reason: str = "Décision du comité") -> Browser:
    """Publish the drafts of a unit from their page."""
    page.get(f"/console/{unit}/brouillon")
    return page.send(page.form("/brouillon/publier"), {"motif": reason})


def test_every_artifact_opens_for_an_administrator_and_for_a_reader(browser: Open, wiring: Wiring) -> None:
    with wiring.database.transaction() as session:
        artifacts = [(one.kind, one.key) for one in configuration.artifacts(session)]
    assert len(artifacts) > 150
    admin, reader = browser("admin.toulouse"), browser("conseiller.toulouse")
    for kind, key in artifacts:
        address = f"/console/ml_toulouse/{kind}/{key}"
        assert (address, admin.get(address).status) == (address, 200)
    for address in ("/console", MODES.format(unit="ml_toulouse"), DIAGNOSTIC.format(unit="ml_toulouse")):
        assert reader.get(address).status == 200
    assert reader.page.xpath("//button[contains(., 'Monter')]") == []
    assert reader.page.xpath("//a[contains(., 'Ajouter une question ici')]") == []


def test_the_home_leads_to_the_units_one_administers(browser: Open) -> None:
    page = browser("admin.occitanie").get("/console")
    assert page.title == "Occitanie"
    assert "Formulaires" in page.text
    assert "Haute-Garonne" in page.text
    page.send_get(page.page.xpath("//form[@role='search']")[-1], {"q": "modes de transport"})
    assert page.page.xpath("//ul[@class='artifacts']//a/text()")[0] == "Modes de transport"


@pytest.mark.req("S1")
def test_another_region_does_not_exist(browser: Open) -> None:
    page = browser("admin.occitanie")
    for address in ("/console/bretagne", MODES.format(unit="bretagne"), "/console/fr", "/console/nulle_part"):
        assert (address, page.get(address).status) == (address, 404)
    assert page.get("/console/occitanie/form/nulle-part").status == 404
    assert page.get("/console/occitanie/rien/diagnostic").status == 404


@pytest.mark.req("A4")
def test_each_value_says_how_it_stands(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    page.get(address, query_string={"element": "velo"})
    assert "Hérité : contenu d’origine" in page.text

    change(page, address, "enregistrer", element="velo", props=["label"], label="Vélo ou vélo électrique")
    assert "Modifié ici" in page.text
    assert "Hérité : « Vélo »" in page.text

    change(page, address, "ajouter", label="Navette", apres="car")
    page.get(address, query_string={"element": "occitanie__navette"})
    assert "Ajouté ici" in page.text

    below = browser("admin.toulouse").get(MODES.format(unit="ml_toulouse"), query_string={"element": "velo"})
    assert below.shown("Libellé") == "Vélo"  # a draft is seen by nobody
    publish(page, "occitanie")
    below.get(MODES.format(unit="ml_toulouse"), query_string={"element": "velo"})
    assert below.shown("Libellé") == "Vélo ou vélo électrique"
    assert "Hérité : Occitanie" in below.text


@pytest.mark.req("A4")
def test_a_value_tells_where_it_comes_from_and_what_would_be_without(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    change(
        page, address, "enregistrer", element="velo", props=["label"], label="Vélo et trottinette", motif="Plus clair"
    )
    publish(page, "occitanie")
    page.get(f"{address}/origine", query_string={"element": "velo", "prop": "label"})
    assert "Au départ : « Vélo »." in page.text
    assert "« Occitanie », depuis le 12/01/2026, par Nadia Ferrer : « Vélo et trottinette »" in page.text
    assert "Plus clair" in page.text
    assert page.page.xpath("//dt[.='Si vous retirez votre changement']/following-sibling::dd[1]")[0].text == "Vélo"


@pytest.mark.req("A4")
def test_one_click_gives_the_inherited_value_back(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    change(page, address, "enregistrer", element="velo", props=["label"], label="Bicyclette")
    page.get(address, query_string={"element": "velo"})
    page.send(page.form("/retablir"), button="prop=label")
    page.get(address, query_string={"element": "velo"})
    assert page.shown("Libellé") == "Vélo"
    assert "Modifié ici" not in page.text


@pytest.mark.req("A5")
def test_a_lock_is_readable_explained_and_holds_against_a_forged_change(browser: Open) -> None:
    national = browser("admin.national")
    reason = "Donnée suivie par les financeurs"
    change(national, DIAGNOSTIC.format(unit="fr"), "verrouiller", element="logement", prop="obligation", motif=reason)
    publish(national, "fr")

    page = browser("admin.toulouse")
    address = DIAGNOSTIC.format(unit="ml_toulouse")
    page.get(address, query_string={"element": "logement"})
    assert "Verrouillé par Réseau national" in page.text
    assert reason in page.text
    assert page.page.xpath("//select[@name='obligation']") == []

    change(page, address, "enregistrer", element="logement", props=["obligation"], obligation="save")
    assert page.status == 403
    assert reason in page.text
    change(page, address, "enregistrer", element="logement", props=["type"], type="boolean")
    assert page.status == 403
    change(page, address, "deverrouiller", element="logement", prop="obligation")
    assert page.status == 403
    assert browser("admin.toulouse").get("/console/ml_toulouse/brouillon").text.count("Aucun changement") == 1


def test_only_those_allowed_may_lock(browser: Open) -> None:
    page = browser("admin.toulouse")
    address = DIAGNOSTIC.format(unit="ml_toulouse")
    page.get(address, query_string={"element": "logement"})
    assert "Verrous pour les niveaux inférieurs" not in page.text
    change(page, address, "verrouiller", element="logement", prop="label", motif="Parce que")
    assert page.status == 403
    reader = browser("conseiller.toulouse")
    reader.get("/console")
    assert reader.post(address, {"csrf_token": reader.csrf(), "action": "fermer", "element": "logement"}).status == 403


@pytest.mark.req("A10")
def test_conditions_are_sentences_with_the_labels_people_know(browser: Open) -> None:
    page = browser("admin.occitanie").get(DIAGNOSTIC.format(unit="occitanie"))
    said = [one for one in page.page.xpath("//li//div[contains(@class,'quiet')]/text()") if "À remplir si" in one]
    assert any("À remplir si «\u00a0Logement actuel\u00a0» est «\u00a0Locataire" in one for one in said)
    assert [one for one in said if "_" in one] == []


@pytest.mark.req("A12")
def test_a_preview_shows_the_draft_as_a_unit_below_and_writes_nothing(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "ajouter", label="Transport à la demande", apres="car")
    address = f"{DIAGNOSTIC.format(unit='occitanie')}/apercu"
    page.get(address, query_string={"comme": "ml_toulouse", "section": "mobilite", "largeur": "telephone"})
    assert "APERÇU en tant que Mission Locale de Toulouse" in page.text
    labels = [one.strip() for one in page.inner.xpath("//label[@class='form-check-label']/text()")]
    assert labels.index("Transport à la demande") == labels.index("Car interurbain") + 1
    assert page.get(address, query_string={"comme": "bretagne"}).status == 404
    published = browser("admin.toulouse").get(f"{DIAGNOSTIC.format(unit='ml_toulouse')}/apercu?section=mobilite")
    assert "Transport à la demande" not in published.inner.text_content()


def test_a_unit_without_anything_of_its_own_inherits_everything(browser: Open, wiring: Wiring) -> None:
    from jalon.base.actor import SYSTEM

    with wiring.database.transaction() as session:
        parent = organisations.unit_by_code(session, "ml_toulouse")
        create_unit(session, SYSTEM, code="ml_toulouse_neuve", parent=parent, level="site", title="Antenne neuve")
    page = browser("admin.toulouse").get("/console/ml_toulouse_neuve/list/modes-de-transport/historique")
    assert "tout est hérité" in page.text
