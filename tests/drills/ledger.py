"""What the database holds after a drill, against what people were told."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from drills.rig import Crowd, Installation
from jalon.services import audit
from jalon.store import health
from jalon.store.audit import AuditEvent
from jalon.store.dossiers import DossierChange
from jalon.store.worklist import Submission, Task


@dataclass(frozen=True)
class Account:
    """Zero everywhere is what a drill must give."""

    lost: int
    duplicated: int
    stuck: int
    damaged: int
    audit_breaks: int


CLEAN = Account(0, 0, 0, 0, 0)


def account(installation: Installation, crowd: Crowd) -> Account:
    """Compare submissions, next tasks, values written and audited acts with what was acknowledged."""
    wiring = installation.wiring()
    with wiring.database.transaction() as session:
        kept = Counter(session.scalars(select(Submission.task_id)))
        tokens = dict(session.execute(select(Submission.task_id, Submission.token)).all())
        acts = Counter(session.scalars(select(AuditEvent.target_id).where(AuditEvent.action == "tache.terminee")))
        written = Counter(session.scalars(select(DossierChange.dossier_id).where(DossierChange.path == "suivi.age")))
        runs = dict(session.execute(select(Task.id, Task.instance_id)).all())
        waiting = Counter(session.scalars(select(Task.instance_id).where(Task.element == "relire")))
        report = audit.verify(session)
    lost = [task for task, token in crowd.acknowledged.items() if tokens.get(task) != token or not acts[task]]
    twice = [counter[key] - 1 for counter in (kept, acts, written, waiting) for key in counter if counter[key] > 1]
    stuck = [task for task in crowd.acknowledged if not waiting[runs[task]]]
    damaged = health.integrity(wiring.database)
    wiring.database.close()
    return Account(len(lost), sum(twice), len(stuck), len(damaged), len(report.breaks))
