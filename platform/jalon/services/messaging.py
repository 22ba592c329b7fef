"""Messages: queued with the work that causes them, sent after it commits, at least once, never lost.

Templates are logic-less: `{{name}}` is replaced by a fact, nothing else happens. A template that
comes from the configuration can therefore neither compute nor reach anything.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import JalonError, NotFound, Refused
from jalon.base.i18n import fr
from jalon.base.ports import Mail, Mailer, SmsSender
from jalon.store import configuration
from jalon.store import messaging as store
from jalon.store.database import now_of
from jalon.store.messaging import Outbox

Template = Mapping[str, str]
"""A message of the configuration: {subject, text}."""

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction of its own: `database.transaction`."""

LEASE = timedelta(minutes=2)
TRIES = 8
BATCH = 50

_NAME = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_ADDRESS = re.compile(r"[^@\s<>,;:\"\\()\[\]]+@[^@\s<>,;:\"\\()\[\]]+")
_PHONE = re.compile(r"\+?[0-9][0-9 .]{5,20}")


class RecipientRefused(Refused):
    """An address no message can be sent to."""

    code, message = (
        "message.destinataire",
        fr("L’adresse du destinataire n’est pas valable : aucun message n’est parti."),
    )


def substitute(template: str, facts: Mapping[str, object]) -> str:
    """Replace each `{{name}}` by its fact, never read again as template; a fact nobody gave shows as `?`."""
    return _NAME.sub(lambda found: str(facts.get(found[1], "?")), template)


def names_in(template: Template) -> set[str]:
    """Return the names a message expects, for the check at publication and the help in the console."""
    return {name for part in ("subject", "text") for name in _NAME.findall(template.get(part, ""))}


def queue_mail(
    session: Session, *, to: str, template: Template | str, facts: Mapping[str, object], unit_id: UUID | None, key: str
) -> Outbox:
    """Write a mail in the caller's transaction; it leaves after the commit.

    `template` is a message, or the key of one in the unit's configuration. `key` names the mail for
    ever: queueing the same key again returns the first one and sends nothing more.
    """
    if _ADDRESS.fullmatch(to.strip()) is None or len(to) > 254:
        raise RecipientRefused
    content = _template(session, template, unit_id)
    subject = " ".join(substitute(content.get("subject", ""), facts).split())  # one line: a header
    return _queue(session, "mail", to.strip(), subject, substitute(content["text"], facts), unit_id, key)


def queue_sms(
    session: Session, *, to: str, template: Template | str, facts: Mapping[str, object], unit_id: UUID | None, key: str
) -> Outbox:
    """Write a text message in the caller's transaction, on the same terms as a mail."""
    if _PHONE.fullmatch(to.strip()) is None:
        raise RecipientRefused
    text = substitute(_template(session, template, unit_id)["text"], facts)
    return _queue(session, "sms", to.strip(), "", text, unit_id, key)


def deliver_outbox(
    transaction: Transaction, mailer: Mailer, now: datetime, *, sms: SmsSender | None = None, limit: int = BATCH
) -> int:
    """Send the messages whose hour has come and return how many left.

    Each is leased, sent outside any transaction, then reported. A crash in between sends it again
    with the same key: at least once, and the receiver can tell.
    """
    with transaction() as session:
        taken = [_Letter(message) for message in store.take_messages(session, now, LEASE, limit)]
    return sum(_send(transaction, letter, mailer, sms, now) for letter in taken)


class _Letter:
    """What is needed of a message once its transaction is over."""

    def __init__(self, message: Outbox) -> None:
        self.id, self.fence, self.attempts = message.id, message.fence, message.attempts
        self.channel = message.channel
        self.mail = Mail(message.recipient, message.subject, message.text, message.key)


def _send(transaction: Transaction, letter: _Letter, mailer: Mailer, sms: SmsSender | None, now: datetime) -> bool:
    error = ""
    try:
        if letter.channel == "mail":
            mailer.send(letter.mail)
        elif sms is not None:
            sms.send(letter.mail.to, letter.mail.text, letter.mail.key)
        else:
            error = "message.sans_passerelle"
    except Exception as failure:  # whatever a gateway raises, the message stays in the queue
        error = failure.code if isinstance(failure, JalonError) else f"passerelle.{type(failure).__name__}"
    with transaction() as session:
        if not error:
            return store.report_sent(session, letter.id, letter.fence, now)
        retry_at = now + _wait(letter.attempts) if letter.attempts < TRIES else None
        store.report_failure(session, letter.id, letter.fence, error, retry_at)
    return False


def _wait(attempts: int) -> timedelta:
    """Return 1, 2, 4... minutes, 4 hours at most."""
    return min(timedelta(minutes=2 ** (attempts - 1)), timedelta(hours=4))


def _template(session: Session, template: Template | str, unit_id: UUID | None) -> Template:
    if not isinstance(template, str):
        return template
    content = configuration.current_content(session, "message", template, unit_id=unit_id)
    if content is None:
        raise NotFound(kind="message", key=template)
    found: Template = content
    return found


def _queue(session: Session, channel: str, to: str, subject: str, text: str, unit_id: UUID | None, key: str) -> Outbox:
    queued = store.outbox_by_key(session, key)
    if queued is not None:
        return queued
    now = now_of(session)
    message = Outbox(
        key=key,
        channel=channel,
        unit_id=unit_id,
        recipient=to,
        subject=subject[:500],
        text=text,
        next_at=now,
        created_at=now,
    )
    return store.add_message(session, message)
