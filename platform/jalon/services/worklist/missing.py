"""What was left unanswered although a scheme or the statistics ask for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.forms import Form, Question, unanswered
from jalon.services import configuration, dossiers, forms, processes
from jalon.store import worklist as store
from jalon.store.dossiers import Dossier
from jalon.store.worklist import Submission

ASKED_LATER = ("scheme", "statistics")


@dataclass(frozen=True, slots=True)
class Missing:
    """A question left empty in a task already done: `obligation` is `scheme` or `statistics`."""

    obligation: str
    label: str
    task_id: UUID
    task_title: str


def missing(session: Session, actor: Actor, dossier_id: UUID, now: datetime) -> list[Missing]:
    """Return what the tasks done for a case file left unanswered, schemes first; what it learnt since is not missing.

    NotFound outside the scope.
    """
    dossier = dossiers.read(session, actor, dossier_id)
    given = [one for run, _ in processes.runs_of(session, dossier_id) for one in store.submissions_of(session, run.id)]
    closures = configuration.closures_by_hash(session, {one.form_hash for one, _ in given if one.form_hash})
    found: dict[str, Missing] = {}
    for submission, task in sorted(given, key=lambda one: one[0].at):
        closure = closures.get(submission.form_hash)
        if closure is None:
            continue
        form = forms.compiled(closure)
        for question in _left_out(form, submission, dossier, now):
            found[question.bind or f"{task.id}{question.uid}"] = Missing(
                question.obligation, question.label, task.id, task.title
            )
    return sorted(found.values(), key=lambda one: ASKED_LATER.index(one.obligation))


def _left_out(form: Form, given: Submission, dossier: Dossier, now: datetime) -> list[Question]:
    """Return the questions of a form without an answer, neither then nor in the case file since."""
    bound = {one.question.uid: one.path for one in forms.bound(form) if one.role == forms.PRINCIPAL}

    def known(question: Question) -> Any:
        return dossiers.value_of(dossier, bound[question.uid]) if question.uid in bound else None

    left = unanswered(form, given.data, ASKED_LATER, now=now).values()
    return [question for question in left if known(question) in (None, "", [], {})]
