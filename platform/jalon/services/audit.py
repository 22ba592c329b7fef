"""What was done and by whom, in chains nobody can mend unseen; what was read, in a journal.

An event is written at once in the caller's transaction, and takes its place in the chain of its
unit when that transaction commits. The head of a chain is thus locked last, for an instant, and
two transactions never wait for each other in a circle.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session, SessionTransaction

from jalon.base.actor import Actor
from jalon.base.clock import instant_text
from jalon.base.ids import new_id
from jalon.base.json import canonical
from jalon.store import audit as store
from jalon.store.database import now_of, secret_of

PRODUCT = UUID(int=0)
"""The chain of what belongs to no unit."""

_PENDING = "audit.pending"
_CODE = re.compile(r"[A-Za-z0-9_<>-]+(?:[./:+][A-Za-z0-9_<>-]+)*")
_NUMBER = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain stops being true: `kind` is altered, deleted, inserted, truncated or seal."""

    kind: str
    chain: UUID
    seq: int | None
    event: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the verification found: `checked` events read, the first break if any, and all of them."""

    ok: bool
    checked: int
    first_break: Break | None
    breaks: tuple[Break, ...] = ()


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    unit_id: UUID | None = None,
    target: UUID | None = None,
    **facts: object,
) -> store.AuditEvent:
    """Note what an actor did: `action` is a code in the past (`tache.terminee`), `target` the thing it was done to.

    Facts are ids, codes, field paths, dates, small numbers, or what `keyed_hash` returns, and lists
    of those. Anything that looks like a person's data raises ValueError: it belongs with the dossier.
    """
    session.flush()  # what the event tells of
    event = store.AuditEvent(
        id=new_id(),
        chain=unit_id or PRODUCT,
        at=now_of(session),
        actor_id=actor.id,
        actor_kind=actor.kind,
        action=action,
        target_id=target,
        facts={name: _fact(name, value) for name, value in facts.items()},
    )
    session.add(event)
    session.info.setdefault(_PENDING, []).append(event)
    return event


def keyed_hash(session: Session, value: str) -> str:
    """Return 32 digits that only equal values share, and that nobody without the product's key can try out."""
    return hmac.new(secret_of(session), b"value\n" + value.encode(), hashlib.sha256).hexdigest()[:32]


def link_events(session: Session) -> None:
    """Give the events of this transaction their place in their chains; done by itself before a commit."""
    pending: list[store.AuditEvent] = session.info.pop(_PENDING, [])
    events = [event for event in pending if event in session]  # those of a rolled back savepoint are gone
    if not events:
        return
    if any(not isinstance(one, store.AuditEvent) for one in (*session.new, *session.dirty, *session.deleted)):
        session.flush()  # all the rest is written before a head is locked
    head: store.AuditHead | None = None
    with session.no_autoflush:  # an event still to be written is written once, with its place
        for event in sorted(events, key=lambda one: one.chain):
            if head is None or head.chain != event.chain:
                head = store.lock_head(session, event.chain)
            own_hash = _event_hash(session, event, head.seq + 1, head.own_hash)
            event.seq, event.previous_hash, event.own_hash = head.seq + 1, head.own_hash, own_hash
            head.seq, head.own_hash = event.seq, own_hash
    session.flush()


@sqlalchemy_event.listens_for(Session, "before_commit")
def _link_before_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        link_events(session)


@sqlalchemy_event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:  # a savepoint undone leaves the events before it
        session.info.pop(_PENDING, None)


def verify(session: Session) -> AuditReport:
    """Read every chain and seal again and say where a row was altered, deleted or inserted."""
    link_events(session)
    breaks: list[Break] = [Break("inserted", stray.chain, None, stray.id) for stray in store.strays(session)]
    heads = store.heads(session)
    sealed, seal_breaks = _read_seals(session)
    checked = 0
    for chain in store.chains(session):
        found, ends = _check_chain(session, chain, heads.get(chain, (0, "")), sealed.pop(chain, {}))
        checked += ends
        breaks += found
    breaks += [Break("truncated", chain, max(marks)) for chain, marks in sealed.items()]
    breaks += seal_breaks
    return AuditReport(not breaks, checked, breaks[0] if breaks else None, tuple(breaks))


