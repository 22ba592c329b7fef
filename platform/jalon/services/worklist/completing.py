"""Complete a task: exactly one winner, the answers kept whatever the next steps do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import FormInvalid, Stale, TaskAlreadyDone
from jalon.base.i18n import fr
from jalon.engines.forms import Form, needs
from jalon.services import audit, dossiers, forms, processes
from jalon.services.configuration import FormClosure
from jalon.services.dossiers import Overtaken
from jalon.services.processes import Advanced
from jalon.services.worklist.clashing import DraftMoved
from jalon.services.worklist.drafting import NotYours
from jalon.services.worklist.filling import case_files_of, known_values, seen_by
from jalon.services.worklist.formversions import pin
from jalon.services.worklist.listing import next_tasks
from jalon.services.worklist.lookups import strange_dossiers
from jalon.services.worklist.model import Completed, OpenIncident, TaskClosed
from jalon.services.worklist.papers import strange_files
from jalon.services.worklist.reaching import may_do, reached
from jalon.store import dossiers as files
from jalon.store import worklist as store
from jalon.store.database import Database, DatabaseDown, StorageFull, outage
from jalon.store.dossiers import Dossier
from jalon.store.processes import Instance
from jalon.store.worklist import Draft, Submission, Task

TRIES = 4
NOT_READ = fr("« {text} » n’a pas pu être lu.")
Result = TypeVar("Result")


def complete_with_retry(
    database: Database,
    actor: Actor,
    task_id: UUID,
    data: Mapping[str, Any],
    submission_token: str,
    now: datetime,
    seen_version: int | None = None,
) -> Completed:
    """Complete a task in a transaction of its own, begun again up to three times when somebody stepped in.

    A value of the case file changed by somebody else is refused once (Overtaken): the person has then
    been told, and the same answers sent again are kept.
    """

    def once(session: Session) -> Completed:
        return complete_task(session, actor, task_id, data, submission_token, now, seen_version)

    return _told_once(database, task_id, once)


def complete_draft(
    database: Database, actor: Actor, task_id: UUID, submission_token: str, now: datetime, draft_version: int | None
) -> Completed:
    """Complete a task with the answers of its draft, what the case file knows filled in, as a person reviewed them.

    The same as `complete_with_retry`; besides, DraftMoved when the draft is no longer at `draft_version` (0: none,
    None: whichever it is).
    """

    def once(session: Session) -> Completed:
        store.lock_run(session, task_id)
        task = reached(session, actor, task_id)
        return complete_as(
            session, actor, task, None, submission_token, now, None, draft_version, allowed=may_do(actor, task)
        )

    return _told_once(database, task_id, once)


def _told_once(database: Database, task_id: UUID, once: Callable[[Session], Completed]) -> Completed:
    try:
        return retried(database, once)
    except Overtaken:
        with database.transaction() as session:
            _remember_seen(session, task_id)
        raise


def retried(database: Database, work: Callable[[Session], Result]) -> Result:
    """Run work in a transaction, again when another writer came first; Stale after three more tries."""
    for attempt in range(TRIES):
        try:
            with database.transaction() as session:
                return work(session)
        except (Overtaken, DraftMoved):
            raise
        except (Stale, IntegrityError, OperationalError) as clash:
            if isinstance(outage(clash), DatabaseDown | StorageFull):
                raise  # nobody stepped in: trying again at once would not help
            if attempt == TRIES - 1:
                raise Stale from clash
    raise Stale


def submission_count(session: Session, task_id: UUID) -> int:
    """Return how many submissions a task has: none, or one."""
    return int(store.submission(session, task_id) is not None)


def complete_task(
    session: Session,
    actor: Actor,
    task_id: UUID,
    data: Mapping[str, Any],
    submission_token: str,
    now: datetime,
    seen_version: int | None = None,
) -> Completed:
    """Check the answers, write them in the case files, close the task and let the run go on.

    Raises FormInvalid (the draft is kept), TaskAlreadyDone naming who, TaskClosed when the run went on
    without it. The same submission token sent again gives the same result. An automatic step that fails is an incident
    of the result: the answers are kept.
    """
    store.lock_run(session, task_id)
    task = reached(session, actor, task_id)
    allowed = may_do(actor, task)
    return complete_as(session, actor, task, data, submission_token, now, seen_version, allowed=allowed)


def complete_as(
    session: Session,
    actor: Actor,
    task: Task,
    data: Mapping[str, Any] | None,
    submission_token: str,
    now: datetime,
    seen_version: int | None,
    draft_version: int | None = None,
    *,
    allowed: bool,
    origin: str = "agency",
) -> Completed:
    """Complete a task by a person or through a link; without `data`, those of its draft.

    The caller locked its run (`lock_run`), then reached it: nobody changes it meanwhile.
    """
    if task.state != "ready":
        return _already(session, actor, task, submission_token)
    if not allowed:
        raise NotYours
    draft = session.get(Draft, task.id, populate_existing=True)
    if draft_version is not None and (draft.version if draft else 0) != draft_version:
        raise DraftMoved
    asked = _asked(session, actor, task, now) if task.form else None
    if data is None:
        data, seen_version = _drafted(session, asked, draft) if asked else ({}, None)
    answers, hidden = _checked(session, actor, asked, data, now) if asked else ({}, {})
    if asked:
        _write_case_files(session, actor, task, asked, answers, seen_version, origin, now)
    about = {role: one.id for role, one in asked.case_files.items()} if asked else None
    advanced = processes.complete(session, actor, task, answers, now, about)
    following = next_tasks(session, actor, task.root_id, first=[one.id for one in advanced.opened])
    submission = Submission(
        unit_id=task.unit_id,
        task_id=task.id,
        instance_id=task.instance_id,
        form_hash=task.form_hash or "",
        data=answers,
        hidden=hidden,
        token=submission_token[:64],
        actor_id=actor.id,
        actor_name=actor.name,
        at=now,
        next_tasks=[str(one.id) for one in following],
        incidents=[_stored(one) for one in _incidents(advanced)],
    )
    session.add(submission)
    if draft is not None:
        if asked:  # answers the form no longer asks stay with the others set aside
            submission.hidden = {**forms.inside_and_outside(asked.form, draft.data)[1], **hidden}
        session.delete(draft)
    session.flush()
    audit.record(session, actor, "tache.terminee", unit_id=task.unit_id, target=task.id, instance=task.instance_id)
    return Completed(
        task_id=task.id,
        instance_id=task.root_id,
        next_tasks=tuple(following),
        incidents=_incidents(advanced),
        finished=advanced.finished,
        warnings=advanced.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a task asks: its form, the case files of the run by role, the facts the form reads."""

    closure: FormClosure
    form: Form
    run: Instance
    case_files: dict[str, Dossier]
    facts: dict[str, Any]


