"""Operations on the web: incidents and runs found, one run mended, many at once."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from doors.conftest import both
from factories.journeys import unit_id
from factories.processes import action, line, process, user_task
from factories.publishing import publish
from fakes.browser import Browser
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.doors.jobs import JOBS
from jalon.services import processes
from jalon.services.processes import register_action
from jalon.services.processes.actions import ACTIONS
from jalon.store.audit import AccessLog
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
STEPS = line(user_task("recevoir", ""), action("verser", "essai.verser"), user_task("relire", ""))


@pytest.fixture
def runs(wiring: Wiring, clock: MovableClock):
    """Three runs in Toulouse, two of them stopped by an action that fails until it is mended."""
    works: set[int] = set()

    def pour(session, context, parameters):
        if not works:
            raise RuntimeError("coupure")
        return {}

    register_action("essai.verser", pour)
    with wiring.database.transaction() as session:
        publish(session, "process", "versement", process("versement", STEPS, title="Versement"))
        town = unit_id(session, "ml_toulouse")
        found = [
            processes.start(session, SYSTEM, "versement", town, variables={"montant": 300}, now=clock.now())
            for _ in range(3)
        ]
        clock.move_by(timedelta(hours=2))
        for run in found[:2]:
            (place,) = processes.examine(session, SYSTEM, run.id, clock.now()).places
            processes.move(session, SYSTEM, run.id, place.token, "verser", "essai", clock.now())
    yield [run.id for run in found], works
    ACTIONS.pop("essai.verser")


@both
def test_an_operator_finds_a_stopped_run_corrects_its_data_and_retries(runs, wiring: Wiring, browser: Open) -> None:
    ((first, *_), works) = runs
    page = browser("operateur.dsi").get("/exploitation/incidents")
    assert "2 incidents" in page.text
    alike = page.page.xpath("//section[@aria-labelledby='semblables']//a")
    assert [link.text_content() for link in alike] == ["Versement · Verser"]  # its id stays behind a disclosure
    assert page.page.xpath("//code[not(ancestor::details)]") == []
    assert "L’action « essai.verser » s’est interrompue (RuntimeError)." in page.text
    page.get(f"/exploitation/parcours/{first}")
    assert page.title == "Versement"
    assert "Arrêté à « Verser »" in page.text
    assert "1 essai" in page.text
    assert "2 h" in page.text
    assert re.search(r"\b300\b", page.text) is None  # not even beside its name; ids may hold these digits
    page.get(f"/exploitation/parcours/{first}/donnees")
    assert page.shown("montant") == "300"
    page.post(f"/exploitation/parcours/{first}/donnees", {"csrf_token": page.csrf(), "v.montant": "deux cents"})
    assert page.status == 422
    assert "Cette valeur ne se lit pas" in page.text
    assert "Dites pourquoi vous corrigez." in page.text
    given = {"csrf_token": page.csrf(), "v.montant": "200", "motif": "erreur de saisie"}
    page.post(f"/exploitation/parcours/{first}/donnees", given)
    assert "Données du parcours corrigées : erreur de saisie" in page.text
    page.send(page.form("/relancer"))
    assert "s’est arrêtée de nouveau" in page.text
    assert "2 essais" in page.text
    works.add(1)
    page.send(page.form("/relancer"))
    assert "L’étape est relancée." in page.text
    with wiring.database.transaction() as session:
        assert processes.variables_of(session, first) == {"montant": 200}
        assert session.scalars(select(AccessLog).where(AccessLog.action == "parcours.donnees_lues")).first()


@both
def test_many_runs_at_once_with_progress_and_a_result_each(runs, wiring: Wiring, browser: Open) -> None:
    (_, works) = runs
    page = browser("operateur.dsi").get("/exploitation/incidents?processus=versement")
    page.post("/exploitation/operations", {"csrf_token": page.csrf(), "act": "relancer", "motif": "service revenu"})
    assert page.status == 422
    page.get("/exploitation/incidents?processus=versement")
    given = {"csrf_token": page.csrf(), "act": "relancer", "motif": "", "tous": "oui", "processus": "versement"}
    assert page.post("/exploitation/operations", given).status == 422
    page.get("/exploitation/incidents?processus=versement")
    page.post("/exploitation/operations", {**given, "motif": "service revenu"})
    assert "2 lignes sont concernées." in page.text
    page.send(page.form("/exploitation/operations"), button="sur=oui")
    assert "Faits : 0 · refusés : 0 · en attente : 2 · en tout : 2" in page.text
    works.add(1)
    address = page.url
    wiring.jobs.run_due(JOBS)
    assert "Faits : 2 · refusés : 0 · en attente : 0 · en tout : 2" in page.get(address).text
    assert "Relancer les étapes arrêtées" in page.get("/exploitation/operations").text
    assert browser("admin.toulouse").get(address).status == 403
    assert browser("conseiller.toulouse").get("/exploitation/parcours").status == 403


def test_a_run_is_held_resumed_moved_and_cancelled_with_a_reason(runs, browser: Open) -> None:
    ((*_, last), _) = runs
    page = browser("operateur.dsi").get("/exploitation/parcours?processus=versement&etat=running")
    assert len(page.page.xpath("//input[@name='ligne']")) == 1
    page.get(f"/exploitation/parcours/{last}")
    assert page.post(f"/exploitation/parcours/{last}/suspendre", {"csrf_token": page.csrf()}).status == 422
    for act, more, said in (
        ("suspendre", {}, "Le parcours est suspendu."),
        ("reprendre", {}, "Le parcours reprend."),
        ("deplacer", {"etape": "relire"}, "Le parcours est à l’étape choisie."),
        ("annuler", {}, "Le parcours est annulé."),
    ):
        page.get(f"/exploitation/parcours/{last}")
        tokens = page.page.xpath("//input[@name='jeton']/@value")
        given = {"csrf_token": page.csrf(), "motif": "essai", "jeton": tokens[0] if tokens else "", **more}
        assert said in page.post(f"/exploitation/parcours/{last}/{act}", given).text
    assert page.post(f"/exploitation/parcours/{last}/inventer", {**given}).status == 404


@both
def test_a_refused_act_keeps_the_page_what_was_typed_and_says_why_by_its_field(
    runs, wiring: Wiring, browser: Open
) -> None:
    ((first, _, last), _) = runs

    def wrong(page: Browser) -> tuple[int, list[str], list[str]]:
        """Return the status, the field that the summary leads to, the fields said wrong."""
        links = page.page.xpath("//div[@class='error-summary'][@role='alert']//a/@href")
        return page.status, links, page.page.xpath("//input[@aria-invalid='true']/@id")

    page = browser("operateur.dsi").get(f"/exploitation/parcours/{last}")
    page.send(page.form("/deplacer"), {"etape": "relire", "motif": " "})
    (field,) = page.page.xpath("//input[@aria-invalid='true']/@id")
    assert wrong(page) == (422, [f"#{field}"], [field])
    assert page.page.xpath(f"//details[@open]//input[@id='{field}']")
    assert page.page.xpath("//details[@open]//option[@selected]/@value") == ["relire"]
    page.send(page.form("/annuler"), {"motif": " "})
    assert wrong(page) == (422, ["#motif-annuler"], ["motif-annuler"])
    page.get(f"/exploitation/parcours/{first}")
    passing, stale = page.form("/passer"), page.form("/annuler")
    page.send(passing, {"motif": ""})
    assert wrong(page)[0] == 422
    with wiring.database.transaction() as session:
        processes.cancel(session, SYSTEM, first, "plus utile", wiring.clock.now())
    for form, said in ((passing, "la situation a changé entre-temps"), (stale, "cette instance est terminée")):
        page.get(f"/exploitation/parcours/{last}").send(form, {"motif": "fait trop tard"})
        assert wrong(page) == (422, [], [])
        assert said in page.text
        assert "Motif : fait trop tard" in page.text

    page.get("/exploitation/incidents?processus=versement")
    given = {"csrf_token": page.csrf(), "act": "passer", "motif": "sans objet", "processus": "versement"}
    page.post("/exploitation/operations", given)
    assert wrong(page) == (422, ["#tous"], ["tous"])
    assert page.page.xpath("//input[@id='motif']/@value") == ["sans objet"]
    assert page.page.xpath("//select[@id='act']/option[@selected]/@value") == ["passer"]
    (line,) = page.page.xpath("//input[@name='ligne']/@value")
    page.post("/exploitation/operations", {**given, "motif": "", "ligne": line})
    assert wrong(page) == (422, ["#motif"], ["motif"])
    assert page.page.xpath("//input[@name='ligne'][@checked]/@value") == [line]
    assert page.page.xpath("//select[@id='processus']/option[@selected]/@value") == ["versement"]
    assert page.post("/exploitation/operations", {**given, "act": "inventer"}).status == 404


@pytest.mark.req("R22")
@pytest.mark.usefixtures("runs")
def test_runs_move_to_the_version_in_force_and_come_back(wiring: Wiring, browser: Open) -> None:
    changed = line(user_task("accueillir", ""), action("verser", "essai.verser"), user_task("relire", ""))
    with wiring.database.transaction() as session:
        publish(session, "process", "versement", process("versement", changed, title="Versement"))
    page = browser("operateur.dsi").get("/exploitation/versions").click("Versement")
    assert "2 parcours à l’étape « Verser »" in page.text
    assert "« Recevoir » n’existe plus." in page.text
    page.get("/exploitation/versions/versement?vers.recevoir=accueillir")
    assert "Choix à faire" not in page.text
    page.send(page.form("/versement", having="motif"), {"motif": "nouvel accueil"})
    address = page.url
    wiring.jobs.run_due(JOBS)
    assert "Faits : 3" in page.get(address).text
    page.send(page.form("/defaire"), {"motif": "retour"})
    wiring.jobs.run_due(JOBS)
    assert "Faits : 3" in page.get(page.url).text
    assert browser("conseiller.toulouse").get("/exploitation/versions").status == 403


@pytest.mark.req("R9")
def test_jobs_given_up_are_listed_and_retried_from_the_page(wiring: Wiring, browser: Open, clock: MovableClock) -> None:
    works: set[int] = set()

    def work(_session, _arguments, _now):
        if not works:
            raise RuntimeError

    with wiring.database.transaction() as session:
        for _ in range(2):
            wiring.jobs.defer(session, "essai", {})
    for _ in range(3):
        wiring.jobs.run_due({"essai": work})
        clock.move_by(timedelta(minutes=5))
    page = browser("operateur.dsi").get("/exploitation/travaux")
    assert page.text.count("erreur.RuntimeError") == 2
    works.add(1)
    first = page.page.xpath("//button[@name='travail']/@value")[0]
    page.post("/exploitation/travaux", {"csrf_token": page.csrf(), "travail": first})
    wiring.jobs.run_due({"essai": work})
    assert page.get("/exploitation/travaux").text.count("erreur.RuntimeError") == 1
    assert browser("conseiller.toulouse").get("/exploitation/travaux").status == 403
