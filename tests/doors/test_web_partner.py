"""A task done through a link, on a telephone without a script and without an account."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from doors.conftest import both
from factories.journeys import walk_to
from factories.publishing import publish
from fakes.browser import Browser
from jalon.base.clock import MovableClock
from jalon.services import messaging
from jalon.services.worklist import linkcodes
from jalon.store.links import TaskLink
from jalon.store.organisations import Unit
from jalon.store.places import units_move
from jalon.store.wiring import Wiring
from jalon.store.worklist import Draft, Submission, Task, tasks_of_run

Open = Callable[..., Browser]
ANSWER = {
    "Pouvez-vous recevoir": "oui",
    "Date proposée": "12/01/2026",
    "Lieu et horaire": "Accueil de nuit, 18 h",
}


def letters(wiring: Wiring) -> list[str]:
    """Deliver what waits and return the texts received since."""
    box = wiring.mailer.mails  # type: ignore[attr-defined]  # the tests' mailbox
    box.clear()
    messaging.deliver_outbox(wiring.database.transaction, wiring.mailer, wiring.clock.now())
    return [mail.text for mail in box]


def link_sent(wiring: Wiring) -> str:
    """Bring a run to the partner's task and return the address mailed to them."""
    walk_to(wiring, "repondre_orientation")
    (address,) = [word.rstrip(".,") for mail in letters(wiring) for word in mail.split() if "/lien/" in word]
    return urlsplit(address).path


def begun(browser: Open, wiring: Wiring) -> Browser:
    """Open the link and go on: the form shows."""
    page = browser().get(link_sent(wiring))
    return page.send(page.page.forms[0])


@both
@pytest.mark.req("P1", "P3", "S14")
def test_looking_at_a_link_explains_and_consumes_nothing(browser: Open, wiring: Wiring) -> None:
    address = link_sent(wiring)
    for _ in range(3):
        page = browser().get(address)
        assert page.status == 200
        assert "Cette demande vous est adressée par : Mission Locale de Toulouse." in page.text
        assert "Delmas" not in page.text.replace(page.title, "")
    with wiring.database.transaction() as session:
        (link,) = session.query(TaskLink)
        assert (link.started_at, link.done_at) == (None, None)
        assert link.opened_at is not None
        assert session.execute(text("SELECT count(*) FROM link_session")).scalar_one() == 0


@both
@pytest.mark.req("P1", "P7", "S14")
def test_a_partner_answers_is_thanked_and_the_link_is_over(browser: Open, wiring: Wiring) -> None:
    address = link_sent(wiring)
    page = browser().get(address)
    page.send(page.page.forms[0])
    assert page.url == "/lien/tache/repondre"
    form = page.form(having="submission")
    page.send(form, ANSWER, "action=envoyer")
    assert page.status == 200, page.text
    assert page.title == "Merci, c’est envoyé"
    assert any("reçu" in mail.casefold() or "réponse" in mail.casefold() for mail in letters(wiring))
    again = browser().get(address)
    assert again.status == 410
    assert "la réponse a déjà été donnée" in again.text
    assert not again.page.forms
    with wiring.database.transaction() as session:
        link = session.query(TaskLink).one()
        root = session.get_one(Task, link.task_id).root_id
        open_now = [task.element for task in tasks_of_run(session, root) if task.state == "ready"]
    assert link.done_at == wiring.clock.now()
    assert open_now == ["explorer_professionnel"]


