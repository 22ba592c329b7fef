"""The hotfix of runs pinned to a version: texts and additions only, named, approved, audited."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import Refused
from jalon.base.i18n import fr
from jalon.engines.layering import differences, highest_class
from jalon.engines.processes import Program
from jalon.services import audit, processes
from jalon.services.access import require
from jalon.services.processes.compiling import program_of
from jalon.services.processes.library import content_of
from jalon.services.processes.together import begin
from jalon.services.publication.errors import ApprovalRefused
from jalon.services.publication.model import UnitName
from jalon.store import organisations
from jalon.store import processes as store
from jalon.store.operations import Operation

HARMLESS = (None, "cosmetic", "compatible")


class HotfixRefused(Refused):
    """No run may receive the version in force as a hotfix."""

    code, message = "correctif.refuse", fr("Ce correctif est refusé : {reason}")


@dataclass(frozen=True, slots=True)
class Hotfix:
    """What a hotfix would do: `runs` receive it, so many by unit in `reached`; `left` keep their version, `because`."""

    process_key: str
    runs: tuple[UUID, ...]
    sentences: tuple[str, ...]
    left: int
    because: tuple[str, ...]
    reached: tuple[tuple[UnitName, int], ...] = ()


def plan_hotfix(
    session: Session, actor: Actor, process_key: str, now: datetime, units: Collection[UUID] | None = None
) -> Hotfix:
    """Return which runs differ from the version in force by texts or additions only; writes nothing.

    `units` keeps the runs of those units, all those the actor may move unless said.
    """
    runs: list[UUID] = []
    said: dict[str, None] = {}
    because: dict[str, None] = {}
    left = 0
    for group in processes.plan(session, actor, process_key, {}, now).groups:
        old, new = content_of(session, group.old), content_of(session, group.new)
        # the text of the diagram is compared as a program, below
        found = [one for one in differences("process", old, new) if not one.prop.startswith("_")]
        there = _those_of(session, group.runs, units)
        if not there:
            continue
        if group.outcome != "moves" or highest_class(found) not in HARMLESS:
            why = group.refused or "le changement n’est pas un simple texte ou un ajout : il demande une migration."
        elif _flow(program_of(process_key, group.old, old)) != _flow(program_of(process_key, group.new, new)):
            why = "le déroulement change : il demande une migration."
        else:
            runs += there
            said |= dict.fromkeys(one.sentence for one in found)
            continue
        left += len(there)
        because[why] = None
    return Hotfix(process_key, tuple(runs), tuple(said), left, tuple(because), _by_unit(session, runs))


def hotfix(
    session: Session,
    actor: Actor,
    process_key: str,
    *,
    name: str,
    reason: str,
    approver: Actor,
    now: datetime,
    units: Collection[UUID] | None = None,
) -> Operation:
    """Give the version in force to the runs that differ from it by texts or additions only; `processes.undo` undoes.

    The fix has a name, kept with the operation; its approver is another person who may publish for the whole
    network. Raises HotfixRefused, ApprovalRefused.
    """
    root = organisations.root(session)
    if approver.id is None or approver.id == actor.id:
        raise ApprovalRefused()
    require(approver, "configuration.publier", root.id if root else None)
    if not name.strip() or not reason.strip():
        raise HotfixRefused(reason="donnez-lui un nom, et dites pourquoi il ne peut pas attendre.")
    planned = plan_hotfix(session, actor, process_key, now, units)
    if not planned.runs:
        raise HotfixRefused(reason=next(iter(planned.because), "aucun parcours n’a une autre version."))
    operation = begin(session, actor, "migrer", planned.runs, f"Correctif « {name.strip()} » : {reason.strip()}", now)
    audit.record(
        session,
        actor,
        "parcours.correctif",
        target=operation.id,
        process=process_key,
        approver=approver.id,
        runs=len(planned.runs),
    )
    return operation


def _those_of(session: Session, runs: Collection[UUID], units: Collection[UUID] | None) -> list[UUID]:
    if units is None:
        return list(runs)
    known = store.instances_by_id(session, runs)
    return [one for one in runs if known[one].unit_id in units]


def _by_unit(session: Session, runs: Collection[UUID]) -> tuple[tuple[UnitName, int], ...]:
    counts = Counter(run.unit_id for run in store.instances_by_id(session, runs).values())
    found = organisations.units(session, set(counts))
    return tuple((UnitName(unit.id, unit.code, unit.title), counts[unit.id]) for unit in found)


def _flow(program: Program) -> dict[str, object]:
    """Return what decides how a process goes on: everything but the words people read."""
    return {
        uid: replace(node, name="", title="", why="", documentation="", line=None)
        for uid, node in program.nodes.items()
    }
