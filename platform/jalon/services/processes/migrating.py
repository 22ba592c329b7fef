"""Runs in progress moved to the version their unit has now: a dry run by group, choices, one result per run, undo."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import ContentRefused, NotFound, Refused
from jalon.base.i18n import fr
from jalon.engines.processes import Program, State, load
from jalon.engines.processes.relocation import plan as plan_move
from jalon.runtime.correlation import PLACE
from jalon.services import access, audit, configuration
from jalon.services.configuration import ArtifactUnknown, FormClosure
from jalon.services.processes.compiling import program_of
from jalon.services.processes.images import as_record, keep_images, put_incidents_back, put_tasks_back, take_image
from jalon.services.processes.library import PublishedLibrary, content_of
from jalon.services.processes.running import runtime_for, settled
from jalon.services.processes.together import MOST, PERMISSIONS, act, begin
from jalon.store import operations as images
from jalon.store import processes as store
from jalon.store import worklist as work
from jalon.store.operations import Operation, OperationItem
from jalon.store.places import Place, place
from jalon.store.processes import Instance
from jalon.store.worklist import Task

MIGRATE = "processus.migrer"
REPLACES = "x-jalon-replaces"
PERMISSIONS |= {"migrer": MIGRATE, "revenir": MIGRATE}

Pairs = tuple[tuple[str, str], ...]
"""(id, name) of elements."""


class MigrationRefused(Refused):
    """A run that cannot move as asked; it has not changed."""

    code, message = "migration.refusee", fr("Ce parcours reste dans sa version : {reason}")


class GoneOn(Refused):
    """A run that cannot be put back: something happened in it since."""

    code = "migration.parcours_avance"
    message = fr("Ce parcours a avancé depuis son changement de version ; il ne peut plus revenir en arrière.")


@dataclass(slots=True)
class Group:
    """Runs that would move alike: from one version to another, at the same steps.

    `choices` are steps gone from the new version, to be mapped to one of `targets`; `refused` says what forbids it.
    """

    old: str
    new: str
    at: Pairs
    choices: Pairs
    targets: Pairs
    refused: str
    units: Counter[str] = field(default_factory=Counter)
    runs: list[UUID] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """`moves`, `choice` or `refused`."""
        return "refused" if self.refused else "choice" if self.choices else "moves"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration would do, the most numerous groups first; `more` when some runs were left out."""

    process_key: str
    title: str
    groups: tuple[Group, ...]
    up_to_date: int
    more: bool = False

    def count(self, outcome: str) -> int:
        """Return how many runs have that outcome."""
        return sum(len(one.runs) for one in self.groups if one.outcome == outcome)


def plan(session: Session, actor: Actor, process_key: str, chosen: Mapping[str, str], now: datetime) -> Plan:
    """Return what moving every run of a process would do, at most so many; nothing changes.

    `chosen` maps steps that are gone to steps of the new version. NotFound for a process nobody published.
    """
    access.require(actor, MIGRATE, None)
    info = next((one for one in configuration.process_keys(session) if one.key == process_key), None)
    if info is None:
        raise NotFound(process=process_key)
    targets = _Targets(session, process_key, now)
    groups: dict[tuple[object, ...], Group] = {}
    seen = up_to_date = 0
    for run in _running(session, actor, process_key):
        seen += 1
        new = targets.of(run.unit_id)
        if new is None or new.hash == run.process_hash:
            up_to_date += 1
            continue
        state = load(run.state)
        key = (run.process_hash, new.hash, _signature(state))
        if key not in groups:
            groups[key] = _group(state, targets.old(run), new, chosen)
        groups[key].runs.append(run.id)
        groups[key].units[place(session, run.unit_id).title] += 1
    ordered = sorted(groups.values(), key=lambda one: -len(one.runs))
    return Plan(process_key, info.title, tuple(ordered), up_to_date, seen >= MOST)


