"""Steps that ask another information system: declared in packs, called by jobs, answered as variables."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.engines.processes import Ask, Done
from jalon.runtime.connectors import ACTION, Reply, check_call, read_call, title_of, understood
from jalon.services.processes.actions import ActionContext, Parameter, register_action
from jalon.services.processes.running import runtime_for, settled
from jalon.store import jobs, outside
from jalon.store import processes as runs
from jalon.store.configuration import current_content
from jalon.store.jobs import Job
from jalon.store.outside import ConnectorCall
from jalon.store.processes import Instance
from jalon.store.runs import SqlRunStore

JOB = "connector.call"
MOST_FAILURES, REST = 5, timedelta(minutes=1)
"""How many failures in a row leave a system alone, and for how long."""


class ConnectorGaveUp(JalonError):
    """Every try failed: the step is an incident, to be tried again when the system is back."""

    code = "connecteur.abandonne"
    message = fr("L’échange avec « {system} » a échoué {tries} fois : {reason} Relancez l’étape quand il répond.")


class ConnectorResting(JalonError):
    """The system failed too often: it is left alone for a minute, this call is tried again later."""

    code, message = "connecteur.au_repos", fr("« {system} » ne répond plus ; il n’est pas sollicité pour le moment.")


@dataclass(frozen=True, slots=True)
class Request:
    """One call to make: the connector as published, and what to send."""

    connector: str
    declared: Mapping[str, Any]
    operation: str
    payload: Mapping[str, Any]
    key: str
    call_id: UUID


def call(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> Ask:
    """Ask a declared system for something: the step waits for the answer, a job goes and gets it."""
    name, operation, payload = read_call(parameters)
    declared: dict[str, Any] = current_content(session, "connector", name, context.unit_id) or {}
    check_call(declared, name, operation, payload)
    turn = outside.times_passed(session, context.run_id, context.element)
    key = hashlib.sha256(f"{context.run_id}/{context.token}/{context.element}/{turn}".encode()).hexdigest()[:40]
    asked = ConnectorCall(
        unit_id=context.unit_id,
        instance_id=context.run_id,
        token=context.token,
        element=context.element,
        connector=name,
        operation=operation,
        key=key,
        payload=payload,
        asked_at=context.now,
        answered_at=None,
    )
    session.add(asked)
    session.flush()
    _defer(session, asked)
    return Ask()


def prepare(session: Session, arguments: Mapping[str, Any], now: datetime) -> Request | None:
    """Return the call of a job; None when its step is no longer waiting, or its run is held."""
    asked, task_id = _waiting(session, arguments)
    if asked is None or task_id is None or session.get_one(Instance, asked.instance_id).suspended:
        return None
    declared: dict[str, Any] = current_content(session, "connector", asked.connector, asked.unit_id) or {}
    if outside.open_until(session, asked.connector, now):
        raise ConnectorResting(system=title_of(declared, asked.connector))
    return Request(asked.connector, declared, asked.operation, dict(asked.payload), asked.key, asked.id)


def keep(session: Session, arguments: Mapping[str, Any], reply: Reply, now: datetime) -> None:
    """Write an answer as the variables its operation names, and let the run go on."""
    asked, task_id = _waiting(session, arguments)
    if asked is None or task_id is None:
        return
    run = session.get_one(Instance, asked.instance_id)
    runs.lock(session, run.root_id)
    if run.suspended:
        return  # asked again, under the same key, when the run resumes
    declared: dict[str, Any] = current_content(session, "connector", asked.connector, asked.unit_id) or {}
    operation = declared.get("operations", {}).get(asked.operation, {})
    title = title_of(declared, asked.connector)
    runtime = runtime_for(session, now, run.unit_id)
    result = understood(operation, reply, title, now)
    if isinstance(result, Done):
        happened = runtime.complete_task(task_id, dict(result.variables), by=title)
    else:
        happened = runtime.fail_task(task_id, result.error, result.message, by=title)
    asked.state, asked.payload, asked.answered_at = "done", {}, now
    settled(session, SYSTEM, run.root_id, happened, now)


def give_up(session: Session, job: Job, now: datetime) -> None:
    """Turn the step of a call that failed at every try into an incident."""
    asked, task_id = _waiting(session, job.arguments)
    if asked is None:
        return
    asked.state = "failed"
    run = session.get(Instance, asked.instance_id)
    if task_id is None or run is None:
        return
    runs.lock(session, run.root_id)
    if run.suspended:
        asked.state = "waiting"  # asked again when the run resumes
        return
    declared: dict[str, Any] = current_content(session, "connector", asked.connector, asked.unit_id) or {}
    reason = asked.error or job.error_code
    fault = ConnectorGaveUp(system=title_of(declared, asked.connector), tries=job.attempts, reason=reason)
    happened = runtime_for(session, now, run.unit_id).stop_task(task_id, fault)
    settled(session, SYSTEM, run.root_id, happened, now)


def ask_again(session: Session, root_id: UUID) -> None:
    """Ask again for the answers a whole run waits for, once it resumes."""
    for asked in outside.waiting_calls(session, root_id):
        _defer(session, asked)


def _defer(session: Session, asked: ConnectorCall) -> None:
    jobs.defer(session, JOB, {"call": str(asked.id)}, lock=f"call/{asked.id}")


def _waiting(session: Session, arguments: Mapping[str, Any]) -> tuple[ConnectorCall | None, UUID | None]:
    """Return the call of a job and the open task of its step, if both are still there."""
    asked = session.get(ConnectorCall, UUID(str(arguments["call"])))
    if asked is None or asked.state != "waiting":
        return None, None
    task = SqlRunStore(session).open_task(asked.instance_id, asked.token)
    return asked, task.id if task is not None and task.element == asked.element else None


register_action(
    ACTION,
    call,
    "Interroger un autre système d’information et attendre sa réponse",
    (
        Parameter("connecteur", "Clé du connecteur", required=True),
        Parameter("operation", "Opération demandée", required=True),
    ),
    others="chaque autre paramètre est envoyé, vérifié par le schéma de l’opération",
)
