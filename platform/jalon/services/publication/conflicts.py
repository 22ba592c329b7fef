"""Conflicts between levels: listed in groups, decided one by one or together."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import instant_text
from jalon.base.errors import NotFound, Refused
from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.engines.layering import ABSENT, Op, Value
from jalon.services import audit
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.publication.errors import PublicationRefused
from jalon.services.publication.model import Choice, Conflict, UnitName
from jalon.services.publication.planning import Change, Plan, plan_release
from jalon.services.publication.readying import Prepared, Settle, ready
from jalon.services.publication.releasing import apply
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store import publication as releases
from jalon.store.configuration import Artifact
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.publication import ConfigConflict, Release


class DecisionRefused(Refused):
    """A conflict cannot be decided so."""

    code, message = "conflit.decision_refusee", fr("Cette décision est refusée : {reason}")


def conflicts(session: Session, unit_id: UUID | None = None, *, below: bool = False) -> list[Conflict]:
    """Return the conflicts to decide at a unit (and below it); every one without a unit."""
    ids: frozenset[UUID] | None = None
    if unit_id is not None:
        unit = levels.known_unit(session, unit_id)
        ids = organisations.subtree_ids(session, unit) if below else frozenset({unit_id})
    rows = releases.open_conflicts(session, ids)
    names = releases.artifact_names(session, {row.artifact_id for row in rows})
    units = {unit.id: unit for unit in organisations.units(session, {row.unit_id for row in rows})}
    numbers = releases.numbers(session, {row.release_id for row in rows})
    return [_conflict(row, names[row.artifact_id], units[row.unit_id], numbers[row.release_id]) for row in rows]


def decide_conflict(
    session: Session, actor: Actor, conflict_id: UUID, choice: Choice, reason: str, value: Value = ABSENT
) -> None:
    """Decide a conflict: keep one's own value, take the new one, merge into `value`, or ask the level above."""
    decide_conflicts(session, actor, [conflict_id], choice, reason, value)


def decide_conflicts(
    session: Session, actor: Actor, conflict_ids: Sequence[UUID], choice: Choice, reason: str, value: Value = ABSENT
) -> int:
    """Decide a group of conflicts alike, all or none, and return how many were."""
    _check_choice(choice, reason, value)
    if choice != "ask_parent":
        apply(session, actor, prepare_decisions(session, actor, conflict_ids, choice, reason, value))
        return len(dict.fromkeys(conflict_ids))
    rows = [_mine(session, actor, one) for one in dict.fromkeys(conflict_ids)]
    _mark(session, actor, rows, choice, reason)
    return len(rows)


def prepare_decisions(
    session: Session, actor: Actor, conflict_ids: Sequence[UUID], choice: Choice, reason: str, value: Value = ABSENT
) -> Prepared:
    """Compute the release that decides a group of conflicts alike; writes nothing, `apply` does."""
    _check_choice(choice, reason, value)
    if choice == "ask_parent":
        raise DecisionRefused(reason="demander au niveau au-dessus ne publie rien.")
    rows = [_mine(session, actor, one) for one in dict.fromkeys(conflict_ids)]
    ids = [row.id for row in rows]

    def settle(session: Session, actor: Actor, _release: Release) -> None:
        _mark(session, actor, [session.get_one(ConfigConflict, one) for one in ids], choice, reason)

    return _prepared(session, actor, rows, choice, reason, value, settle)


def _check_choice(choice: Choice, reason: str, value: Value) -> None:
    if not reason.strip():
        raise DecisionRefused(reason="dites pourquoi, les autres niveaux le liront.")
    if choice == "merge" and value is ABSENT:
        raise DecisionRefused(reason="une fusion demande la valeur à retenir.")


def _mark(session: Session, actor: Actor, rows: Sequence[ConfigConflict], choice: Choice, reason: str) -> None:
    """Write who decided what, and why."""
    for row in rows:
        row.state = "asked" if choice == "ask_parent" else "decided"
        row.choice, row.reason, row.decided_by, row.decided_at = choice, reason, actor.name, now_of(session)
        audit.record(session, actor, "conflit.decide", unit_id=row.unit_id, target=row.id, choice=choice)
    session.flush()


def _mine(session: Session, actor: Actor, conflict_id: UUID) -> ConfigConflict:
    row = session.get(ConfigConflict, conflict_id)
    if row is None:
        raise NotFound(id=conflict_id)
    require(actor, "configuration.publier", row.unit_id, hide=True)
    if row.state == "decided":
        raise DecisionRefused(reason="quelqu’un a déjà décidé.")
    return row


