"""Answers corrected after the fact: what a run reads from then on, and which decisions had read them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError
from jalon.engines.decisions.model import CompiledDecision, Table
from jalon.engines.expressions import parse
from jalon.services.processes.compiling import decisions_of, program_of
from jalon.services.processes.library import content_of
from jalon.services.processes.running import Advanced, runtime_for, settled
from jalon.store import processes as store
from jalon.store import snapshots
from jalon.store.processes import DecisionLog, Instance


def carry_answers(session: Session, actor: Actor, run: Instance, values: Mapping[str, Any], now: datetime) -> Advanced:
    """Give variables of a run their corrected values; the caller holds the run and checked the right to."""
    happened = runtime_for(session, now, run.unit_id).set_variables(run.id, values, by=actor.name)
    return settled(session, actor, run.root_id, happened, now)


def decisions_reading(
    session: Session,
    root_id: UUID,
    variables: Collection[str],
    paths: Mapping[UUID, Collection[str]],
    *,
    since: datetime,
) -> list[DecisionLog]:
    """Return the decisions taken since an instant that read these variables of a run or these paths of case files."""
    runs = {run.id: run for run in store.runs_of_root(session, root_id)}
    for dossier_id in paths:
        runs |= {run.id: run for run in store.instances_of(session, dossier_id, limit=200)}
    roles = store.roles_of(session, {run.root_id for run in runs.values()})
    found = []
    for taken in store.decisions_of(session, runs):
        run = runs.get(taken.instance_id) if taken.instance_id else None
        if run is None or taken.at < since:
            continue
        changed = set(variables) if run.root_id == root_id else set()
        for role, dossier_id in roles[run.root_id].items():
            names = (role, "dossier") if role == "principal" else (role,)
            changed |= {f"{name}.{path}" for name in names for path in paths.get(dossier_id, ())}
        if any(_touches(one, other) for one in changed for other in _read(session, run, taken)):
            found.append(taken)
    return found


def decision_titles(session: Session, taken: Sequence[DecisionLog]) -> dict[UUID, str]:
    """Return the name of each decision as its model gives it."""
    models = snapshots.contents(session, {one.snapshot_hash for one in taken})
    titles = {}
    for one in taken:
        listed = (models.get(one.snapshot_hash) or {}).get("decisions", [])
        names = {str(model.get("id")): str(model.get("name") or model.get("id")) for model in listed}
        titles[one.id] = names.get(one.decision, one.decision)
    return titles


def taken_again(session: Session, taken: Sequence[DecisionLog]) -> dict[UUID, list[datetime]]:
    """Return, for each decision, when the same one was taken in the same run."""
    others = store.decisions_of(session, {one.instance_id for one in taken if one.instance_id})
    return {
        one.id: [o.at for o in others if (o.instance_id, o.decision) == (one.instance_id, one.decision)]
        for one in taken
    }


def _read(session: Session, run: Instance, taken: DecisionLog) -> set[str]:
    """Return the names a decision reads, those of the run behind the inputs of its step included."""
    model = snapshots.content(session, taken.snapshot_hash)
    if model is None:
        return set()
    compiled = decisions_of(taken.snapshot_hash, model)
    wanted = [taken.decision]
    names: set[str] = set()
    seen: set[str] = set()
    while wanted:
        key = wanted.pop()
        one = compiled.decisions.get(key)
        if one is None or key in seen:
            continue
        seen.add(key)
        wanted += one.requires
        names |= {*_names(one), *one.requires}
    return names | set(_behind(session, run, taken.decision, names))


def _names(decision: CompiledDecision) -> Iterator[str]:
    if not isinstance(decision.logic, Table):
        yield from decision.logic.names
        return
    for column in decision.logic.inputs:
        yield from column.expression.names if column.expression else ()
    for rule in decision.logic.rules:
        for cell in (*rule.when, *rule.then):
            yield from cell.names


def _behind(session: Session, run: Instance, decision: str, names: set[str]) -> Iterator[str]:
    """Yield what the inputs of the steps that take this decision read to give these names."""
    program = program_of(run.process_key, run.process_hash, content_of(session, run.process_hash))
    for node in program.nodes.values():
        for given in node.inputs if node.decision == decision else ():
            if any(_touches(given.name, name) for name in names):
                try:
                    yield from parse(given.expression).names
                except JalonError:
                    continue  # refused at publication; an older version may still hold one


def _touches(one: str, other: str) -> bool:
    """Tell whether two dotted names meet: the same, or one inside the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
