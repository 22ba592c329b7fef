"""The workshop over HTTP, as a browser without a script: a whole process played, and nothing else touched."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from fakes.browser import Browser
from jalon.base.clock import MovableClock
from jalon.doors.web.workshop import choosing
from jalon.runtime.scenarios import play
from jalon.sandbox import Sandbox
from jalon.store.base import Table
from jalon.store.wiring import Wiring
from packs.shipped import files_of

Open = Callable[..., Browser]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:essai" id="d">
  <bpmn:process id="essai" name="Un essai" isExecutable="true">
    <bpmn:startEvent id="debut"/><bpmn:sequenceFlow id="f1" sourceRef="debut" targetRef="choisir"/>
    <bpmn:userTask id="choisir" name="Choisir"/><bpmn:sequenceFlow id="f2" sourceRef="choisir" targetRef="selon"/>
    <bpmn:exclusiveGateway id="selon" default="f4"/>
    <bpmn:sequenceFlow id="f3" sourceRef="selon" targetRef="oui">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">accord = true</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="selon" targetRef="attendre"/>
    <bpmn:intermediateCatchEvent id="attendre" name="Réponse">
      <bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f5" sourceRef="attendre" targetRef="non"/>
    <bpmn:endEvent id="oui"/><bpmn:endEvent id="non"/>
  </bpmn:process>
  <bpmn:message id="m" name="réponse"/>
</bpmn:definitions>
"""


def rows(wiring: Wiring) -> dict[str, int]:
    """Count the rows of every table."""
    with wiring.database.transaction() as session:
        names = [one.name for one in Table.metadata.sorted_tables]
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def begun(browser: Open, process: str = "premier-accueil", unit: str = "Mission Locale de Toulouse") -> Browser:
    """Play a process as a unit sees it."""
    page = browser("admin.national").get("/atelier")
    form = page.form(having="processus")
    (unit_id,) = [
        o.get("value") for o in form.iter("option") if o.text_content().strip() == unit or o.get("value") == unit
    ]
    return page.send(form, {"processus": process, "unite": unit_id})


def step(page: Browser, action: str, changes: dict[str, object] | None = None) -> Browser:
    """Send the form of the task at hand."""
    return page.send(page.form("/etape"), changes, f"action={action}")


def advanced(page: Browser, by: str) -> Browser:
    """Let time pass."""
    return page.send(page.form("/avancer"), {}, f"de={by}")


def played_to_its_end(page: Browser) -> Browser:
    """Fill and complete whatever is to be done, waiting when nothing is."""
    for _ in range(60):
        if "Terminé" in page.page.find_class("page-head")[0].text_content():
            return page
        if page.page.xpath("//form[contains(@action, '/etape')]"):
            page = step(page, "jouer", {"personne": "yanis"})
            assert page.status == 200, page.text[:600]
        else:
            page = advanced(page, "echeance")
    raise AssertionError(page.text[:1500])


def exported(page: Browser) -> dict:
    """Download the play as a scenario."""
    (address,) = page.page.xpath("//a[contains(@href, 'scenario.json')]/@href")
    response = page.client.get(address)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return json.loads(response.data)


