"""In the form a person fills: what is new, which level changed a question, one click to change it (A1, A15)."""

from collections.abc import Callable

import pytest

from doors.test_console_artifacts import change, publish
from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]


@pytest.mark.req("A15")
def test_a_question_says_it_is_new_and_which_level_changed_it_and_why(browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    region = browser("admin.occitanie")
    address = f"/console/occitanie/form/{task.form}"
    region.get(address)
    uid = next(one for one in region.page.xpath("//ol[@class='outline']/li/@id") if not one.startswith("layout:"))
    asked = {"element": uid, "props": ["label"], "label": "Libellé d’Oc", "motif": "Plus clair"}
    change(region, address, "enregistrer", **asked)
    publish(region, "occitanie")

    page = browser("conseiller.toulouse").get(f"/taches/{task.id}")
    assert page.status == 200
    marks = " ".join(
        " ".join(one.text_content().split()) for one in page.page.xpath("//div[contains(@class, 'about-question')]")
    )
    assert "Nouveau" in marks
    assert "« Libellé d’Oc »" in marks
    assert "Cette question : Occitanie, depuis le 12 janvier 2026" in marks
    assert "Plus clair" in marks
    assert "Modifier ce champ" not in marks


@pytest.mark.req("A1")
def test_an_administrator_goes_from_the_form_to_a_question_and_to_a_list_in_one_click(browser: Open) -> None:
    page = browser("admin.occitanie").get(
        "/console/occitanie/form/diagnostic/apercu?section=mobilite&comme=ml_toulouse"
    )
    field = page.inner.xpath("//a[starts-with(., 'Modifier ce champ')]/@href")[0]
    added = page.inner.xpath("//a[starts-with(., 'Ajouter une valeur à cette liste')]/@href")[0]
    assert page.get(added).status == 200
    assert page.page.xpath("//section[@id='ajout']")
    assert page.get(field).status == 200
    assert page.page.xpath("//section[@id='element']")
