"""Case files, runs and incidents, as a browser without a script sees them."""

from collections.abc import Callable
from uuid import UUID

import pytest

from doors.conftest import both
from factories.journeys import person, walk_to
from factories.processes import action, line, process, user_task
from factories.publishing import publish
from fakes.browser import Browser
from jalon.store.processes import Instance, InstanceDossier
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task

Open = Callable[..., Browser]


@pytest.fixture
def task(wiring: Wiring) -> Task:
    """The first interview of Yanis Delmas, open at Toulouse."""
    return walk_to(wiring, "explorer_personnel")


@pytest.fixture
def dossier_id(wiring: Wiring, task: Task) -> UUID:
    """The case file of Yanis Delmas."""
    with wiring.database.transaction() as session:
        return session.query(InstanceDossier).filter(InstanceDossier.instance_id == task.root_id).one().dossier_id


@both
@pytest.mark.req("C2")
def test_a_case_file_is_found_by_words_in_any_order_without_accents(browser: Open, dossier_id: UUID) -> None:
    page = browser("conseiller.toulouse")
    for words in ("delmas", "DELM yan", "14/09/2005"):
        page.get("/ma-journee")
        page.send_get(page.form("/dossiers"), {"q": words})
        assert page.url.startswith("/dossiers?q=")
        assert "1 dossier trouvé" in page.text
    page.click("Yanis Delmas")
    assert page.url == f"/dossiers/{dossier_id}"


@both
@pytest.mark.req("C5", "C14")
def test_a_case_file_shows_each_value_in_words_with_its_origin(browser: Open, dossier_id: UUID) -> None:
    page = browser("conseiller.toulouse").get(f"/dossiers/{dossier_id}")
    assert (page.status, page.title) == (200, "Yanis Delmas")
    facts = {
        " ".join(term.text_content().split()): " ".join(term.getnext().text_content().split())
        for term in page.page.iter("dt")
    }
    assert facts["Date de naissance"] == "14/09/2005"
    assert "Saisi par Inès Marty le 12/01/2026" in page.text
    assert "Conduire un premier accueil" in page.text
    page.click("Conduire un premier accueil")
    assert page.status == 200


@pytest.mark.req("C3")
def test_case_files_opened_or_pinned_are_at_hand(browser: Open, dossier_id: UUID) -> None:
    page = browser("conseiller.toulouse").get(f"/dossiers/{dossier_id}")
    page.send(page.form("/epingler"))
    assert "Le dossier est épinglé." in page.text
    assert "Ne plus épingler" in page.text
    assert "Yanis DelmasÉpinglé" in page.get("/ma-journee").text.replace(" É", "É")
    page.get(f"/dossiers/{dossier_id}")
    page.send(page.form("/epingler"))
    assert "Épinglé" not in page.get("/dossiers").text
    assert "Yanis Delmas" in page.text


@both
@pytest.mark.req("S4")
def test_what_belongs_to_another_agency_is_not_found(
    browser: Open, wiring: Wiring, task: Task, dossier_id: UUID
) -> None:
    addresses = [
        f"/dossiers/{dossier_id}",
        f"/taches/{task.id}",
        f"/taches/{task.id}/verifier",
        f"/taches/{task.id}/imprimer",
        f"/parcours/{task.root_id}",
    ]
    posts = [
        f"/dossiers/{dossier_id}/epingler",
        f"/taches/{task.id}",
        f"/taches/{task.id}/brouillon",
        f"/taches/{task.id}/terminer",
        f"/taches/{task.id}/prendre",
        f"/taches/{task.id}/rendre",
    ]
    page = browser("conseiller.rennes")
    token = {"csrf_token": page.csrf()}
    assert [(address, page.get(address).status) for address in addresses] == [(one, 404) for one in addresses]
    assert [(address, page.post(address, token).status) for address in posts] == [(one, 404) for one in posts]
    assert "Aucun dossier de votre périmètre ne correspond à « delmas »." in page.get("/dossiers?q=delmas").text
    assert "Delmas" not in page.get("/taches").text
    started = page.post("/parcours/demarrer", token | {"processus": "premier-accueil", "dossier": str(dossier_id)})
    assert started.status == 404
    with wiring.database.transaction() as session:
        assert session.query(Instance).count() == 1


def test_a_colleague_takes_then_hands_back_a_task(browser: Open, task: Task) -> None:
    page = browser("conseiller.toulouse")
    page.post(f"/taches/{task.id}/prendre", {"csrf_token": page.csrf()})
    assert "Cette tâche est à vous." in page.text
    other = browser("conseiller2.toulouse")
    other.post(f"/taches/{task.id}/prendre", {"csrf_token": other.csrf()})
    assert other.status == 409
    assert "Amina Khelif s’occupe déjà de cette tâche." in other.text
    page.post(f"/taches/{task.id}/rendre", {"csrf_token": page.csrf()})
    assert "La tâche est rendue à l’équipe." in page.text


@pytest.mark.req("C4")
@pytest.mark.parametrize(
    ("query", "shown"),
    [("", True), ("?qui=moi", False), ("?qui=libres", True), ("?quand=retard", False), ("?suite=abîmé", True)],
)
def test_the_filters_of_the_list_live_in_its_address(browser: Open, task: Task, query: str, shown: bool) -> None:
    page = browser("conseiller.toulouse").get(f"/taches{query}")
    assert page.status == 200
    assert ("Yanis Delmas" in page.text) is shown


def test_a_run_is_cancelled_with_a_reason_and_answers_stay(browser: Open, task: Task, dossier_id: UUID) -> None:
    page = browser("direction.toulouse")
    page.get(f"/parcours/{task.root_id}")
    form = page.form("/annuler")
    assert "Dites pourquoi" in page.send(form, {"motif": " "}).text
    page.send(page.form("/annuler"), {"motif": "Parti dans une autre région"})
    assert "Le parcours est annulé." in page.text
    assert page.get(f"/dossiers/{dossier_id}").title == "Yanis Delmas"
    gone = browser("conseiller.toulouse").get(f"/taches/{task.id}")
    assert gone.status == 200
    assert not [one for one in gone.page.forms if one.get("action", "").endswith("/terminer")]


@pytest.mark.req("R9")
def test_an_automatic_step_that_stops_keeps_the_answers_and_is_tried_again_from_the_screen(
    browser: Open, wiring: Wiring
) -> None:
    with wiring.database.transaction() as session:
        body = line(user_task("recevoir", form="", role="accueil"), action("noter", "action.absente"))
        publish(session, "process", "casse", process("casse", body, "Parcours cassé"))
    page = browser("accueil.toulouse").click("Démarrer un parcours")
    (form,) = [one for one in page.page.forms if "Parcours cassé" in one.text_content()]
    page.send(form)
    assert page.title == "Recevoir"
    page.send(page.form("/terminer"))
    assert page.status == 200
    assert "Vos réponses sont enregistrées, mais une étape automatique s’est arrêtée" in page.text
    with wiring.database.transaction() as session:
        (task,) = session.query(Task)
        assert task.state == "done"
        logins = ["operateur.dsi", "admin.toulouse", "direction.toulouse"]
        (login, *_) = [one for one in logins if person(session, one).may("incident.gerer", task.unit_id)]
    page = browser(login).get("/exploitation/incidents").click("Noter")
    page.send(page.form("/relancer"))
    assert page.status == 200
    assert "Une étape s’est arrêtée de nouveau" in page.text
    assert browser("conseiller.rennes").get("/exploitation/incidents").status == 403
