"""Write a prepared release: one short transaction, the only place that does."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.json import Json
from jalon.engines.layering import ABSENT, OpOutcome, Value
from jalon.services import audit
from jalon.services.configuration import levels
from jalon.services.configuration.errors import DraftChanged, DraftClosed
from jalon.services.publication.errors import EpochChanged, SecondReaderNeeded
from jalon.services.publication.model import Published
from jalon.services.publication.planning import Plan
from jalon.services.publication.readying import Move, Prepared
from jalon.services.publication.telling import tell_later
from jalon.store import configuration as store
from jalon.store import publication as releases
from jalon.store import snapshots
from jalon.store.configuration import Artifact, Revision, RevisionState
from jalon.store.database import now_of
from jalon.store.publication import Release


def apply(session: Session, actor: Actor, prepared: Prepared) -> Published:
    """Write a prepared release, all or nothing, and fast: compare the epoch, insert, move the pointers.

    Raises EpochChanged when something was published since it was prepared, DraftChanged when a draft moved,
    SecondReaderNeeded when a level demands one and nobody else read it.
    """
    if prepared.demanding and prepared.approver_id is None:
        raise SecondReaderNeeded()
    if not store.advance_epoch(session, prepared.epoch):
        raise EpochChanged()
    for draft_id, row_version in prepared.claims.items():
        if not store.claim(session, draft_id, row_version):
            raise draft_changed(session, session.get_one(Revision, draft_id))
    release = Release(
        number=releases.next_number(session),
        origin=prepared.origin,
        state="scheduled" if prepared.effective_from > prepared.today else "published",
        unit_id=prepared.unit_id,
        pack=prepared.pack,
        title=prepared.title,
        reason=prepared.reason,
        effective_from=prepared.effective_from,
        author_id=actor.id,
        author=actor.name,
        approver_id=prepared.approver_id,
        at=now_of(session),
        undoes=prepared.undoes,
        report=dict(prepared.report),
    )
    session.add(release)
    session.flush()
    flips: list[Json] = []
    for plan, bodies, moves in zip(prepared.plans, prepared.bodies, prepared.moves, strict=True):
        if session.get(Artifact, plan.artifact.id) is None:
            session.add(plan.artifact)  # what a pack brings for the first time was planned before it had a row
            session.flush()
        snapshots.keep_bodies(session, plan.artifact.kind, plan.artifact.key, bodies)
        made = _write_revisions(session, actor, plan, release, prepared)
        flips += _move_all(session, plan, moves, release, made)
        _write_outcomes(session, plan, release)
    release.flips = flips
    session.flush()
    if prepared.settle is not None:
        prepared.settle(session, actor, release)
        session.flush()
    tell_later(session, release)
    audit.record(
        session,
        actor,
        "configuration.publiee",
        unit_id=release.unit_id,
        target=release.id,
        origin=release.origin,
        number=release.number,
        effective_from=release.effective_from,
        approver=release.approver_id,
        artifacts=sorted({f"{plan.artifact.kind}/{plan.artifact.key}" for plan in prepared.plans})[:50],
    )
    return published(release)


def draft_changed(session: Session, draft: Revision) -> DraftChanged | DraftClosed:
    """Say who changed a draft since it was read, or that it is over."""
    session.refresh(draft)
    if draft.state not in store.OPEN:
        return DraftClosed()
    who = draft.changes[-1]["author"] if draft.changes else draft.author
    return DraftChanged(who=who, theirs=(), mine=(), row_version=draft.row_version)


def published(release: Release) -> Published:
    """Return what a release says of itself."""
    report = release.report
    return Published(
        id=release.id,
        number=release.number,
        origin=release.origin,
        state=release.state,
        title=release.title,
        reason=release.reason,
        author=release.author,
        unit_id=release.unit_id,
        effective_from=release.effective_from,
        at=release.at,
        flips=len(release.flips),
        outcomes=report.get("outcomes", {}),
        conflicts=report.get("conflicts", 0),
        sentences=tuple(report.get("sentences", ())),
        warnings=tuple(report.get("warnings", ())),
        retroactive=bool(report.get("retroactive")),
    )


def json_values(**values: Value) -> dict[str, Json]:
    """Return the values there are: what is absent is left out, which null is not."""
    return {name: value for name, value in values.items() if value is not ABSENT}


def _write_revisions(
    session: Session, actor: Actor, plan: Plan, release: Release, prepared: Prepared
) -> dict[UUID | None, UUID]:
    made: dict[UUID | None, UUID] = {}
    for level, change in plan.changes.items():
        waiting = plan.timeline.scheduled_after(level, plan.day)
        _end_before(session, plan, level, prepared.today)
        if change.draft is not None:
            revision = session.get_one(Revision, change.draft.id)
        else:
            revision = _new_revision(session, actor, plan, level, now_of(session))
        revision.state = RevisionState.SCHEDULED if plan.day > prepared.today else RevisionState.PUBLISHED
        revision.ops = levels.documents_of(change.ops)
        if level is None:
            revision.content_hash = snapshots.keep(session, plan.artifact.kind, plan.artifact.key, change.content)
        revision.effective_from = plan.day
        revision.effective_to = min((one.effective_from for one in waiting if one.effective_from), default=None)
        revision.reason = change.reason or release.reason
        revision.legal = prepared.legal
        revision.approver_id = prepared.approver_id
        revision.release_id = release.id
        revision.changed_at = now_of(session)
        session.add(revision)
        session.flush()
        made[level] = revision.id
    for scheduled_id, ops in plan.carried.items():
        _carry(session, session.get_one(Revision, scheduled_id), levels.documents_of(ops))
    return made


def _end_before(session: Session, plan: Plan, level: UUID | None, today: date) -> None:
    """End what was in force on the release's first day; what a later date brings is left alone."""
    for known in plan.timeline.revisions:
        starts, ends = known.effective_from, known.effective_to
        if known.unit_id != level or starts is None or starts > plan.day or (ends is not None and ends <= plan.day):
            continue
        old = session.get_one(Revision, known.id)
        old.effective_to = plan.day
        if plan.day <= today:
            old.state = RevisionState.SUPERSEDED


