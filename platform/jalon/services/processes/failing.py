"""Jobs given up after every try: seen and put back in the queue by who looks after the whole network."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services import access, audit
from jalon.services.processes.incidents import MANAGE, SEE
from jalon.store import jobs as store
from jalon.store.jobs import Job
from jalon.store.organisations import root

MOST = 10_000


def failed_jobs(session: Session, actor: Actor, limit: int = 100) -> Sequence[Job]:
    """Return the jobs given up, the latest first; Forbidden to who does not look after the network."""
    access.require(actor, SEE, _top(session))
    return store.failed_jobs(session, limit)


def retry_jobs(session: Session, actor: Actor, job_id: UUID | None = None) -> int:
    """Put one job given up back in the queue, or all of them; return how many."""
    access.require(actor, MANAGE, _top(session))
    found = [one for one in store.failed_jobs(session, MOST) if job_id in (None, one.id)]
    for job in found:
        store.retry_failed(session, job)
        audit.record(session, actor, "travail.relance", target=job.id, name=job.name)
    return len(found)


def _top(session: Session) -> UUID | None:
    top = root(session)
    return top.id if top else None
