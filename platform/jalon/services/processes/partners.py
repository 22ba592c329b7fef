"""Links by which people without an account do one task: issued with the task, sent by mail, revocable."""

import hashlib
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services import audit, forms, messaging
from jalon.services.processes.library import content_of
from jalon.store.links import TaskLink, links_of
from jalon.store.places import place, zone_of
from jalon.store.processes import Instance
from jalon.store.worklist import NO_DEADLINE, Task

INVITATION, RECEIPT, REMINDER = "lien-partenaire", "accuse-reception", "rappel"
LIFETIME = timedelta(days=30)
GRACE = timedelta(days=7)
"""How long a link outlives the due date of its task."""


def hashed(token: str) -> str:
    """Return what is kept of a token: nobody can come back from it to the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return 128 random bits that fit in an address."""
    return secrets.token_urlsafe(16)


def invite(session: Session, actor: Actor, task: Task, run: Instance, now: datetime) -> TaskLink:
    """Issue a link for the recipient of a task and queue the mail that carries it."""
    recipient = task.recipient or {}
    return issue(session, actor, task, run, str(recipient.get("nom") or ""), str(recipient["courriel"]).strip(), now)


def issue(session: Session, actor: Actor, task: Task, run: Instance, name: str, email: str, now: datetime) -> TaskLink:
    """Issue a link to somebody; the links issued before for that task stop working."""
    sender = actor.name if actor.kind == "person" else ""
    for older in links_of(session, [task.id]):
        sender = sender or older.sender  # handed on or renewed from outside: who asked first still answers for it
        if older.revoked_at is None:
            older.revoked_at = now
    token = new_token()
    due = task.urgent_at if task.urgent_at < NO_DEADLINE else None
    link = TaskLink(
        unit_id=task.unit_id,
        task_id=task.id,
        token_hash=hashed(token),
        name=name[:200],
        email=email,
        sender=sender,
        sent_at=now,
        expires_at=max(due + GRACE, now + GRACE) if due else now + LIFETIME,
    )
    session.add(link)
    session.flush()
    facts = facts_of(session, task, run, name) | {
        "lien": f"{session.info.get('base_url', 'http://127.0.0.1:8000')}/lien/{token}",
        "expediteur": actor.name if actor.kind == "person" else place(session, task.unit_id).title,
        "echeance": day_text(session, link.expires_at if due is None else due, task),
    }
    messaging.queue_mail(
        session, to=email, template=INVITATION, facts=facts, unit_id=task.unit_id, key=f"lien/{link.id}"
    )
    audit.record(session, actor, "lien.envoye", unit_id=task.unit_id, target=task.id, link=link.id)
    return link


def facts_of(session: Session, task: Task, run: Instance, name: str) -> dict[str, str]:
    """Return what messages about a task say: who asks, what, why."""
    unit = place(session, task.unit_id)
    return {
        "nom": name,
        "unite": unit.title,
        "titre": task.title,
        "processus": str(content_of(session, run.process_hash).get("title", "")),
        "pourquoi": task.why or "Votre réponse est nécessaire pour continuer.",
        "contact": unit.title,
        "reference": forms.instance_key(run.root_id),
    }


def day_text(session: Session, instant: datetime, task: Task) -> str:
    """Write a date as the people of a unit read it, JJ/MM/AAAA."""
    return instant.astimezone(ZoneInfo(zone_of(session, task.unit_id))).strftime("%d/%m/%Y")
