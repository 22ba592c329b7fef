"""Tasks that change hands, absences, kept filters, and what one's day shows, through the pages."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from factories.journeys import walk_to
from factories.publishing import publish
from fakes.browser import Browser
from jalon.store.filters import SavedFilter
from jalon.store.organisations import unit_by_code
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task

Open = Callable[..., Browser]


def holder(wiring: Wiring, task: Task) -> str:
    with wiring.database.transaction() as session:
        return session.get_one(Task, task.id).assignee_name


def test_a_task_is_taken_handed_back_and_given_by_who_assigns(wiring: Wiring, browser: Open) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("conseiller.toulouse").get(f"/taches/{task.id}")
    page.send(page.form("/prendre"))
    assert "Cette tâche est à vous." in page.text
    assert holder(wiring, task) == "Amina Khelif"
    page.send(page.form("/rendre"))
    assert holder(wiring, task) == ""
    chief = browser("direction.toulouse").get("/taches?qui=equipe")
    assert chief.page.xpath("//input[@name='tache']/@value") == [str(task.id)]
    chief.get(f"/taches/confier?tache={task.id}")
    assert "À qui ?" in chief.text
    chief.send(chief.form("/taches/confier"))
    assert chief.status == 422
    amina = chief.page.xpath("//label[contains(., 'Amina')]/@for")[0]
    value = chief.page.xpath(f"//input[@id='{amina}']/@value")[0]
    chief.send(chief.form("/taches/confier"), {"personne": value})
    assert "1 tâche est confiée." in chief.text
    assert holder(wiring, task) == "Amina Khelif"
    assert browser("conseiller.rennes").get(f"/taches/confier?tache={task.id}").status == 404


@pytest.mark.req("C4")
def test_one_goes_through_one_s_list_without_coming_back_to_it(wiring: Wiring, browser: Open) -> None:
    tasks = [walk_to(wiring, "explorer_personnel") for _ in range(3)]
    page = browser("conseiller.toulouse").get(f"/taches/{tasks[0].id}")
    page.send(page.form("/prendre"))
    seen = []
    for _ in tasks:
        page.click("Suivant dans ma liste")
        seen.append(page.url.rsplit("/", 1)[1])
    assert sorted(seen) == sorted(str(task.id) for task in tasks)
    page.get("/taches?qui=moi")
    page.get(f"/taches/{tasks[0].id}").click("Suivant dans ma liste")
    assert "Il n’y a pas d’autre tâche dans cette liste." in page.text
    assert page.url.endswith("/taches?qui=moi")


def test_an_absence_is_noted_shown_to_the_replacement_and_ended(wiring: Wiring, browser: Open) -> None:
    page = browser("conseiller.toulouse").get("/absences")
    page.send(page.form("/absences"), {"du": "hier", "au": "12/01/2026"})
    assert (page.status, "24/12/2026" in page.text) == (422, True)
    (thomas,) = page.page.xpath("//select[@id='remplacant']/option[.='Thomas Roques']/@value")
    page.send(page.form("/absences"), {"du": "12/01/2026", "au": "16/01/2026", "remplacant": thomas})
    assert "remplacé par Thomas Roques" in page.text
    assert "Vous remplacez" in browser("conseiller2.toulouse").get("/ma-journee").text
    page.send(page.form("/terminer"))
    assert "Vous remplacez" not in browser("conseiller2.toulouse").get("/ma-journee").text


@pytest.mark.req("C4")
def test_a_filter_is_kept_under_a_name_used_again_and_forgotten(wiring: Wiring, browser: Open) -> None:
    page = browser("conseiller.toulouse").get("/taches?qui=moi&quand=retard")
    page.send(page.form("/taches/filtres"), {"nom": "Mes retards"})
    (link,) = page.page.xpath("//a[.='Mes retards']/@href")
    assert link == "/taches?quand=retard&qui=moi"
    page.get("/taches?qui=libres")
    page.send(page.form("/taches/filtres"), {"nom": " "})
    assert "donnez-lui un nom" in page.text
    with wiring.database.transaction() as session:
        kept = session.scalars(select(SavedFilter)).one()
    other = browser("conseiller.rennes").get("/taches")
    assert other.post(f"/taches/filtres/{kept.id}/oublier", {"csrf_token": other.csrf()}).status == 404
    page.get("/taches")
    page.send(page.form("/oublier"))
    assert "Mes retards" not in page.page.xpath("string(//main//ul)")


@pytest.mark.req("C1")
def test_ones_day_is_laid_out_by_job_profile_and_unit(wiring: Wiring, browser: Open) -> None:
    walk_to(wiring, "explorer_personnel")
    before = browser("conseiller.toulouse").get("/ma-journee").page.xpath("//main//section/h2/text()")
    assert before == ["Ensuite", "Dossiers récents"]
    with wiring.database.transaction() as session:
        publish(
            session,
            "page",
            "ma-journee-conseiller",
            {"title": "Ma journée", "body": "Bonjour à toutes.", "blocks": [{"uid": "ensuite", "title": "À suivre"}]},
            unit=unit_by_code(session, "ml_toulouse"),
        )
    page = browser("conseiller.toulouse").get("/ma-journee")
    assert "Bonjour à toutes." in page.text
    assert page.page.xpath("//main//section/h2/text()")[0] == "À suivre"
    assert "Bonjour à toutes." not in browser("conseiller.rennes").get("/ma-journee").text


def test_the_navigation_shows_the_part_of_the_site_one_is_in(wiring: Wiring, browser: Open) -> None:
    task = walk_to(wiring, "explorer_personnel")
    page = browser("conseiller.toulouse")
    lit = {}
    for name, address in [
        ("day", "/ma-journee"),
        ("task", f"/taches/{task.id}"),
        ("run", f"/parcours/{task.root_id}"),
        ("start", "/parcours/demarrer"),
        ("files", "/dossiers?q=a"),
        ("outside", "/dossiers/exceptionnel"),
    ]:
        lit[name] = page.get(address).page.xpath("//nav//a[@aria-current='page']/text()")
    assert lit == {
        "day": ["Ma journée"],
        "task": ["Tâches"],
        "run": [],
        "start": ["Démarrer"],
        "files": ["Dossiers"],
        "outside": ["Dossiers"],
    }
