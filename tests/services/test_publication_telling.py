"""Word of a publication: to the administrators it reaches below, once, by mail."""

from contextlib import nullcontext
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from factories.drafts import DAY, op, published
from factories.packs import administrator, make_pack, start
from factories.people import ROLES, make_person
from jalon.gateways.smtp import MailFolder
from jalon.services import messaging, publication
from jalon.services.publication import telling
from jalon.store.jobs import Job
from jalon.store.messaging import Outbox

MAIL = {
    "subject": "À partir du {{date}} : {{titre}}",
    "text": "{{nom}}|{{expediteur}}|{{unite}}|{{motif}}|{{resume}}|{{lien}}",
}


@pytest.fixture
def network(session):
    pack = make_pack(artifacts={("roles", "roles"): {"roles": ROLES}, ("message", "publication"): MAIL})
    return start(session, pack)


def told(session):
    """What the jobs that wait would write, told twice: the second time changes nothing."""
    for _ in range(2):
        for job in session.scalars(select(Job).where(Job.name == telling.JOB)):
            telling.tell(session, job.arguments, session.info["clock"].now())
    return sorted(mail.recipient for mail in session.scalars(select(Outbox)))


def test_administrators_reached_below_are_told_once_by_mail(session, network, tmp_path):
    toulouse = network["ml_toulouse"]
    local = make_person(session, toulouse, "administrateur", name="Bruno L.", email="local@exemple.test")
    make_person(session, network["d31"], "administrateur", email="d31@exemple.test")
    make_person(session, toulouse, "agent", email="agent@exemple.test")
    make_person(session, network["occitanie"], "administrateur", email="region@exemple.test")
    make_person(session, network["ml_brest"], "administrateur", email="brest@exemple.test")

    release = published(session, network["occitanie"], "list", "modes", op("close", "bus"))

    assert told(session) == ["d31@exemple.test", "local@exemple.test"]
    clock = session.info["clock"]
    messaging.deliver_outbox(lambda: nullcontext(session), MailFolder(tmp_path), clock.now())
    mails = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in tmp_path.iterdir()]
    (mail,) = (one for one in mails if one["To"] == local.email)
    assert mail["Subject"] == f"À partir du {DAY:%d/%m/%Y} : {release.title}"
    name, author, unit, reason, summary, link = mail.get_content().strip().split("|")
    assert (name, author, unit, reason) == ("Bruno L.", "Amina K.", "Occitanie", "Essai")
    assert summary == " ".join(release.sentences)
    assert link == f"http://127.0.0.1:8000/console/ml_toulouse/publications/{release.id}"


def test_a_unit_whose_own_choice_stands_is_not_disturbed(session, network):
    make_person(session, network["ml_toulouse"], "administrateur", email="local@exemple.test")
    make_person(session, network["d31"], "administrateur", email="d31@exemple.test")
    published(session, network["ml_toulouse"], "list", "modes", op("set", "bus", "label", value="Car"))

    release = published(session, network["occitanie"], "list", "modes", op("set", "bus", "label", value="Bus"))

    assert told(session) == ["d31@exemple.test"]
    publication.rollback(session, administrator(session, network["occitanie"]), release.id, "Erreur")
    assert told(session) == ["d31@exemple.test", "d31@exemple.test"]  # the way back is news as well


def test_a_publication_taken_back_before_it_was_told_is_not(session, network):
    make_person(session, network["d31"], "administrateur", email="d31@exemple.test")
    release = published(session, network["occitanie"], "list", "modes", op("close", "bus"))
    publication.rollback(session, administrator(session, network["occitanie"]), release.id, "Erreur")
    (first, *_) = session.scalars(select(Job).where(Job.name == telling.JOB).order_by(Job.id))
    telling.tell(session, first.arguments, session.info["clock"].now())
    assert session.scalars(select(Outbox)).all() == []


@pytest.mark.parametrize(
    ("changes", "end"), [(5, "Cinq."), (6, "Et un autre changement."), (8, "Et 3 autres changements.")]
)
def test_many_changes_are_told_by_the_first_ones_and_their_number(changes, end):
    words = ["Un.", "Deux.", "Trois.", "Quatre.", "Cinq.", "Six.", "Sept.", "Huit."]
    assert telling.summary(words[:changes]).endswith(end)
