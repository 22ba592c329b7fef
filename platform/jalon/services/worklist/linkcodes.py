"""A light second factor for sensitive forms: six digits sent to the recipient's mailbox, asked before the form shows.

Whoever merely got hold of the link, in a forwarded mail or a shared screen, does not have the mailbox.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.engines.forms import Form
from jalon.services import audit, messaging
from jalon.services.processes import partners
from jalon.store.links import TaskLink
from jalon.store.places import place
from jalon.store.processes import Instance
from jalon.store.worklist import Task

CODE = "code-lien"
LASTS = timedelta(minutes=15)
AGAIN_AFTER = timedelta(minutes=1)
MOST_CODES, MOST_TRIES = 6, 5


class TooManyCodes(JalonError):
    """Every code a link may send was sent, and none was given back."""

    code, status = "lien.trop_de_codes", 429
    message = fr("Trop de codes ont été demandés pour ce lien. Appelez {contact}.")


def is_sensitive(form: Form | None) -> bool:
    """Tell whether a form asks for something sensitive: its link then needs a code."""
    return form is not None and any(question.sensitivity == "sensitive" for question in form.every_question())


def send_code(session: Session, link: TaskLink, task: Task, now: datetime, *, contact: str) -> None:
    """Send a code to the recipient; asked again within a minute, the one on its way is enough."""
    if usable(link, now) and link.code_sent_at and now < link.code_sent_at + AGAIN_AFTER:
        return
    if link.codes_sent >= MOST_CODES:
        raise TooManyCodes(contact=contact, place=place(session, link.unit_id))
    digits = f"{secrets.randbelow(1_000_000):06d}"
    link.code_hash, link.code_sent_at, link.code_tries = _hash(session, link, digits), now, 0
    link.codes_sent += 1
    session.flush()
    run = session.get_one(Instance, task.instance_id)
    facts = partners.facts_of(session, task, run, link.name)
    facts |= {"code": digits, "minutes": str(int(LASTS.total_seconds() // 60))}
    key = f"code/{link.id}/{link.codes_sent}"
    messaging.queue_mail(session, to=link.email, template=CODE, facts=facts, unit_id=task.unit_id, key=key)


def right_code(session: Session, link: TaskLink, typed: str, now: datetime) -> bool:
    """Tell whether these are the digits sent; each wrong try counts, and the right one works once."""
    if not usable(link, now):
        return False
    link.code_tries += 1
    right = hmac.compare_digest(link.code_hash, _hash(session, link, "".join(typed.split())))
    if right:
        link.code_hash = ""
    session.flush()
    return right


def usable(link: TaskLink, now: datetime) -> bool:
    """Tell whether a code sent may still be given."""
    sent = link.code_sent_at
    return bool(link.code_hash) and sent is not None and now < sent + LASTS and link.code_tries < MOST_TRIES


def masked(email: str) -> str:
    """Return an address that its owner recognises and nobody else learns: p…@exemple.fr."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _hash(session: Session, link: TaskLink, digits: str) -> str:
    return audit.keyed_hash(session, f"link code\n{link.id}\n{digits}")