def _new_revision(session: Session, actor: Actor, plan: Plan, level: UUID | None, now: datetime) -> Revision:
    current = plan.timeline.revision_on(level, plan.day)
    return Revision(
        artifact_id=plan.artifact.id,
        unit_id=level,
        number=store.next_number(session, plan.artifact.id, level),
        based_on=current.id if current else None,
        author_id=actor.id,
        author=actor.name,
        created_at=now,
        changed_at=now,
    )


def _carry(session: Session, scheduled: Revision, ops: list[Json]) -> None:
    """Replace a scheduled revision by one that also holds what was just published before its date."""
    if ops == scheduled.ops:
        return
    session.add(
        Revision(
            artifact_id=scheduled.artifact_id,
            unit_id=scheduled.unit_id,
            number=store.next_number(session, scheduled.artifact_id, scheduled.unit_id),
            state=scheduled.state,
            ops=ops,
            based_on=scheduled.id,
            effective_from=scheduled.effective_from,
            effective_to=scheduled.effective_to,
            author_id=scheduled.author_id,
            author=scheduled.author,
            approver_id=scheduled.approver_id,
            reason=scheduled.reason,
            legal=scheduled.legal,
            release_id=scheduled.release_id,
            created_at=scheduled.created_at,
            changed_at=now_of(session),
        )
    )
    scheduled.state = RevisionState.WITHDRAWN
    session.flush()


def _move_all(
    session: Session, plan: Plan, moves: Sequence[Move], release: Release, made: Mapping[UUID | None, UUID]
) -> list[Json]:
    """Move the pointers; the one a move replaces on the same day stays in the release's own list."""
    artifact = plan.artifact
    flips: list[Json] = []
    added, moved = [], []
    for move in moves:
        pointer = {
            "hash": move.hash,
            "release_id": release.id,
            "aside": dict(move.aside),
            "provenance": move.provenance,
            "vector": [str(made.get(one, one)) for one in move.vector],
        }
        if move.pointer_id:
            moved.append({**pointer, "id": move.pointer_id})
        else:
            place = {"artifact_id": artifact.id, "unit_id": move.level, "valid_from": move.valid_from}
            added.append({**pointer, **place})
        flips.append(
            {
                "kind": artifact.kind,
                "key": artifact.key,
                "unit": str(move.level) if move.level else None,
                "from": move.valid_from.isoformat(),
                "old": move.old_hash,
                "new": move.hash,
            }
        )
    store.write_pointers(session, added, moved)
    return flips


def _write_outcomes(session: Session, plan: Plan, release: Release) -> None:
    """Keep what must be told or decided; an op that is simply kept is only counted."""
    known = {
        (conflict.unit_id, conflict.op_id): conflict
        for conflict in releases.open_conflicts(session, artifact_id=plan.artifact.id)
    }
    told: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    for unit, day, outcome in plan.outcomes:
        if outcome.state == "kept":
            continue
        place = {"artifact_id": plan.artifact.id, "unit_id": unit.id, "op_id": outcome.op.id}
        told.append({**place, **_outcome(outcome, release)})
        if not outcome.open:
            continue
        conflict = known.get((unit.id, outcome.op.id))
        if conflict is None:
            doubts.append({**place, **_doubt(outcome, release, day)})
        else:
            for name, value in _doubt(outcome, release, day).items():
                setattr(conflict, name, value)
    releases.write_outcomes(session, told, doubts)


def _outcome(outcome: OpOutcome, release: Release) -> dict[str, Any]:
    return {
        "release_id": release.id,
        "uid": outcome.op.uid,
        "prop": outcome.prop,
        "state": outcome.state,
        "new_base": json_values(value=outcome.new_base),
        "message": outcome.message,
    }


def _doubt(outcome: OpOutcome, release: Release, day: date) -> dict[str, Any]:
    return {
        "release_id": release.id,
        "uid": outcome.op.uid,
        "prop": outcome.prop,
        "kind": outcome.conflict_kind or outcome.state,
        "valid_from": day,
        "values": json_values(old=outcome.old_base, new=outcome.new_base, local=outcome.local),
        "message": outcome.message,
        "applied": outcome.applied,
        "state": "open",
    }
