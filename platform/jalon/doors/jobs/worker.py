"""The worker loop: jobs in one thread, what comes round in the other, until somebody says stop."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType
from typing import Protocol, cast

from jalon.base.errors import JalonError
from jalon.services import audit, messaging
from jalon.store.jobs import JobHandler
from jalon.store.wiring import Wiring

JOBS: dict[str, JobHandler] = {}
"""What does the work of each job, by name; `app.py` fills it."""

TICK_SECONDS = 1.0
MAX_ROUNDS = 1_000  # something that always finds work must not keep `once` for ever

log = logging.getLogger(__name__)


class JobQueue(Protocol):
    """What both job adapters offer a worker."""

    def run_due(self, handlers: dict[str, JobHandler], stop: threading.Event | None = None) -> int:
        """Run what is due until nothing is left; return how many jobs were tried."""
        ...

    def work(self, handlers: dict[str, JobHandler], stop: threading.Event) -> None:
        """Run jobs as they come until told to stop."""
        ...

    def recover(self) -> int:
        """Wake up the jobs whose worker died; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something done again and again: `do(wiring, now)` returns how many things it did."""

    every: timedelta
    do: Callable[[Wiring, datetime], int]


def _deliver(wiring: Wiring, now: datetime) -> int:
    return messaging.deliver_outbox(wiring.database.transaction, wiring.mailer, now, sms=wiring.sms)


def _seal(wiring: Wiring, now: datetime) -> int:
    with wiring.database.transaction() as session:
        made = audit.seal(session, now)
        line = None if made is None else (made.number, made.mac)
    if line is not None:
        # outside the database on purpose: this line proves what the chains were at that time
        log.info("audit seal %d %s", *line)
    return line is not None


def _recover(wiring: Wiring, _now: datetime) -> int:
    return cast(JobQueue, wiring.jobs).recover()


PERIODIC: dict[str, Periodic] = {
    "outbox": Periodic(timedelta(seconds=1), _deliver),
    "audit.seal": Periodic(timedelta(hours=1), _seal),
    "jobs.recover": Periodic(timedelta(seconds=30), _recover),
}
"""What comes round, by name; `app.py` adds the timers of processes and the rest."""


def run_worker(wiring: Wiring, once: bool = False, *, stop: threading.Event | None = None) -> int:
    """Do the work that is due, for ever or once, and return how many things were done when once.

    SIGTERM and SIGINT let the job at hand finish, then return. A worker killed at any point loses
    nothing: leases end and others take over.
    """
    queue = cast(JobQueue, wiring.jobs)
    if once:
        return _once(wiring, queue)
    stop = stop or threading.Event()
    with _stopped_by_signals(stop):
        jobs = threading.Thread(target=_keep_working, args=(queue, stop), name="jobs")
        jobs.start()
        last: dict[str, datetime] = {}
        while not stop.is_set():
            tick(wiring, last)
            stop.wait(TICK_SECONDS)
        jobs.join()
    return 0


def tick(wiring: Wiring, last: dict[str, datetime]) -> int:
    """Do what has come round since it was `last` done; a failure is logged by its code, the next one still runs."""
    done = 0
    for name, periodic in PERIODIC.items():
        now = wiring.clock.now()
        if name in last and now < last[name] + periodic.every:
            continue
        last[name] = now
        try:
            done += periodic.do(wiring, now)
        except Exception as error:  # one thing that fails must not stop the others
            log.error("%s: %s", name, error.code if isinstance(error, JalonError) else type(error).__name__)
    return done


def _once(wiring: Wiring, queue: JobQueue) -> int:
    """Go round until nothing is left to do: a timer may queue a job, which may queue a mail."""
    total = 0
    for _ in range(MAX_ROUNDS):
        done = tick(wiring, {}) + queue.run_due(JOBS)
        if not done:
            break
        total += done
    return total


def _keep_working(queue: JobQueue, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            queue.work(JOBS, stop)
        except Exception as error:  # the database went away: try again, the loop is the recovery
            log.error("jobs: %s", type(error).__name__)
            stop.wait(TICK_SECONDS)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Have SIGTERM and SIGINT set the event, in the main thread; elsewhere the caller holds the event."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
