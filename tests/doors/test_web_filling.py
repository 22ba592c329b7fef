"""Filling a task, as a browser without a script does it: nothing typed is ever lost."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from doors.conftest import both
from factories.journeys import answers, person, walk_to
from factories.publishing import publish
from fakes.browser import Browser
from jalon.base.clock import MovableClock
from jalon.base.ids import new_id
from jalon.services import configuration, worklist
from jalon.store.processes import Instance
from jalon.store.wiring import Wiring
from jalon.store.worklist import Draft, Submission, Task

Open = Callable[..., Browser]
IDENTITY = {
    "Prénom": "Léa",
    "Nom d’usage": "Martin",
    "Date de naissance": "12/03/2007",
    "Téléphone": "06 12 34 56 78",
    "Commune de résidence": "31555",
}
COMING = {"Canal du contact": "sur_place", "Orienté par": "spontane", "Déjà suivi": "false"}
ASKING = {"Catégories de demande": ["emploi", "mobilite"], "Suite donnée": "entretien"}


def started(browser: Open) -> Browser:
    """Start a first reception at Toulouse, as its reception does: the first task opens."""
    page = browser("accueil.toulouse").click("Démarrer un parcours")
    (address,) = [a.get("href") for a in page.page.iter("a") if "premier accueil" in a.text_content()]
    page.get(address)
    return page.send(page.form("/nouveau"), {"Prénom": "L.", "Nom d’usage": "M."}, "action=chercher")


def filled(page: Browser, changes: dict[str, object], action: str = "continuer") -> Browser:
    """Fill the section at hand and send it."""
    return page.send(page.form(having="draft_version"), changes, f"action={action}")


def reviewed(browser: Open) -> Browser:
    """Fill the whole first task: the review page shows."""
    page = started(browser)
    for section in (IDENTITY, COMING, ASKING):
        filled(page, section)
    return page


def task_address(page: Browser) -> str:
    return "/".join(urlsplit(page.url).path.split("/")[:3])


@both
@pytest.mark.req("C6", "C15")
def test_a_form_is_filled_section_by_section_reviewed_then_completed(browser: Open, wiring: Wiring) -> None:
    page = started(browser)
    assert (page.status, page.title) == (200, "Accueillir le jeune")
    assert "Qui est accueilli" in page.text
    filled(page, IDENTITY)
    assert page.url.endswith("section=venue")
    filled(page, COMING)
    filled(page, ASKING)
    assert page.url.endswith("/verifier")
    assert "Vérifier avant de valider" in page.text
    for said in ("Léa", "Martin", "12/03/2007", "Toulouse", "Sur place", "Trouver un emploi"):
        assert said in page.text
    page.send(page.form("/terminer"))
    assert page.status == 200
    assert "La tâche est terminée." in page.text
    mine = browser("conseiller.toulouse").get("/taches")
    assert "Informations personnelles de Léa Martin" in mine.text


@pytest.mark.req("C12", "X6")
def test_what_is_wrong_is_listed_on_top_and_everything_typed_is_still_there(browser: Open) -> None:
    page = started(browser)
    filled(page, IDENTITY | {"Date de naissance": "31/02/2007", "Nom d’usage": ""})
    assert page.status == 422
    assert page.page.findtext(".//title").startswith("À corriger")
    (summary,) = page.page.xpath("//*[@role='alert']")
    assert "2 réponses sont à corriger" in summary.text_content()
    for link in summary.iter("a"):
        anchor = link.get("href").removeprefix("#")
        assert page.page.xpath("//*[@id=$id]", id=anchor), f"{anchor} leads nowhere"
    assert page.shown("Date de naissance") == "31/02/2007"
    assert page.shown("Prénom") == "Léa"
    name = page.page.xpath("//*[@name=$name]", name=page.named("Nom d’usage"))[0]
    assert name.get("aria-invalid") == "true"
    assert page.page.xpath("//*[@id=$id]", id=name.get("aria-describedby").split()[0])


@pytest.mark.req("C11")
def test_a_form_left_is_resumed_with_what_was_typed_even_what_could_not_be_read(browser: Open) -> None:
    page = started(browser)
    filled(page, IDENTITY | {"Date de naissance": "mars 2007"}, "quitter")
    assert page.url == "/ma-journee"
    assert "Votre brouillon est enregistré." in page.text
    page.click("Accueillir le jeune")
    assert (page.shown("Prénom"), page.shown("Date de naissance")) == ("Léa", "mars 2007")
    page.click("Vérifier et terminer")
    assert "« mars 2007 » n’a pas pu être lu." in page.text


@pytest.mark.req("C13")
def test_what_is_required_to_save_is_asked_when_one_saves_and_never_by_the_autosave(
    browser: Open, wiring: Wiring
) -> None:
    with wiring.database.transaction() as session:
        form = deepcopy(configuration.content(session, "form", "accueil").content)
        form["schema"]["properties"]["nom_usage"]["x-jalon-obligation"] = "save"
        publish(session, "form", "accueil", form)
    page = started(browser)
    form = page.form(having="draft_version")
    typed = {"Prénom": "Lé", "Nom d’usage": ""}
    kept = page.client.post(form.get("data-autosave"), data=dict(page.pairs(form, typed)))
    assert kept.status_code == 200
    filled(page.get(task_address(page)), typed, "quitter")
    assert page.status == 422
    assert "Nom d’usage : Répondez à cette question : il le faut pour enregistrer." in page.text
    filled(page, {"Nom d’usage": "Martin", "Date de naissance": ""}, "quitter")
    assert page.url == "/ma-journee"


@pytest.mark.req("C8")
def test_the_draft_is_kept_as_one_types_without_being_checked(
    browser: Open, wiring: Wiring, clock: MovableClock
) -> None:
    page = started(browser)
    form = page.form(having="draft_version")
    clock.move_by(timedelta(minutes=5))
    pairs = page.pairs(form, {"Prénom": "Lé", "Date de naissance": "12/"})
    answer = page.client.post(form.get("data-autosave"), data=dict(pairs), headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json == {"version": 1, "message": "Brouillon enregistré à 09:05."}
    page.get(task_address(page))
    assert (page.shown("Prénom"), page.shown("Date de naissance")) == ("Lé", "12/")


@pytest.mark.req("C9")
def test_an_autosave_by_somebody_signed_out_says_so_in_json(browser: Open) -> None:
    page = started(browser)
    form = page.form(having="draft_version")
    pairs, address = page.pairs(form, {"Prénom": "Lé"}), form.get("data-autosave")
    page.client.delete_cookie("jalon")
    answer = page.client.post(address, data=dict(pairs), headers={"Accept": "application/json"})
    assert answer.status_code in {400, 401}
    assert set(answer.json or {}) == {"code", "message"}


@pytest.mark.req("C9", "R8")
def test_an_autosave_over_a_newer_draft_is_refused(browser: Open) -> None:
    page = started(browser)
    form = page.form(having="draft_version")
    headers = {"Accept": "application/json"}
    for name, status in (("Léa", 200), ("Zoé", 409)):  # two windows made from the same page
        pairs = dict(page.pairs(form, {"Prénom": name, "draft_version": "0"}))
        answer = page.client.post(form.get("data-autosave"), data=pairs, headers=headers)
        assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["code"] == "brouillon.change"
    assert "dans une autre fenêtre ou sur un autre appareil, à 09:00." in answer.json["message"]
    assert page.get(task_address(page)).shown("Prénom") == "Léa"


@both
@pytest.mark.req("C14")
def test_a_known_answer_is_shown_with_its_origin_and_once_cleared_stays_cleared(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("conseiller.toulouse").get(f"/taches/{task.id}?section=tout")
    label = "Date de naissance"
    assert page.shown(label) == "14/09/2005"
    assert "Inès Marty" in page.text
    filled(page, {label: ""}, "quitter")
    page.get(f"/taches/{task.id}?section=tout")
    assert page.shown(label) == ""
    filled(page, {}, "quitter")
    assert page.get(f"/taches/{task.id}?section=tout").shown(label) == ""


@both
@pytest.mark.req("R6")
def test_the_same_submission_five_times_has_one_effect(browser: Open, wiring: Wiring) -> None:
    page = reviewed(browser)
    form = page.form("/terminer")
    pairs, address = page.pairs(form), form.get("action")
    reached = []
    for _ in range(5):
        reached.append(page.post(address, pairs).url)
        assert page.status == 200
    assert len(set(reached)) == 1
    with wiring.database.transaction() as session:
        assert session.query(Submission).count() == 1
        assert [task.element for task in session.query(Task).filter(Task.state == "ready")] == ["explorer_personnel"]
        assert session.query(Draft).count() == 0


@both
def test_a_task_somebody_else_completed_says_who(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("conseiller.toulouse").get(f"/taches/{task.id}?section=tout")
    form = page.form(having="draft_version")
    with wiring.database.transaction() as session:
        other = person(session, "conseiller2.toulouse")
        given = answers("premier-accueil/urgence-partenaire", "explorer_personnel")
        worklist.complete_task(session, other, task.id, given, new_id().hex, wiring.clock.now())
    page.send(form, {}, "action=continuer")
    assert page.status == 409
    assert "Thomas Roques a déjà terminé cette tâche." in page.text
    page.get(f"/taches/{task.id}")
    assert page.status == 200
    assert "Cette tâche a été terminée par Thomas Roques." in page.text


def test_a_colleague_takes_a_draft_over_and_is_told_whose_it_was(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    first = browser("conseiller.toulouse").get(f"/taches/{task.id}?section=tout")
    filled(first, {"Adresse": "3 rue des Lilas"}, "quitter")
    second = browser("conseiller2.toulouse").get(f"/taches/{task.id}?section=tout")
    assert "Amina Khelif a laissé un brouillon" in second.text
    assert second.shown("Adresse") == "3 rue des Lilas"
    filled(second, {"Adresse": "5 rue des Lilas"}, "quitter")
    assert second.url == "/ma-journee"
    filled(first.get(f"/taches/{task.id}?section=tout"), {}, "quitter")
    assert first.get(f"/taches/{task.id}?section=tout").shown("Adresse") == "5 rue des Lilas"


@both
@pytest.mark.req("C9", "C12")
def test_two_people_on_one_page_choose_between_their_answers_and_nothing_typed_is_lost(
    browser: Open, wiring: Wiring
) -> None:
    task = walk_to(wiring, "explorer_personnel")
    address = f"/taches/{task.id}?section=tout"
    amina, thomas = (browser(login).get(address) for login in ("conseiller.toulouse", "conseiller2.toulouse"))
    filled(
        amina, {"Adresse": "3 rue des Lilas", "Nom de naissance": "Duval", "Proche à contacter": "Sa tante"}, "quitter"
    )
    filled(thomas, {"Adresse": "5 rue des Lilas", "Nom de naissance": "Duval", "Enfants à charge": "2"}, "quitter")
    assert thomas.status == 409
    assert "Amina Khelif a changé cette page en même temps que vous" in thomas.text
    form = thomas.form(having="draft_version")
    assert [legend.text_content() for legend in form.iter("legend")] == ["Adresse"]  # all that both changed otherwise
    for said in ("5 rue des Lilas", "3 rue des Lilas", "Sa tante"):
        assert said in thomas.text
    (choice,) = {field.get("name") for field in form.iter("input") if field.get("type") == "radio"}
    thomas.send(form, {choice: "mien"})
    assert (thomas.status, thomas.url) == (200, "/ma-journee")
    thomas.get(address)
    shown = [thomas.shown(label) for label in ("Adresse", "Enfants à charge", "Proche à contacter", "Nom de naissance")]
    assert shown == ["5 rue des Lilas", "2", "Sa tante", "Duval"]
    filled(amina.get(address), {"Adresse": "7 rue des Lilas"}, "quitter")
    filled(thomas, {"Adresse": "9 rue des Lilas"}, "quitter")
    thomas.send(thomas.form(having="draft_version"), {choice: "leur"})
    assert (thomas.url, thomas.get(address).shown("Adresse")) == ("/ma-journee", "7 rue des Lilas")


@pytest.mark.req("C15")
def test_answers_changed_while_being_reviewed_are_shown_again_before_they_count(browser: Open, wiring: Wiring) -> None:
    page = reviewed(browser)
    other = browser("accueil.toulouse").get(f"{task_address(page)}?section=tout")
    filled(other, {"Prénom": "Lina"}, "quitter")
    page.send(page.form("/terminer"))
    assert page.status == 409
    assert "Prénom : Lina (vous, dans une autre fenêtre" in page.text
    with wiring.database.transaction() as session:
        assert session.query(Submission).count() == 0
    page.send(page.form("/terminer"))
    assert "La tâche est terminée." in page.text


def test_an_unknown_submission_or_an_empty_draft_completes_nothing(browser: Open, wiring: Wiring) -> None:
    page = started(browser)
    page.click("Vérifier et terminer")
    page.send(page.form("/terminer"))
    assert page.status == 422
    assert "réponses sont à corriger" in page.text
    with wiring.database.transaction() as session:
        assert session.query(Submission).count() == 0


@pytest.mark.req("C19")
def test_the_run_shows_where_it_is_with_a_text_equivalent(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("conseiller.toulouse").get(f"/taches/{task.id}")
    page.click("Où en est le parcours")
    assert page.status == 200
    assert "Vous êtes ici : « Explorer les informations personnelles et les demandes »" in page.text
    assert page.page.xpath("//*[local-name()='svg'][@role='img']")
    with wiring.database.transaction() as session:
        run = session.get_one(Instance, task.root_id)
        assert page.url == f"/parcours/{run.id}"
