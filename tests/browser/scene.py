"""What is on stage before people come in: runs under way, a link to answer, one answered; shared with screenshots."""

from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from factories.journeys import answers, person, unit_id, walk_to
from jalon.services import messaging, processes, worklist
from jalon.store.links import TaskLink
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task

HELP = {
    "offre_visee": "Auto-école sociale",
    "theme_orientation": "mobilite",
    "attente": "Préparer le code avec un accompagnement",
    "accord_jeune_orientation": True,
    "destinataire_organisme": "Auto-école sociale du Midi",
    "destinataire_nom": "M. Serres",
    "destinataire_courriel": "serres@autoecole.example",
    "prenom": "Yanis",
    "initiale": "D",
}
RECEPTION = "premier-accueil/urgence-partenaire"


@dataclass(frozen=True, slots=True)
class Scene:
    """Addresses of what was prepared."""

    dossier: str
    run: str
    filling: str
    finished: str
    link: str
    begun_link: str
    answered_link: str
    expired_link: str
    followed: str


def prepare(wiring: Wiring) -> Scene:
    """Play what people find when they arrive."""
    filled = walk_to(wiring, "presenter_offre", scenario="premier-accueil/parcours-ordinaire")
    open_task = walk_to(wiring, "explorer_personnel", changed={"prenom": "Lina", "nom_usage": "Bonnet"})
    with wiring.database.transaction() as session:
        amina = person(session, "conseiller.toulouse")
        dossier = worklist.principal_dossier(session, amina, filled.root_id)
        assert dossier is not None
        lines = processes.history(session, amina, filled.root_id)
        finished = next(line.task_id for line in lines if line.answers)
    answered = ask_partner(wiring)
    answer(wiring, answered)
    return Scene(
        dossier=f"/dossiers/{dossier.id}",
        run=f"/parcours/{filled.root_id}",
        filling=f"/taches/{open_task.id}",
        finished=f"/taches/{finished}",
        link=ask_partner(wiring),
        begun_link=ask_partner(wiring),
        answered_link=answered,
        expired_link=expired(wiring),
        followed=followed(wiring),
    )


def expired(wiring: Wiring) -> str:
    """Return a link whose time is over."""
    address = ask_partner(wiring)
    with wiring.database.transaction() as session:
        link = session.scalars(select(TaskLink).order_by(TaskLink.id.desc()).limit(1)).one()
        link.expires_at = wiring.clock.now() - timedelta(days=1)
    return address


def followed(wiring: Wiring) -> str:
    """Return the run of the last link sent: the team follows it there."""
    with wiring.database.transaction() as session:
        link = session.scalars(select(TaskLink).order_by(TaskLink.id.desc()).limit(1)).one()
        return f"/parcours/{session.get_one(Task, link.task_id).root_id}"


def ask_partner(wiring: Wiring, dossier: UUID | None = None) -> str:
    """Have somebody ask a partner for help; return the address in the mail they receive."""
    now = wiring.clock.now()
    with wiring.database.transaction() as session:
        amina = person(session, "conseiller.toulouse")
        files = {"principal": dossier} if dossier else None
        toulouse = unit_id(session, "ml_toulouse")
        run = processes.start(session, amina, "mise-en-relation", toulouse, dossiers=files, now=now)
        (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.complete_with_retry(wiring.database, amina, task.id, HELP, task.id.hex, now)
    return newest_link(wiring)


def newest_link(wiring: Wiring) -> str:
    """Deliver the outbox into the mailbox folder; return the path of the link in the latest mail that has one."""
    messaging.deliver_outbox(wiring.database.transaction, wiring.mailer, wiring.clock.now())
    folder = wiring.settings.var / "mail"
    for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
        words = body.get_content().split() if body else []
        if found := next((word for word in words if "/lien/" in word), None):
            return urlsplit(found).path
    raise AssertionError("no link in the mailbox")


def answer(wiring: Wiring, link: str) -> None:
    """Answer a link as its holder would."""
    now = wiring.clock.now()
    with wiring.database.transaction() as session:
        secret = worklist.start_link_session(session, link.rsplit("/", 1)[1], now)
    with wiring.database.transaction() as session:
        worklist.complete_by_link(session, secret, {"reponse_orientation": "acceptee"}, "a" * 32, now)


def reception(wiring: Wiring, element: str = "explorer_personnel", **changed: object) -> Task:
    """Bring a reception to a task, open and not begun."""
    return walk_to(wiring, element, changed=changed)


def answers_to(element: str) -> dict[str, object]:
    """Return what the scenario answers to a task of the reception."""
    return answers(RECEPTION, element)