def test_the_same_answer_sent_again_thanks_again(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    form = page.form(having="submission")
    pairs = page.pairs(form, ANSWER, "action=envoyer")
    for _ in range(3):
        assert page.post("/lien/tache/repondre", pairs).title == "Merci, c’est envoyé"


@pytest.mark.req("S14")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_guessed_is_not_found(browser: Open, method: str) -> None:
    page = browser()
    page.get("/connexion")
    token = page.csrf()
    page.open("/lien/AAAAAAAAAAAAAAAAAAAAAA", method=method, data={"csrf_token": token})
    assert page.status == 404
    assert "Ce lien n’est pas valable." in page.text


@pytest.mark.req("S14")
def test_a_link_expires_and_says_whom_to_call(browser: Open, wiring: Wiring, clock: MovableClock) -> None:
    address = link_sent(wiring)
    clock.move_by(timedelta(days=400))
    page = browser().get(address)
    assert page.status == 410
    assert "il a expiré" in page.text
    assert "Appelez Amina Khelif (Mission Locale de Toulouse)." in page.text
    page.send(page.form("/nouveau"))
    assert "Un nouveau lien part à l’adresse" in page.text
    (fresh,) = [word.rstrip(".,") for mail in letters(wiring) for word in mail.split() if "/lien/" in word]
    assert browser().get(urlsplit(fresh).path).status == 200
    assert "remplacé ou retiré" in browser().get(address).text


@pytest.mark.req("P2", "S14")
def test_a_sensitive_form_opens_with_the_code_of_the_mailbox_only(
    browser: Open, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linkcodes, "is_sensitive", lambda form: form is not None)
    address = link_sent(wiring)
    page = browser().get(address)
    page.send(page.page.forms[0])
    assert "Code reçu par courriel" in page.text
    (mail,) = letters(wiring)
    code = re.search(r"est : (\d{6})", mail)[1]
    page.send(page.page.forms[0], {"code": "abc"})
    assert (page.status, "n’est pas le bon" in page.text) == (422, True)
    assert page.get("/lien/tache/repondre").status == 401
    page.get(f"{address}/code")
    page.send(page.page.forms[0], {"code": code})
    assert "Envoyer ma réponse" in page.text


@pytest.mark.req("S14")
def test_a_session_of_a_link_ends_after_thirty_minutes(browser: Open, wiring: Wiring, clock: MovableClock) -> None:
    page = begun(browser, wiring)
    clock.move_by(timedelta(minutes=31))
    page.get("/lien/tache/repondre")
    assert page.status == 401
    assert "Rouvrez le lien reçu" in page.text
    assert not page.page.xpath("//input[@type='password']")


@pytest.mark.req("S14")
def test_a_link_opens_nothing_else(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    for address in ("/taches", "/dossiers", "/ma-journee", "/parcours/demarrer"):
        assert page.get(address).url.startswith("/connexion")


@pytest.mark.req("S14", "S6")
def test_an_answer_nobody_asked_for_is_not_kept(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    form = page.form(having="submission")
    page.post("/lien/tache/repondre", [*page.pairs(form, ANSWER), ("nom_usage", "Pirate"), ("dossier", "x")])
    with wiring.database.transaction() as session:
        stored = session.execute(text("SELECT data FROM dossier")).scalars().all()
    assert "irate" not in str(stored)


@pytest.mark.req("P5")
def test_answers_under_way_are_found_again_on_another_device(browser: Open, wiring: Wiring) -> None:
    address = link_sent(wiring)
    first = browser().get(address)
    first.send(first.page.forms[0])
    first.send(first.form(having="submission"), {"Lieu et horaire": "18 h"}, "action=plus_tard")
    assert "Vos réponses sont enregistrées." in first.text
    second = browser().get(address)
    second.send(second.page.forms[0])
    assert second.shown("Lieu et horaire") == "18 h"
    second.send(second.form(having="submission"), {"Lieu et horaire": ""}, "action=plus_tard")
    assert second.get("/lien/tache/repondre").shown("Lieu et horaire") == ""
    second.send(second.form(having="submission"), ANSWER | {"Lieu et horaire": ""}, "action=envoyer")
    assert second.title == "Merci, c’est envoyé"


@both
@pytest.mark.req("P5")
def test_two_devices_that_answer_otherwise_choose_without_a_script_and_lose_nothing(
    browser: Open, wiring: Wiring
) -> None:
    address = link_sent(wiring)
    phone, desk = (browser().get(address) for _ in range(2))
    for page in (phone, desk):
        page.send(page.page.forms[0])
    form = desk.form(having="submission")
    phone.send(
        phone.form(having="submission"), {"Lieu et horaire": "18 h", "Date proposée": "12/01/2026"}, "action=plus_tard"
    )

    desk.send(form, ANSWER | {"Lieu et horaire": "Accueil de nuit"}, "action=envoyer")
    assert desk.status == 409
    assert "dans une autre fenêtre ou sur un autre appareil" in desk.text
    choices = desk.form(having="draft_version")
    assert [legend.text_content() for legend in choices.iter("legend")] == ["Lieu et horaire"]
    assert all(said in desk.text for said in ("18 h", "Accueil de nuit"))
    with wiring.database.transaction() as session:
        (kept,) = (str(row.data) for row in session.query(Draft))
        assert "18 h" in kept
        assert "Accueil de nuit" not in kept

    (choice,) = {field.get("name") for field in choices.iter("input") if field.get("type") == "radio"}
    desk.send(choices, {choice: "mien"})
    assert (desk.status, desk.title) == (200, "Merci, c’est envoyé")
    with wiring.database.transaction() as session:
        assert "Accueil de nuit" in str([row.data for row in session.query(Submission)])


@pytest.mark.req("P5", "C9")
def test_an_autosave_of_a_link_over_newer_answers_is_refused(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    form = page.form(having="submission")
    page.send(form, {"Lieu et horaire": "18 h"}, "action=plus_tard")
    said = dict(page.pairs(form, {"Lieu et horaire": "9 h", "draft_version": "0"}))
    answer = page.client.post(form.get("data-autosave"), data=said, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["code"] == "brouillon.change"


def test_what_is_wrong_is_said_and_nothing_is_lost(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    page.send(page.form(having="submission"), ANSWER | {"Date proposée": "hier"}, "action=envoyer")
    assert page.status == 422
    assert page.shown("Date proposée") == "hier"
    assert page.page.xpath("//*[@role='alert']")


@pytest.mark.req("P6")
def test_a_partner_declines_with_a_reason_and_the_team_sees_it(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    page.click("Décliner")
    assert page.send(page.form(having="motif"), {}).status == 422
    page.send(page.form(having="motif"), {"motif": "Nous n’avons plus de place"})
    assert (page.status, page.title) == (200, "C’est noté")
    assert page.get("/lien/tache/repondre").status == 401
    assert "Décliné" in browser("conseiller.toulouse").get("/ma-journee").text


@both
@pytest.mark.req("P2")
def test_every_page_of_a_link_says_which_number_to_call(browser: Open, wiring: Wiring, clock: MovableClock) -> None:
    address = link_sent(wiring)
    called = ["tel:+33536491008", "mailto:toulouse@missions-locales.example"]

    def offered(page: Browser) -> list[str]:
        return page.page.xpath("//ul[@class='reach']//a/@href")

    page = browser().get(address)
    assert offered(page) == called
    assert "Appeler le 05 36 49 10 08" in page.text
    page.send(page.page.forms[0]).click("Décliner")
    assert offered(page) == called
    clock.move_by(timedelta(days=60))
    expired = browser().get(address)
    assert (expired.status, offered(expired)) == (410, called)
    given = {"csrf_token": expired.csrf()}
    assert offered(expired.post(address, given)) == called  # the refusal says it too
    with wiring.database.transaction() as session:
        for unit in session.scalars(select(Unit)):
            unit.telephone = unit.email = ""
        units_move(session)
        publish(session, "list", "apres_fermeture", {"title": "Après", "values": []})
    assert offered(browser().get(address)) == []


@pytest.mark.req("P6")
def test_a_partner_hands_the_task_to_a_colleague(browser: Open, wiring: Wiring) -> None:
    address = link_sent(wiring)
    page = browser().get(address)
    page.send(page.page.forms[0])
    page.click("Décliner")
    page.send(page.form(having="nom"), {"nom": "Zoé Petit", "courriel": "zoe@partenaire.example"})
    assert "Zoé Petit" in page.text
    (fresh,) = [word.rstrip(".,") for mail in letters(wiring) for word in mail.split() if "/lien/" in word]
    assert browser().get(address).status == 410
    assert browser().get(urlsplit(fresh).path).status == 200


@pytest.mark.req("P4")
def test_pages_of_a_link_are_light(browser: Open, wiring: Wiring) -> None:
    page = begun(browser, wiring)
    assert page.response is not None
    assert len(page.response.get_data()) < 60_000
    assert page.page.xpath("//script[not(@src)]") == []
