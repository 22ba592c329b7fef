"""Write a release: compare the epoch, keep the contents, move the pointers; the only place that does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.json import Json
from jalon.engines.layering import ABSENT, OpOutcome, Value, differences
from jalon.services import audit
from jalon.services.configuration import levels
from jalon.services.publication.errors import EpochChanged
from jalon.services.publication.model import Published
from jalon.services.publication.planning import Flip, Plan
from jalon.store import configuration as store
from jalon.store import publication as releases
from jalon.store import snapshots
from jalon.store.configuration import Pointer, Revision, RevisionState
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.publication import ConfigConflict, Release
from jalon.store.publication import OpOutcome as OutcomeRow

MAX_SENTENCES = 300


def write_release(
    session: Session,
    actor: Actor,
    plans: Sequence[Plan],
    *,
    origin: str,
    epoch: int,
    unit: Unit | None,
    effective_from: date,
    reason: str,
    title: str = "",
    legal: str = "",
    approver: Actor | None = None,
    pack: str = "",
    undoes: UUID | None = None,
    warnings: Sequence[str] = (),
) -> Published:
    """Make the plans true, all or none; raises EpochChanged when something was published since `epoch`."""
    if not store.advance_epoch(session, epoch):
        raise EpochChanged()
    today = store.today(session, unit.id if unit else None)
    counts = Counter(outcome.state for plan in plans for _, _, outcome in plan.outcomes)
    release = Release(
        number=releases.next_number(session),
        origin=origin,
        state="scheduled" if effective_from > today else "published",
        unit_id=unit.id if unit else None,
        pack=pack,
        title=title or _title(plans, unit),
        reason=reason,
        effective_from=effective_from,
        author_id=actor.id,
        author=actor.name,
        approver_id=approver.id if approver else None,
        at=now_of(session),
        undoes=undoes,
        report={
            "outcomes": dict(counts),
            "conflicts": sum(outcome.open for plan in plans for _, _, outcome in plan.outcomes),
            "sentences": sentences(plans)[:MAX_SENTENCES],
            "warnings": list(warnings),
            "retroactive": origin != "pack" and effective_from < today,
        },
    )
    session.add(release)
    session.flush()
    flips: list[Json] = []
    for plan in plans:
        made = _write_revisions(session, actor, plan, release, today, approver, legal)
        contents = {flip.hash: flip.resolved.document for flip in plan.flips}
        snapshots.keep_all(session, plan.artifact.kind, plan.artifact.key, contents)
        flips += [_move(session, plan, flip, release, made) for flip in plan.flips]
        _write_outcomes(session, plan, release)
    release.flips = flips
    session.flush()
    audit.record(
        session,
        actor,
        "configuration.publiee",
        unit_id=release.unit_id,
        target=release.id,
        origin=origin,
        number=release.number,
        effective_from=effective_from,
        approver=release.approver_id,
        artifacts=sorted({f"{plan.artifact.kind}/{plan.artifact.key}" for plan in plans})[:50],
    )
    return published(release)


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


def sentences(plans: Sequence[Plan]) -> list[str]:
    """Return what the plans change at the levels where they were decided, in French."""
    found: list[str] = []
    for plan in plans:
        for level in plan.changes:
            before, after = plan.before.get(level), plan.after.get(level)
            if before is None and after is not None:
                found.append(f"Nouveau : {plan.artifact.title or plan.artifact.key} ({plan.artifact.kind}).")
            elif before is not None and after is not None:
                found += [one.sentence for one in differences(plan.artifact.kind, before, after)]
    return found


def json_values(**values: Value) -> dict[str, Json]:
    """Return the values there are: what is absent is left out, which null is not."""
    return {name: value for name, value in values.items() if value is not ABSENT}


def _title(plans: Sequence[Plan], unit: Unit | None) -> str:
    names = ", ".join(dict.fromkeys(plan.artifact.title or plan.artifact.key for plan in plans))
    where = unit.title if unit else ""
    return (f"{names} – {where}" if where else names)[:300]


def _write_revisions(
    session: Session,
    actor: Actor,
    plan: Plan,
    release: Release,
    today: date,
    approver: Actor | None,
    legal: str,
) -> dict[UUID | None, Revision]:
    made: dict[UUID | None, Revision] = {}
    for level, change in plan.changes.items():
        waiting = plan.timeline.scheduled_after(level, plan.day)
        _end_before(plan, level, today)
        revision = change.draft or _new_revision(session, actor, plan, level, now_of(session))
        revision.state = RevisionState.SCHEDULED if plan.day > today else RevisionState.PUBLISHED
        revision.ops = levels.documents_of(change.ops)
        if level is None:
            revision.content_hash = snapshots.keep(session, plan.artifact.kind, plan.artifact.key, change.content)
        revision.effective_from = plan.day
        revision.effective_to = min((one.effective_from for one in waiting if one.effective_from), default=None)
        revision.reason = change.reason or release.reason
        revision.legal = legal
        revision.approver_id = approver.id if approver else None
        revision.release_id = release.id
        revision.changed_at = now_of(session)
        session.add(revision)
        session.flush()
        made[level] = revision
    for scheduled_id, ops in plan.carried.items():
        _carry(session, session.get_one(Revision, scheduled_id), levels.documents_of(ops))
    return made


def _end_before(plan: Plan, level: UUID | None, today: date) -> None:
    """End what was in force on the release's first day; what a later date brings is left alone."""
    for old in plan.timeline.revisions:
        starts, ends = old.effective_from, old.effective_to
        if old.unit_id != level or starts is None or starts > plan.day or (ends is not None and ends <= plan.day):
            continue
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