def migrate(
    session: Session, actor: Actor, process_key: str, chosen: Mapping[str, str], reason: str, now: datetime
) -> Operation:
    """Move every run a plan says may move, by jobs; each has its result, and its image to come back to."""
    planned = plan(session, actor, process_key, chosen, now)
    runs = [run for group in planned.groups if group.outcome == "moves" for run in group.runs]
    if not runs:
        raise MigrationRefused(reason="aucun parcours ne peut changer de version avec ces choix.")
    return begin(session, actor, "migrer", runs, reason, now, arguments={"mapping": dict(chosen)})


def undo(session: Session, actor: Actor, operation_id: UUID, reason: str, now: datetime) -> Operation:
    """Put back every run an operation moved and nobody touched since."""
    done = images.operation(session, operation_id)
    if done is None or done.act != "migrer":
        raise NotFound(id=operation_id)
    items = images.items_of(session, operation_id, "done", limit=MOST)
    return begin(session, actor, "revenir", [item.instance_id for item in items], reason, now, undoes=operation_id)


class _Targets:
    """The version each unit has now, and the versions in use; read once each."""

    def __init__(self, session: Session, process_key: str, now: datetime) -> None:
        self._session, self._key, self._now = session, process_key, now
        self._by_unit: dict[UUID, Program | None] = {}

    def of(self, unit_id: UUID) -> Program | None:
        """Return the version a new run of a unit would use, None when there is none any more."""
        if unit_id not in self._by_unit:
            self._by_unit[unit_id] = latest(self._session, self._key, place(self._session, unit_id), self._now)
        return self._by_unit[unit_id]

    def old(self, run: Instance) -> Program:
        """Return the version a run has."""
        return program_of(self._key, run.process_hash, content_of(self._session, run.process_hash))


def latest(session: Session, process_key: str, unit: Place, now: datetime) -> Program | None:
    """Return the version of a process a unit has now, None when it has none that runs."""
    try:
        return PublishedLibrary(session, civil_date(now, unit.zone)).latest(process_key, unit.code)
    except (NotFound, ContentRefused):
        return None


def _running(session: Session, actor: Actor, process_key: str) -> Iterator[Instance]:
    units = None if actor.kind == "system" else actor.units_for(MIGRATE)
    for run in store.live_runs(session, process_key, units, MOST):
        if PLACE not in run.variables.get("0", {}):  # a repetition moves with what it is part of
            yield run


def _signature(state: State) -> tuple[object, ...]:
    """Return what decides where a state may go: states alike give the same."""
    tokens = sorted((one.element, one.doing, one.flow if one.doing == "j" else "") for one in state.tokens.values())
    scopes = sorted((one.element, one.kind) for one in state.scopes.values() if one.element)
    return tuple(tokens), tuple(scopes)


def _group(state: State, old: Program, new: Program, chosen: Mapping[str, str]) -> Group:
    found = plan_move(state, old, new, {was: to for was, to in chosen.items() if to})
    at = dict.fromkeys(token.element for token in state.tokens.values())
    containers = {old.nodes[one].container for one in found.choices if one in old.nodes}
    targets = [node for node in new.nodes.values() if node.container in containers and node.kind != "boundaryEvent"]
    return Group(
        old=old.hash,
        new=new.hash,
        at=tuple((one, _name(old, one)) for one in at),
        choices=tuple((one, _name(old, one)) for one in found.choices),
        targets=tuple((node.id, node.name or node.id) for node in targets if node.kind != "startEvent"),
        refused=found.refused,
    )


def _name(program: Program, element: str) -> str:
    node = program.nodes.get(element)
    return node.name or element if node else element


