"""Case files compared, put together and taken apart, closed, and read from another unit, through the pages."""

from collections.abc import Callable

import pytest

from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.store.dossiers import Dossier
from jalon.store.processes import InstanceDossier
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]


def file_of(wiring: Wiring, **changed: object) -> Dossier:
    task = walk_to(wiring, "explorer_personnel", changed=changed or None)
    with wiring.database.transaction() as session:
        link = session.query(InstanceDossier).filter(InstanceDossier.instance_id == task.root_id).one()
        return session.get_one(Dossier, link.dossier_id)


@pytest.mark.req("C18")
def test_two_case_files_are_compared_put_together_and_taken_apart(wiring: Wiring, browser: Open) -> None:
    kept, other = file_of(wiring), file_of(wiring, nom_usage="Delmass")
    page = browser("conseiller.toulouse").get(f"/dossiers/{kept.id}").click("Chercher un doublon")
    assert other.name in page.text
    page.get(f"/dossiers/{kept.id}/doublons/{other.id}")
    page.send(page.form(f"/doublons/{other.id}", having="motif"))
    assert (page.status, "dites pourquoi" in page.text) == (422, True)
    page.send(page.form("", having="motif"), {"motif": "Deux accueils la même semaine"})
    assert "Les deux dossiers sont réunis" in page.text
    assert page.get(f"/dossiers/{other.id}").page.xpath("string(//h1)") == kept.name
    page.send(page.form("/separer"))
    assert "est de nouveau à part" in page.text
    assert browser("conseiller.rennes").get(f"/dossiers/{kept.id}/doublons").status == 404


def test_a_case_file_is_closed_and_opened_again(wiring: Wiring, browser: Open) -> None:
    kept = file_of(wiring)
    page = browser("conseiller.toulouse").get(f"/dossiers/{kept.id}")
    page.send(page.form("/statut"))
    assert "Le dossier est clos" in page.text
    assert "Démarrer pour ce dossier" not in page.text
    page.send(page.form("/statut"))
    assert "Le dossier est rouvert" in page.text


@pytest.mark.req("S4")
def test_a_case_file_of_another_unit_is_read_with_a_reason_and_shown_to_its_own(wiring: Wiring, browser: Open) -> None:
    kept = file_of(wiring)
    page = browser("conseiller.rennes").get("/dossiers?q=delmas").click("Lire un dossier suivi par une autre structure")
    page.send(page.form("/exceptionnel"), {"nom": kept.name, "naissance": "hier", "motif": "x"})
    assert page.status == 422
    born = kept.birth_date.strftime("%d/%m/%Y")
    page.send(page.form("/exceptionnel"), {"naissance": born, "motif": "Mise à l’abri cette nuit à Rennes"})
    assert "ouvert en lecture" in page.text
    assert page.page.xpath("string(//h1)") == kept.name
    assert "Clore" not in page.text
    page.get(f"/dossiers/{kept.id}")
    assert page.page.xpath("string(//h1)") == kept.name
    assert "Mise à l’abri cette nuit à Rennes" in browser("conseiller.toulouse").get(f"/dossiers/{kept.id}").text
    assert browser("conseiller.brest").get(f"/dossiers/{kept.id}").status == 404