def _move(
    session: Session, plan: Plan, flip: Flip, release: Release, made: Mapping[UUID | None, Revision]
) -> dict[str, Json]:
    """Move one pointer; the one it replaces on the same day stays in the release's own list."""
    artifact = plan.artifact
    pointer = plan.timeline.pointer_on(flip.level, flip.valid_from)
    if pointer is None or pointer.valid_from != flip.valid_from:
        pointer = Pointer(artifact_id=artifact.id, unit_id=flip.level, valid_from=flip.valid_from)
    pointer.hash, pointer.release_id, pointer.aside = flip.hash, release.id, dict(flip.aside)
    pointer.provenance = {
        f"{uid}|{prop}": [[step.unit, step.op] for step in steps if step.op]
        for (uid, prop), steps in flip.resolved.provenance.items()
    }
    pointer.vector = _vector(plan, flip, made)
    session.add(pointer)
    return {
        "kind": artifact.kind,
        "key": artifact.key,
        "unit": str(flip.level) if flip.level else None,
        "from": flip.valid_from.isoformat(),
        "old": flip.old_hash,
        "new": flip.hash,
    }


def _vector(plan: Plan, flip: Flip, made: Mapping[UUID | None, Revision]) -> list[str]:
    """Name the revisions a content was made from, the pack's first."""
    path = plan.units[flip.level].path if flip.level else ""
    line: list[UUID | None] = [None, *(unit.id for unit in plan.units.values() if path.startswith(unit.path))]
    found = (made.get(level) or plan.timeline.revision_on(level, flip.valid_from) for level in line)
    return [str(revision.id) for revision in found if revision is not None]


def _write_outcomes(session: Session, plan: Plan, release: Release) -> None:
    """Keep what must be told or decided; an op that is simply kept is only counted."""
    known = {
        (conflict.unit_id, conflict.op_id): conflict
        for conflict in releases.open_conflicts(session, artifact_id=plan.artifact.id)
    }
    for unit, day, outcome in plan.outcomes:
        if outcome.state == "kept":
            continue
        session.add(
            OutcomeRow(
                release_id=release.id,
                artifact_id=plan.artifact.id,
                unit_id=unit.id,
                op_id=outcome.op.id,
                uid=outcome.op.uid,
                prop=outcome.prop,
                state=outcome.state,
                new_base=json_values(value=outcome.new_base),
                message=outcome.message,
            )
        )
        if outcome.open:
            conflict = known.get((unit.id, outcome.op.id))
            if conflict is None:
                conflict = ConfigConflict(artifact_id=plan.artifact.id, unit_id=unit.id, op_id=outcome.op.id)
                session.add(conflict)
            _describe(conflict, outcome, release, day)
    session.flush()


def _describe(conflict: ConfigConflict, outcome: OpOutcome, release: Release, day: date) -> None:
    conflict.release_id = release.id
    conflict.uid, conflict.prop = outcome.op.uid, outcome.prop
    conflict.kind = outcome.conflict_kind or outcome.state
    conflict.valid_from = day
    conflict.values = json_values(old=outcome.old_base, new=outcome.new_base, local=outcome.local)
    conflict.message = outcome.message
    conflict.applied = outcome.applied
    conflict.state = "open"
