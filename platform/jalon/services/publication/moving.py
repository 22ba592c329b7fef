"""Move a unit under another parent: what it inherits changes, what it changed is judged again."""

from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services import access
from jalon.services.configuration import levels
from jalon.services.publication.model import Published
from jalon.services.publication.planning import plan_release
from jalon.services.publication.readying import ready
from jalon.services.publication.releasing import apply
from jalon.store import configuration as store
from jalon.store import organisations


def move_unit(session: Session, actor: Actor, unit_id: UUID, parent_id: UUID, reason: str) -> Published:
    """Put a unit and those below under another parent, and rebase their changes from the old chain to the new one."""
    unit, parent = levels.known_unit(session, unit_id), levels.known_unit(session, parent_id)
    epoch = store.epoch(session)
    old_paths = {one.id: one.path for one in organisations.subtree(session, unit)}
    access.move_unit(session, actor, unit, parent)
    day = store.today(session, unit_id)
    plans = []
    for artifact in store.artifacts(session):
        facts = levels.facts_for(session, artifact.kind, artifact.key)
        plan = plan_release(session, artifact, [], day, facts, old_paths=old_paths)
        if plan.flips or plan.outcomes:
            plans.append(plan)
    prepared = ready(
        session,
        plans,
        origin="move",
        epoch=epoch,
        unit=unit,
        effective_from=day,
        reason=reason,
        title=f"{unit.title} rejoint {parent.title}",
    )
    return apply(session, actor, prepared)
