"""Papers, as a browser without a script sends and receives them."""

import io
from collections.abc import Callable
from copy import deepcopy

import pytest
from sqlalchemy import select

from factories.journeys import person, unit_id
from factories.processes import line, process, user_task
from factories.publishing import publish
from fakes.browser import Browser
from jalon.base.ids import new_id
from jalon.services import dossiers, processes
from jalon.store.dossiers import Dossier, DossierDocument
from jalon.store.wiring import Wiring
from jalon.store.worklist import Submission, tasks_of_run

Open = Callable[..., Browser]
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
FORM = {
    "schema": {
        "type": "object",
        "title": "Justificatif",
        "properties": {
            "piece": {
                "type": "string",
                "title": "Attestation",
                "x-jalon-kind": "file",
                "x-jalon-bind": "piece.attestation",
            },
            "mot": {"type": "string", "title": "Un mot"},
        },
        "required": ["piece"],
    },
    "ui": {},
}


def make_file(wiring: Wiring, name: str = "Lina") -> Dossier:
    with wiring.database.transaction() as session:
        amina, unit = person(session, "conseiller.toulouse"), unit_id(session, "ml_toulouse")
        values = {"identite.prenom": name, "identite.nom_usage": "Bonnet"}
        return dossiers.create(session, amina, "jeune", unit, values, now=wiring.clock.now())


def started(wiring: Wiring, dossier: Dossier) -> str:
    """Open a task that asks for a file, and return its address."""
    with wiring.database.transaction() as session:
        publish(session, "form", "justificatif", deepcopy(FORM))
        body = line(user_task("joindre", "justificatif", "conseiller"))
        publish(session, "process", "pieces", process("pieces", body, dossierType="jeune"))
        amina, unit = person(session, "conseiller.toulouse"), unit_id(session, "ml_toulouse")
        run = processes.start(
            session, amina, "pieces", unit, dossiers={"principal": dossier.id}, now=wiring.clock.now()
        )
        (task,) = tasks_of_run(session, run.id)
        return f"/taches/{task.id}"


def papers(wiring: Wiring) -> list[DossierDocument]:
    with wiring.database.transaction() as session:
        return list(session.scalars(select(DossierDocument)))


def post(page: Browser, form, files: dict[str, tuple[bytes, str]], button: str = "") -> Browser:
    """Send a form in parts, with files."""
    data: dict[str, list] = {}
    for name, value in page.pairs(form, {}, button):
        data.setdefault(name, []).append(value)
    for name, (content, filename) in files.items():
        data[name] = [(io.BytesIO(content), filename)]
    address = form.get("action") or page.url
    return page._arrived(page.client.post(address, data=data, content_type="multipart/form-data"))


@pytest.mark.req("S11")
def test_a_paper_joined_comes_back_as_a_download_nothing_runs(wiring: Wiring, browser: Open) -> None:
    dossier = make_file(wiring)
    page = browser("conseiller.toulouse").get(f"/dossiers/{dossier.id}")
    post(page, page.form("/pieces"), {"fichier": (PDF, "../Élève 1.pdf")})
    assert "« Élève 1.pdf » est dans le dossier." in page.text
    (address,) = [link for link in page.links() if "/dossiers/pieces/" in link]
    response = page.client.get(address)
    assert (response.status_code, response.data) == (200, PDF)
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"_l_ve 1.pdf\"; filename*=UTF-8''%C3%89l%C3%A8ve%201.pdf"
    )
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.mimetype == "application/pdf"
    assert browser("conseiller.brest").get(address).status == 404
    assert browser("admin.national").get(address).status == 403


@pytest.mark.req("S11")
def test_a_paper_refused_says_why_and_is_not_kept(wiring: Wiring, browser: Open) -> None:
    dossier = make_file(wiring)
    page = browser("conseiller.toulouse").get(f"/dossiers/{dossier.id}")
    post(page, page.form("/pieces"), {"fichier": (b"<svg onload=alert(1)>", "photo.png")})
    assert "« photo.png » n’est pas accepté" in page.text
    assert papers(wiring) == []


def test_a_form_asks_for_a_file_keeps_it_and_answers_with_it(wiring: Wiring, browser: Open) -> None:
    page = browser("conseiller.toulouse").get(started(wiring, make_file(wiring)))
    name = page.named("Attestation")
    post(page, page.form(having="draft_version"), {name: (b"MZ\x90\x00", "outil.pdf")}, "action=continuer")
    assert page.status == 422
    assert "« outil.pdf » n’est pas accepté" in page.text
    post(page, page.form(having="draft_version"), {name: (PDF, "attestation.pdf")}, "action=continuer")
    page.send(page.form("/terminer"))
    assert page.status == 200
    (paper,) = papers(wiring)
    with wiring.database.transaction() as session:
        (given,) = session.scalars(select(Submission))
        assert given.data == {"piece": str(paper.id)}
        assert session.get_one(Dossier, paper.dossier_id).data["piece"] == {"attestation": str(paper.id)}


@pytest.mark.req("S4")
def test_a_file_of_another_case_file_cannot_be_named(wiring: Wiring, browser: Open) -> None:
    other = make_file(wiring, "Autre")
    with wiring.database.transaction() as session:
        amina = person(session, "conseiller.toulouse")
        kept = dossiers.attach(
            session, wiring.files, amina, other.id, "a.pdf", PDF, wiring.clock.now(), most_bytes=10_000
        )
    address = started(wiring, make_file(wiring))
    for stranger in (str(kept.id), str(new_id()), "../../etc/passwd"):
        page = browser("conseiller.toulouse").get(address)
        hidden = page.named("Attestation").removesuffix("_file")
        page.send(page.form(having="draft_version"), {hidden: stranger}, "action=continuer")
        page.send(page.form("/terminer"))
        assert page.status == 422
        assert "joignez-le de nouveau" in page.text
