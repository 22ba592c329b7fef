"""Promotion upwards: what a unit added, offered to a level above, which takes it over for everybody below."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import instant_text
from jalon.base.errors import NotFound, Refused
from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.engines.layering import ABSENT, Op, Value
from jalon.engines.layering.fold import effect
from jalon.engines.layering.kinds import adapter
from jalon.services import audit
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.comparing import plain_words
from jalon.services.configuration.reports import additions, label_of
from jalon.services.publication.errors import PublicationRefused
from jalon.services.publication.model import Published, UnitName
from jalon.services.publication.planning import Change, plan_release
from jalon.services.publication.readying import Prepared, ready
from jalon.services.publication.releasing import apply
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store import promotions as rows
from jalon.store.configuration import Artifact
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.promotions import Promotion
from jalon.store.publication import Release


class PromotionRefused(Refused):
    """The item cannot be promoted so."""

    code, message = "promotion.refusee", fr("Cette proposition est refusée : {reason}")


class CountValues(Protocol):
    """Counts the case files of these units that hold a value for an item; the doors give one."""

    def __call__(self, session: Session, kind: str, key: str, uid: str, unit_ids: frozenset[UUID]) -> int:
        """Return the count."""
        ...


@dataclass(frozen=True, slots=True)
class Equivalent:
    """What another unit added under nearly the same label: to be merged, or not, when the item is promoted."""

    unit: UnitName
    uid: str
    label: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """An item offered to a level above: how much it is used, who has its like, what became of it."""

    id: UUID
    kind: str
    key: str
    title: str
    unit: UnitName
    parent: UnitName
    uid: str
    label: str
    note: str
    dossiers: int
    units: int
    equivalents: tuple[Equivalent, ...]
    state: str
    author: str
    at: datetime
    new_uid: str
    decided_by: str
    reason: str


def offer(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    kind: str,
    key: str,
    uid: str,
    *,
    note: str,
    parent_id: UUID | None = None,
    count_values: CountValues | None = None,
) -> Offer:
    """Offer an item a unit added to its parent (or to a unit further above), with a practice note.

    Raises PromotionRefused: not an item of this unit, nobody above, offered already, no note.
    """
    require(actor, "configuration.publier", unit_id, hide=True)
    artifact, unit = levels.known_artifact(session, kind, key), levels.known_unit(session, unit_id)
    if not note.strip():
        raise PromotionRefused(reason="dites à quoi cela sert et comment vous vous en servez.")
    op = _addition(session, artifact, unit, uid)
    parent = _above(session, unit, parent_id)
    waiting = rows.promotions(session, [unit_id], state="offered", artifact_id=artifact.id)
    if any(one.uid == uid and one.unit_id == unit_id for one in waiting):
        raise PromotionRefused(reason="cet élément est déjà proposé.")
    below = organisations.subtree_ids(session, unit)
    row = Promotion(
        artifact_id=artifact.id,
        unit_id=unit_id,
        parent_id=parent.id,
        uid=uid,
        label=label_of(op) or uid,
        note=note.strip(),
        figures={
            "dossiers": count_values(session, kind, key, uid, below) if count_values else 0,
            "units": len(below),
        },
        author_id=actor.id,
        author=actor.name,
        at=now_of(session),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "promotion.proposee", unit_id=unit_id, target=row.id, uid=uid)
    return _offer(session, row)


def offers(session: Session, unit_id: UUID, *, state: str = "offered") -> list[Offer]:
    """Return what a unit offered and what it was offered, oldest first; in every state when `state` is empty."""
    return [_offer(session, row) for row in rows.promotions(session, [unit_id], state=state)]


def count_offered(session: Session, unit_id: UUID) -> int:
    """Count what waits for the answer of a unit."""
    return sum(row.parent_id == unit_id for row in rows.promotions(session, [unit_id], state="offered"))


def decline(session: Session, actor: Actor, offer_id: UUID, reason: str) -> None:
    """Decline an offer, with a reason that its author reads."""
    row = _mine(session, actor, offer_id)
    if not reason.strip():
        raise PromotionRefused(reason="dites pourquoi, ceux qui l’ont proposé le liront.")
    _decide(session, actor, row, "declined", reason)


def accept(
    session: Session, actor: Actor, offer_id: UUID, *, reason: str, merged: Sequence[str] = (), on: date | None = None
) -> Published:
    """Prepare and apply in one session, see `prepare_acceptance`."""
    return apply(session, actor, prepare_acceptance(session, actor, offer_id, reason=reason, merged=merged, on=on))


def prepare_acceptance(
    session: Session, actor: Actor, offer_id: UUID, *, reason: str, merged: Sequence[str] = (), on: date | None = None
) -> Prepared:
    """Compute the release by which a level takes an item over under its own name; writes nothing, `apply` does.

    The former name becomes an alias: the unit's own addition converges, what was kept under it is read through.
    `merged` names equivalents of other units that become the same item; where their settings differ, a conflict says
    so. Raises PromotionRefused or PublicationRefused.
    """
    row = _mine(session, actor, offer_id)
    artifact = session.get_one(Artifact, row.artifact_id)
    unit, parent = session.get_one(Unit, row.unit_id), session.get_one(Unit, row.parent_id)
    op = _addition(session, artifact, unit, row.uid)
    known = {one.uid for one in _equivalents(session, artifact, row)}
    if strangers := [uid for uid in merged if uid not in known]:
        raise PromotionRefused(reason=f"« {strangers[0]} » n’est pas un équivalent de cet élément.")
    day = on or store.today(session, parent.id)
    revision = levels.latest_revision(session, artifact.id, parent.id, day)
    before = levels.ops_of(revision.ops) if revision else ()
    new_uid = _name_above(op.uid, unit, parent)
    if any(one.uid == new_uid for one in before):
        raise PromotionRefused(reason=f"« {new_uid} » existe déjà à ce niveau.")
    taken = replace(
        op,
        id=new_id().hex[-16:],
        uid=new_uid,
        value=_present_value(session, artifact, unit, op),
        author=actor.name,
        reason=reason,
        at=instant_text(now_of(session)),
        seen=ABSENT,
    )
    aliases = dict.fromkeys((row.uid, *merged), new_uid)
    facts = levels.facts_for(session, artifact.kind, artifact.key)
    change = Change(parent, (*before, taken), fresh=True, reason=reason)
    plan = plan_release(session, artifact, [change], day, facts, aliases=aliases)
    if plan.refused:
        raise PromotionRefused(reason=plan.refused[0].message)
    problems = [problem for problem in plan.problems if problem.severity == "error"]
    if problems:
        raise PublicationRefused(problems)

    def settle(session: Session, actor: Actor, release: Release) -> None:
        session.get_one(Artifact, artifact.id).aliases = dict(plan.aliases)
        accepted = session.get_one(Promotion, offer_id)
        accepted.new_uid, accepted.release_id = new_uid, release.id
        _decide(session, actor, accepted, "accepted", reason)

    return ready(
        session,
        [plan],
        origin="promotion",
        epoch=store.epoch(session),
        unit=parent,
        effective_from=day,
        reason=reason,
        title=f"« {row.label} » de {unit.title} repris par {parent.title}"[:300],
        settle=settle,
    )


def _mine(session: Session, actor: Actor, offer_id: UUID) -> Promotion:
    row = session.get(Promotion, offer_id)
    if row is None:
        raise NotFound(id=offer_id)
    require(actor, "configuration.publier", row.parent_id, hide=True)
    if row.state != "offered":
        raise PromotionRefused(reason="quelqu’un a déjà répondu.")
    return row


def _decide(session: Session, actor: Actor, row: Promotion, state: str, reason: str) -> None:
    row.state, row.reason, row.decided_by, row.decided_at = state, reason, actor.name, now_of(session)
    session.flush()
    audit.record(session, actor, f"promotion.{state}", unit_id=row.parent_id, target=row.id)


def _addition(session: Session, artifact: Artifact, unit: Unit, uid: str) -> Op:
    """Return the op by which a unit added an item."""
    revision = levels.latest_revision(session, artifact.id, unit.id)
    for op in levels.ops_of(revision.ops) if revision else ():
        if op.verb == "add" and op.uid == uid:
            return op
    raise PromotionRefused(reason=f"« {uid} » n’a pas été ajouté par {unit.title}.")


def _above(session: Session, unit: Unit, parent_id: UUID | None) -> Unit:
    line = [one for one in organisations.ancestors(session, unit) if one.id != unit.id]
    if not line:
        raise PromotionRefused(reason="il n’y a pas de niveau au-dessus.")
    found = line[-1] if parent_id is None else next((one for one in line if one.id == parent_id), None)
    if found is None:
        raise PromotionRefused(reason="ce niveau n’est pas au-dessus du vôtre.")
    return found


def _name_above(uid: str, unit: Unit, parent: Unit) -> str:
    """Return the name of an item once it belongs to a level above: each level's names bear its code."""
    return uid.replace(f"{unit.code}__", f"{parent.code}__", 1)


