"""Say what a release would do, before it does."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines.layering import Difference, OpOutcome, differences, highest_class
from jalon.engines.layering.kinds import adapter
from jalon.services.publication.model import (
    ArtifactImpact,
    CountRunningWork,
    Impact,
    Overriding,
    RunningWork,
    UnitName,
)
from jalon.services.publication.planning import Plan
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.organisations import Unit

POLICIES = {
    None: "Rien ne change pour le travail en cours.",
    "cosmetic": "Les tâches ouvertes montrent le nouveau texte à leur prochain affichage.",
    "compatible": (
        "Les tâches pas encore ouvertes utilisent la nouvelle version ; les brouillons sont gardés et relus avec elle."
    ),
    "constraining": (
        "Seules les tâches créées à partir de la date d’effet utilisent la nouvelle version ; celles déjà ouvertes "
        "gardent la leur, avec un bandeau."
    ),
    "breaking": "Le travail en cours reste sur sa version ; l’en faire changer demande un plan de migration.",
}
"""What running work does, by class of change."""


def describe(
    session: Session, plans: Sequence[Plan], day: date, epoch: int, count_running: CountRunningWork | None
) -> Impact:
    """Return the impact of these plans."""
    reached: dict[UUID, Unit] = {}
    artifacts = []
    for plan in plans:
        below = _below(session, plan)
        reached |= {unit.id: unit for unit in below}
        artifacts.append(_artifact(session, plan, below, count_running))
    problems = tuple(problem for plan in plans for problem in plan.problems)
    return Impact(epoch, day, tuple(map(_name, reached.values())), tuple(artifacts), problems)


def _below(session: Session, plan: Plan) -> list[Unit]:
    """Return the open units that a plan reaches."""
    every = [unit for unit in organisations.units(session) if unit.closed_at is None]
    if None in plan.changes:
        return every
    tops = [change.unit.path for change in plan.changes.values() if change.unit]
    return [unit for unit in every if any(unit.path.startswith(top) for top in tops)]


def _artifact(
    session: Session, plan: Plan, below: list[Unit], count_running: CountRunningWork | None
) -> ArtifactImpact:
    artifact = plan.artifact
    found: list[Difference] = []
    for level in plan.changes:
        before, after = plan.before.get(level), plan.after.get(level)
        if before is not None and after is not None:
            found += differences(artifact.kind, before, after)
    touched = {(one.uid, one.prop) for one in found}
    uids = {one.uid for one in found} | _written(plan)
    own = {level for level in plan.changes if level is not None}
    overriding = [
        _overriding(unit, outcome)
        for unit, _, outcome in plan.outcomes
        if unit.id not in own and ((outcome.op.uid, outcome.prop) in touched or (outcome.op.uid, "") in touched)
    ]
    overriding_ids = {one.unit.id for one in overriding}
    readers = store.readers_of(session, artifact.kind, artifact.key, uids)
    ids = frozenset(unit.id for unit in below)
    counts = count_running(session, artifact.kind, artifact.key, ids) if count_running else RunningWork()
    change = highest_class(found)
    closing = adapter(artifact.kind).closing
    return ArtifactImpact(
        kind=artifact.kind,
        key=artifact.key,
        title=artifact.title or artifact.key,
        differences=tuple(found),
        change=change,
        inheriting=tuple(_name(unit) for unit in below if unit.id not in overriding_ids and unit.id not in own),
        overriding=tuple(overriding),
        conflicts=tuple(_overriding(unit, one) for unit, _, one in plan.outcomes if one.open),
        converged=tuple(_overriding(unit, one) for unit, _, one in plan.outcomes if one.state == "converged"),
        readers=tuple(dict.fromkeys(reader.reader for reader in readers)),
        hidden=tuple(one.sentence for one in found if one.prop == closing and one.new is True),
        running=counts,
        policy=POLICIES[change],
        problems=tuple(plan.problems),
    )


def _written(plan: Plan) -> set[str]:
    """Return what the new ops touch, whether they could be applied or not."""
    found = set()
    for level, change in plan.changes.items():
        known = {op.id for op in plan.timeline.all_ops_on(level, plan.day)} if level else set()
        found |= {op.uid for op in change.ops if op.id not in known}
    return found


def _overriding(unit: Unit, outcome: OpOutcome) -> Overriding:
    return Overriding(_name(unit), outcome.op.uid, outcome.prop, outcome.local, outcome.state, outcome.message)


def _name(unit: Unit) -> UnitName:
    return UnitName(unit.id, unit.code, unit.title)
