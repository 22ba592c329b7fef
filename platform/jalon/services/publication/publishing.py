"""Publish drafts: impact, second reader, publication, scheduled publication."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Required, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import NotFound
from jalon.engines.layering import Op
from jalon.services import audit
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.draftviews import outdated, standpoint
from jalon.services.configuration.errors import DraftClosed
from jalon.services.publication.errors import (
    DraftOutdated,
    EpochChanged,
    NothingToPublish,
    PublicationRefused,
    ScenariosFail,
)
from jalon.services.publication.impacting import describe
from jalon.services.publication.model import CountRunningWork, Impact, Published
from jalon.services.publication.planning import Change, Plan, plan_release
from jalon.services.publication.readying import Prepared, ready
from jalon.services.publication.rehearsing import Rehearsal, Workshop, rehearse
from jalon.services.publication.releasing import apply, draft_changed, published
from jalon.services.publication.reviewing import check_readers
from jalon.store import configuration as store
from jalon.store import publication as releases
from jalon.store.configuration import Artifact, Revision, RevisionState
from jalon.store.organisations import Unit


class Terms(TypedDict, total=False):
    """How drafts are published: what `prepare` takes, for those who pass it on."""

    effective_from: Required[date]
    reason: Required[str]
    approver: Actor | None
    legal: str
    epoch: int | None
    versions: Mapping[UUID, int] | None
    workshop: Workshop | None
    acknowledge: str


def impact(
    session: Session,
    actor: Actor,
    draft_ids: Sequence[UUID],
    *,
    effective_from: date | None = None,
    count_running: CountRunningWork | None = None,
    workshop: Workshop | None = None,
) -> Impact:
    """Return what publishing these drafts would do; with a workshop, scenarios are played; writes nothing."""
    epoch = store.epoch(session)
    drafts = _drafts(session, actor, draft_ids, "configuration.voir")
    day = effective_from or store.today(session, drafts[0].unit_id)
    plans = _plans(session, drafts, day)
    found = rehearse(session, plans, workshop) if workshop else Rehearsal()
    return replace(
        describe(session, plans, day, epoch, count_running),
        failing_scenarios=tuple(found.failing),
        scenarios_played=found.played + found.known,
        scenarios_left_out=found.left_out,
    )


def submit_for_review(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> None:
    """Ask for a second reader: the draft waits, still open to changes."""
    draft = _drafts(session, actor, [draft_id], "configuration.modifier")[0]
    if not store.claim(session, draft.id, row_version):
        raise draft_changed(session, draft)
    draft.state = RevisionState.IN_REVIEW
    session.flush()
    audit.record(session, actor, "brouillon.a_relire", unit_id=draft.unit_id, target=draft.id)


def prepare(
    session: Session,
    actor: Actor,
    draft_ids: Sequence[UUID],
    *,
    effective_from: date,
    reason: str,
    approver: Actor | None = None,
    legal: str = "",
    epoch: int | None = None,
    versions: Mapping[UUID, int] | None = None,
    workshop: Workshop | None = None,
    acknowledge: str = "",
) -> Prepared:
    """Compute and check the publication of drafts, together or not at all; writes nothing, `apply` does.

    Raises EpochChanged, DraftOutdated, PublicationRefused, NothingToPublish, SecondReaderNeeded; DraftChanged when
    the drafts are not at the `versions` somebody read; with a workshop, ScenariosFail unless the reason given in
    `acknowledge` says why scenarios that held may fail. A future date schedules: pointers wait for it. A past date is
    allowed and reported as retroactive.
    """
    present = store.epoch(session)
    if epoch is not None and epoch != present:
        raise EpochChanged()
    drafts = _drafts(session, actor, draft_ids, "configuration.publier")
    reader = check_readers(session, drafts, actor, approver)
    for draft in drafts:
        if versions is not None and versions.get(draft.id) != draft.row_version:
            raise draft_changed(session, draft)
        _check_not_outdated(session, draft)
    plans = _plans(session, drafts, effective_from)
    _check(plans)
    warnings = _rehearsed(session, plans, workshop, acknowledge)
    return ready(
        session,
        plans,
        origin="publication",
        epoch=present,
        unit=_common_unit(session, drafts),
        effective_from=effective_from,
        reason=reason,
        legal=legal,
        approver=reader,
        warnings=warnings,
        claims={draft.id: draft.row_version for draft in drafts},
    )


def publish(session: Session, actor: Actor, draft_ids: Sequence[UUID], **terms: Unpack[Terms]) -> Published:
    """Prepare and apply in one session: for callers whose transaction may last; see `publish_with`."""
    return apply(session, actor, prepare(session, actor, draft_ids, **terms))


def publish_due(session: Session, now: datetime) -> list[Published]:
    """Put in force the scheduled releases whose date has come in their unit's zone."""
    done = []
    for release in releases.scheduled(session):
        if release.effective_from > civil_date(now, store.zone_of(session, release.unit_id)):
            continue
        for revision in store.revisions_of_release(session, release.id):
            if revision.state is RevisionState.SCHEDULED:
                revision.state = RevisionState.PUBLISHED
                _supersede_before(session, revision)
        release.state = "published"
        session.flush()
        done.append(published(release))
    return done