def _present_value(session: Session, artifact: Artifact, unit: Unit, op: Op) -> Value:
    """Return an added item as its unit has it now, its own later changes included."""
    value = dict(op.value) if isinstance(op.value, dict) else {}
    revision = levels.latest_revision(session, artifact.id, unit.id)
    for other in levels.ops_of(revision.ops) if revision else ():
        written = effect(adapter(artifact.kind), other) if other.uid == op.uid and other.verb != "add" else None
        if written is None:
            continue
        prop, new = written
        if new is ABSENT:
            value.pop(prop, None)
        else:
            value[prop] = new
    return value


def _equivalents(session: Session, artifact: Artifact, row: Promotion) -> list[Equivalent]:
    """Return what other units below the parent added under nearly the same label."""
    parent = session.get_one(Unit, row.parent_id)
    ids = organisations.subtree_ids(session, parent) - {row.unit_id, row.parent_id}
    wanted = plain_words(row.label)
    own = next((op for op in _ops_of(session, artifact, row.unit_id) if op.verb == "add" and op.uid == row.uid), None)
    return [
        Equivalent(
            UnitName(unit.id, unit.code, unit.title),
            op.uid,
            label_of(op),
            own is not None and op.value == own.value,
        )
        for unit, op in additions(session, artifact, ids, lambda label: plain_words(label) == wanted)
    ]


def _ops_of(session: Session, artifact: Artifact, unit_id: UUID) -> tuple[Op, ...]:
    revision = levels.latest_revision(session, artifact.id, unit_id)
    return levels.ops_of(revision.ops) if revision else ()


def _offer(session: Session, row: Promotion) -> Offer:
    artifact = session.get_one(Artifact, row.artifact_id)
    unit, parent = session.get_one(Unit, row.unit_id), session.get_one(Unit, row.parent_id)
    return Offer(
        id=row.id,
        kind=artifact.kind,
        key=artifact.key,
        title=artifact.title or artifact.key,
        unit=UnitName(unit.id, unit.code, unit.title),
        parent=UnitName(parent.id, parent.code, parent.title),
        uid=row.uid,
        label=row.label,
        note=row.note,
        dossiers=int(row.figures.get("dossiers", 0)),
        units=int(row.figures.get("units", 0)),
        equivalents=tuple(_equivalents(session, artifact, row)) if row.state == "offered" else (),
        state=row.state,
        author=row.author,
        at=row.at,
        new_uid=row.new_uid,
        decided_by=row.decided_by,
        reason=row.reason,
    )
