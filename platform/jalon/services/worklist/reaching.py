"""Which tasks a person reaches: those of their roles at their units, and those given to them."""

from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.store import worklist as store
from jalon.store.worklist import Reach, Task

SEE, DO, ASSIGN = "tache.voir", "tache.terminer", "tache.attribuer"
CORRECT = "dossier.modifier"


def reach_of(actor: Actor, permission: str = DO) -> Reach | None:
    """Return the (role, units) pairs of an actor's grants that hold a permission; None for the system.

    A task without a role is for whoever does tasks at its unit.
    """
    if actor.kind == "system":
        return None
    held = [grant for grant in actor.grants if permission in grant.permissions]
    pairs = tuple((grant.role, grant.reach) for grant in held)
    anybody = frozenset[UUID]().union(*(grant.reach for grant in held))
    replaced = frozenset(str(one) for one in actor.replaces)
    return Reach(((None, anybody), *pairs), str(actor.id) if actor.id else None, replaced)


def reached(session: Session, actor: Actor, task_id: UUID, permission: str = DO) -> Task:
    """Return a task within reach, or of a unit where the actor assigns tasks; NotFound otherwise."""
    reach = reach_of(actor, permission)
    found = store.task(session, task_id, reach, units=actor.units_for(ASSIGN))
    if found is None:
        raise NotFound(id=task_id)
    return found


def may_do(actor: Actor, task: Task) -> bool:
    """Tell whether this actor may complete a task: theirs or a replaced colleague's, or of one of their roles there."""
    reach = reach_of(actor)
    return reach is None or reach.covers(task)


def may_correct(actor: Actor, task: Task) -> bool:
    """Tell whether this actor may correct the answers of a task: of its role there, and one who modifies case files."""
    reach = reach_of(actor, CORRECT)
    return reach is None or any(role == task.role and task.unit_id in units for role, units in reach.pairs)
