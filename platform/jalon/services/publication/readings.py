"""Second readings: what a level wants read by somebody else waits here, and is then done exactly as it was read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM, Actor
from jalon.base.errors import Forbidden, NotFound
from jalon.services import audit
from jalon.services.access import actor_for, require
from jalon.services.configuration import levels
from jalon.services.publication.acts import Act, prepare_act
from jalon.services.publication.errors import ApprovalRefused, ReadingOutdated, ReadingRefused
from jalon.services.publication.model import UnitName, Waiting
from jalon.services.publication.readying import Prepared
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store import readings as rows
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.people import Person, PersonState
from jalon.store.readings import SecondReading

MOST_SENTENCES = 100


def ask(session: Session, actor: Actor, act: Act, prepared: Prepared) -> Waiting:
    """Let an act wait for a second reader, with what it was seen to do; asked for twice, it waits once."""
    units = organisations.units(session, set(prepared.demanding))
    unit_id = min(units, key=lambda unit: (len(unit.path), unit.path)).id
    for known in rows.second_readings(session, [unit_id]):
        if (known.act, known.terms, known.author_id) == (act.name, dict(act.terms), actor.id):
            return compute_again(session, actor, known.id)
    row = SecondReading(
        act=act.name,
        terms=dict(act.terms),
        unit_id=unit_id,
        demanding=[str(unit.id) for unit in units],
        reason=prepared.reason,
        author_id=actor.id,
        author=actor.name,
        at=now_of(session),
        **_seen(prepared),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "relecture.demandee", unit_id=row.unit_id, target=row.id, act=row.act)
    return _waiting(session, row)


def second_readings(session: Session, unit_id: UUID, *, below: bool = False, state: str = "waiting") -> list[Waiting]:
    """Return what waits for a second reader at a unit (and below); in every state, newest first, if it is empty."""
    unit = levels.known_unit(session, unit_id)
    ids = organisations.subtree_ids(session, unit) if below else frozenset({unit_id})
    return [_waiting(session, row) for row in rows.second_readings(session, ids, state=state)]


def count_to_read(session: Session, actor: Actor, unit_id: UUID) -> int:
    """Count what waits at a unit and that somebody else asked for."""
    return rows.count_waiting(session, unit_id, actor.id)


def prepare_approved(
    session: Session, reader: Actor, reading_id: UUID, epoch: int | None = None
) -> tuple[Actor, Act, Prepared]:
    """Compute again what a second reader approves: who asked for it, what, and the release, approved; writes nothing.

    The reader is another person who may publish at every unit that demands a reading. Raises ReadingOutdated unless
    the result is the very one that was read, at the `epoch` it was read at; ApprovalRefused; ReadingRefused.
    """
    row = _known(session, reader, reading_id, writes=False)
    if reader.id is None or reader.id == row.author_id:
        raise ApprovalRefused()
    for unit_id in row.demanding:
        require(reader, "configuration.publier", UUID(unit_id))
    if row.epoch != store.epoch(session) or epoch not in (None, row.epoch):
        raise ReadingOutdated()
    author = _author(session, row)
    act = Act(row.act, row.terms)
    prepared = _prepared(session, author, act)
    if prepared.digest != row.digest or {str(one) for one in prepared.demanding} - {*row.demanding}:
        raise ReadingOutdated()
    return author, act, replace(prepared, approver_id=reader.id)


def settle(session: Session, reader: Actor, reading_id: UUID, release_id: UUID) -> None:
    """Note that what was approved is done; within the transaction that did it."""
    row = _known(session, reader, reading_id)
    row.release_id = release_id
    _end(session, reader, row, "approved", "")


def compute_again(session: Session, actor: Actor, reading_id: UUID) -> Waiting:
    """Say anew what an act that waits would do, something else having been published since."""
    row = _known(session, actor, reading_id)
    prepared = _prepared(session, _author(session, row), Act(row.act, row.terms))
    for name, value in _seen(prepared).items():
        setattr(row, name, value)
    row.demanding = [str(one) for one in prepared.demanding] or row.demanding
    session.flush()
    audit.record(session, actor, "relecture.recalculee", unit_id=row.unit_id, target=row.id, act=row.act)
    return _waiting(session, row)


def decline_reading(session: Session, actor: Actor, reading_id: UUID, reason: str) -> None:
    """Decline an act, with a reason its author reads; whoever asked for it takes it back the same way."""
    row = _known(session, actor, reading_id)
    if not reason.strip():
        raise ReadingRefused(reason="dites pourquoi, la personne qui l’a demandé le lira.")
    _end(session, actor, row, "withdrawn" if actor.id == row.author_id else "declined", reason.strip())


def _known(session: Session, actor: Actor, reading_id: UUID, *, writes: bool = True) -> SecondReading:
    """Return what still waits; whoever writes keeps it for the transaction, so that it is answered once."""
    row = session.get(SecondReading, reading_id, populate_existing=True, with_for_update=writes or None)
    if row is None:
        raise NotFound(id=reading_id)
    if actor.id is None or actor.id != row.author_id:
        require(actor, "configuration.publier", row.unit_id, hide=True)
    if row.state != "waiting":
        raise ReadingRefused(reason="quelqu’un a déjà répondu.")
    return row


def _author(session: Session, row: SecondReading) -> Actor:
    """Return who asked, with the rights they have now."""
    if row.author_id is None:
        return SYSTEM
    person = session.get(Person, row.author_id)
    if person is None or person.state is not PersonState.ACTIVE:
        raise ReadingRefused(reason="la personne qui l’a demandé n’a plus de compte en service.")
    return actor_for(session, person)


def _prepared(session: Session, author: Actor, act: Act) -> Prepared:
    try:
        return prepare_act(session, author, act)
    except (Forbidden, NotFound) as refusal:
        raise ReadingRefused(reason="la personne qui l’a demandé n’en a plus le droit.") from refusal


def _seen(prepared: Prepared) -> dict[str, object]:
    report = prepared.report
    return {
        "epoch": prepared.epoch,
        "digest": prepared.digest,
        "title": prepared.title,
        "report": {
            "sentences": [*report["sentences"], *_told_below(prepared)][:MOST_SENTENCES],
            "warnings": report["warnings"],
            "conflicts": report["conflicts"],
        },
    }


def _told_below(prepared: Prepared) -> Iterator[str]:
    """Say what becomes of the changes made below."""
    for plan in prepared.plans:
        for unit, _day, outcome in plan.outcomes:
            if outcome.state != "kept":
                yield f"{unit.title} : {outcome.message}"


def _end(session: Session, actor: Actor, row: SecondReading, state: str, answer: str) -> None:
    row.state, row.answer = state, answer
    row.reader_id, row.reader, row.read_at = actor.id, actor.name, now_of(session)
    session.flush()
    said = {"approved": "relecture.approuvee", "declined": "relecture.declinee", "withdrawn": "relecture.retiree"}
    audit.record(session, actor, said[state], unit_id=row.unit_id, target=row.id, act=row.act)


def _waiting(session: Session, row: SecondReading) -> Waiting:
    unit = session.get_one(Unit, row.unit_id)
    told: Sequence[str] = row.report.get("sentences", ())
    return Waiting(
        id=row.id,
        act=row.act,
        title=row.title,
        unit=UnitName(unit.id, unit.code, unit.title),
        reason=row.reason,
        author=row.author,
        author_id=row.author_id,
        at=row.at,
        sentences=tuple(told),
        warnings=tuple(row.report.get("warnings", ())),
        conflicts=row.report.get("conflicts", 0),
        epoch=row.epoch,
        outdated=row.state == "waiting" and row.epoch != store.epoch(session),
        state=row.state,
        reader=row.reader,
        answer=row.answer,
        release_id=row.release_id,
    )
