"""By when a task is to be done: the deadlines artifact, counted on the unit's own calendar."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.engines.expressions import WorkingCalendar, add_months, working_calendar
from jalon.store.configuration import current_content
from jalon.store.places import place
from jalon.store.processes import Instance
from jalon.store.worklist import NO_DEADLINE, Deadline, Task


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
    """Give a new task the due date and the reminders its process declares for that step, if any."""
    here = place(session, run.unit_id)
    start = civil_date(now, here.zone)
    published = current_content(session, "deadlines", run.process_key, run.unit_id, start) or {}
    rules = [rule for rule in published.get("deadlines", ()) if rule.get("element") == task.element]
    if not rules:
        return
    zone, calendar = here.zone, working_calendar(here.calendar)
    days = {rule["id"]: due_date(start, rule, calendar) for rule in rules}
    last = min(rules, key=lambda rule: days[rule["id"]])
    if task.due_at is None:
        task.due_at = datetime.combine(days[last["id"]], time(23, 59), ZoneInfo(zone))
        task.urgent_at = task.due_at or NO_DEADLINE
    for number, before in enumerate(last.get("remind", ())):
        morning = datetime.combine(days[last["id"]] - timedelta(days=int(before)), time(8), ZoneInfo(zone))
        if morning > now:
            session.add(Deadline(task_id=task.id, number=number, at=morning))
