"""Lists of tasks: a page at a time, the same number of queries whatever the number of rows."""

import base64
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date, instant_from, instant_text
from jalon.services import dossiers, processes
from jalon.services.worklist.model import MyDay, Page, Row
from jalon.services.worklist.reaching import ASSIGN, DO, SEE, reach_of
from jalon.store import absences, organisations, snapshots
from jalon.store import dossiers as files
from jalon.store import links as links_store
from jalon.store import processes as runs
from jalon.store import worklist as store
from jalon.store.links import TaskLink
from jalon.store.places import DEFAULT_ZONE, zone_of
from jalon.store.processes import Instance
from jalon.store.worklist import Reach, Task, TaskFilter

PAGE = 25
MOST_INCIDENTS = 100


def inbox(
    session: Session,
    actor: Actor,
    filters: TaskFilter | None = None,
    cursor: str = "",
    *,
    now: datetime,
    limit: int = PAGE,
) -> Page:
    """Return a page of open tasks within reach, the most urgent first; `cursor` is that of the page before."""
    found = _listed(session, actor, filters or TaskFilter(), _read(cursor), now, limit + 1)
    more = len(found) > limit
    kept = found[:limit]
    return Page(tuple(rows(session, kept, now)), _write(kept[-1][0]) if more else "")


def next_in_list(
    session: Session, actor: Actor, filters: TaskFilter, task_id: UUID | None, now: datetime
) -> UUID | None:
    """Return the task that comes after one in a list, its first after its last; None when no other is open."""
    task = session.get(Task, task_id) if task_id else None
    following = _listed(session, actor, filters, (task.urgent_at, task.seq), now, 1) if task else []
    found = following or _listed(session, actor, filters, None, now, 1)
    return next((one.id for one, _ in found if one.id != task_id), None)


def my_day(session: Session, actor: Actor, now: datetime, limit: int = 10) -> MyDay:
    """Return what a person's home shows: due today, late, drafts to resume, alerts, recent case files."""
    reach = reach_of(actor, DO) or Reach(())
    zone = ZoneInfo(_zone(session, actor))
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    tomorrow = today + timedelta(days=1)
    open_now = store.open_tasks(session, reach, TaskFilter(), after=None, limit=4 * limit)
    drafts = store.drafts_of(session, actor.id, limit) if actor.id else []
    by_run = runs.instances_by_id(session, {task.instance_id for _, task in drafts})
    drafted = [(task, by_run[task.instance_id]) for _, task in drafts]
    watched = links_store.links_to_watch(session, reach, now, limit)
    all_rows = {row.task.id: row for row in rows(session, _once([*open_now, *drafted, *watched]), now)}
    listed = [all_rows[task.id] for task, _ in open_now]
    return MyDay(
        due_today=tuple(row for row in listed if today <= row.task.urgent_at < tomorrow)[:limit],
        late=tuple(row for row in listed if row.task.urgent_at < today)[:limit],
        drafts=tuple(all_rows[task.id] for task, _ in drafted),
        to_do=tuple(row for row in listed if row.task.urgent_at >= tomorrow)[:limit],
        alerts=tuple(all_rows[task.id] for task, _ in watched),
        incidents=len(runs.open_incidents(session, actor.units_for("incident.voir"), MOST_INCIDENTS)),
        dossiers=tuple(dossiers.recent(session, actor)),
    )


def next_tasks(session: Session, actor: Actor, root_id: UUID, *, first: Sequence[UUID] = ()) -> list[Task]:
    """Return the open tasks of a run this actor may do, those of `first` before the others."""
    reach = reach_of(actor)
    found = store.ready_in_run(session, root_id, reach)
    return sorted(found, key=lambda task: (task.id not in first, task.seq))


