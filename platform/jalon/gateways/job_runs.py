"""One job at work: what both adapters do once they have taken it from the ledger."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import Clock
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.store import jobs as store
from jalon.store.database import Database
from jalon.store.jobs import Job, JobHandler, OutsideCall

TRIES = 3
LEASE = timedelta(minutes=10)

Handlers = Mapping[str, JobHandler]
GivenUp = Callable[[Session, Job], None]
"""Called in the transaction that gives a job up, to open an incident."""

log = logging.getLogger(__name__)


class JobUnknown(JalonError):
    """A job this version of the product has no handler for."""

    code, message = "travail.inconnu", fr("Aucun traitement n’est prévu pour le travail « {name} ».")


class LeaseLost(JalonError):
    """The worker held the job too long: another has it, this one's work is undone."""

    code, message = "travail.bail_perdu", fr("Ce travail a été repris par un autre exécutant.")


class JobAbandoned(JalonError):
    """Every worker that took this job died with it."""

    code, message = "travail.abandonne", fr("Ce travail a interrompu tous les exécutants qui l’ont pris.")


@dataclass(frozen=True, slots=True)
class TakenJob:
    """What is needed of a job once the transaction that took it is over."""

    id: UUID
    name: str
    arguments: Mapping[str, Any]
    fence: int
    attempts: int

    @classmethod
    def of(cls, job: Job) -> "TakenJob":
        """Copy a row just taken."""
        return cls(job.id, job.name, job.arguments, job.fence, job.attempts)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a job is done with: the database, the time, and who is told when it is given up."""

    database: Database
    clock: Clock
    given_up: GivenUp | None = None
    lease: timedelta = field(default=LEASE)


def work_on(bench: Bench, job: TakenJob, handlers: Handlers) -> bool:
    """Do a job and close it in one transaction, or note its failure; tell whether it is done."""
    try:
        if job.attempts > TRIES:
            raise JobAbandoned
        handler = handlers.get(job.name)
        if handler is None:
            raise JobUnknown(name=job.name)
        _do(bench, job, handler)
    except LeaseLost as lost:
        log.warning("job %s %s: %s", job.name, job.id, lost.code)
        return False
    except Exception as error:  # whatever a handler raises is this job's failure, not the worker's
        _note_failure(bench, job, error)
        return False
    return True


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after the nth try: 30 seconds, 2 minutes."""
    return timedelta(seconds=30 * 4 ** (attempts - 1))


def _do(bench: Bench, job: TakenJob, handler: JobHandler) -> None:
    if not isinstance(handler, OutsideCall):
        with bench.database.transaction() as session:
            handler(session, job.arguments, bench.clock.now())
            _close(session, bench, job)
        return
    with bench.database.transaction() as session:
        request = handler.prepare(session, job.arguments, bench.clock.now())
    answer = None if request is None else handler.call(request, str(job.id))
    with bench.database.transaction() as session:
        if request is not None:
            handler.keep(session, job.arguments, answer, bench.clock.now())
        _close(session, bench, job)


def _close(session: Session, bench: Bench, job: TakenJob) -> None:
    session.flush()
    if not store.finish(session, job.id, job.fence, bench.clock.now()):
        raise LeaseLost


def _note_failure(bench: Bench, job: TakenJob, error: Exception) -> None:
    code = error.code if isinstance(error, JalonError) else f"erreur.{type(error).__name__}"
    # the kind of error only: its text may quote somebody's data
    log.warning("job %s %s: try %d failed: %s", job.name, job.id, job.attempts, code)
    now = bench.clock.now()
    retry_at = now + backoff(job.attempts) if job.attempts < TRIES else None
    with bench.database.transaction() as session:
        if not store.report_failure(session, job.id, job.fence, code, retry_at, now):
            return
        row = session.get_one(Job, job.id)
        if retry_at is None and bench.given_up is not None:
            bench.given_up(session, row)
        elif retry_at is not None:
            store.wake(session, row, retry_at)
