"""Correcting an answer, as a browser without a script does it."""

from collections.abc import Callable

from sqlalchemy import select

from doors.conftest import both
from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.store.wiring import Wiring
from jalon.store.worklist import Correction, Task

Open = Callable[..., Browser]


def explored(wiring: Wiring) -> Task:
    """A task of a counsellor that is done."""
    open_now = walk_to(wiring, "repondre_orientation")
    with wiring.database.transaction() as session:
        query = select(Task).where(Task.root_id == open_now.root_id, Task.element == "traiter_urgence")
        return session.scalars(query).one()


def corrections(wiring: Wiring) -> list[Correction]:
    with wiring.database.transaction() as session:
        return list(session.scalars(select(Correction)))


@both
def test_an_answer_is_corrected_with_its_reason_and_both_values_show(wiring: Wiring, browser: Open) -> None:
    task = explored(wiring)
    page = browser("conseiller.toulouse").get(f"/taches/{task.id}").click("Corriger une réponse")
    form = page.form(having="motif")
    page.send(form, {"Personne sollicitée": "Mme Ortiz"}, "action=corriger")
    assert page.status == 422
    assert "Dites pourquoi vous corrigez" in page.text
    assert page.shown("Personne sollicitée") == "Mme Ortiz"
    assert corrections(wiring) == []
    page.send(page.form(having="motif"), {"Pourquoi": "Nom mal entendu"}, "action=corriger")
    assert page.status == 200
    assert "La correction est enregistrée." in page.text
    assert "Mme Ortega → Mme Ortiz" in page.text
    assert "Motif : Nom mal entendu" in page.text
    (kept,) = corrections(wiring)
    assert kept.before["partenaire_nom"] == "Mme Ortega"


def test_who_may_not_modify_case_files_is_offered_nothing(wiring: Wiring, browser: Open) -> None:
    task = explored(wiring)
    page = browser("accueil.toulouse").get(f"/taches/{task.id}/corriger")
    assert page.status == 403
    assert browser("conseiller.brest").get(f"/taches/{task.id}/corriger").status in {403, 404}
