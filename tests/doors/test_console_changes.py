"""Changing things in the console: each kind of change, what is refused, two administrators at once."""

import random
from collections.abc import Callable

import pytest
from flask import Flask

from doors.test_console_artifacts import DIAGNOSTIC, MODES, change, publish
from factories.journeys import person
from fakes.browser import Browser
from jalon.services import configuration
from jalon.store import organisations
from jalon.store.wiring import Wiring
from jalon_admin.changing import ACTIONS
from jalon_admin.looking import look

Open = Callable[..., Browser]


def content(wiring: Wiring, kind: str, key: str, unit: str) -> dict:
    """Return what is published for a unit."""
    with wiring.database.transaction() as session:
        found = organisations.unit_by_code(session, unit)
        assert found is not None
        return configuration.content(session, kind, key, found.id).content


def rows(page: Browser) -> list[str]:
    """Return the ids of the outline in order."""
    return [str(one) for one in page.page.xpath("//ol[@class='outline']/li/@id")]


@pytest.mark.req("A2")
def test_a_value_is_added_in_three_interactions(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie").get(MODES.format(unit="occitanie"))
    page.click("Ajouter une valeur")
    page.send(page.form(having="regroupement"), {"label": "Transport à la demande", "Placer après": "car"})
    assert "est ajouté au brouillon, à la position" in page.text
    assert rows(page)[rows(page).index("car") + 1] == "occitanie__transport_a_la_demande"
    publish(page, "occitanie")
    codes = [one["code"] for one in content(wiring, "list", "modes-de-transport", "ml_toulouse")["values"]]
    assert codes[codes.index("car") + 1] == "occitanie__transport_a_la_demande"
    elsewhere = content(wiring, "list", "modes-de-transport", "bretagne")["values"]
    assert "occitanie__transport_a_la_demande" not in [one["code"] for one in elsewhere]


@pytest.mark.req("A2")
def test_a_label_nearly_the_same_is_warned_of(browser: Open) -> None:
    page = browser("admin.occitanie")
    change(page, MODES.format(unit="occitanie"), "ajouter", label="TROTTINETTES", apres="car")
    assert "« TROTTINETTES » ressemble beaucoup à « Trottinette », qui existe déjà." in page.text


@pytest.mark.req("X9", "C12")
def test_an_empty_label_is_refused_and_what_was_typed_stays(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    change(page, address, "ajouter", label=" ", help="Sur réservation", apres="car")
    assert page.status == 422
    assert "Écrivez un libellé" in page.text
    assert page.shown("Aide") == "Sur réservation"
    assert page.shown("Placer après") == "car"
    change(page, address, "enregistrer", element="velo", props=["label", "help"], label="", help="À pédales")
    assert page.status == 422
    assert page.shown("help") == "À pédales"


@pytest.mark.req("A3")
def test_a_value_is_closed_never_deleted_and_opened_again(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    change(page, address, "fermer", element="moto")
    assert "Les dossiers qui l’ont déjà le gardent" in page.text
    publish(page, "occitanie")
    kept = {one["code"]: one for one in content(wiring, "list", "modes-de-transport", "ml_toulouse")["values"]}
    assert kept["moto"]["closed"] is True
    change(page, address, "rouvrir", element="moto")
    publish(page, "occitanie")
    kept = {one["code"]: one for one in content(wiring, "list", "modes-de-transport", "ml_toulouse")["values"]}
    assert not kept["moto"].get("closed")


@pytest.mark.req("A6")
def test_buttons_and_the_list_of_places_give_the_same_order(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    before = rows(page.get(address))
    form = page.form(having="vers")
    page.send(form, button=f"descendre={before[0]}")
    assert f"position 2 sur {len(before)}" in page.text
    assert rows(page) == [before[1], before[0], *before[2:]]
    page.send(page.form(having="vers"), button=f"descendre={before[0]}")
    assert rows(page) == [before[1], before[2], before[0], *before[3:]]
    page.send(page.form(having="vers"), button=f"monter={before[2]}")
    page.send(page.form(having="vers"), button=f"monter={before[0]}")
    assert rows(page) == [before[2], before[0], before[1], *before[3:]]

    other = browser("admin.bretagne")
    change(other, MODES.format(unit="bretagne"), "deplacer", element=before[2], apres="")
    change(other, MODES.format(unit="bretagne"), "deplacer", element=before[0], apres=before[2])
    assert rows(other) == rows(page)
    change(other, MODES.format(unit="bretagne"), "deplacer", element=before[0], apres="nulle_part")
    assert other.status == 422


@pytest.mark.req("A6")
def test_values_added_one_after_another_stand_where_they_were_put(browser: Open) -> None:
    page = browser("admin.occitanie")
    address = MODES.format(unit="occitanie")
    for label, after in (("Zeppelin", "car"), ("Aérotrain", "car"), ("Monorail", "occitanie__zeppelin")):
        change(page, address, "ajouter", label=label, apres=after)
        assert page.status == 200
    order = rows(page)
    place = order.index("car")
    assert order[place : place + 4] == ["car", "occitanie__aerotrain", "occitanie__zeppelin", "occitanie__monorail"]


@pytest.mark.req("A6")
def test_any_series_of_moves_gives_exactly_the_order_asked_for(app: Flask, wiring: Wiring) -> None:
    chance = random.Random(20260112)
    with app.test_request_context(), wiring.database.transaction() as session:
        actor = person(session, "admin.occitanie")
        unit = organisations.unit_by_code(session, "occitanie")
        assert unit is not None
        draft = configuration.open_draft(session, actor, unit.id, "list", "modes-de-transport")
        for _ in range(60):
            situation = look(session, actor, "occitanie", "list", "modes-de-transport")
            order = situation.now.atoms.children(".")
            uid = chance.choice(order)
            others = [one for one in order if one != uid]
            after = chance.choice(["", *others])
            place = others.index(after) + 1 if after else 0
            wanted = [*others[:place], uid, *others[place:]]
            asked = ACTIONS["deplacer"](situation, {"element": [uid], "apres": [after]})
            if asked.ops:
                draft = configuration.change_draft(session, actor, draft.id, asked.ops, draft.row_version)
            assert [one["code"] for one in draft.content["values"]] == wanted


@pytest.mark.req("A7")
def test_a_question_is_added_between_two_others(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie").get(DIAGNOSTIC.format(unit="occitanie"))
    (link,) = page.page.xpath("//li[@id='modes_transport']/a[contains(@class,'add-here')]/@href")
    page.get(link.partition("#")[0])
    assert "après « Modes de transport utilisés »" in page.text
    typed = {"label": "Inscrit au transport à la demande", "type": "boolean"}
    page.send(page.form(having="sensibilite"), {**typed, "finalite": ""})
    assert page.status == 422
    assert "Dites à quoi sert cette donnée" in page.text
    page.send(page.form(having="sensibilite"), {"finalite": "Faciliter les trajets"})
    assert page.status == 200
    order = rows(page)
    assert order[order.index("modes_transport") + 1] == "occitanie__inscrit_au_transport_a_la_demande"
    publish(page, "occitanie")
    schema = content(wiring, "form", "diagnostic", "ml_toulouse")["schema"]
    added = schema["properties"]["occitanie__inscrit_au_transport_a_la_demande"]
    assert (added["type"], added["x-jalon-purpose"]) == ("boolean", "Faciliter les trajets")
    assert added["x-jalon-retention"] == "P24M"


@pytest.mark.parametrize("kind", ["text", "long_text", "integer", "decimal", "money", "date", "phone", "email"])
def test_a_question_of_each_type_is_accepted_and_drawn(browser: Open, kind: str) -> None:
    page = browser("admin.occitanie")
    fields = {"label": f"Question {kind}", "type": kind, "apres": "modes_transport", "dans": ""}
    private = {"sensibilite": "personal", "finalite": "Essai", "conservation": "P12M", "obligation": "none"}
    change(page, DIAGNOSTIC.format(unit="occitanie"), "ajouter", **fields, **private)
    assert page.status == 200
    errors = page.page.xpath("//div[contains(@class,'alert-danger')]")
    assert [one.text_content() for one in errors] == []
    drawn = page.page.xpath("//div[@class='preview-frame']")[0].text_content()
    assert f"Question {kind}" in drawn


def test_a_choice_question_needs_its_list(browser: Open) -> None:
    page = browser("admin.occitanie")
    fields = {"label": "Destination", "type": "choices", "apres": "modes_transport", "sensibilite": "none"}
    change(page, DIAGNOSTIC.format(unit="occitanie"), "ajouter", **fields)
    assert page.status == 422
    assert "Choisissez la liste" in page.text
    change(page, DIAGNOSTIC.format(unit="occitanie"), "ajouter", **fields, liste="permis")
    assert page.status == 200
    assert "choix multiple" in page.text


def test_an_obligation_may_get_stricter_not_milder(browser: Open) -> None:
    page = browser("admin.toulouse")
    address = DIAGNOSTIC.format(unit="ml_toulouse")
    page.get(address, query_string={"element": "logement"})
    offered = page.page.xpath("//select[@name='obligation']/option/@value")
    assert offered == ["step", "save"]
    change(page, address, "enregistrer", element="logement", props=["obligation"], obligation="statistics")
    assert page.status == 422
    change(page, address, "enregistrer", element="logement", props=["obligation"], obligation="save")
    assert page.status == 200
    assert "Obligatoire pour enregistrer" in page.text


def test_a_parameter_receives_a_dated_value_within_its_bounds(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.toulouse")
    address = "/console/ml_toulouse/parameters/premier-accueil"
    wanted = {"element": "delai_diagnostic_jours", "source": "Décision du conseil d’administration"}
    change(page, address, "dater", **wanted, depuis="31/02/2026", valeur="200")
    assert page.status == 422
    assert "La valeur doit être entre 1 et 90." in page.text
    assert "JJ/MM/AAAA" in page.text
    change(page, address, "dater", **wanted, depuis="01/02/2026", valeur="21")
    assert page.status == 200
    assert "21 jours" in page.text
    publish(page, "ml_toulouse")
    held = content(wiring, "parameters", "premier-accueil", "ml_toulouse")["delai_diagnostic_jours"]["values"]
    assert held[-1] == {"from": "2026-02-01", "value": 21, "source": wanted["source"]}
    change(page, address, "dater", element="delai_relance_urgence", source="x", depuis="01/02/2026", valeur="2 jours")
    assert page.status == 200
    assert "2 jours" in page.text


def test_an_option_is_switched_and_a_text_reworded(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    process = content(wiring, "process", "premier-accueil", "occitanie")["bpmn"]
    assert "jalon:option" in process
    address = "/console/occitanie/process/premier-accueil"
    page.get(address)
    assert page.page.xpath("//svg[contains(@class,'map')]") or page.page.xpath(
        "//*[local-name()='svg' and @class='map']"
    )
    option = next(uid for uid in rows(page) if uid.startswith("option:"))
    page.get(address, query_string={"element": option})
    before = page.shown("Réglage")
    after = "non" if before == "oui" else "oui"
    page.send(page.form(having="default"), {"default": after})
    assert page.status == 200
    page.get(address, query_string={"element": option})
    assert page.shown("Réglage") == after


def test_a_rule_is_added_to_a_decision_before_the_last(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie").get("/console/occitanie/decision/urgence")
    page.click("Ajouter une règle")
    form = page.form(having="note")
    columns = [field.get("name") for field in form.iter("input") if (field.get("name") or "").startswith("cell:")]
    page.send(form, {"note": ""})
    assert page.status == 422
    values = {columns[0]: "true", "note": "Règle régionale"}
    page.send(page.form(having="note"), values)
    assert page.status == 200
    assert "Ajouté ici" in page.text


def test_a_role_may_lose_rights_not_gain_them(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    address = "/console/occitanie/roles/roles"
    page.get(address, query_string={"element": "accueil"})
    boxes = page.page.xpath("//input[@name='permissions']/@value")
    assert '"dossier.creer"' in boxes
    assert '"configuration.publier"' not in boxes
    kept = [one for one in boxes if one != '"dossier.creer"']
    change(
        page, address, "enregistrer", element="accueil", props=["permissions"], permissions=[*kept, '"compte.gerer"']
    )
    assert page.status == 200
    publish(page, "occitanie")
    held = content(wiring, "roles", "roles", "ml_toulouse")["roles"]["accueil"]["permissions"]
    assert "dossier.creer" not in held
    assert "compte.gerer" not in held


def test_a_message_and_a_page_are_reworded(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.toulouse")
    change(page, "/console/ml_toulouse/message/rappel", "enregistrer", element=".", props=["subject"], subject="À vous")
    change(page, "/console/ml_toulouse/page/accueil", "enregistrer", element=".", props=["title"], title="Bonjour")
    publish(page, "ml_toulouse")
    assert content(wiring, "message", "rappel", "ml_toulouse")["subject"] == "À vous"
    assert content(wiring, "page", "accueil", "ml_toulouse")["title"] == "Bonjour"


@pytest.mark.req("S6")
def test_fields_nobody_offers_change_nothing(browser: Open) -> None:
    page = browser("admin.toulouse")
    address = MODES.format(unit="ml_toulouse")
    extras = {"closed": "true", "code": "x", "author": "x", "seen": "x", "unit_id": "x", "row_version": "9"}
    change(page, address, "enregistrer", element="velo", props=["closed", "code", "label"], label="Vélo", **extras)
    assert page.status == 200
    assert "Rien n’a changé." in page.text
    assert "Aucun changement" in page.get("/console/ml_toulouse/brouillon").text
    assert change(page, address, "supprimer", element="velo").status == 400


@pytest.mark.req("S5")
def test_a_change_without_its_token_is_refused(browser: Open) -> None:
    page = browser("admin.toulouse").get(MODES.format(unit="ml_toulouse"))
    assert page.post(MODES.format(unit="ml_toulouse"), {"action": "fermer", "element": "velo"}).status == 400


@pytest.mark.req("R7", "A9")
def test_two_administrators_at_once_lose_nothing(browser: Open) -> None:
    one, other = browser("admin.national"), browser("admin.national2")
    address = MODES.format(unit="fr")
    for page in (one, other):
        page.get(address, query_string={"element": "velo"})
    mine = one.form(having="label")
    one.send(mine, {"label": "Vélo classique"})
    assert one.status == 200

    other.send(other.form(having="label"), {"label": "Vélo électrique", "motif": "Plus fréquent"})
    assert other.status == 409
    assert "Claire Besson" in other.text
    assert "Vélo classique" in other.text
    assert "Vélo électrique" in other.text

    other.send(other.page.forms[-1])
    assert other.status == 200
    other.get("/console/fr/brouillon")
    assert "« Vélo électrique » au lieu de « Vélo »" in other.text
    assert "Plus fréquent" in other.text
