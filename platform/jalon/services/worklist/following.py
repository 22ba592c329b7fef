"""What was done and is going on around a case file: its runs, their open tasks, the answers given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.engines.forms import summary
from jalon.services import configuration, dossiers, forms, processes
from jalon.services.worklist.filling import case_files_of
from jalon.store import worklist as store
from jalon.store.dossiers import Dossier
from jalon.store.processes import Instance
from jalon.store.worklist import Submission, Task


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers given to a task: who, when, and each answer as a person reads it."""

    task_id: UUID
    title: str
    who: str
    at: datetime
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a case file, with its open tasks and what was answered, the latest first."""

    instance: Instance
    title: str
    open_tasks: tuple[Task, ...]
    answered: tuple[Answered, ...]


def history(session: Session, actor: Actor, dossier_id: UUID) -> list[RunLine]:
    """Return the runs of a case file the actor may read, the latest first; NotFound outside the scope."""
    dossiers.read(session, actor, dossier_id)
    lines = []
    for run, title in processes.runs_of(session, dossier_id):
        open_tasks = tuple(task for task in store.tasks_of_run(session, run.id) if task.state == "ready")
        answered = [_answered(session, given, task) for given, task in store.submissions_of(session, run.id)]
        lines.append(RunLine(run, title, open_tasks, tuple(reversed(answered))))
    return lines


def _answered(session: Session, given: Submission, task: Task) -> Answered:
    """Show answers with the form they were given to, whatever it became since."""
    said: list[tuple[str, str]] = []
    if given.form_hash:
        closure = configuration.closure_by_hash(session, given.form_hash)
        said = summary(forms.compiled(closure), given.data, closure.lists)
    return Answered(task.id, task.title, given.actor_name, given.at, tuple(said))


def principal_dossier(session: Session, actor: Actor, root_id: UUID) -> Dossier | None:
    """Return the case file a run is about, None when there is none or the actor may not read it."""
    found = case_files_of(session, session.get_one(Instance, root_id)).get(forms.PRINCIPAL)
    try:
        return dossiers.read(session, actor, found.id) if found else None
    except NotFound:
        return None
