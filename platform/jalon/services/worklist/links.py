"""One task done by somebody outside, through a link: nothing else is shown, nothing is consumed by looking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, NotFound, TaskAlreadyDone
from jalon.base.i18n import fr
from jalon.services import audit, forms, messaging
from jalon.services.processes import partners
from jalon.services.worklist import linkcodes
from jalon.services.worklist.completing import complete_as
from jalon.services.worklist.drafting import keep_draft
from jalon.services.worklist.filling import page_of
from jalon.services.worklist.formversions import version_of
from jalon.services.worklist.listing import link_state
from jalon.services.worklist.model import Completed, Saved, TaskPage
from jalon.services.worklist.reaching import ASSIGN, DO
from jalon.store import links as links_store
from jalon.store.links import LinkSession, TaskLink
from jalon.store.places import Place, place
from jalon.store.processes import Instance
from jalon.store.worklist import NO_DEADLINE, Draft, Task, lock_run

SESSION = timedelta(minutes=30)
PARTNER = "partner"
"""Where the values given through a link come from."""


class LinkUnknown(JalonError):
    """No such link, or one that was revoked: the same answer for all."""

    code, message, status = "lien.inconnu", fr("Ce lien n’est pas valable. Vérifiez l’adresse reçue par courriel."), 404


class LinkOver(JalonError):
    """A link that worked once: the page says so and whom to call."""

    code = "lien.termine"
    message = fr("Ce lien ne fonctionne plus : {reason}. Pour en recevoir un nouveau, appelez {contact}.")
    status = 410


class LinkSessionOver(JalonError):
    """Thirty minutes have passed, or the address is not from here."""

    code = "lien.session_terminee"
    message = fr("Votre session de trente minutes est terminée. Rouvrez le lien reçu : votre saisie est conservée.")
    status = 401


class CodeNeeded(JalonError):
    """The form is sensitive: a code comes first."""

    code, message, status = "lien.code", fr("Un code vous est demandé avant d’ouvrir cette demande."), 403


REASONS = {
    "expired": fr("il a expiré"),
    "revoked": fr("il a été remplacé ou retiré"),
    "declined": fr("vous avez décliné cette demande"),
    "done": fr("la réponse a déjà été donnée"),
}


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What a link says before « Continuer »: who asks, what, why, by when (P3); no data of any case file."""

    name: str
    unit: Place
    title: str
    why: str
    due_at: datetime | None
    questions: int
    state: str
    reason: str
    contact: str
    needs_code: bool = False
    email: str = ""  # where a code or a new link goes, all but the first letter hidden


@dataclass(frozen=True, slots=True)
class LinkTask:
    """The one task of a link session: its form, its own answers, never what the case file knows besides."""

    link_id: UUID
    name: str
    unit: Place
    page: TaskPage
    ends_at: datetime


def open_link(session: Session, token: str, now: datetime) -> LinkPage:
    """Explain a link; the first opening is noted in the journal, nothing else is written, nothing is consumed."""
    link, task = _link(session, token)
    run = session.get_one(Instance, task.instance_id)
    if link.opened_at is None:
        link.opened_at = now
        session.flush()
    state = _state(link, task, now)
    page = page_of(session, _holder(link), task, now, can_complete=False)
    return LinkPage(
        name=link.name,
        unit=place(session, task.unit_id),
        title=task.title,
        why=partners.facts_of(session, task, run, link.name)["pourquoi"],
        due_at=task.urgent_at if task.urgent_at < NO_DEADLINE else None,
        questions=len(page.form.questions) if page.form else 0,
        state=state,
        reason=REASONS.get(state, ""),
        contact=_contact(session, link),
        needs_code=linkcodes.is_sensitive(page.form),
        email=linkcodes.masked(link.email),
    )


def start_link_session(session: Session, token: str, now: datetime) -> str:
    """Open thirty minutes of work on the task of a link and return its token; CodeNeeded for a sensitive form."""
    link, task = _link(session, token)
    _usable(session, link, task, now)
    if _is_sensitive(session, task, now):
        raise CodeNeeded
    return _start(session, link, task, now)


def send_link_code(session: Session, token: str, now: datetime) -> str:
    """Send a code to the recipient of a link and return their address, all but the first letter hidden."""
    link, task = _link(session, token)
    _usable(session, link, task, now)
    linkcodes.send_code(session, link, task, now, contact=_contact(session, link))
    return linkcodes.masked(link.email)


