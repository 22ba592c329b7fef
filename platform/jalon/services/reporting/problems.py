"""« Signaler un problème »: what somebody typed, the page and the request, under a code they may quote."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, Refused
from jalon.base.i18n import fr
from jalon.services import access
from jalon.store import problems as store
from jalon.store.problems import ProblemReport

SEE = "incident.voir"
MOST_AN_HOUR = 200
LONGEST = 2_000
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for one another on the telephone."""

_PAGE = re.compile(r"[a-z_]+(?:\.[a-z_]+)?")
_REQUEST = re.compile(r"[0-9a-f]{6,40}")


class NothingSaid(Refused):
    """A report says something."""

    code, message = "signalement.vide", fr("Dites en quelques mots ce qui ne va pas.")


class TooManyReports(JalonError):
    """Reports come in faster than anybody could read them."""

    code, status = "signalement.trop", 429
    message = fr(
        "Beaucoup de signalements arrivent en ce moment : le problème est sûrement connu. Réessayez plus tard."
    )


def report_problem(session: Session, *, page: str, request_id: str, text: str, now: datetime) -> str:
    """Keep a report and return its code; neither the person nor the address is kept, only what they typed."""
    said = text.strip()[:LONGEST]
    if not said:
        raise NothingSaid
    if store.reported_since(session, now - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise TooManyReports
    code = "".join(secrets.choice(ALPHABET) for _ in range(8))
    session.add(
        ProblemReport(
            code=f"{code[:4]}-{code[4:]}",
            at=now,
            page=page if _PAGE.fullmatch(page) and len(page) <= 120 else "",
            request_id=request_id if _REQUEST.fullmatch(request_id) else "",
            text=said,
        )
    )
    session.flush()
    return f"{code[:4]}-{code[4:]}"


def problems(session: Session, actor: Actor, limit: int = 200) -> Sequence[ProblemReport]:
    """Return the problems reported, the latest first, for who looks after incidents."""
    access.require(actor, SEE, None)
    return store.reports(session, limit)
