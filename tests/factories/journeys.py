"""Runs brought to a given step by replaying the answers of a pack's scenario through the services."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from jalon.base.actor import Actor
from jalon.base.ids import new_id
from jalon.services import access, processes, worklist
from jalon.store import organisations, people
from jalon.store.database import Session
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task, tasks_of_run

ROOT = Path(__file__).parent.parent.parent
WORKERS = {"accueil": "accueil", "conseiller": "conseiller", "responsable_secteur": "secteur"}


def person(session: Session, login: str) -> Actor:
    """Return a persona at work."""
    found = people.person_by_login(session, login)
    assert found is not None, login
    return access.actor_for(session, found)


def unit_id(session: Session, code: str) -> UUID:
    """Return the unit of that code."""
    found = organisations.unit_by_code(session, code)
    assert found is not None, code
    return found.id


def answers(scenario: str, element: str) -> dict[str, Any]:
    """Return what a pack's scenario answers to a task: `scenario` is `pack/name`."""
    pack, name = scenario.split("/")
    script = json.loads((ROOT / "workflows" / pack / "scenarios" / f"{name}.json").read_text(encoding="utf-8"))
    return next(dict(step["with"]) for step in script["steps"] if step.get("task") == element)


def walk_to(
    wiring: Wiring,
    element: str,
    *,
    town: str = "toulouse",
    scenario: str = "premier-accueil/urgence-partenaire",
    process: str = "premier-accueil",
    changed: Mapping[str, Any] | None = None,
) -> Task:
    """Start a process in a town and answer its tasks until this one is open."""
    with wiring.database.transaction() as session:
        starter = person(session, f"accueil.{town}")
        run = processes.start(session, starter, process, unit_id(session, f"ml_{town}"), now=wiring.clock.now())
        run_id = run.id
    for _ in range(20):
        with wiring.database.transaction() as session:
            (task, *_) = [one for one in tasks_of_run(session, run_id) if one.state == "ready"]
            if task.element == element:
                return task
            actor = person(session, f"{WORKERS[task.role or '']}.{town}")
            given = answers(scenario, task.element) | dict(changed or {})
            worklist.complete_task(session, actor, task.id, given, new_id().hex, wiring.clock.now())
    raise AssertionError(f"« {element} » was not reached")
