"""By when a task is to be done, who is reminded, who is alerted: the deadlines artifact, on the unit's own calendar.

The artifact is read again whenever a publication or a day changes it: open tasks follow, no diagram changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.base.json import content_hash
from jalon.engines.expressions import WorkingCalendar, add_months, working_calendar
from jalon.store import deadlines as store
from jalon.store.configuration import artifacts, current_content, epoch, hash_named
from jalon.store.deadlines import Deadline
from jalon.store.organisations import root, units
from jalon.store.places import Place, place
from jalon.store.processes import Instance
from jalon.store.worklist import NO_DEADLINE, Task

MORNING = time(8)
ALERTS = 1_000
"""Numbers of alerts begin here; those of reminders are their days before the last one."""

Seen = tuple[int, date]
"""The publication and the day that were looked at last."""


def due_date(start: date, rule: Mapping[str, Any], calendar: WorkingCalendar) -> date:
    """Return the last day of a delay `{n, unit: jours|ouvres|ouvrables|mois, franc}` that starts on a day.

    A clear delay (`franc`) counts neither its first nor its last day; a delay in days or months that
    ends on a day off is carried to the next working day (code de procédure civile, article 642).
    """
    count, unit = int(rule["n"]), rule.get("unit", "jours")
    if unit in {"ouvres", "ouvrables"}:
        saturdays = unit == "ouvrables"
        return calendar.add_working_days(start, count + bool(rule.get("franc")), saturdays=saturdays)
    end = add_months(start, count) if unit == "mois" else start + timedelta(days=count)
    if rule.get("franc"):
        end += timedelta(days=1)
    return end if calendar.is_working_day(end) else calendar.add_working_days(end, 1)


def set_deadline(session: Session, task: Task, run: Instance, now: datetime) -> None:
    """Give an open task the due date, the reminders and the alerts of its step; what was sent is not sent again.

    A due date the diagram itself computes is left alone.
    """
    here = place(session, run.unit_id)
    rules = _rules(_published(session, run.process_key, here, now)).get(task.element, ())
    if not rules and not task.deadline and task.due_at is None:
        return  # its step has no delay, and had none
    start, calendar = civil_date(task.opened_at, here.zone), working_calendar(here.calendar)
    last = min(rules, key=lambda rule: due_date(start, rule, calendar), default=None)
    if not task.deadline and task.due_at is not None:
        task.own_due = True
    task.deadline = _signed(rules) if last else ""
    if not task.own_due:
        day = due_date(start, last, calendar) if last else None
        task.due_at = datetime.combine(day, time(23, 59), ZoneInfo(here.zone)) if day else None
        task.urgent_at = task.due_at or NO_DEADLINE
    before = {one.number: one for one in store.deadlines_of(session, task.id)}
    wanted = _planned(task, last, due_date(start, last, calendar), here, now) if last else {}
    for number, known in before.items():
        if known.sent_at is None and number not in wanted:
            session.delete(known)
    for number, one in wanted.items():
        if number not in before:
            session.add(one)
        elif before[number].sent_at is None:
            before[number].at, before[number].role, before[number].level = one.at, one.role, one.level


def follow_deadlines(session: Session, now: datetime, seen: Seen | None = None, limit: int = 500) -> tuple[Seen, int]:
    """Have open tasks follow what is published; return what was looked at and how many tasks changed.

    Nothing to do when what was `seen` is still in force; after `limit` tasks the rest is for the next call.
    """
    top = root(session)
    present = (epoch(session), civil_date(now, (top and top.zone) or "Europe/Paris"))
    if present == seen or top is None:
        return present, 0
    changed = 0
    known = [unit.id for unit in units(session) if unit.closed_at is None]
    for artifact in artifacts(session, "deadlines"):
        alike: dict[str, list[UUID]] = {}
        for unit_id in known:
            day = civil_date(now, place(session, unit_id).zone)
            found = hash_named(session, "deadlines", artifact.key, unit_id, day)
            alike.setdefault(found or "", []).append(unit_id)
        for unit_ids in alike.values():
            rules = _rules(_published(session, artifact.key, place(session, unit_ids[0]), now))
            signed = {element: _signed(of_element) for element, of_element in rules.items()}
            for task in store.tasks_under_another_rule(session, artifact.key, unit_ids, signed, limit - changed):
                set_deadline(session, task, session.get_one(Instance, task.instance_id), now)
                changed += 1
            if changed >= limit:
                return (seen or (-1, present[1])), changed
    session.flush()
    return present, changed


def _published(session: Session, process_key: str, unit: Place, now: datetime) -> dict[str, Any]:
    return current_content(session, "deadlines", process_key, unit.id, civil_date(now, unit.zone)) or {}


def _rules(published: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for rule in published.get("deadlines", ()):
        if not rule.get("closed"):
            found.setdefault(str(rule.get("element")), []).append(rule)
    return found


def _signed(rules: Sequence[Mapping[str, Any]]) -> str:
    """Return the name of what sets a due date: the same as long as nothing of it changes."""
    counted = [{name: value for name, value in rule.items() if name != "label"} for rule in rules]
    return f"{str(rules[0].get('id', ''))[:80]}/{content_hash(counted)}"


def _planned(task: Task, rule: Mapping[str, Any], last: date, here: Place, now: datetime) -> dict[int, Deadline]:
    """Return the reminders still to come and the alerts, a late one being for now."""
    zone = ZoneInfo(here.zone)
    found = {}
    for before in rule.get("remind", ()):
        morning = datetime.combine(last - timedelta(days=int(before)), MORNING, zone)
        if morning > now:
            found[int(before)] = Deadline(task_id=task.id, number=int(before), at=morning)
    for rank, alert in enumerate(rule.get("escalate", ())):
        morning = datetime.combine(last + timedelta(days=int(alert.get("after", 1))), MORNING, zone)
        role, level = str(alert.get("role", "")), str(alert.get("level", ""))
        number = ALERTS + rank
        found[number] = Deadline(task_id=task.id, number=number, at=max(morning, now), role=role, level=level)
    return found