@pytest.mark.req("D4", "D5", "D6")
def test_a_whole_process_is_played_and_no_other_table_changes(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.national")
    before = rows(wiring)

    page = played_to_its_end(begun(lambda _login: page))

    assert rows(wiring) == before | {"prototype": before["prototype"] + 1}
    assert wiring.mailer.mails == []
    assert "PROTOTYPE" in page.text
    assert "Le parcours est terminé." in page.text


@pytest.mark.parametrize(
    ("process", "pack"),
    [
        ("premier-accueil", "premier-accueil"),
        ("mise-en-relation", "partenaires"),
        ("accompagnement-thematique", "thematique"),
    ],
)
def test_what_was_played_is_a_scenario_that_plays(browser: Open, process: str, pack: str) -> None:
    page = begun(browser, process)
    for _ in range(4):
        if not page.page.xpath("//form[contains(@action, '/etape')]"):
            break
        page = step(page, "jouer", {"personne": "yanis"})
    page = advanced(page, "P7D")

    scenario = exported(page)

    assert scenario["process"] == process
    assert scenario["unit"] == "ml_toulouse"
    assert [one["do"] for one in scenario["steps"]][-1] == "advance"
    assert all(one["expect"]["status"] for one in scenario["steps"])
    box = Sandbox(now=scenario["now"], services="pass")
    assert box.deploy(files_of(pack), unit=scenario["unit"]).ok
    assert play(box, scenario) == []


def test_the_scenario_of_another_configuration_fails(browser: Open) -> None:
    scenario = exported(step(begun(browser), "jouer", {"personne": "yanis"}))
    scenario["steps"][-1]["expect"]["tasks"] = ["rien_de_tel"]
    box = Sandbox(now=scenario["now"], services="pass")
    box.deploy(files_of("premier-accueil"), unit=scenario["unit"])
    assert len(play(box, scenario)) == 1


@pytest.mark.req("D5")
def test_each_unit_plays_its_own_configuration_and_any_role(browser: Open) -> None:
    page = begun(browser, "premier-accueil", "Nouvelle-Aquitaine")
    page = step(page, "jouer", {"personne": "yanis"})
    assert "Chargé d’accueil" not in page.page.xpath("//nav[@aria-labelledby='roles']")[0].text_content()
    assert "Vous jouez : Conseiller" in page.text
    for _ in range(6):
        if "bilan de mobilité" in page.text.lower():
            break
        page = step(page, "jouer")
    assert "bilan de mobilité" in page.text.lower()


def test_refused_answers_are_shown_and_nothing_is_played(browser: Open) -> None:
    page = begun(browser)

    page = step(page, "terminer", {"Prénom": "Zoé"})

    assert page.status == 422
    assert "réponses sont à corriger" in page.text
    assert page.shown("Prénom") == "Zoé"
    assert len(exported(page.get(page.url.replace("/etape", "")))["steps"]) == 1


@pytest.mark.req("D6")
def test_filling_keeps_what_is_typed_and_answers_the_rest_as_the_person_would(browser: Open) -> None:
    page = begun(browser)
    people = [option.get("value") for option in page.page.xpath("//select[@id='personne']/option")]
    assert len(people) >= 5

    page = step(page, "remplir", {"Prénom": "Zoé", "personne": "lea"})

    assert page.status == 200
    assert page.shown("Prénom") == "Zoé"
    assert page.shown("Nom d’usage") == "Marchetti"
    assert len(exported(page.get(page.url.replace("/etape", "")))["steps"]) == 1


def test_an_answer_given_earlier_is_known_later(browser: Open) -> None:
    page = step(begun(browser), "jouer", {"personne": "lea"})

    assert page.shown("Date de naissance") == "03/11/2008"
    assert "réponse donnée plus tôt dans cet essai" in page.text


@pytest.mark.req("D4")
def test_beginning_again_takes_one_click_and_going_back_another(browser: Open) -> None:
    page = step(step(begun(browser), "jouer"), "jouer")
    assert len(exported(page)["steps"]) == 3

    page = page.send(page.form("/reculer"))
    assert len(exported(page)["steps"]) == 2
    page = page.send(page.form("/recommencer"))
    assert len(exported(page)["steps"]) == 1


def test_a_form_sent_twice_is_played_once(browser: Open) -> None:
    page = begun(browser)
    form = page.form("/etape")
    pairs = page.pairs(form, {}, "action=jouer")
    page.post(form.get("action"), pairs)
    page.post(form.get("action"), pairs)

    assert len(exported(page)["steps"]) == 2
    assert "n’est plus à faire" in page.text or "avait déjà avancé" in page.text


def test_what_would_have_left_is_listed_and_stays(browser: Open, wiring: Wiring) -> None:
    page = begun(browser)
    for _ in range(12):
        if "Lien envoyé à" in page.text:
            break
        page = step(page, "jouer", {"personne": "theo"})
    assert "Lien envoyé à Permanence d’hébergement" in page.text
    assert "accueil@exemple.org" in page.text
    assert wiring.mailer.mails == []


def test_a_play_is_its_owner_s_alone_and_lasts_a_day(browser: Open, clock: MovableClock) -> None:
    page = begun(browser)
    address = page.url.split("?")[0]
    assert browser("admin.occitanie").get(address).status == 404
    assert browser("conseiller.toulouse").get("/atelier").status == 403

    clock.move_by(timedelta(hours=25))
    assert browser("admin.national").get(address).status == 404


def test_a_unit_out_of_reach_is_not_played(browser: Open) -> None:
    page = browser("admin.occitanie").get("/atelier")
    choices = [option.text_content().strip() for option in page.page.xpath("//select[@id='unite']/option")]
    assert "Occitanie" in choices
    assert "Bretagne" not in choices
    other = browser("admin.national").get("/atelier").page.xpath("//select[@id='unite']/option")
    (bretagne,) = [option.get("value") for option in other if option.text_content().strip() == "Bretagne"]
    refused = page.post("/atelier", {"csrf_token": page.csrf(), "processus": "premier-accueil", "unite": bretagne})
    assert refused.status == 404


def uploaded(browser: Open, **files: str) -> Browser:
    """Upload files of one's own."""
    page = browser("admin.national").get("/atelier")
    sent = [(io.BytesIO(content.encode()), name.replace("__", ".")) for name, content in files.items()]
    data = {"csrf_token": page.csrf(), "fichiers": sent}
    return page._arrived(page.client.post("/atelier/fichiers", data=data, content_type="multipart/form-data"))


@pytest.mark.req("D8")
def test_a_file_of_one_s_own_is_checked_then_played(browser: Open) -> None:
    page = uploaded(browser, essai__bpmn=DIAGRAM)
    assert page.title == "Contrôle de « Un essai »"
    assert "Rien à signaler" in page.text
    assert "Branchements1" in page.text
    assert "Chemins possibles2" in page.text
    assert "Flèches par élément0,83" in page.text

    page = page.send(page.form("/demarrer"))
    assert "Vous êtes ici : « Choisir »" in page.text
    page = step(page, "terminer", {"donnees": "accord = non"})
    assert "Message attendu : réponse" in page.text
    page = page.send(page.form("/message"), {"donnees": "texte = d’accord"})
    assert "Le parcours est terminé." in page.text
    assert exported(page)["steps"][-1]["with"] == {"message": "réponse", "payload": {"texte": "d’accord"}}


@pytest.mark.req("D1", "D3")
def test_an_outline_is_drawn_checked_and_played(browser: Open) -> None:
    page = browser("admin.national").get("/atelier")
    page = page.send(page.form("/plan"), {"titre": "Prêter une salle", "plan": "demander une salle"})
    assert page.status == 422
    assert "la ligne 1 ne s’écrit pas « Rôle : étape »" in page.text
    plan = "Accueil : demander une salle | Nombre de places, Urgent ?\nGestion : réserver"
    page = page.send(page.form("/plan"), {"plan": plan})
    assert page.title == "Contrôle de « Prêter une salle »"
    page = page.send(page.form("/demarrer"))
    assert "Vous êtes ici : « Demander une salle », à faire par Accueil." in page.text
    page = step(page, "remplir")
    assert "Nombre de places" in page.text
    page = step(page, "jouer")
    assert "à faire par Gestion" in page.text


@pytest.mark.req("D8")
def test_errors_are_told_in_plain_french_with_element_and_line(browser: Open, wiring: Wiring) -> None:
    before = rows(wiring)["prototype"]
    broken = DIAGRAM.replace('sourceRef="choisir" targetRef="selon"', 'sourceRef="choisir" targetRef="nulle_part"')
    page = uploaded(browser, essai__bpmn=broken)
    assert page.status == 422
    assert "Ces fichiers ne peuvent pas être joués" in page.text
    assert "À corriger" in page.text
    assert "ligne 6" in page.text
    assert rows(wiring)["prototype"] == before


@pytest.mark.req("D8")
def test_a_file_with_errors_does_not_stop_the_others_from_being_played(browser: Open) -> None:
    page = uploaded(browser, essai__bpmn=DIAGRAM, abime__dmn="<definitions>")
    assert page.status == 200
    assert "Des erreurs empêchent la publication" in page.text
    page = page.send(page.form("/demarrer"))
    assert "Vous êtes ici : « Choisir »" in page.text


def test_uploads_have_bounds(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MAX_UPLOAD", 2_000)
    assert "au plus 40 fichiers" in uploaded(browser, **{f"f{n}__bpmn": "x" for n in range(41)}).text
    assert "« gros.bpmn » dépasse" in uploaded(browser, gros__bpmn="x" * 2_001).text
    assert "Aucun processus" in uploaded(browser, rien__txt="rien").text
