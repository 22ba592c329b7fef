"""A partner does one task through a link: nothing consumed by looking, nothing else to see."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import FormInvalid, NotFound, Stale
from jalon.services import dossiers, processes, worklist
from jalon.services.worklist import CodeNeeded, LinkOver, LinkSessionOver, LinkUnknown
from jalon.services.worklist.linkcodes import TooManyCodes
from jalon.store.links import TaskLink
from jalon.store.messaging import Outbox
from jalon.store.organisations import Unit
from jalon.store.worklist import Draft

RECIPIENT = "{nom: &quot;Paul Garage&quot;, courriel: &quot;paul@exemple.test&quot;}"
ASKED = line(
    user_task("repondre", "reponse", "dehors", recipient=RECIPIENT, why="Votre avis compte."),
    user_task("suivre", "", "agent"),
)


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    publish(session, "process", "avis", process("avis", ASKED, dossierType="personne"))
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def amina(toulouse):
    return worker(toulouse)


@pytest.fixture
def run(session, amina, toulouse):
    dossier = make_dossier(session, toulouse)
    return processes.start(session, amina, "avis", toulouse.id, dossiers={"principal": dossier.id}, now=NOW)


def mails(session: Session) -> list[Outbox]:
    return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def token_in(mail: Outbox) -> str:
    return re.search(r"/lien/([\w-]+)", mail.text)[1]


@pytest.mark.req("P1", "P3")
def test_the_link_explains_and_consumes_nothing(session, run):
    (mail,) = mails(session)
    token = token_in(mail)
    assert (mail.recipient, mail.subject) == ("paul@exemple.test", "Ml_Toulouse : Repondre")
    pages = [worklist.open_link(session, token, NOW) for _ in range(3)]
    assert pages[0] == pages[2]
    assert (pages[0].name, pages[0].why, pages[0].questions, pages[0].reason) == (
        "Paul Garage",
        "Votre avis compte.",
        1,
        "",
    )
    assert session.scalars(select(TaskLink)).one().token_hash != token


@pytest.mark.req("P1", "P7", "S14")
def test_answering_goes_to_the_case_file_as_the_partner_and_sends_a_receipt(session, run, amina):
    token = token_in(mails(session)[0])
    secret = worklist.start_link_session(session, token, NOW)
    page = worklist.link_page(session, secret, NOW).page
    assert (page.dossier, page.dossier_summary, dict(page.prefilled), page.data) == (None, (), {}, {})

    done = worklist.complete_by_link(session, secret, {"accord": True}, "jeton", NOW)

    assert (done.next_tasks, done.already) == ((), False)
    (task,) = worklist.next_tasks(session, amina, run.id)
    assert task.element == "suivre"
    dossier_id = worklist.task_page(session, amina, task.id, NOW).dossier.id
    value = dossiers.values_with_provenance(session, dossiers.read(session, amina, dossier_id))[-1]
    assert (value.path, value.value, value.origin, value.actor) == ("accord.reponse", True, "partenaire", "Paul Garage")
    assert [mail.key.split("/")[0] for mail in mails(session)] == ["lien", "recu"]
    assert worklist.complete_by_link(session, secret, {"accord": True}, "jeton", NOW).already


@pytest.mark.req("S14")
def test_replay_guess_expiry_and_widening_lead_nowhere(session, run):
    token = token_in(mails(session)[0])
    secret = worklist.start_link_session(session, token, NOW)
    with pytest.raises(LinkUnknown):
        worklist.open_link(session, "devine", NOW)
    with pytest.raises(LinkSessionOver):
        worklist.link_page(session, token, NOW)  # the link itself is not a session
    with pytest.raises(LinkSessionOver):
        worklist.link_page(session, secret, NOW + timedelta(minutes=30))
    with pytest.raises(FormInvalid):
        worklist.complete_by_link(session, secret, {"accord": True, "nom": "Pirate"}, "jeton", NOW)
    later = NOW + timedelta(days=31)
    assert worklist.open_link(session, token, later).state == "expired"
    with pytest.raises(LinkOver):
        worklist.start_link_session(session, token, later)
    worklist.complete_by_link(session, secret, {"accord": True}, "jeton", NOW)
    with pytest.raises(LinkOver):
        worklist.start_link_session(session, token, NOW)
    assert worklist.open_link(session, token, NOW).reason == "la réponse a déjà été donnée"


@pytest.mark.req("P6")
def test_the_task_may_be_declined_and_the_team_sees_it(session, run, amina, toulouse):
    secret = worklist.start_link_session(session, token_in(mails(session)[0]), NOW)
    worklist.decline_link(session, secret, "Je ne suis plus concerné", NOW)
    with pytest.raises(LinkOver):
        worklist.link_page(session, secret, NOW)
    day = worklist.my_day(session, amina, NOW)
    assert [(row.task.element, row.link) for row in day.alerts] == [("repondre", "declined")]


@pytest.mark.req("P6", "P8")
def test_forwarding_sends_another_link_and_stops_this_one(session, run):
    token = token_in(mails(session)[0])
    secret = worklist.start_link_session(session, token, NOW)
    worklist.forward_link(session, secret, "Jeanne", "jeanne@exemple.test", NOW)
    with pytest.raises(LinkOver):
        worklist.link_page(session, secret, NOW)
    second = mails(session)[1]
    assert second.recipient == "jeanne@exemple.test"
    assert worklist.open_link(session, token_in(second), NOW).state == "opened"


@pytest.mark.req("P2", "S14")
def test_the_team_resends_or_revokes_a_link(session, run, amina, units):
    first = session.scalars(select(TaskLink)).one()
    with pytest.raises(NotFound):
        worklist.resend_link(session, worker(units["ml_brest"]), first.id, NOW)
    second = worklist.resend_link(session, amina, first.id, NOW)
    assert worklist.open_link(session, token_in(mails(session)[0]), NOW).state == "revoked"
    secret = worklist.start_link_session(session, token_in(mails(session)[1]), NOW)
    worklist.revoke_link(session, amina, second.id, NOW)
    with pytest.raises(LinkOver):
        worklist.complete_by_link(session, secret, {"accord": True}, "jeton", NOW)


@pytest.mark.req("P5")
def test_answers_under_way_are_found_on_another_device(session, run):
    token = token_in(mails(session)[0])
    first = worklist.start_link_session(session, token, NOW)
    worklist.save_link_draft(session, first, {"accord": True}, now=NOW)
    second = worklist.start_link_session(session, token, NOW)
    assert worklist.link_page(session, second, NOW).page.data == {"accord": True}
    worklist.save_link_draft(session, second, {"accord": False}, now=NOW)
    assert session.scalars(select(Draft)).one().data == {"accord": False}


@pytest.mark.req("P5")
def test_answers_made_from_an_older_draft_do_not_overwrite_what_another_device_saved(session, run):
    secret = worklist.start_link_session(session, token_in(mails(session)[0]), NOW)
    saved = worklist.save_link_draft(session, secret, {"accord": True}, now=NOW)
    worklist.save_link_draft(session, secret, {"accord": False}, row_version=saved.version, now=NOW)
    with pytest.raises(Stale):
        worklist.save_link_draft(session, secret, {"accord": True}, row_version=saved.version, now=NOW)
    assert session.scalars(select(Draft)).one().data == {"accord": False}


SENSITIVE = {
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Avis",
        "properties": {"accord": {"type": "boolean", "title": "Accord", "x-jalon-sensitivity": "sensitive"}},
        "required": ["accord"],
    },
    "ui": {},
}


def code_in(mail: Outbox) -> str:
    return re.search(r"code (\d{6})", mail.text)[1]


@pytest.mark.req("P2", "S14")
def test_a_sensitive_form_asks_for_a_code_sent_by_mail_and_the_link_alone_opens_nothing(session, run):
    publish(session, "form", "reponse", SENSITIVE)
    token = token_in(mails(session)[0])
    page = worklist.open_link(session, token, NOW)
    assert (page.needs_code, page.email, page.contact) == (True, "p…@exemple.test", "Amina K. (Ml_Toulouse)")
    with pytest.raises(CodeNeeded):
        worklist.start_link_session(session, token, NOW)
    assert worklist.start_with_code(session, token, "", NOW) == ""  # nothing was sent yet
    worklist.send_link_code(session, token, NOW)
    worklist.send_link_code(session, token, NOW)  # asked twice in a minute: one mail
    (code,) = [code_in(mail) for mail in mails(session) if mail.key.startswith("code/")]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert worklist.start_with_code(session, token, wrong, NOW) == ""
    assert worklist.start_with_code(session, token, code, NOW + timedelta(minutes=15)) == ""
    secret = worklist.start_with_code(session, token, f" {code[:3]} {code[3:]}", NOW)
    assert worklist.complete_by_link(session, secret, {"accord": True}, "jeton", NOW).task_id
    assert session.scalars(select(TaskLink)).one().code_hash == ""


@pytest.mark.req("P2", "S14")
def test_a_code_cannot_be_guessed_and_codes_run_out(session, run):
    publish(session, "form", "reponse", SENSITIVE)
    token = token_in(mails(session)[0])
    for turn in range(6):
        now = NOW + timedelta(minutes=2 * turn)
        worklist.send_link_code(session, token, now)
        code = code_in(mails(session)[-1])
        for _ in range(5):
            assert worklist.start_with_code(session, token, f"{(int(code) + 1) % 1_000_000:06d}", now) == ""
        assert worklist.start_with_code(session, token, code, now) == ""  # five wrong tries: this code is worth nothing
    with pytest.raises(TooManyCodes):
        worklist.send_link_code(session, token, NOW + timedelta(hours=1))


@pytest.mark.req("P2")
def test_a_link_that_expired_sends_another_to_the_same_person_once(session, run):
    token, later = token_in(mails(session)[0]), NOW + timedelta(days=31)
    worklist.renew_link(session, token, NOW)  # it works: nothing to send
    assert len(mails(session)) == 1
    assert worklist.renew_link(session, token, later) == "p…@exemple.test"
    second = mails(session)[1]
    assert second.recipient == "paul@exemple.test"
    assert worklist.start_link_session(session, token_in(second), later)
    with pytest.raises(LinkOver):
        worklist.renew_link(session, token, later)
    assert worklist.open_link(session, token, later).contact == "Amina K. (Ml_Toulouse)"
