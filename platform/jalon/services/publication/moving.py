"""Move a unit under another parent: what it inherits changes, what it changed is judged again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.layering import differences
from jalon.services import access
from jalon.services.configuration import levels
from jalon.services.publication.model import Published
from jalon.services.publication.planning import Plan, plan_release
from jalon.services.publication.readying import MAX_SENTENCES, Prepared, Settle, ready
from jalon.services.publication.releasing import apply
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.organisations import Unit
from jalon.store.places import units_move
from jalon.store.publication import Release


def move_unit(session: Session, actor: Actor, unit_id: UUID, parent_id: UUID, reason: str) -> Published:
    """Put a unit and those below under another parent, and rebase their changes from the old chain to the new one."""
    return apply(session, actor, prepare_move(session, actor, unit_id, parent_id, reason))


def prepare_move(session: Session, actor: Actor, unit_id: UUID, parent_id: UUID, reason: str) -> Prepared:
    """Compute what a unit and those below would have under another parent; writes nothing, `apply` does."""
    unit, parent = levels.known_unit(session, unit_id), levels.known_unit(session, parent_id)
    access.check_move(actor, unit, parent)

    def settle(session: Session, actor: Actor, _release: Release) -> None:
        access.move_unit(session, actor, session.get_one(Unit, unit_id), session.get_one(Unit, parent_id))

    left = [session.get_one(Unit, unit.parent_id)] if unit.parent_id else []
    with _as_if_moved(session, unit, parent) as old_paths:
        title = f"{unit.title} rejoint {parent.title}"
        prepared = _ready(session, unit, old_paths, reason, title, settle, concerned=[unit, *left, parent])
    told = list(_changes_at(session, unit, parent, prepared))
    return replace(prepared, report={**prepared.report, "sentences": told[:MAX_SENTENCES]})


def _changes_at(session: Session, unit: Unit, parent: Unit, prepared: Prepared) -> Iterator[str]:
    """Say what a unit would have under another parent that it has not where it stands."""
    own = {
        plan.artifact.id: flip.resolved.document
        for plan in prepared.plans
        for flip in plan.flips
        if flip.level == unit.id and flip.valid_from <= prepared.today
    }
    for artifact in store.artifacts(session):
        here = store.pointer_at(session, artifact.id, unit.id, prepared.today)
        there = store.pointer_at(session, artifact.id, parent.id, prepared.today)
        if here is None or there is None or here.hash == there.hash:
            continue
        if artifact.id not in own and here.unit_id == unit.id:
            continue
        new = own.get(artifact.id) or snapshots.content(session, there.hash)
        for one in differences(artifact.kind, snapshots.content(session, here.hash), new):
            yield f"« {artifact.title or artifact.key} » : {one.sentence}"


def rebase_moved(session: Session, actor: Actor, old_paths: Mapping[UUID, str], reason: str) -> None:
    """Rebase the changes of the units that are not where these paths say any more, each subtree in one release."""
    moved = [unit for unit in organisations.units(session) if unit.path != old_paths.get(unit.id, unit.path)]
    paths = {unit.id: old_paths[unit.id] for unit in moved}
    for unit in moved:
        if not any(unit.path.startswith(other.path) and unit is not other for other in moved):
            below = {one: path for one, path in paths.items() if path.startswith(paths[unit.id])}
            # whoever imports the tree answers for it at the top of the network
            prepared = _ready(session, unit, below, reason, f"{unit.title} change de place", None, concerned=[])
            if prepared.plans:
                apply(session, actor, prepared)


@contextmanager
def _as_if_moved(session: Session, unit: Unit, parent: Unit) -> Iterator[dict[UUID, str]]:
    """Show the units of a subtree where they would be, in this session's memory only; give their present paths."""
    units_move(session)
    subtree = list(organisations.subtree(session, unit))
    old_paths = {one.id: one.path for one in subtree}
    with session.no_autoflush:
        try:
            for one in subtree:
                one.path = f"{parent.path}{unit.code}/{one.path.removeprefix(old_paths[unit.id])}"
            yield old_paths
        finally:
            for one in subtree:
                one.path = old_paths[one.id]


def _ready(
    session: Session,
    unit: Unit,
    old_paths: Mapping[UUID, str],
    reason: str,
    title: str,
    settle: Settle | None,
    *,
    concerned: Sequence[Unit],
) -> Prepared:
    epoch = store.epoch(session)
    day = store.today(session, unit.id)
    plans: list[Plan] = []
    for artifact in store.artifacts(session):
        facts = levels.facts_for(session, artifact.kind, artifact.key)
        plan = plan_release(session, artifact, [], day, facts, old_paths=old_paths)
        if plan.flips or plan.outcomes:
            plans.append(plan)
    return ready(
        session,
        plans,
        origin="move",
        epoch=epoch,
        unit=unit,
        effective_from=day,
        reason=reason,
        title=title,
        concerned=concerned,
        settle=settle,
    )
