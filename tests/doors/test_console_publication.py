"""From draft to publication and back: impact, refusals, second reader, history, points to check."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from doors.test_console_artifacts import DIAGNOSTIC, MODES, change, publish
from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.services import publication
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]


@pytest.mark.req("A11", "A13", "A14")
def test_a_draft_says_what_it_changes_and_what_publishing_does(browser: Open, wiring: Wiring) -> None:
    local = browser("admin.toulouse")
    change(
        local, MODES.format(unit="ml_toulouse"), "enregistrer", element="velo", props=["label"], label="Vélo toulousain"
    )
    publish(local, "ml_toulouse")

    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo occitan")
    page.get("/console/occitanie/brouillon")
    assert "Le libellé de « Vélo » : « Vélo occitan » au lieu de « Vélo »." in page.text
    assert [one.text for one in page.page.xpath("//del")] == ["Vélo"]
    assert [one.text for one in page.page.xpath("//ins")] == ["Vélo occitan"]
    assert "36 structures concernées" in page.text
    assert "1 structure a changé la même chose" in page.text
    links = page.page.xpath("//a[.='Mission Locale de Toulouse']/@href")
    assert links[0] == "/console/ml_toulouse"
    assert links[1].startswith("/console/ml_toulouse/list/modes-de-transport?element=velo")
    assert "Aucune tâche en cours n’est touchée." in page.text

    publish(page, "occitanie", reason="")
    assert page.status == 422
    assert "Dites pourquoi" in page.text
    publish(page, "occitanie")
    assert "C’est publié." in page.text
    assert "1 réglage d’un niveau inférieur est à vérifier" in page.text


@pytest.mark.req("A11")
def test_work_in_progress_is_counted(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("admin.toulouse")
    address = f"/console/ml_toulouse/form/{task.form}"
    page.get(address)
    uid = next(one for one in page.page.xpath("//ol[@class='outline']/li/@id") if not one.startswith("layout:"))
    change(page, address, "enregistrer", element=uid, props=["label"], label="Autre libellé")
    page.get("/console/ml_toulouse/brouillon")
    assert "Tâches en cours : 1 pas encore ouvertes, 0 ouvertes, dont 0 avec un brouillon." in page.text


@pytest.mark.req("A9")
def test_a_draft_is_undone_done_again_and_given_up(browser: Open) -> None:
    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Bicyclette")
    page.get("/console/occitanie/brouillon")
    page.send(page.form(having="action"), button="action=annuler")
    assert "Ce brouillon ne change rien." in page.text
    page.send(page.form(having="action"), button="action=refaire")
    assert "Bicyclette" in page.text
    form = next(one for one in page.page.forms if one.xpath(".//button[@value='abandonner']"))
    page.send(form, button="action=abandonner")
    assert "Aucun changement" in page.text


@pytest.mark.req("A14")
def test_what_the_page_did_not_show_is_never_published(browser: Open) -> None:
    one, other = browser("admin.national"), browser("admin.national2")
    change(one, MODES.format(unit="fr"), "enregistrer", element="velo", props=["label"], label="Premier")
    one.get("/console/fr/brouillon")
    stale = one.form("/brouillon/publier")
    change(other, MODES.format(unit="fr"), "enregistrer", element="moto", props=["label"], label="Second")
    one.send(stale, {"motif": "Je n’ai vu que le premier"})
    assert one.status == 409
    assert "Second" in one.text
    one.send(one.form("/brouillon/publier"), {"motif": "J’ai tout relu"})
    assert "C’est publié." in one.text


@pytest.mark.req("A14", "S15")
def test_a_second_reader_publishes_what_another_asked_to_read(browser: Open) -> None:
    one, other = browser("admin.national"), browser("admin.national2")
    change(one, MODES.format(unit="fr"), "enregistrer", element="velo", props=["label"], label="Bicyclette")
    one.get("/console/fr/brouillon")
    one.send(one.form("/relecture"))
    assert "une autre personne doit publier" in one.text.lower()
    one.send(one.form("/brouillon/publier"), {"motif": "Je force"})
    assert one.status == 422
    publish(other, "fr")
    assert "C’est publié." in other.text


@pytest.mark.req("A14")
def test_a_later_date_is_scheduled_and_comes(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Bicyclette")
    page.get("/console/occitanie/brouillon")
    page.send(page.form("/brouillon/publier"), {"motif": "Printemps", "date": "20/01/2026"})
    assert "La publication est programmée." in page.text
    assert "Programmée" in page.text
    with wiring.database.transaction() as session:
        done = publication.publish_due(session, wiring.clock.now() + timedelta(days=9))
    assert [one.reason for one in done] == ["Printemps"]


@pytest.mark.req("A14")
def test_going_back_takes_two_clicks(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    change(page, address, "enregistrer", element="velo", props=["label"], label="Bicyclette")
    publish(page, "occitanie", "Essai malheureux")
    assert "Essai malheureux" in page.text
    page.send(page.form("/annuler"), {"motif": ""})
    assert page.status == 422
    page.send(page.form("/annuler"), {"motif": "Personne ne comprend"})
    assert "Le retour en arrière est publié." in page.text
    page.get(address, query_string={"element": "velo"})
    assert page.shown("Libellé") == "Vélo"
    page.get("/console/occitanie/publications")
    assert "Annulée" in page.text
    assert page.get(f"{address}/historique").status == 200


@pytest.mark.req("A16")
def test_a_local_change_in_doubt_waits_for_a_decision(browser: Open) -> None:
    local, page = browser("admin.toulouse"), browser("admin.occitanie")
    change(local, MODES.format(unit="ml_toulouse"), "enregistrer", element="velo", props=["label"], label="Vélo local")
    publish(local, "ml_toulouse")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo régional")
    publish(page, "occitanie")

    local.get("/console/ml_toulouse")
    assert "1 point à vérifier" in local.text
    local.get("/console/ml_toulouse/a-verifier")
    for said in ("Vélo", "Vélo régional", "Vélo local", "encore appliqué"):
        assert said in local.text
    local.send(local.form("/a-verifier"), {"motif": ""}, "choix=prendre")
    assert local.status == 422
    local.send(local.form("/a-verifier"), {"motif": "Comme la région"}, "choix=prendre")
    assert "Rien à vérifier." in local.text
    local.get(MODES.format(unit="ml_toulouse"), query_string={"element": "velo"})
    assert local.shown("Libellé") == "Vélo régional"


@pytest.mark.req("A16")
def test_a_region_decides_alike_for_those_below(browser: Open) -> None:
    for login, unit in (("admin.toulouse", "ml_toulouse"), ("admin.d31", "d31")):
        local = browser(login)
        change(local, MODES.format(unit=unit), "enregistrer", element="velo", props=["label"], label=f"Vélo {unit}")
        publish(local, unit)
    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo régional")
    publish(page, "occitanie")
    page.get("/console/occitanie/a-verifier")
    before = len(page.page.xpath("//input[@name='conflits']"))
    assert before >= 1
    page.send(page.form("/a-verifier"), {"motif": "Chacun garde le sien"}, "choix=garder")
    assert page.status == 200
    assert len(page.page.xpath("//input[@name='conflits']")) < before


def test_a_draft_overtaken_from_above_is_read_again_before_publishing(browser: Open) -> None:
    local, page = browser("admin.toulouse"), browser("admin.occitanie")
    change(local, MODES.format(unit="ml_toulouse"), "enregistrer", element="velo", props=["label"], label="Vélo local")
    change(page, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo régional")
    publish(page, "occitanie")
    publish(local, "ml_toulouse")
    assert local.status == 409
    assert "À relire" in local.text
    local.send(local.form("/relire"), button="choix=garder")
    assert "À relire :" not in local.text
    publish(local, "ml_toulouse")
    assert "C’est publié." in local.text


def test_a_draft_that_breaks_a_form_is_not_published(browser: Open) -> None:
    page = browser("admin.occitanie")
    change(page, DIAGNOSTIC.format(unit="occitanie"), "fermer", element="logement")
    page.get("/console/occitanie/brouillon")
    assert "obligatoire mais n’est plus affiché" in page.text
    publish(page, "occitanie")
    assert page.status == 422


def test_releases_of_elsewhere_are_not_shown(browser: Open) -> None:
    bretagne = browser("admin.bretagne")
    change(bretagne, MODES.format(unit="bretagne"), "enregistrer", element="velo", props=["label"], label="Vélo breton")
    publish(bretagne, "bretagne")
    foreign = bretagne.url.partition("?")[0].replace("/console/bretagne/", "/console/occitanie/")
    page = browser("admin.occitanie")
    assert page.get(foreign).status == 404
    assert "Vélo breton" not in page.get("/console/occitanie/publications").text


@pytest.mark.req("A14", "S15")
def test_a_level_asks_for_a_second_reader_from_its_roles_page(browser: Open) -> None:
    one, other = browser("admin.national"), browser("admin.national2")
    wanted = {"element": ".", "props": ["second_reader"], "second_reader": '"nation"'}
    change(one, "/console/fr/roles/roles", "enregistrer", **wanted)
    publish(other, "fr")
    assert "C’est publié." in other.text
    change(one, MODES.format(unit="fr"), "enregistrer", element="velo", props=["label"], label="Bicyclette")
    publish(one, "fr")
    assert one.status == 422
    assert "Ce niveau l’exige pour toute publication." in one.text
    other.get("/console/fr/brouillon")
    assert "Vous êtes la seconde lecture" in other.text
    publish(other, "fr")
    assert "Relu par" in other.text


@pytest.mark.req("A14", "S15")
def test_a_way_back_waits_for_a_second_reader_where_the_level_wants_one(browser: Open) -> None:
    one, other = browser("admin.national"), browser("admin.national2")
    change(one, MODES.format(unit="fr"), "enregistrer", element="velo", props=["label"], label="Bicyclette")
    publish(one, "fr", "Essai malheureux")
    back = one.form("/annuler")
    wanted = {"element": ".", "props": ["second_reader"], "second_reader": '"nation"'}
    change(other, "/console/fr/roles/roles", "enregistrer", **wanted)
    publish(other, "fr")

    one.send(back, {"motif": "Personne ne comprend"})
    assert "rien n’est encore fait" in one.text
    assert "Vous l’avez demandé : une autre personne doit approuver." in one.text
    assert "J’ai lu, j’approuve" not in one.text
    forged = one.form(having="reponse")
    one.send(forged, button="reponse=approuver")
    assert one.status == 422

    other.get("/console/fr")
    assert "1 demande à relire" in other.text
    other.get("/console/fr/a-relire")
    assert "« Vélo » au lieu de « Bicyclette »" in other.text
    other.send(other.form(having="reponse"), {"motif": ""}, "reponse=decliner")
    assert other.status == 422
    other.send(other.form(having="reponse"), button="reponse=approuver")
    assert "C’est fait, tel que vous l’avez lu." in other.text
    assert "Relu par" in other.text
    assert "Approuvée" in other.get("/console/fr/a-relire").text
