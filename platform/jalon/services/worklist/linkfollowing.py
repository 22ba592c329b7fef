"""How far outside people have gone with the links of a run (P8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.worklist.listing import link_state
from jalon.services.worklist.reaching import ASSIGN, DO
from jalon.store import links as links_store
from jalon.store import worklist as store


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link as the team follows it: `manageable` while it can be sent again or withdrawn."""

    id: UUID
    task_title: str
    name: str
    email: str
    state: str
    sent_at: datetime
    opened_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    expires_at: datetime
    note: str
    manageable: bool


def links_of_run(session: Session, actor: Actor, root_id: UUID, now: datetime) -> list[LinkLine]:
    """Return the links sent in a run that the actor may see, for those whose unit does its tasks; the latest first."""
    units = actor.units_for(DO) | actor.units_for(ASSIGN)
    tasks = {task.id: task for task in store.tasks_of_run(session, root_id) if task.unit_id in units}
    lines = []
    latest: set[UUID] = set()
    for link in links_store.links_of(session, tasks):
        task = tasks[link.task_id]
        state = link_state(link, now)
        if task.state != "ready" and state not in {"done", "declined", "revoked"}:
            state = "revoked"
        is_latest = link.task_id not in latest
        latest.add(link.task_id)
        lines.append(
            LinkLine(
                id=link.id,
                task_title=task.title,
                name=link.name,
                email=link.email,
                state=state,
                sent_at=link.sent_at,
                opened_at=link.opened_at,
                started_at=link.started_at,
                done_at=link.done_at,
                expires_at=link.expires_at,
                note=link.note,
                manageable=is_latest and task.state == "ready" and state != "done",
            )
        )
    return lines
