"""Processes the clock starts: noted for each agency when a publication changes something, started when due."""

import logging
from datetime import date, datetime

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM
from jalon.base.clock import civil_date
from jalon.base.errors import JalonError
from jalon.runtime.starting import has_timed_starts
from jalon.services import configuration
from jalon.services.processes.library import PublishedLibrary
from jalon.services.processes.running import runtime_for, settled
from jalon.store import configuration as store
from jalon.store.organisations import Unit, root, units
from jalon.store.places import place_of_code
from jalon.store.runs import SqlRunStore

log = logging.getLogger("jalon.processes")

Seen = tuple[int, date]
"""The publication and the day that were looked at last."""


def schedule_starts(session: Session, now: datetime, seen: Seen | None = None) -> Seen | None:
    """Note what the clock will start at each agency; nothing to do when what was `seen` is still in force.

    An agency is an open unit with no open unit below. A process is looked at where it is published for the whole
    network: a variant that only some agencies adapt keeps its timers.
    """
    top = root(session)
    if top is None:
        return None
    present = (store.epoch(session), civil_date(now, top.zone or "Europe/Paris"))
    if present == seen:
        return present
    agencies = _agencies(session)
    runs = SqlRunStore(session)
    for info in configuration.process_keys(session):
        library = PublishedLibrary(session, present[1])
        try:
            timed = has_timed_starts(library.latest(info.key, top.code))
        except JalonError:
            continue
        if not timed:
            for known in {one.unit for one in runs.start_dues(key=info.key)}:
                runs.set_start_dues(known, info.key, ())
            continue
        for unit in agencies:
            try:
                with session.begin_nested():
                    runtime_for(session, now, unit.id).schedule_starts(library.latest(info.key, unit.code), unit.code)
            except JalonError as error:
                log.warning("start of %s at %s: %s", info.key, unit.code, error.code)
    return present


def fire_starts(session: Session, now: datetime, limit: int = 100) -> int:
    """Start what is due, each in a savepoint of its own; return how many started."""
    fired = 0
    for due in SqlRunStore(session).start_dues(now, limit):
        unit = place_of_code(session, due.unit)
        if unit is None:
            continue
        try:
            with session.begin_nested():
                happened = runtime_for(session, now, unit.id).fire_start(due)
                for run in happened.started:
                    settled(session, SYSTEM, run, happened, now)
            fired += len(happened.started)
        except JalonError as error:
            session.expire_all()
            log.warning("start of %s at %s: %s", due.process_key, due.unit, error.code)
        except Exception as error:  # one process that breaks must not hold the others
            log.error("start of %s at %s: %s", due.process_key, due.unit, type(error).__name__)
            session.expire_all()
    return fired


def _agencies(session: Session) -> list[Unit]:
    known = [unit for unit in units(session) if unit.closed_at is None]
    above = {unit.parent_id for unit in known}
    return [unit for unit in known if unit.id not in above]
