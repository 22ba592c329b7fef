"""The form editor over HTTP: each change lands in the shared draft, as the plain pages would have put it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from doors.conftest import both
from doors.test_console_artifacts import DIAGNOSTIC, change, publish
from fakes.browser import Browser
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.services import configuration, publication
from jalon.services.configuration.packs import Pack
from jalon.store import organisations
from jalon.store.wiring import Wiring
from jalon_admin.views.editor import cells
from jalon_admin.views.editor.guessing import guess_type

Open = Callable[..., Browser]


class Window:
    """One person's window on the editor: what the script of the page would do."""

    def __init__(self, page: Browser, unit: str = "occitanie", form: str = "diagnostic") -> None:
        self.page, self.address = page, f"/console/{unit}/form/{form}/editeur"
        page.get(self.address)
        self.csrf = page.csrf()
        self.state: dict[str, Any] = self.ask("etat")
        self.status = 200

    def ask(self, name: str) -> dict[str, Any]:
        """Ask for something of the editor."""
        found: dict[str, Any] = self.page.client.get(f"{self.address}/{name}").get_json()
        return found

    def post(self, name: str = "", **fields: Any) -> dict[str, Any]:
        """Post to the editor."""
        answer = self.page.client.post(f"{self.address}{name}", data={"csrf_token": self.csrf, **fields})
        self.status = answer.status_code
        told: dict[str, Any] = answer.get_json()
        return told

    def change(self, action: str, **fields: Any) -> dict[str, Any]:
        """Put a change in the draft, and take what it changed."""
        told = self.post(action=action, version=self.state["version"], **fields)
        if self.status == 200:
            self.state = told["state"]
        return told

    def add_value(self, key: str, **fields: Any) -> dict[str, Any]:
        """Add a value to a list that the form offers."""
        version = self.state["lists"][key]["version"]
        return self.change("ajouter", **{"dans-liste": key, "version-liste": version, **fields})

    def prop(self, uid: str, prop: str) -> dict[str, Any]:
        """Return a property of an element."""
        return next(one for one in self.state["items"][uid]["props"] if one["prop"] == prop)


