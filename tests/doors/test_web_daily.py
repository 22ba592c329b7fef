"""Exports, problems reported, links of outside people: the pages around daily work."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from factories.journeys import walk_to
from fakes.browser import Browser
from jalon.store.audit import AuditEvent
from jalon.store.links import TaskLink
from jalon.store.messaging import Outbox
from jalon.store.problems import ProblemReport
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]


@pytest.mark.req("S10", "S16")
def test_answers_leave_as_a_table_no_spreadsheet_runs(wiring: Wiring, browser: Open) -> None:
    walk_to(wiring, "explorer_personnel", changed={"prenom": "=cmd|'/c calc'!A1"})
    page = browser("direction.toulouse").click("Exporter")
    form = page.form(having="formulaire")
    key = page.page.xpath("//input[@name='formulaire']/@value")[0]
    response = page.client.post("/exports", data=dict(page.pairs(form)))
    assert response.status_code == 200, response.text[-3000:]
    table = response.data.decode("utf-8-sig")
    assert response.mimetype == "text/csv"
    assert re.fullmatch(
        rf'attachment; filename="{key}-2025-12-13-2026-01-12\.csv"', response.headers["Content-Disposition"]
    )
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert ";'=cmd|'/c calc'!A1;" in table
    with wiring.database.transaction() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "reponses.exportees"))
        assert event.facts == {"form": key, "rows": 1}


def test_a_period_that_cannot_be_read_is_the_last_month_and_a_form_is_chosen(wiring: Wiring, browser: Open) -> None:
    page = browser("direction.toulouse").get("/exports?du=hier&au=2026-99-99")
    assert (page.status, page.shown("Du"), page.shown("Au")) == (200, "2025-12-13", "2026-01-12")
    page.post("/exports", {"csrf_token": page.csrf()})
    assert page.status == 422
    assert "Choisissez un formulaire." in page.text
    assert browser("conseiller.toulouse").get("/exports").status == 403


def test_a_problem_is_reported_from_any_page_under_a_code(wiring: Wiring, browser: Open) -> None:
    at_work = browser("conseiller.toulouse")
    lost = browser("conseiller.toulouse").get("/taches/rien")
    for page in (browser().get("/connexion"), at_work, lost):
        page.click("Signaler un problème")
        page.send(page.form("/signaler"), {"texte": "  "})
        assert page.status == 422
        page.send(page.form("/signaler"), {"texte": "La liste est vide"})
        assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", page.text)
    with wiring.database.transaction() as session:
        kept = list(session.scalars(select(ProblemReport).order_by(ProblemReport.id)))
    assert [one.page for one in kept] == ["identity.sign_in", "worklist.my_day", ""]
    assert all(re.fullmatch(r"[0-9a-f]{16}", one.request_id) for one in kept)
    assert "La liste est vide" in browser("operateur.dsi").get("/signalements").text
    assert browser("conseiller.toulouse").get("/signalements").status == 403


@pytest.mark.req("P8")
def test_the_team_sees_how_far_a_link_has_gone_sends_it_again_and_withdraws_it(wiring: Wiring, browser: Open) -> None:
    task = walk_to(wiring, "repondre_orientation")
    team = browser("conseiller.toulouse")

    def seen() -> str:
        return str(team.get(f"/parcours/{task.root_id}").text)

    assert "Lien envoyé" in seen()
    with wiring.database.transaction() as session:
        mail = session.scalars(select(Outbox).where(Outbox.key.startswith("lien/"))).one()
    address = re.search(r"/lien/[\w-]+", mail.text)[0]
    partner = browser().get(address)
    assert "Lien ouvert" in seen()
    partner.send(partner.page.forms[0])
    assert "Commencé" in seen()
    team.send(team.form("/renvoyer"))
    assert "Un nouveau lien part" in team.text
    assert browser().get(address).status == 410
    team.send(team.form("/retirer"))
    assert "Le lien est retiré" in team.text
    with wiring.database.transaction() as session:
        links = list(session.scalars(select(TaskLink)))
        assert [link.revoked_at is None for link in links] == [False, False]
    assert "Lien retiré" in seen()


@pytest.mark.req("S4")
def test_links_of_another_agency_are_neither_seen_nor_touched(wiring: Wiring, browser: Open) -> None:
    task = walk_to(wiring, "repondre_orientation")
    with wiring.database.transaction() as session:
        link = session.scalars(select(TaskLink)).one()
    rennes = browser("conseiller.rennes")
    token = {"csrf_token": rennes.csrf()}
    for act in ("renvoyer", "retirer"):
        assert rennes.post(f"/parcours/{task.root_id}/liens/{link.id}/{act}", token).status == 404
    with wiring.database.transaction() as session:
        assert session.get_one(TaskLink, link.id).revoked_at is None