def _prepared(
    session: Session,
    actor: Actor,
    rows: Sequence[ConfigConflict],
    choice: Choice,
    reason: str,
    value: Value,
    settle: Settle,
) -> Prepared:
    """Return what was decided, as one release."""
    epoch = store.epoch(session)
    by_artifact: dict[UUID, list[ConfigConflict]] = {}
    for row in rows:
        by_artifact.setdefault(row.artifact_id, []).append(row)
    plans = []
    for artifact_id, found in by_artifact.items():
        artifact = session.get_one(Artifact, artifact_id)
        changes = _changes(session, actor, found, choice, reason, value)
        day = max([store.today(session, found[0].unit_id), *(row.valid_from for row in found)])
        facts = levels.facts_for(session, artifact.kind, artifact.key)
        plans.append(plan_release(session, artifact, changes, day, facts))
    _check(plans)
    units = [session.get_one(Unit, one) for one in dict.fromkeys(row.unit_id for row in rows)]
    return ready(
        session,
        plans,
        origin="decision",
        epoch=epoch,
        unit=min(units, key=lambda unit: len(unit.path)),
        effective_from=max(plan.day for plan in plans),
        reason=reason,
        concerned=_answering(session, units),
        settle=settle,
    )


def _answering(session: Session, units: Sequence[Unit]) -> list[Unit]:
    """Return the units that answer for a decision: each, and the nearest one above them all when there are several."""
    if len(units) == 1:
        return list(units)
    line: list[str] = []
    for codes in zip(*(unit.codes for unit in units), strict=False):
        if len(set(codes)) > 1:
            break
        line.append(codes[0])
    above = organisations.unit_by_code(session, line[-1]) if line else None
    return list({unit.id: unit for unit in ([above] if above else []) + list(units)}.values())


def _check(plans: Sequence[Plan]) -> None:
    refused = [one for plan in plans for one in plan.refused]
    if refused:
        raise DecisionRefused(reason=refused[0].message)
    problems = [problem for plan in plans for problem in plan.problems if problem.severity == "error"]
    if problems:
        raise PublicationRefused(problems)


def _changes(
    session: Session, actor: Actor, rows: Sequence[ConfigConflict], choice: Choice, reason: str, value: Value
) -> list[Change]:
    by_unit: dict[UUID, list[ConfigConflict]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row)
    changes = []
    for unit_id, found in by_unit.items():
        unit = session.get_one(Unit, unit_id)
        revision = levels.latest_revision(session, found[0].artifact_id, unit_id)
        ops = levels.ops_of(revision.ops) if revision else ()
        doubts = {row.op_id: row for row in found}
        decided = (_decided(op, doubts.get(op.id), choice, actor.name, reason, value, session) for op in ops)
        kept = tuple(op for op in decided if op is not None)
        gone = {op.uid for op in ops if op.id in doubts and op.verb == "add" and choice == "take_new"}
        changes.append(Change(unit, tuple(op for op in kept if op.uid not in gone), fresh=True, reason=reason))
    return changes


def _decided(
    op: Op, doubt: ConfigConflict | None, choice: Choice, author: str, reason: str, value: Value, session: Session
) -> Op | None:
    """Return the op as decided: made again on what the level above now says, or nothing."""
    if doubt is None:
        return op
    if choice == "take_new":
        return None
    seen = doubt.values.get("new", ABSENT)
    again = replace(
        op, id=new_id().hex[-16:], seen=seen, author=author, reason=reason, at=instant_text(now_of(session))
    )
    return replace(again, value=value) if choice == "merge" else again


def _conflict(row: ConfigConflict, name: tuple[str, str, str], unit: Unit, number: int) -> Conflict:
    kind, key, title = name
    return Conflict(
        id=row.id,
        unit=UnitName(unit.id, unit.code, unit.title),
        kind=kind,
        key=key,
        title=title or key,
        uid=row.uid,
        prop=row.prop,
        conflict_kind=row.kind,
        old=row.values.get("old", ABSENT),
        new=row.values.get("new", ABSENT),
        local=row.values.get("local", ABSENT),
        message=row.message,
        applied=row.applied,
        state=row.state,
        group=f"{kind}/{key}/{row.uid}/{row.prop}/{row.kind}",
        valid_from=row.valid_from,
        release_number=number,
        deadline=row.deadline,
    )