def start_with_code(session: Session, token: str, code: str, now: datetime) -> str:
    """Return the token of a session when the code is right, else nothing: the try is counted, so nothing is raised."""
    link, task = _link(session, token)
    _usable(session, link, task, now)
    if not linkcodes.right_code(session, link, code, now):
        audit.record(session, _holder(link), "lien.code_refuse", unit_id=link.unit_id, target=task.id, link=link.id)
        return ""
    return _start(session, link, task, now)


def renew_link(session: Session, token: str, now: datetime) -> str:
    """Send a new link to the recipient of one that expired; return their address, all but the first letter hidden."""
    link, task = _link(session, token)
    if _state(link, task, now) != "expired":
        _usable(session, link, task, now)
        return linkcodes.masked(link.email)  # it still works: there is nothing to replace
    partners.issue(
        session, _holder(link), task, session.get_one(Instance, task.instance_id), link.name, link.email, now
    )
    return linkcodes.masked(link.email)


def _start(session: Session, link: TaskLink, task: Task, now: datetime) -> str:
    link.started_at = link.started_at or now
    secret = partners.new_token()
    token_hash = partners.hashed(secret)
    session.add(LinkSession(link_id=link.id, token_hash=token_hash, started_at=now, expires_at=now + SESSION))
    session.flush()
    audit.record(session, _holder(link), "lien.commence", unit_id=link.unit_id, target=task.id, link=link.id)
    return secret


def link_page(session: Session, session_token: str, now: datetime) -> LinkTask:
    """Return the task of a link session, with the fields of its form and nothing else of the case file."""
    working, link, task = _working(session, session_token, now)
    page = page_of(session, _holder(link), task, now, can_complete=True)
    return LinkTask(link.id, link.name, place(session, task.unit_id), _minimal(session, page), working.expires_at)


def save_link_draft(
    session: Session,
    session_token: str,
    data: Mapping[str, Any],
    at_question: str = "",
    row_version: int | None = None,
    *,
    now: datetime,
    typed: Mapping[str, str] | None = None,
) -> Saved:
    """Keep answers under way; they are found again from another device through the same link (P5).

    `row_version` is that of the draft the answers were reckoned with: Stale when it was saved again since.
    """
    _, link, task = _working(session, session_token, now)
    version = row_version if row_version is not None else _version(session, task)
    return keep_draft(session, _holder(link), task, data, at_question, version, now=now, typed=typed)


def complete_by_link(
    session: Session, session_token: str, data: Mapping[str, Any], submission_token: str, now: datetime
) -> Completed:
    """Complete the task of a link session; a receipt goes by mail, reminders stop (P7)."""
    found = links_store.link_session_by_hash(session, partners.hashed(session_token))
    if found is None:
        raise LinkSessionOver
    _, link = found
    lock_run(session, link.task_id)
    task = session.get_one(Task, link.task_id, populate_existing=True)
    if link.done_at is None:
        _working(session, session_token, now)
    done = complete_as(session, _holder(link), task, data, submission_token, now, None, allowed=True, origin=PARTNER)
    if not done.already:
        link.done_at = now
        _receipt(session, link, task, now)
        audit.record(session, _holder(link), "lien.repondu", unit_id=link.unit_id, target=task.id, link=link.id)
    # what follows in the run is not the business of who answered through a link
    return Completed(done.task_id, done.instance_id, already=done.already)


def decline_link(session: Session, session_token: str, reason: str, now: datetime) -> None:
    """Say no: the link stops, the team sees it and may ask somebody else (P6)."""
    _, link, task = _working(session, session_token, now)
    link.declined_at, link.note = now, reason[:500]
    session.flush()
    audit.record(session, _holder(link), "lien.decline", unit_id=link.unit_id, target=task.id, link=link.id)


def forward_link(session: Session, session_token: str, name: str, email: str, now: datetime) -> TaskLink:
    """Hand the task to a named colleague, who receives a link of their own; this one stops (P6)."""
    _, link, task = _working(session, session_token, now)
    run = session.get_one(Instance, task.instance_id)
    passed_on = partners.issue(session, _holder(link), task, run, name, email.strip(), now)
    passed_on.forwarded_from = link.id
    link.note = "Transmis à un collègue"
    session.flush()
    audit.record(session, _holder(link), "lien.transmis", unit_id=link.unit_id, target=task.id, link=link.id)
    return passed_on


