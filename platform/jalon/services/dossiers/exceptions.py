"""A case file opened outside one's units: for one reason, for a day, to read only, and those it belongs to are told."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, Refused
from jalon.base.i18n import fr
from jalon.services import access, audit, messaging
from jalon.services.dossiers.words import words_of
from jalon.store import audit as journal
from jalon.store import dossiers as files
from jalon.store import exceptions as store
from jalon.store.configuration import today
from jalon.store.dossiers import Dossier
from jalon.store.exceptions import ExceptionalAccess
from jalon.store.people import Person
from jalon.store.places import place

PERMISSION, SOUGHT = "dossier.exceptionnel", "dossier.exceptionnel_cherche"
WATCH = "audit.voir"
NOTICE = "acces-exceptionnel"
LASTS = timedelta(hours=24)
MOST_A_DAY = 5
SHORTEST_REASON = 10
MOST_TOLD = 20


class ReasonNeeded(Refused):
    """Nobody opens such a case file without saying why."""

    code, message = (
        "dossier.motif",
        fr("Dites en une phrase pourquoi vous devez lire ce dossier : sa structure le lira."),
    )


class TooManyExceptions(JalonError):
    """The day's allowance is spent, found or not."""

    code, status = "dossier.exceptionnel_quota", 429
    message = fr("Vous avez cherché {most} dossiers hors de votre périmètre en vingt-quatre heures : c’est la limite.")


def open_exceptionally(
    session: Session, actor: Actor, name: str, birth_date: date, reason: str, now: datetime
) -> Dossier | None:
    """Open to oneself, for a day, the one case file of that exact name and birth date; None when there is not one.

    A try is noted in the journal whether it finds or not, and counts: names are not for guessing.
    """
    access.require(actor, PERMISSION, None)
    reason = " ".join(reason.split())[:500]
    if len(reason) < SHORTEST_REASON:
        raise ReasonNeeded
    assert actor.id is not None  # the system has no need of it
    if journal.readings_since(session, actor.id, now - timedelta(days=1), SOUGHT) >= MOST_A_DAY:
        raise TooManyExceptions(most=MOST_A_DAY)
    wanted = sorted(words_of(name))
    found = [
        one
        for one in files.born_anywhere(session, birth_date, 1_000)
        if wanted and sorted(words_of(one.name)) == wanted
    ]
    if len(found) != 1:
        audit.access_log(session, actor, SOUGHT, unit_id=None, reason=reason)
        return None
    (dossier,) = found
    audit.access_log(session, actor, SOUGHT, unit_id=dossier.unit_id, target=dossier.id, reason=reason)
    opening = ExceptionalAccess(
        unit_id=dossier.unit_id,
        dossier_id=dossier.id,
        person_id=actor.id,
        person_name=actor.name,
        reason=reason,
        at=now,
        expires_at=now + LASTS,
    )
    session.add(opening)
    session.flush()
    audit.record(
        session, actor, "dossier.acces_exceptionnel", unit_id=dossier.unit_id, target=dossier.id, opening=opening.id
    )
    _tell(session, actor, dossier, opening)
    return dossier


def openings(session: Session, dossier: Dossier) -> Sequence[ExceptionalAccess]:
    """Return who opened a case file already read from outside its unit, when and why, the latest first."""
    return store.openings_of(session, dossier.id)


def opened_for(session: Session, actor: Actor, dossier: Dossier, now: datetime) -> ExceptionalAccess | None:
    """Return the opening by which an actor reads a case file of another unit; None when it is of their own."""
    if actor.id is None or dossier.unit_id in access.scope(actor):
        return None
    return store.opened_to(session, actor.id, dossier.id, now)


def _tell(session: Session, actor: Actor, dossier: Dossier, opening: ExceptionalAccess) -> None:
    """Write to those who watch over the unit of the case file; the mail names nobody but who opened it."""
    unit = place(session, dossier.unit_id)
    base = session.info.get("base_url", "http://127.0.0.1:8000")
    told: Sequence[Person] = access.who_may(session, WATCH, unit.id, today(session, unit.id))
    for person in told[:MOST_TOLD]:
        facts = {
            "nom": person.name,
            "expediteur": actor.name,
            "unite": unit.title,
            "motif": opening.reason,
            "lien": f"{base}/dossiers/{dossier.id}",
        }
        key = f"exceptionnel/{opening.id}/{person.id}"
        messaging.queue_mail(session, to=person.email, template=NOTICE, facts=facts, unit_id=unit.id, key=key)