def _asked(session: Session, actor: Actor, task: Task, now: datetime) -> _Asked:
    closure = pin(session, actor, task, now)
    assert closure is not None  # the task names a form
    form = forms.compiled(closure)
    run = session.get_one(Instance, task.instance_id)
    facts = forms.facts_for(form, processes.names_of(session, run, now)) if needs(form).facts else {}
    return _Asked(closure, form, run, case_files_of(session, run), facts)


def _drafted(session: Session, asked: _Asked, draft: Draft | None) -> tuple[dict[str, Any], int | None]:
    """Return the answers a page shows for a draft, with the version of the case file they were made from.

    FormInvalid when a text of the draft could not be read: it must not vanish.
    """
    if draft is not None and draft.typed:
        raise FormInvalid({where: NOT_READ.format(text=text) for where, text in draft.typed.items()})
    ids = [one.id for one in asked.case_files.values()]
    latest = files.latest_changes(session, ids) if forms.asks_about_one_request(asked.form) else {}
    known = known_values(asked.form, asked.run, asked.case_files, latest, "UTC")
    inside = forms.inside_and_outside(asked.form, draft.data)[0] if draft else None
    return forms.starting_data(asked.form, known, inside), seen_by(draft, asked.case_files.get(forms.PRINCIPAL))


def _checked(
    session: Session, actor: Actor, asked: _Asked, data: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers as the form accepts them and those set aside; FormInvalid otherwise."""

    def known(role: str, path: str) -> Any:
        return dossiers.value_of(asked.case_files[role], path) if role in asked.case_files else None

    stored = forms.stored_values(asked.form, tuple(asked.case_files), known)
    checked = forms.check(asked.closure, data, stored=stored, facts=asked.facts, now=now)
    if not checked.ok:
        raise FormInvalid(checked.errors)
    strange = strange_files(session, asked.form, checked.data, asked.case_files)
    strange |= strange_dossiers(session, actor, asked.form, checked.data, stored)
    if strange:
        raise FormInvalid(strange)
    return checked.data, checked.hidden


def _write_case_files(
    session: Session,
    actor: Actor,
    task: Task,
    asked: _Asked,
    answers: Mapping[str, Any],
    seen_version: int | None,
    origin: str,
    now: datetime,
) -> None:
    for role, changes in forms.changes_for(asked.form, answers, tuple(asked.case_files), asked.facts).items():
        if role in asked.case_files:
            dossiers.note(
                session,
                actor,
                asked.case_files[role],
                changes,
                origin=origin,
                form_hash=asked.closure.hash,
                task_id=task.id,
                now=now,
                seen_version=seen_version if role == forms.PRINCIPAL else None,
            )


def _already(session: Session, actor: Actor, task: Task, submission_token: str) -> Completed:
    """Show again the result of the same submission; otherwise say who came first."""
    done = store.submission(session, task.id)
    if done is not None and submission_token and done.token == submission_token[:64]:
        wanted = {UUID(one) for one in done.next_tasks}
        following = [one for one in next_tasks(session, actor, task.root_id) if one.id in wanted]
        run = session.get_one(Instance, task.root_id)
        incidents = tuple(OpenIncident(UUID(i["id"]), i["element"], i["code"], i["message"]) for i in done.incidents)
        finished = run.ended_at is not None
        return Completed(task.id, task.root_id, tuple(following), incidents, finished, already=True)
    if task.state == "cancelled":
        raise TaskClosed
    raise TaskAlreadyDone(who=task.closed_by or "Quelqu’un")


def _incidents(advanced: Advanced) -> tuple[OpenIncident, ...]:
    return tuple(OpenIncident(one.id, one.element, one.code, one.message) for one in advanced.incidents)


def _stored(one: OpenIncident) -> dict[str, str]:
    return {"id": str(one.id), "element": one.element, "code": one.code, "message": one.message}


def _remember_seen(session: Session, task_id: UUID) -> None:
    draft = session.get(Draft, task_id)
    task = session.get(Task, task_id)
    if draft is None or task is None:
        return
    principal = case_files_of(session, session.get_one(Instance, task.instance_id)).get(forms.PRINCIPAL)
    draft.dossier_version = principal.version if principal else None