def seal(session: Session, now: datetime) -> store.AuditSeal | None:
    """Sign the heads that moved since the last seal and return the seal, None when nothing moved.

    Keep its `number` and `mac` outside the database too: they show that the newest rows, head and
    seals were not all put back to an older state together.
    """
    link_events(session)
    sealed = {chain: max(marks) for chain, marks in _read_seals(session)[0].items()}
    moved = {
        str(chain): [seq, own_hash]
        for chain, (seq, own_hash) in store.heads(session).items()
        if seq > sealed.get(chain, 0)
    }
    if not moved:
        return None
    last = store.last_seal(session)
    number, previous = (last.number + 1, last.mac) if last else (1, "")
    made = store.AuditSeal(
        number=number,
        at=now,
        heads=moved,
        previous_mac=previous,
        mac=_mac(session, "seal", [number, instant_text(now), moved, previous]),
    )
    session.add(made)
    session.flush()
    return made


def access_log(
    session: Session,
    actor: Actor,
    action: str,
    *,
    unit_id: UUID | None,
    target: UUID | None = None,
    reason: str = "",
) -> None:
    """Note in the journal that an actor read something; call it in a short transaction of its own."""
    session.add(
        store.AccessLog(
            at=now_of(session),
            actor_id=actor.id,
            actor_kind=actor.kind,
            unit_id=unit_id,
            action=action,
            target_id=target,
            reason=reason[:500],
        )
    )
    session.flush()


def _check_chain(
    session: Session, chain: UUID, head: tuple[int, str], marks: Mapping[int, str]
) -> tuple[list[Break], int]:
    """Return the breaks of one chain and how many events it has."""
    breaks: list[Break] = []
    seq, previous, count, matched = 0, "", 0, 0
    for event in store.events_of(session, chain):
        count += 1
        here = event.seq or 0
        if here != seq + 1:
            breaks.append(Break("deleted", chain, seq + 1))
        elif event.previous_hash != previous:
            breaks.append(Break("inserted", chain, here, event.id))
        if not hmac.compare_digest(event.own_hash, _event_hash(session, event, here, event.previous_hash)):
            breaks.append(Break("altered", chain, here, event.id))
        if here in marks:
            matched += 1
            if marks[here] != event.own_hash:
                breaks.append(Break("altered", chain, here, event.id))
        seq, previous = here, event.own_hash
    if head[0] > seq or matched < len(marks):
        breaks.append(Break("truncated", chain, seq + 1))
    elif head != (seq, previous):
        breaks.append(Break("inserted" if head[0] < seq else "altered", chain, seq))
    return breaks, count


def _read_seals(session: Session) -> tuple[dict[UUID, dict[int, str]], list[Break]]:
    """Return the hash each seal saw at each place of each chain, and the seals that are not true."""
    marks: dict[UUID, dict[int, str]] = {}
    breaks: list[Break] = []
    number, previous = 0, ""
    for one in store.seals(session):
        expected = _mac(session, "seal", [one.number, instant_text(one.at), one.heads, one.previous_mac])
        if one.number != number + 1 or one.previous_mac != previous or not hmac.compare_digest(expected, one.mac):
            breaks.append(Break("seal", PRODUCT, one.number))
        number, previous = one.number, one.mac
        for chain, (seq, own_hash) in one.heads.items():
            marks.setdefault(UUID(chain), {})[seq] = own_hash
    return marks, breaks


def _event_hash(session: Session, event: store.AuditEvent, seq: int, previous: str) -> str:
    return _mac(
        session,
        "event",
        [
            str(event.id),
            str(event.chain),
            seq,
            instant_text(event.at),
            str(event.actor_id or ""),
            event.actor_kind,
            event.action,
            str(event.target_id or ""),
            event.facts,
            previous,
        ],
    )


def _mac(session: Session, kind: str, content: object) -> str:
    return hmac.new(secret_of(session), f"{kind}\n{canonical(content)}".encode(), hashlib.sha256).hexdigest()


def _fact(name: str, value: object) -> Any:
    """Return a fact as JSON, or refuse what may be somebody's data."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and abs(value) < 1_000_000:
        return value
    if isinstance(value, str) and (not value or _is_code(value)):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_fact(name, item) for item in items]
    raise ValueError(f"the audit keeps ids, codes and hashes: {name} is neither")


def _is_code(text: str) -> bool:
    return len(text) <= 200 and _CODE.fullmatch(text) is not None and _NUMBER.fullmatch(text) is None