@pytest.mark.req("A4", "A9")
def test_each_change_says_how_it_stands_and_can_be_undone_done_again_and_restored(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    assert window.prop("logement", "label")["standing"]["state"] == "inherited"
    inherited = window.prop("logement", "label")["text"]
    window.change("enregistrer", element="logement", props="label", label="Où le jeune dort-il ?")
    assert window.state == window.ask("etat")
    found = window.prop("logement", "label")
    assert (found["standing"]["words"], found["inherited"]) == ("Modifié ici", inherited)
    window.change("annuler")
    assert window.prop("logement", "label")["text"] == inherited
    window.change("refaire")
    assert window.prop("logement", "label")["text"] == "Où le jeune dort-il ?"
    window.change("retablir", element="logement", prop="label")
    assert window.prop("logement", "label")["standing"]["state"] == "inherited"
    assert window.state["changes"] == 0


@pytest.mark.req("A5")
def test_a_lock_is_explained_and_a_forged_change_is_refused(browser: Open) -> None:
    national = browser("admin.national")
    address = DIAGNOSTIC.format(unit="fr")
    change(national, address, "verrouiller", element="logement", prop="label", motif="Donnée suivie par les financeurs")
    publish(national, "fr")
    window = Window(browser("admin.occitanie"))
    standing = window.prop("logement", "label")["standing"]
    assert (standing["state"], "editable" in standing) == ("locked", False)
    assert "Donnée suivie par les financeurs" in standing["why"]
    told = window.change("enregistrer", element="logement", props="label", label="Forcé")
    assert (window.status, "financeurs" in told["message"]) == (403, True)


@both
@pytest.mark.req("A9", "R7")
def test_a_second_administrator_is_seen_and_nothing_is_overwritten(browser: Open, clock: MovableClock) -> None:
    first, second = Window(browser("admin.national"), "fr"), Window(browser("admin.national2"), "fr")
    assert first.post("/presence")["others"] == []
    clock.move_by(timedelta(minutes=1))
    (seen,) = second.post("/presence")["others"]
    assert seen.endswith(", depuis 09:00")
    first.change("enregistrer", element="logement", props="label", label="Logement du moment")
    told = second.post(
        action="enregistrer", version=second.state["version"], element="logement", props="label", label="Toit"
    )
    assert second.status == 409
    assert "Logement du moment" in told["theirs"][0]
    assert "Toit" in told["mine"][0]
    second.state = told["state"]
    assert second.prop("logement", "label")["text"] == "Logement du moment"
    second.change("enregistrer", element="logement", props="label", label="Toit")
    assert second.prop("logement", "label")["text"] == "Toit"
    second.post("/presence", depart="1")
    assert first.post("/presence")["others"] == []
    clock.move_by(timedelta(minutes=2))
    assert second.post("/presence")["others"] == []


@pytest.mark.req("A6", "X8")
def test_every_way_of_moving_gives_the_same_order(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    home = window.state["items"]["permis"]["container"]
    inside = [uid for uid in window.state["order"] if window.state["items"][uid]["container"] == home]
    told = window.change("ranger", element=inside[0], dans=home, apres=inside[2])
    assert "position 3 sur" in told["said"]
    other = browser("admin.bretagne")
    change(other, DIAGNOSTIC.format(unit="bretagne"), "deplacer", element=inside[0], apres=inside[2])
    assert Window(other, "bretagne").state["order"] == window.state["order"]
    # drag and the list of places also reach another part of the form
    window.change("ranger", element=inside[0], dans="layout:emploi_faits", apres="")
    assert window.state["items"][inside[0]]["container"] == "layout:emploi_faits"
    assert window.state["items"][inside[0]]["place"] == 1
    window.change("ranger", element="layout:emploi", dans="layout:emploi_faits", apres="")
    assert window.status == 422


@pytest.mark.req("A7")
def test_a_question_is_added_between_two_others_from_the_shared_catalogue(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    told = window.ask("catalogue?label=PERMIS%20DE%20CONDUIRES")
    (found,) = told["known"]
    assert (found["label"], found["near"], found["type"], found["list_key"]) == (
        "Permis de conduire",
        True,
        "choice",
        "permis",
    )
    assert found["used"].startswith("déjà dans ")
    fields = {"sensibilite": "none", "dans": window.state["items"]["permis"]["container"], "apres": "permis"}
    told = window.change("ajouter", label="Date du permis", type=window.ask("catalogue?label=Date")["type"], **fields)
    uid = told["uid"]
    order = window.state["order"]
    assert order[order.index("permis") + 1] == uid
    assert window.state["items"][uid]["standing"]["words"] == "Ajouté ici"
    publish(window.page, "occitanie")
    (known,) = Window(browser("admin.bretagne"), "bretagne").ask("catalogue?label=date%20du%20permis")["known"]
    assert 1 < known["units"] < found["units"]
    assert "structures" in known["used"]


@pytest.mark.req("A7", "C14")
def test_a_question_taken_up_keeps_the_place_of_its_answer_and_one_already_asked_is_told(
    browser: Open, wiring: Wiring
) -> None:
    window = Window(browser("admin.occitanie"), form="bilan-mobilite")
    (found,) = window.ask("catalogue?label=Permis%20de%20conduire")["known"]
    assert (found["bind"], found["asked"]) == ("mobilite.permis", "")
    fields = {name: found[name] for name in ("label", "type", "help")}
    fields |= {"liste": found["list_key"], "donnee": found["bind"], "notion": "permis-de-conduire"}
    fields |= {"sensibilite": found["sensitivity"], "finalite": found["purpose"], "conservation": found["retention"]}
    uid = window.change("ajouter", dans=window.state["items"]["lecture_plan"]["container"], **fields)["uid"]
    (found,) = window.ask("catalogue?label=Permis%20de%20conduire")["known"]
    assert found["asked"] == "Permis de conduire"
    publish(window.page, "occitanie")
    with wiring.database.transaction() as session:
        unit = organisations.unit_by_code(session, "occitanie")
        assert unit is not None
        question = configuration.form_closure(session, "bilan-mobilite", unit.id).schema["properties"][uid]
    assert (question["x-jalon-bind"], question["x-jalon-concept"]) == ("mobilite.permis", "permis-de-conduire")


@pytest.mark.req("A7")
@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Date de fin de contrat", "date"),
        ("Avez-vous un véhicule ?", "boolean"),
        ("Montant de l’aide", "money"),
        ("Nombre d’enfants", "integer"),
        ("Courriel du référent", "email"),
        ("Téléphone", "phone"),
        ("Observations", "long_text"),
        ("Type de contrat", "choice"),
        ("Intitulé du poste", "text"),
    ],
)
def test_the_type_is_guessed_from_the_label(label: str, kind: str) -> None:
    assert guess_type(label) == kind


@pytest.mark.req("X9", "C12")
def test_labels_that_say_nothing_or_twice_the_same_are_refused(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    twin = window.state["items"]["permis"]["label"]
    container = window.state["items"]["permis"]["container"]
    for label in ("", "…", "Libellé", f" {twin.upper()} "):
        told = window.change("ajouter", label=label, type="text", sensibilite="none", dans=container, apres="permis")
        assert (label, window.status, list(told["problems"])) == (label, 422, ["label"])
    told = window.change("enregistrer", element="loyer", props="label", label="???")
    assert (window.status, "Écrivez un libellé" in told["message"]) == (422, True)
    fields = {"type": "text", "sensibilite": "none"}
    elsewhere = window.change("ajouter", label=twin, dans="layout:emploi_faits", apres="", **fields)["uid"]
    told = window.change("ranger", element=elsewhere, dans=container, apres="permis")
    assert (window.status, f"« {twin} » est déjà" in told["message"]) == (422, True)


@pytest.mark.req("X9")
def test_two_questions_of_one_name_are_not_published_however_the_draft_came_to_have_them(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    item = window.state["items"]["permis"]
    window.change("enregistrer", element="permis", props="label", label="Permis détenu")
    fields = {"type": "text", "sensibilite": "none", "dans": item["container"], "apres": "permis"}
    window.change("ajouter", label=item["label"], **fields)
    window.change("retablir", element="permis", prop="label")
    page = publish(window.page, "occitanie")
    assert (page.status, f"deux questions s’appellent « {item['label']} »" in page.text) == (422, True)


@pytest.mark.req("A2")
def test_a_value_is_added_to_a_list_from_the_question_that_offers_it(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    last = window.state["lists"]["modes-de-transport"]["values"][-1][0]
    told = window.add_value("modes-de-transport", label="TROTTINETTES", apres=last)
    assert window.state["lists"]["modes-de-transport"]["values"][-1] == ["occitanie__trottinettes", "TROTTINETTES"]
    assert told["warned"] == ["« TROTTINETTES » ressemble beaucoup à « Trottinette », qui existe déjà."]


@both
@pytest.mark.req("A9", "R7")
def test_two_administrators_who_change_one_list_from_the_form_overwrite_nothing(browser: Open) -> None:
    key = "modes-de-transport"
    first, second = Window(browser("admin.national"), "fr"), Window(browser("admin.national2"), "fr")
    assert first.state["lists"][key]["version"] == ""
    first.add_value(key, label="Navette fluviale")
    first.add_value(key, label="Téléphérique")
    told = second.add_value(key, label="Funiculaire")
    assert second.status == 409
    assert ["Navette fluviale" in told["theirs"][0], "Téléphérique" in told["theirs"][1]] == [True, True]
    assert "Funiculaire" in told["mine"][0]
    second.state = told["state"]
    second.add_value(key, label="Funiculaire")
    assert second.status == 200
    added = [label for _code, label in second.state["lists"][key]["values"]][-3:]
    assert sorted(added) == ["Funiculaire", "Navette fluviale", "Téléphérique"]


@pytest.mark.req("A10")
def test_conditions_are_sentences_and_a_contradiction_blocks_publication(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    one = {"sur-0": "permis", "comparaison-0": "est", "valeur-0": ["b", "a"]}
    two = {"sur-1": "projet_formation", "comparaison-1": "est", "valeur-1": "false", "lien": "et"}
    window.change("condition", element="metier_vise", **one, **two)
    item = window.state["items"]["metier_vise"]
    assert item["sentence"].startswith("À remplir si « Permis de conduire » est « ")
    assert " et « " in item["sentence"]
    assert [part["given"] for part in item["condition"]["parts"]] == [["b", "a"], ["false"]]
    assert window.state["paths"]["never"] == []

    told = window.change("condition", element="permis", **{**one, "sur-0": "metier_vise", "comparaison-0": "repond"})
    assert (window.status, "tournent en rond" in told["message"]) == (422, True)

    never = {"sur-0": "permis", "comparaison-0": "est", "valeur-0": "b"}
    window.change(
        "condition", element="metier_vise", **never, **{f"{k[:-1]}1": v for k, v in never.items()} | {"valeur-1": "a"}
    )
    (found,) = window.state["paths"]["never"]
    assert found["uid"] == "metier_vise"
    page = publish(window.page, "occitanie")
    assert page.status == 422
    assert "ne s’affiche jamais" in page.text
    window = Window(window.page)
    window.change("condition", element="metier_vise")
    assert window.state["items"]["metier_vise"]["sentence"] == ""


@pytest.mark.req("A10", "X8")
def test_the_same_condition_is_chosen_without_a_script(browser: Open) -> None:
    page = browser("admin.occitanie").get(f"{DIAGNOSTIC.format(unit='occitanie')}?element=metier_vise")
    page.click("Choisir quand cet élément s’affiche")
    address = page.url
    page.send_get(page.form(having="sur-0"), {"sur-0": "permis"})
    assert page.shown("comparaison-0") == "est"
    page.send(page.form(having="valeur-0"), {"valeur-0": []})
    assert (page.status, "Choisissez la réponse attendue." in page.text) == (422, True)
    page.send(page.form(having="valeur-0"), {"valeur-0": ["b"]})
    assert page.status == 200
    assert "« Métier visé » s’affiche désormais sous condition." in page.text
    assert page.get(address).shown("valeur-0") == "b"


@pytest.mark.req("A8", "Y4")
def test_the_page_and_its_state_are_small(browser: Open) -> None:
    window = Window(browser("admin.occitanie"))
    answer = window.page.client.get(f"{window.address}/etat", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 25_000


MODES_EDITOR = "/console/occitanie/list/modes-de-transport/editeur"


@pytest.mark.req("A2", "A3")
def test_values_pasted_from_a_spreadsheet_are_shown_before_they_are_kept(browser: Open) -> None:
    page = browser("admin.occitanie").get(MODES_EDITOR)
    pasted = (
        "Code\tLibellé\tAide\nvelo\tVélo ou tricycle\nmarche\tÀ pied\ntad\tTransport à la demande\tSur réservation\n"
    )
    pasted += "\tTROTTINETTES\nBus!\tBus\n\t\tRien\ntad2\ttransport a la demande\n"
    page.send(page.form(having="collage"), {"collage": pasted}, button="action=essayer")
    found = [
        [" ".join(cell.text_content().split()) for cell in row.iter("th", "td")]
        for row in page.page.xpath("//tbody/tr")
    ]
    assert [(label, effect) for _line, label, effect, _why in found] == [
        ("Vélo ou tricycle", "Modifiée"),
        ("À pied", "Inchangée"),
        ("Transport à la demande", "Ajoutée"),
        ("TROTTINETTES", "Ajoutée"),
        ("Bus", "Refusée"),
        ("—", "Refusée"),
        ("transport a la demande", "Refusée"),
    ]
    assert found[3][3] == "Ressemble à « Trottinette », qui existe déjà."
    page.send(page.form(having="collage"), button="action=coller")
    assert "3 valeurs sont dans le brouillon." in page.text
    order = [str(one) for one in page.page.xpath("//ol[@class='outline']/li/@id")]
    assert order[-2:] == ["occitanie__tad", "occitanie__trottinettes"]
    publish(page, "occitanie")
    page.get(MODES_EDITOR)
    page.send(page.form(having="collage"), {"collage": pasted}, button="action=essayer")
    assert "4 inchangées, 3 refusées." in page.text


@pytest.mark.req("A3", "A6")
def test_values_are_put_in_order_and_closed_from_the_list_editor(browser: Open) -> None:
    page = browser("admin.occitanie").get(MODES_EDITOR)
    first, second = (str(one) for one in page.page.xpath("//ol[@class='outline']/li/@id")[:2])
    (form,) = page.page.xpath(f"//li[@id='{first}']//form")
    page.send(form, button="action=descendre")
    assert [str(one) for one in page.page.xpath("//ol[@class='outline']/li/@id")[:2]] == [second, first]
    (form,) = page.page.xpath(f"//li[@id='{first}']//form")
    page.send(form, button="action=fermer")
    (form,) = page.page.xpath(f"//li[@id='{first}']//form")
    assert "Rouvrir" in form.text_content()


@pytest.mark.req("A10")
@pytest.mark.parametrize(
    ("said", "kind", "output", "written"),
    [
        ("", "string", False, "-"),
        ("", "string", True, "null"),
        ("fort ou moyen", "string", False, '"fort", "moyen"'),
        ("sauf faible", "string", False, 'not("faible")'),
        ("Rappeler sous 48 h", "string", True, '"Rappeler sous 48 h"'),
        ("parametre.rythme_emploi", "string", True, "parametre.rythme_emploi"),
        ("oui", "boolean", False, "true"),
        ("18 à 25", "number", False, "[18..25]"),
        ("au moins 12,5", "number", False, ">= 12.5"),
    ],
)
def test_cells_are_written_as_people_say_them(app: Flask, said: str, kind: str, output: bool, written: str) -> None:
    with app.test_request_context():
        assert cells.feel(said, kind, output=output) == written
        assert cells.feel(cells.plain(written, kind), kind, output=output) == written


@pytest.mark.req("A10")
def test_a_local_rule_is_added_changed_moved_tried_and_its_overlaps_said(browser: Open) -> None:
    address = "/console/occitanie/decision/suivi-thematique/editeur"
    page = browser("admin.occitanie").get(f"{address}?ajouter=rythme_suivi")
    form = page.form(having="cell:rythme_degre")
    page.send(form, {"cell:rythme_degre": "fort ou (", "cell:rythme_delai": "P3D"}, button="action=regle")
    assert page.status == 422
    assert page.shown("cell:rythme_degre") == "fort ou ("
    assert "Dites en quelques mots" in page.text
    page.send(
        page.form(having="cell:rythme_degre"),
        {"cell:rythme_degre": "extreme", "cell:rythme_theme": "sauf emploi", "note": "Suivi rapproché en région"},
        button="action=regle",
    )
    assert "La règle est ajoutée au brouillon." in page.text
    uid = "occitanie__suivi_rapproche_en_region"
    (row,) = page.page.xpath(f"//tr[@id='{uid}']")
    assert "Ajouté ici" in row.text_content()
    place = [str(one) for one in page.page.xpath("//section[@id='rythme_suivi']//tbody/tr/@id")].index(uid)
    page.send(row.xpath(".//form")[0], button="action=monter")
    order = [str(one) for one in page.page.xpath("//section[@id='rythme_suivi']//tbody/tr/@id")]
    assert order.index(uid) == place - 1
    page.get(f"{address}?essai=rythme_suivi&a:degre_besoin=extreme&a:theme=voyage")
    (row,) = page.page.xpath(f"//tr[@id='{uid}']")
    assert "A répondu" in row.text_content()
    assert "Suivi rapproché en région" in page.text
    (row,) = page.page.xpath(f"//tr[@id='{uid}']")
    page.send(row.xpath(".//form")[0], button="action=fermer")
    assert "Fermée" in page.page.xpath(f"//tr[@id='{uid}']")[0].text_content()
    assert "ne répond quand" not in page.text
    (row,) = page.page.xpath(f"//tr[@id='{order[-1]}']")
    page.send(row.xpath(".//form")[0], button="action=fermer")
    assert "Aucune règle de la table « Rythme de suivi » ne répond quand" in page.text


def single_answer(wiring: Wiring) -> None:
    """Publish a table in which one rule at most may answer."""
    inputs = [{"id": "col_age", "label": "Âge", "expression": "age", "type": "number"}]
    outputs = [{"id": "col_delai", "label": "Délai", "name": "delai", "type": "string"}]
    rules = [
        {"id": uid, "when": [when], "then": [f'"{then}"'], "note": note}
        for uid, when, then, note in (("jeunes", "< 18", "court", "Mineurs"), ("grands", ">= 26", "long", "Adultes"))
    ]
    table = {"hit": "UNIQUE", "aggregation": None, "inputs": inputs, "outputs": outputs, "rules": rules}
    decision = {"id": "cadence", "name": "Cadence", "variable": "cadence", "requires": [], "table": table}
    content = {"decisions": [decision]}
    pack = Pack(key="cadences", title="Cadences", version="1.0.0", artifacts={("decision", "cadences"): content})
    with wiring.database.transaction() as session:
        publication.import_pack(session, SYSTEM, pack)


@pytest.mark.req("A10")
def test_rules_that_overlap_or_leave_a_gap_are_told_with_an_example(browser: Open, wiring: Wiring) -> None:
    single_answer(wiring)
    address = "/console/occitanie/decision/cadences/editeur"
    page = browser("admin.occitanie").get(address)
    assert "Aucune règle de la table « Cadence » ne répond quand Âge vaut 18." in page.text
    page.get(f"{address}?ajouter=cadence")
    answers = {"cell:col_age": "16 à 30", "cell:col_delai": "moyen", "note": "Entre les deux"}
    page.send(page.form(having="cell:col_age"), answers, button="action=regle")
    assert "Les règles 1 et 3 de la table « Cadence » répondent toutes deux quand Âge vaut 16." in page.text
    assert "Les règles 2 et 3 de la table « Cadence » répondent toutes deux quand Âge vaut 26." in page.text
    assert "ne répond quand" not in page.text
    (form,) = page.page.xpath("//tr[@id='jeunes']//form")
    page.send(form, button="action=fermer")
    assert "Les règles 1 et 2 de la table « Cadence » répondent toutes deux quand Âge vaut 26." in page.text
    heads = [str(one).strip() for one in page.page.xpath("//tbody/tr/th/text()[normalize-space()][1]")]
    assert heads == ["Mineurs", "Règle 1", "Règle 2"]


def test_the_variants_of_a_process_are_shown_pruned_and_set(browser: Open) -> None:
    address = "/console/occitanie/process/premier-accueil/variantes"
    page = browser("admin.occitanie").get(address)
    (form,) = page.page.xpath("//form[@id='option:relecture_diagnostic']")
    page.send(form, {"default": "oui"}, button="action=enregistrer")
    whole = page.page.xpath("count(//*[local-name()='svg']//*[local-name()='rect'])")
    (form,) = page.page.xpath("//form[@id='option:relecture_diagnostic']")
    page.send(form, {"default": "non"}, button="action=enregistrer")
    assert page.page.xpath("count(//*[local-name()='svg']//*[local-name()='rect'])") == whole - 1
    assert "Éteinte" in page.text
    assert (
        page.get(f"{address}?vue=entiere").page.xpath("count(//*[local-name()='svg']//*[local-name()='rect'])") == whole
    )

    (form,) = page.page.xpath("//form[@id='slot:evaluation_complementaire']")
    assert form.xpath(".//option/@value") == ["", "bilan-mobilite"]
    page.send(form, {"bound": "bilan-mobilite"}, button="action=enregistrer")
    assert "Modifié ici" in page.page.xpath("//form[@id='slot:evaluation_complementaire']")[0].text_content()
    page.send(page.page.xpath("//form[@id='slot:evaluation_complementaire']")[0], button="action=retablir")
    assert "Modifié ici" not in page.page.xpath("//form[@id='slot:evaluation_complementaire']")[0].text_content()

    (form,) = page.page.xpath("//form[.//input[@name='echeances']]")[:1]
    held = int(form.xpath(".//input[@name='n']/@value")[0])
    page.send(form, {"n": str(held + 1)}, button="action=enregistrer")
    assert page.status == 403
    (form,) = page.page.xpath("//form[.//input[@name='echeances']]")[:1]
    page.send(form, {"n": str(held - 1)}, button="action=enregistrer")
    assert "est modifié dans le brouillon" in page.text


def test_the_automatic_steps_of_a_process_say_what_they_are_told_and_let_what_is_open_be_set(browser: Open) -> None:
    page = browser("admin.occitanie").get("/console/occitanie/process/dispositif/variantes")
    (section,) = page.page.xpath("//section[@aria-labelledby='v-actions']")
    assert "Produire un document à partir d’un modèle et le ranger dans le dossier" in section.text_content()
    assert "unite.nom" in section.xpath(".//details")[0].text_content()

    (form,) = section.xpath(".//form")
    assert form.get("id") == "param:ranger_contrat:titre"
    page.send(form, {"value": "= 1 +"}, button="action=enregistrer")
    assert (page.status, "l’expression ne se lit pas" in page.text) == (422, True)
    (form,) = page.page.xpath("//form[@id='param:ranger_contrat:titre']")
    page.send(form, {"value": "Contrat signé"}, button="action=enregistrer")
    (form,) = page.page.xpath("//form[@id='param:ranger_contrat:titre']")
    assert form.xpath(".//input[@name='value']/@value") == ["Contrat signé"]
    assert "Modifié ici" in form.text_content()
    assert "Hérité : « Contrat d’engagement »" in form.text_content()
