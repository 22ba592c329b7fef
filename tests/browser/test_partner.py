"""Somebody without an account, a telephone in hand, with or without scripts: one link, one task, a receipt."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Running
from browser.scene import ask_partner
from jalon.services import messaging
from jalon.store.links import TaskLink
from jalon.store.worklist import Submission, Task

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
UNKNOWN_DAY = "dès que possible"


def begun(visit: Visit, link: str, *, scripts: bool = True) -> Page:
    """Open a link on a telephone and go on to the questions."""
    page = visit(link, phone=True, scripts=scripts)
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/lien/tache/repondre")
    return page


def day(page: Page) -> Locator:
    """The date asked once the person is accepted."""
    return page.get_by_label("Date d’accueil proposée")


@pytest.mark.req("P1", "P3", "P4", "P7", "X2")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-script"])
def test_a_partner_reads_why_errs_corrects_answers_and_is_thanked(visit: Visit, server: Running, scripts: bool) -> None:
    link = ask_partner(server.wiring)
    page = visit(link, phone=True, scripts=scripts)
    expect(page.get_by_role("heading", level=1)).to_have_text("Recevoir Yanis : Auto-école sociale")
    for said in (
        "Bonjour M. Serres",
        "adressée par : Mission Locale de Toulouse",
        "5 questions",
        "a donné son accord",
    ):
        expect(page.get_by_text(said).first).to_be_visible()
    page.reload()  # looking again consumes nothing
    page.get_by_role("button", name="Continuer").click()

    page.get_by_role("button", name="Envoyer ma réponse").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Une réponse est à corriger")
    summary.get_by_role("link").click()

    page.get_by_role("radio", name="Acceptée").check()
    if not scripts:  # a question that depends on another shows once the server has read the answer
        page.get_by_role("button", name="Enregistrer et finir plus tard").click()
    day(page).fill(UNKNOWN_DAY)
    page.get_by_label("Lieu et horaire").fill("12 rue des Lilas, 9 h")
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_role("alert")).to_contain_text("Date d’accueil proposée")
    expect(day(page)).to_have_value(UNKNOWN_DAY)
    expect(page.get_by_label("Lieu et horaire")).to_have_value("12 rue des Lilas, 9 h")
    expect(page.get_by_role("radio", name="Acceptée")).to_be_checked()

    day(page).fill("10/02/2027")
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci, c’est envoyé")
    expect(page.get_by_role("banner")).to_contain_text("Mission Locale de Toulouse")

    page.goto(link)
    expect(page.get_by_text("la réponse a déjà été donnée")).to_be_visible()
    expect(page.get_by_role("button", name="Continuer")).to_have_count(0)
    page.goto("/lien/tache/repondre")
    expect(page.get_by_label("Précision")).to_have_count(0)


@pytest.mark.req("P7", "P8")
def test_the_conseiller_sees_at_once_how_far_the_partner_is_and_a_receipt_leaves(
    visit: Visit, signed_in: Visit, server: Running
) -> None:
    link = ask_partner(server.wiring)
    with server.wiring.database.transaction() as session:
        run = session.get_one(Task, session.query(TaskLink).one().task_id).root_id
    desk = signed_in("conseiller.toulouse", f"/parcours/{run}")
    outside = desk.get_by_role("region", name="Personnes extérieures")
    expect(outside).to_contain_text("Lien envoyé")
    phone = visit(link, phone=True)
    desk.reload()
    expect(outside).to_contain_text("Lien ouvert")
    phone.get_by_role("button", name="Continuer").click()
    phone.wait_for_url("**/lien/tache/repondre")
    desk.reload()
    expect(outside).to_contain_text("Commencé")
    phone.get_by_role("radio", name="Acceptée").check()
    day(phone).fill("10/02/2027")
    phone.get_by_role("button", name="Envoyer ma réponse").dblclick()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Merci, c’est envoyé")
    desk.reload()
    expect(outside).to_contain_text("Répondu")
    with server.wiring.database.transaction() as session:
        assert session.query(Submission).filter_by(task_id=session.query(TaskLink).one().task_id).count() == 1
    letters = server.wiring.settings.var / "mail"
    before = len(list(letters.glob("*.eml")))
    messaging.deliver_outbox(server.wiring.database.transaction, server.wiring.mailer, server.wiring.clock.now())
    assert len(list(letters.glob("*.eml"))) == before + 1


@pytest.mark.req("P5", "C8")
def test_answers_begun_on_one_device_go_on_on_another(visit: Visit, server: Running) -> None:
    link = ask_partner(server.wiring)
    phone = begun(visit, link)
    phone.get_by_role("radio", name="Acceptée").check()
    phone.get_by_label("Lieu et horaire").fill("Au garage")
    expect(phone.locator("#enregistrement[data-state=saved]")).to_contain_text("Enregistré à")
    expect(phone.locator("#enregistrement[data-state=saved]")).to_be_visible()

    desk = begun(visit, link, scripts=False)
    expect(desk.get_by_role("radio", name="Acceptée")).to_be_checked()
    expect(desk.get_by_label("Lieu et horaire")).to_have_value("Au garage")


@pytest.mark.req("P5", "C9")
def test_a_failing_network_is_said_and_nothing_typed_is_lost(visit: Visit, server: Running) -> None:
    page = begun(visit, ask_partner(server.wiring))
    page.route("**/brouillon", lambda route: route.abort())
    page.get_by_label("Précision").fill("Rappeler le matin")
    expect(page.locator("#enregistrement[data-state=offline]")).to_contain_text("votre saisie reste à l’écran")
    page.unroute("**/brouillon")
    expect(page.locator("#enregistrement[data-state=saved]")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Précision")).to_have_value("Rappeler le matin")


@pytest.mark.req("P1", "P4")
def test_a_question_that_depends_on_another_shows_as_one_answers(visit: Visit, server: Running) -> None:
    page = begun(visit, ask_partner(server.wiring))
    expect(day(page)).to_be_hidden()
    page.get_by_role("radio", name="Acceptée").check()
    expect(day(page)).to_be_visible()
    page.get_by_role("radio", name="Refusée").check()
    expect(day(page)).to_be_hidden()
    expect(page.get_by_label("Motif")).to_be_visible()


@pytest.mark.req("P6")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-script"])
def test_a_partner_hands_the_task_over_or_declines_with_a_reason(visit: Visit, server: Running, scripts: bool) -> None:
    link = ask_partner(server.wiring)
    page = begun(visit, link, scripts=scripts)
    page.get_by_role("link", name="Décliner").click()
    page.get_by_role("button", name="Décliner", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    page.get_by_label("Son nom").fill("Mme Aubry")
    page.get_by_label("Son adresse électronique").fill("aubry@autoecole.example")
    page.get_by_role("button", name="Transmettre").click()
    expect(page.get_by_text("transmise à Mme Aubry")).to_be_visible()
    page.goto(link)
    expect(page.get_by_text("il a été remplacé ou retiré")).to_be_visible()

    other = begun(visit, ask_partner(server.wiring), scripts=scripts)
    other.get_by_role("link", name="Décliner").click()
    other.get_by_label("Pourquoi").fill("Plus de place ce mois-ci")
    other.get_by_role("button", name="Décliner", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("C’est noté")


@pytest.mark.req("P1", "S14")
def test_whoever_has_no_session_is_told_to_open_the_link_again(visit: Visit, server: Running) -> None:
    page = visit("/lien/tache/repondre", phone=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Rouvrez votre lien")
    expect(page.get_by_label("Mot de passe")).to_have_count(0)