def resend_link(session: Session, actor: Actor, link_id: UUID, now: datetime, email: str = "") -> TaskLink:
    """Send a new link for the same task, to another address if need be; the former stops."""
    link, task = _managed(session, actor, link_id)
    run = session.get_one(Instance, task.instance_id)
    return partners.issue(session, actor, task, run, link.name, (email or link.email).strip(), now)


def revoke_link(session: Session, actor: Actor, link_id: UUID, now: datetime) -> None:
    """Stop a link at once, sessions under way included."""
    link, task = _managed(session, actor, link_id)
    link.revoked_at = now
    session.flush()
    audit.record(session, actor, "lien.revoque", unit_id=link.unit_id, target=task.id, link=link.id)


def _is_sensitive(session: Session, task: Task, now: datetime) -> bool:
    version = version_of(session, task, now)
    return version is not None and linkcodes.is_sensitive(forms.compiled(version.closure))


def _contact(session: Session, link: TaskLink) -> str:
    """Return whom to call about a link: who sent it, and their unit."""
    unit = place(session, link.unit_id).title
    return f"{link.sender} ({unit})" if link.sender else unit


def _link(session: Session, token: str) -> tuple[TaskLink, Task]:
    link = links_store.link_by_hash(session, partners.hashed(token))
    if link is None:
        raise LinkUnknown
    return link, session.get_one(Task, link.task_id)


def _state(link: TaskLink, task: Task, now: datetime) -> str:
    """Return where a link stands; a task done or closed otherwise ends it too."""
    state = link_state(link, now)
    return "done" if task.state != "ready" and state not in REASONS else state


def _usable(session: Session, link: TaskLink, task: Task, now: datetime) -> None:
    state = _state(link, task, now)
    if state in REASONS:
        raise LinkOver(reason=REASONS[state], contact=_contact(session, link), place=place(session, link.unit_id))


def _working(session: Session, session_token: str, now: datetime) -> tuple[LinkSession, TaskLink, Task]:
    found = links_store.link_session_by_hash(session, partners.hashed(session_token))
    if found is None or found[0].expires_at <= now:
        raise LinkSessionOver
    working, link = found
    task = session.get_one(Task, link.task_id)
    _usable(session, link, task, now)
    return working, link, task


def link_holder(name: str) -> Actor:
    """Return who answers through a link as an actor: no account, no right but the task of the link."""
    return Actor(id=None, name=name or "Partenaire", kind="link")


def _holder(link: TaskLink) -> Actor:
    return link_holder(link.name)


def _minimal(session: Session, page: TaskPage) -> TaskPage:
    """Keep the form and the person's own answers; what the case file knows is not shown to people outside."""
    draft = session.get(Draft, page.task.id)
    own = forms.answered(forms.inside_and_outside(page.form, draft.data)[0]) if draft and page.form else {}
    return TaskPage(
        task=page.task,
        instance=page.instance,
        process_title=page.process_title,
        unit_title=page.unit_title,
        form=page.form,
        form_hash=page.form_hash,
        lists=page.lists,
        data=own,
        typed=page.typed,
        prefilled={},
        facts=page.facts,
        dossier=None,
        dossier_summary=(),
        draft=page.draft,
        seen_version=None,
        closed_by=page.closed_by,
        can_complete=True,
    )


def _version(session: Session, task: Task) -> int | None:
    draft = session.get(Draft, task.id)
    return draft.version if draft else None


def _managed(session: Session, actor: Actor, link_id: UUID) -> tuple[TaskLink, Task]:
    link = session.get(TaskLink, link_id)
    if link is None:
        raise NotFound(id=link_id)
    reached_unit = link.unit_id in actor.units_for(DO) | actor.units_for(ASSIGN)
    if actor.kind != "system" and not reached_unit:
        raise NotFound(id=link_id)
    task = session.get_one(Task, link.task_id)
    if task.state != "ready":
        raise TaskAlreadyDone(who=task.closed_by or link.name)
    return link, task


def _receipt(session: Session, link: TaskLink, task: Task, now: datetime) -> None:
    run = session.get_one(Instance, task.instance_id)
    facts = partners.facts_of(session, task, run, link.name) | {"date": partners.day_text(session, now, task)}
    messaging.queue_mail(
        session, to=link.email, template=partners.RECEIPT, facts=facts, unit_id=task.unit_id, key=f"recu/{link.id}"
    )