@act("migrer")
def _migrate(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    run = _locked(session, actor, item)
    unit = place(session, run.unit_id)
    new = latest(session, run.process_key, unit, now)
    if new is None or new.hash == run.process_hash:
        raise MigrationRefused(reason="il a déjà la version en vigueur.")
    before = [take_image(session, one, "migrer", now, operation.id) for one in _with_repetitions(session, run)]
    forms = _forms(session, new, unit, now)
    mapping = {was: to for was, to in operation.arguments.get("mapping", {}).items() if to}
    moved = runtime_for(session, now, run.unit_id).migrate(
        run.id, new.hash, mapping, renamed=_renamed(forms.values()), by=actor.name, reason=operation.reason
    )
    if moved.refused or moved.choices:
        raise MigrationRefused(reason=moved.refused or f"l’étape « {', '.join(moved.choices)} » n’existe plus.")
    session.flush()
    for task in work.tasks_of_run(session, run.root_id):
        if task.state == "ready" and task.instance_id in {one.instance_id for one in before}:
            _take_new_form(session, task, forms, now)
    keep_images(session, before)
    old = before[0].process_hash
    audit.record(session, actor, "parcours.migre", unit_id=unit.id, target=run.id, before=old[:12], after=new.hash[:12])
    settled(session, actor, run.root_id, moved.happened, now)
    return ""


@act("revenir")
def _come_back(session: Session, actor: Actor, operation: Operation, item: OperationItem, now: datetime) -> str:
    run = _locked(session, actor, item)
    kept = images.images_by_operation(session, operation.undoes, run.root_id) if operation.undoes else ()
    concerned = {one.id for one in _with_repetitions(session, run)}
    kept = [image for image in kept if image.instance_id in concerned]
    versions = store.instances_by_id(session, [image.instance_id for image in kept])
    if not kept or any(versions[image.instance_id].version != image.version for image in kept):
        raise GoneOn
    runtime = runtime_for(session, now, run.unit_id)
    for image in kept:
        runtime.restore(as_record(session, versions[image.instance_id], image), by=actor.name, reason=operation.reason)
        put_tasks_back(session, image, now, actor.name)
        put_incidents_back(session, image, now)
    audit.record(session, actor, "parcours.revenu", unit_id=run.unit_id, target=run.id)
    session.flush()
    return ""


def _locked(session: Session, actor: Actor, item: OperationItem) -> Instance:
    run = store.instance(session, item.instance_id, None if actor.kind == "system" else actor.units_for(MIGRATE))
    if run is None:
        raise NotFound(id=item.instance_id)
    store.lock(session, run.root_id)
    session.refresh(run)
    return run


def _with_repetitions(session: Session, run: Instance) -> list[Instance]:
    """Return a run and the live repetitions that are part of it."""
    family = store.runs_of_root(session, run.root_id)
    apart = [one for one in family if one.ended_at is None and PLACE in one.variables.get("0", {})]
    return [run, *(one for one in apart if one.process_hash == run.process_hash and one.id != run.id)]


def _forms(session: Session, program: Program, unit: Place, now: datetime) -> dict[str, FormClosure]:
    """Return the forms of a version as its unit has them now."""
    found = {}
    for key in dict.fromkeys(node.form for node in program.nodes.values() if node.form):
        try:
            found[key] = configuration.form_closure(session, key, unit.id, civil_date(now, unit.zone))
        except ArtifactUnknown:
            continue
    return found


def _renamed(forms: Iterable[FormClosure]) -> dict[str, str]:
    """Return the questions that took the place of another one: new name by old one."""
    return {was: name for form in forms for was, name in _renames(form).items()}


def _renames(form: FormClosure) -> dict[str, str]:
    found = {}
    for name, one in form.schema.get("properties", {}).items():
        replaced = one.get(REPLACES, ()) if isinstance(one, dict) else ()
        found.update(dict.fromkeys([replaced] if isinstance(replaced, str) else replaced, name))
    return found


def _take_new_form(session: Session, task: Task, forms: Mapping[str, FormClosure], now: datetime) -> None:
    """Have an open task use the form of the release it moved to; what was typed follows, under its new name."""
    form = forms.get(task.form or "")
    if form is None or task.form_hash == form.hash:
        return
    configuration.keep_closure(session, form)
    task.form_hash, task.pinned_at = form.hash, task.pinned_at or now
    draft = work.drafts_by_task(session, [task.id]).get(task.id)
    if draft is not None:
        taken = {name: draft.data[was] for was, name in _renames(form).items() if was in draft.data}
        draft.data = {**draft.data, **{name: value for name, value in taken.items() if name not in draft.data}}