def _supersede_before(session: Session, revision: Revision) -> None:
    for old in store.revisions(session, revision.artifact_id, [RevisionState.PUBLISHED], units=[revision.unit_id]):
        starts = revision.effective_from
        if old.id != revision.id and old.effective_to is not None and starts is not None and old.effective_to <= starts:
            old.state = RevisionState.SUPERSEDED


def _drafts(session: Session, actor: Actor, draft_ids: Sequence[UUID], permission: str) -> list[Revision]:
    """Return open drafts where the actor may do this; raises NotFound, Forbidden or DraftClosed."""
    found = []
    for draft_id in dict.fromkeys(draft_ids):
        draft = session.get(Revision, draft_id, populate_existing=True)
        if draft is None or draft.unit_id is None:
            raise NotFound(id=draft_id)
        require(actor, permission, draft.unit_id, hide=True)
        if draft.state not in store.OPEN:
            raise DraftClosed()
        found.append(draft)
    if not found:
        raise NothingToPublish()
    return found


def _plans(session: Session, drafts: Sequence[Revision], day: date) -> list[Plan]:
    changes: dict[UUID, list[Change]] = {}
    for draft in drafts:
        unit = session.get_one(Unit, draft.unit_id)
        change = Change(unit, levels.draft_ops(session, draft, day), draft=draft)
        changes.setdefault(draft.artifact_id, []).append(change)
    plans = []
    for artifact_id, found in changes.items():
        artifact = session.get_one(Artifact, artifact_id)
        facts = levels.facts_for(session, artifact.kind, artifact.key)
        plans.append(plan_release(session, artifact, found, day, facts))
    return plans


def _check(plans: Sequence[Plan]) -> None:
    """Refuse what has errors, what is outdated, and what changes nothing."""
    refused = [outcome for plan in plans for outcome in plan.refused]
    if refused:
        raise DraftOutdated(refused)
    problems = [problem for plan in plans for problem in plan.problems if problem.severity == "error"]
    if problems:
        raise PublicationRefused(problems)
    if not any(_says_something(plan) for plan in plans):
        raise NothingToPublish()


def _rehearsed(session: Session, plans: Sequence[Plan], workshop: Workshop | None, acknowledge: str) -> list[str]:
    """Play the scenarios; return what the release must say of those that fail although it was made."""
    if workshop is None:
        return []
    found = rehearse(session, plans, workshop)
    broken = [one for one in found.failing if not one.was_failing]
    if broken and not acknowledge.strip():
        raise ScenariosFail(broken)
    said = [f"{one.sentence} – accepté : {acknowledge.strip()}" for one in broken]
    if found.left_out:
        said.append(f"{found.left_out} combinaison(s) n’ont pas été rejouées avec les scénarios.")
    return said


def _says_something(plan: Plan) -> bool:
    """Tell whether a plan changes the ops of a level, which a lock may do without changing any content."""
    for level, change in plan.changes.items():
        if level is None:
            return bool(plan.flips)
        before: tuple[Op, ...] = plan.timeline.all_ops_on(level, plan.day)
        if [op.id for op in before] != [op.id for op in change.ops]:
            return True
    return False


def _check_not_outdated(session: Session, draft: Revision) -> None:
    place = standpoint(session, draft)
    ops = levels.draft_ops(session, draft)
    known = {op.id for op in place.published_ops}
    found = outdated(place, ops, tuple(op for op in ops if op.id not in known))
    if found:
        raise DraftOutdated(found)


def _common_unit(session: Session, drafts: Sequence[Revision]) -> Unit:
    """Return the highest unit of a release: its zone says when a date begins."""
    units = [session.get_one(Unit, draft.unit_id) for draft in drafts]
    return min(units, key=lambda unit: len(unit.path))
