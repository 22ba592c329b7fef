"""What surrounds a run while it moves: names, decisions and actions, fetched only when they are read."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.json import canonical
from jalon.engines.decisions import decide
from jalon.engines.expressions import evaluate, from_json, to_json, working_calendar
from jalon.engines.processes.host import ActionCall, ActionResult, Ask, Done
from jalon.runtime.coordinator import Surroundings
from jalon.runtime.protocol import InstanceRecord
from jalon.services import configuration
from jalon.services.dossiers import facts_of
from jalon.services.processes.actions import ACTIONS, INFOS, ActionContext, ActionRefused, check_parameters
from jalon.services.processes.compiling import decisions_of
from jalon.store import dossiers as files
from jalon.store.places import Place, place_of_code
from jalon.store.processes import DecisionLog, InstanceDossier, roles_of

Roles = Mapping[str, UUID]
"""The case files of a run, by role."""


class ActionUnknown(JalonError):
    """A diagram names an action that this installation does not have."""

    code, message, status = "action.inconnue", fr("L’action « {action} » n’existe pas ici. Prévenez le support."), 422


class ActionBroken(JalonError):
    """An action stopped for a reason nobody foresaw; what it wrote is undone."""

    code, message, status = "action.en_echec", fr("L’action « {action} » s’est interrompue ({reason})."), 500


class Names(Mapping[str, Any]):
    """Root names of expressions, each fetched the first time it is read."""

    def __init__(self, sources: Mapping[str, Callable[[], Any]]) -> None:
        self._sources = sources
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self._sources[name]()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __contains__(self, name: object) -> bool:
        return name in self._sources


def names_for(
    session: Session,
    unit: Place,
    instance_id: UUID | None,
    roles: Mapping[str, UUID],
    process_key: str,
    now: datetime,
    variables: Mapping[str, Any] | None = None,
) -> Names:
    """Return the names expressions of a run may read, as JSON values; variables win over the rest."""
    today = civil_date(now, unit.zone)

    def data_of(dossier_id: UUID) -> Callable[[], Any]:
        def read() -> Any:
            found = files.dossier(session, None, dossier_id)
            return {**facts_of(found), "id": str(found.id), "nom": found.name} if found else None

        return read

    sources: dict[str, Callable[[], Any]] = {role: data_of(dossier_id) for role, dossier_id in roles.items()}
    sources["dossier"] = sources.get("principal", dict)
    sources["parametre"] = lambda: configuration.parameters(session, unit.id, today)
    sources["option"] = lambda: configuration.options(session, process_key, unit.id, today)
    sources["unite"] = lambda: {"code": unit.code, "nom": unit.title, "niveau": unit.level}
    sources["aujourdhui"] = today.isoformat
    sources["instance"] = lambda: str(instance_id) if instance_id else None
    for name, value in (variables or {}).items():
        sources[name] = _constant(value)
    return Names(sources)


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def roles_for(session: Session, record: InstanceRecord) -> dict[str, UUID]:
    """Return the case files of a run by role; one that a message started is about the case file its key names."""
    found = roles_of(session, [record.root])[record.root]
    if found or not record.business_key:
        return found
    try:
        about = files.dossier(session, None, UUID(record.business_key))
    except ValueError:
        return found
    unit = place_of_code(session, record.unit)
    if about is None or unit is None or (about.unit_id != unit.id and about.audience == "unit"):
        return found
    session.add(InstanceDossier(instance_id=record.root, role="principal", dossier_id=about.id))
    session.flush()
    return {"principal": about.id}


def around(
    session: Session, now: datetime, about: Mapping[UUID, Roles] | None = None
) -> Callable[[InstanceRecord], Surroundings]:
    """Return what gives the runtime the surroundings of a run; remembered for the transaction."""
    read = about or {}
    known: dict[UUID, Surroundings] = {}

    def of(record: InstanceRecord) -> Surroundings:
        if record.id not in known:
            known[record.id] = _surroundings(session, record, read.get(record.root) or roles_for(session, record), now)
        return known[record.id]

    return of


def _surroundings(session: Session, record: InstanceRecord, roles: Roles, now: datetime) -> Surroundings:
    unit = place_of_code(session, record.unit)
    assert unit is not None  # the store read the record through it
    zone, calendar = unit.zone, working_calendar(unit.calendar)
    plain = names_for(session, unit, record.id, roles, record.process_key, now)
    names = Names({name: _converted(plain, name) for name in plain})

    def act(call: ActionCall) -> ActionResult:
        action = ACTIONS.get(call.action)
        if action is None:
            raise ActionUnknown(action=call.action or call.element)
        wrong = check_parameters(INFOS[call.action], call.parameters)
        if wrong:
            raise ActionRefused(action=call.action, reason=wrong)
        context = ActionContext(
            instance_id=record.root,
            run_id=record.id,
            token=call.token,
            unit_id=unit.id,
            unit_code=unit.code,
            element=call.element,
            key=f"{record.id}/{record.version}/{call.token}/{call.element}",
            dossiers=roles_for(session, record),
            variables=call.variables,
            now=now,
        )
        try:
            with session.begin_nested():
                found = action(session, context, call.parameters)
                return found if isinstance(found, Ask) else Done(dict(found or {}))
        except ActionRefused:
            raise
        except JalonError as refusal:
            raise ActionRefused(action=call.action, reason=refusal.text().rstrip(".")) from refusal
        except Exception as error:
            raise ActionBroken(action=call.action, reason=type(error).__name__) from error

    def decision(name: str, inputs: Mapping[str, Any]) -> Any:
        return decided(session, unit, record.id, name, inputs, plain, now=now, zone=zone, calendar=calendar)

    return Surroundings(act=act, decide=decision, zone=zone, calendar=calendar, names=names)


def _converted(plain: Names, name: str) -> Callable[[], Any]:
    return lambda: from_json(plain[name])


def decided(
    session: Session,
    unit: Place,
    instance_id: UUID,
    name: str,
    inputs: Mapping[str, Any],
    names: Mapping[str, Any],
    *,
    now: datetime,
    zone: str,
    calendar: Any,
) -> Any:
    """Take a decision as published at its reference date, and log what it read, which rules matched and why."""
    today = civil_date(now, zone)
    published = configuration.decision(session, name, unit.id, today)
    reference = today
    expression = published.content.get("reference_date")
    if expression:
        value = to_json(evaluate(expression, {key: from_json(item) for key, item in inputs.items()}, now=now).value)
        reference = type(today).fromisoformat(value[:10]) if isinstance(value, str) else today
        published = configuration.decision(session, name, unit.id, reference)
    # only the names its text mentions: the others would be fetched for nothing
    text = canonical(published.content)
    read = {key: names[key] for key in names if key not in inputs and key != "parametre" and key in text}
    if "parametre" in text:
        read["parametre"] = configuration.parameters(session, unit.id, reference)
    given = {key: from_json(value) for key, value in (read | dict(inputs)).items()}
    compiled = decisions_of(published.hash, published.content)
    found = decide(compiled, name, given, now=now, zone=zone, calendar=calendar)
    session.add(
        DecisionLog(
            unit_id=unit.id,
            instance_id=instance_id,
            decision=name,
            snapshot_hash=published.hash,
            reference_date=reference,
            inputs=found.inputs,
            outputs=found.outputs,
            matched=list(found.matched),
            warnings=[notice.message for notice in found.warnings],
            at=now,
        )
    )
    return found.value
