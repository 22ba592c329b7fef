"""« En tant que »: a form as a unit, a role and a sample person would see it, tried without keeping anything."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from doors.test_console_artifacts import DIAGNOSTIC, change
from fakes.browser import Browser
from jalon.store.base import Table
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
ADDRESS = f"{DIAGNOSTIC.format(unit='occitanie')}/apercu"
JOURNALS = frozenset({"person_session", "dossier_visit", "presence"})


def counts(wiring: Wiring) -> dict[str, int]:
    """How many rows each table has, journals left out."""
    with wiring.database.transaction() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Table.metadata.sorted_tables
            if table.name not in JOURNALS
        }


@pytest.mark.req("A12")
def test_a_preview_is_seen_as_a_unit_a_role_and_a_person_and_writes_nothing(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    change(page, DIAGNOSTIC.format(unit="occitanie"), "enregistrer", element="logement", props=["label"], label="Où ?")
    before = counts(wiring)
    page.get(ADDRESS, query_string={"comme": "ml_toulouse"})
    person = page.page.xpath("//select[@name='personne']/option/@value")[1]
    for width in ("bureau", "telephone"):
        seen = {"comme": "ml_toulouse", "role": "conseiller", "personne": person, "largeur": width}
        page.get(ADDRESS, query_string=seen)
        assert "APERÇU en tant que Mission Locale de Toulouse" in page.text
        assert page.page.xpath(f"//iframe[contains(@class, 'preview-{width}')]")
        assert "APERÇU : rien n’est enregistré" in page.inner.text_content()
        assert "Où ?" in page.inner.text_content()
        assert any(page.inner.xpath("//form//input[@type='text']/@value"))
    page.get(ADDRESS, query_string={"comme": "ml_toulouse", "role": "partenaire"})
    assert "ne répond pas à ce formulaire" in page.text
    assert counts(wiring) == before


@pytest.mark.req("A12")
def test_a_draft_is_tried_on_oneself_before_anybody_has_it(browser: Open, wiring: Wiring) -> None:
    page = browser("admin.occitanie")
    page.get(ADDRESS, query_string={"comme": "ml_toulouse"})
    before = counts(wiring)
    page.send(page.inner.forms[0])
    assert "à corriger. Rien n’a été enregistré." in page.text
    person = page.page.xpath("//select[@name='personne']/option/@value")[1]
    page.get(ADDRESS, query_string={"comme": "ml_toulouse", "personne": person})
    page.send(page.inner.forms[0])
    assert "Ces réponses seraient acceptées." in page.text
    assert counts(wiring) == before