def saved_filter(values: Mapping[str, str]) -> TaskFilter:
    """Read a filter from the address of a list; what cannot be read is left out."""

    def unique(name: str) -> UUID | None:
        try:
            return UUID(values.get(name, ""))
        except ValueError:
            return None

    due = values.get("avant", "")
    return TaskFilter(
        mine=values.get("miennes") == "1",
        unassigned=values.get("libres") == "1",
        team=values.get("equipe") == "1",
        role=values.get("role") or None,
        process_key=values.get("processus") or None,
        element=values.get("etape") or None,
        due_before=_instant(due),
        unit_id=unique("unite"),
        dossier_id=unique("dossier"),
    )


def rows(session: Session, tasks: Sequence[tuple[Task, Instance]], now: datetime) -> list[Row]:
    """Return the lines of these tasks with what surrounds them, in as many queries for one as for all."""
    roots = {run.root_id for _, run in tasks}
    about = {root: roles.get("principal") for root, roles in runs.roles_of(session, roots).items()}
    by_id = files.dossiers_by_id(session, {one for one in about.values() if one})
    units = {unit.id: unit.title for unit in organisations.units(session, {task.unit_id for task, _ in tasks})}
    drafts = store.drafts_by_task(session, [task.id for task, _ in tasks])
    away = absences.away(session, {UUID(task.assignee) for task, _ in tasks if task.assignee}, _today(now))
    links: dict[UUID, TaskLink] = {}
    for link in links_store.links_of(session, [task.id for task, _ in tasks if task.recipient]):
        links.setdefault(link.task_id, link)
    contents = snapshots.contents(session, {run.process_hash for _, run in tasks})
    found = []
    for task, run in tasks:
        dossier = by_id.get(about.get(run.root_id) or run.root_id)
        found.append(
            Row(
                task=task,
                process_title=processes.title_in(run, contents.get(run.process_hash) or {}),
                dossier_id=dossier.id if dossier else None,
                dossier_name=dossier.name if dossier else "",
                unit_title=units.get(task.unit_id, ""),
                late=task.urgent_at < now,
                draft=task.id in drafts,
                link=link_state(links.get(task.id), now),
                away_until=away[UUID(task.assignee)].ends_on if task.assignee and UUID(task.assignee) in away else None,
            )
        )
    return found


def link_state(link: TaskLink | None, now: datetime) -> str:
    """Return where an outside person is with a link: sent, opened, started, done, declined, expired, revoked (P8)."""
    if link is None:
        return ""
    states = (
        ("done", link.done_at),
        ("declined", link.declined_at),
        ("revoked", link.revoked_at),
        ("expired", link.expires_at if link.expires_at <= now else None),
        ("started", link.started_at),
        ("opened", link.opened_at),
    )
    return next((state for state, at in states if at is not None), "sent")


def _listed(
    session: Session, actor: Actor, filters: TaskFilter, after: tuple[datetime, int] | None, now: datetime, limit: int
) -> Sequence[tuple[Task, Instance]]:
    reach = reach_of(actor, SEE) or Reach(())
    if filters.team:
        reach = dataclasses.replace(reach, whole=actor.units_for(ASSIGN))
    if filters.unassigned:
        away = absences.left_to_the_team(session, reach.units | reach.whole, _today(now))
        filters = dataclasses.replace(filters, absent=tuple(str(one) for one in away))
    return store.open_tasks(session, reach, filters, after=after, limit=limit)


def _once(tasks: Sequence[tuple[Task, Instance]]) -> list[tuple[Task, Instance]]:
    return list({task.id: (task, run) for task, run in tasks}.values())


def _today(now: datetime) -> date:
    return civil_date(now, DEFAULT_ZONE)


def _zone(session: Session, actor: Actor) -> str:
    return zone_of(session, actor.grants[0].unit) if actor.grants else DEFAULT_ZONE


def _instant(text: str) -> datetime | None:
    try:
        return instant_from(text) if text else None
    except ValueError:
        return None


def _write(task: Task) -> str:
    return base64.urlsafe_b64encode(f"{instant_text(task.urgent_at)} {task.seq}".encode()).decode()


def _read(cursor: str) -> tuple[datetime, int] | None:
    """Read a cursor; one that was tampered with is the first page."""
    try:
        instant, seq = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return instant_from(instant), int(seq)
    except ValueError:
        return None
