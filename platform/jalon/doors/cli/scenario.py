"""Plays a scenario written as data through the real services, one transaction per gesture, as doors do.

A step is `{say, as, do, with, expect}`: `as` a login, `do` a verb of VERBS, `with` its arguments, `expect`
what must be seen. The first thing that is not as expected raises `ExpectationFailed` and names the step.
Reference: docs/reference/scenarios.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

from jalon.base.actor import SYSTEM, Actor
from jalon.base.clock import MovableClock, civil_date
from jalon.base.errors import JalonError, NotFound
from jalon.base.i18n import fr
from jalon.services import access, messaging
from jalon.store import organisations, people
from jalon.store.database import Session
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task, tasks_of_run

STEP = timedelta(minutes=1)
"""The time that passes between two steps, so that what happened first is dated first."""

Step = Mapping[str, Any]
Verb = Callable[["Stage", "Asked"], None]

_DAYS = re.compile(r"@([+-]\d{1,4})")

VERBS: dict[str, Verb] = {}
"""What a step may do, by name."""


class ExpectationFailed(JalonError):
    """A step of the scenario did not give what it announces."""

    code = "scenario.attendu"
    message = fr("Étape {number} — {say}\n  attendu : {expected}\n  obtenu : {found}")


class StepUnknown(JalonError):
    """A step asks for a verb nobody wrote."""

    code, message = "scenario.verbe", fr("Étape {number} : le verbe « {verb} » n’existe pas ({known}).")


@dataclass(slots=True)
class Stage:
    """What a scenario plays on, and what its steps hand to one another."""

    wiring: Wiring
    clock: MovableClock
    drafts: dict[UUID, list[UUID]] = field(default_factory=dict)  # unit -> drafts waiting for publication
    current_run: UUID | None = None
    runs: dict[str, UUID | None] = field(default_factory=dict)  # runs under way together, by the name a step gives
    say: Callable[[str], None] = lambda _line: None
    work: Callable[[], int] = lambda: 0  # what a worker does until nothing waits

    def actor(self, session: Session, login: str | None) -> Actor:
        """Return the person of that login at work."""
        if login is None:
            return SYSTEM
        person = people.person_by_login(session, login)
        if person is None:
            raise NotFound(id=login)
        return access.actor_for(session, person)

    def unit_id(self, session: Session, code: str) -> UUID:
        """Return the unit of that code."""
        unit = organisations.unit_by_code(session, code)
        if unit is None:
            raise NotFound(id=code)
        return unit.id

    def dated(self, value: Any) -> Any:
        """Return answers where « @+15 » and « @-3 » are the dates so many days from the day of the scenario."""
        if isinstance(value, Mapping):
            return {key: self.dated(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.dated(item) for item in value]
        if isinstance(value, str) and (found := _DAYS.fullmatch(value)):
            today = civil_date(self.clock.now(), self.wiring.settings.zone)
            return (today + timedelta(days=int(found[1]))).isoformat()
        return value

    def mailbox(self) -> list["Letter"]:
        """Send what waits in the outbox, then return the letters of the mailbox, oldest first."""
        messaging.deliver_outbox(self.wiring.database.transaction, self.wiring.mailer, self.wiring.clock.now())
        folder = self.wiring.settings.var / "mail"
        return [_letter(file) for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that arrived."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One step: who, with what, expecting what."""

    number: int
    say: str
    login: str | None
    given: Mapping[str, Any]
    expected: Mapping[str, Any]

    def expect(self, name: str, found: object) -> None:
        """Compare with what the step announces under that name, if it announces it."""
        if name in self.expected:
            self.must(self.expected[name] == found, {name: self.expected[name]}, {name: found})

    def must(self, held: bool, expected: object, found: object) -> None:
        """Fail the step unless it held."""
        if not held:
            raise ExpectationFailed(number=self.number, say=self.say, expected=expected, found=found)


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register what a step may do."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


def play(stage: Stage, scenario: Mapping[str, Any], say: Callable[[str], None]) -> int:
    """Play every step in order; return how many were played."""
    stage.say = say
    for number, step in enumerate(scenario["steps"], 1):
        if step["do"] not in VERBS:
            raise StepUnknown(number=number, verb=step["do"], known=", ".join(sorted(VERBS)))
        asked = Asked(number, step["say"], step.get("as"), step.get("with", {}), step.get("expect", {}))
        stage.clock.move_by(STEP)
        name = asked.given.get("run")
        stage.current_run = stage.runs.get(name, stage.current_run)
        who = f"{step['as']} : " if step.get("as") else ""
        say(f"{number:3}. {who}{step['say']}")
        VERBS[step["do"]](stage, asked)
        if name:
            stage.runs[name] = stage.current_run
    return len(scenario["steps"])


def open_tasks(session: Session, run_id: UUID) -> list[Task]:
    """Return the tasks open in a run, oldest first, whoever they are for."""
    return [task for task in tasks_of_run(session, run_id) if task.state == "ready"]


def task_named(stage: Stage, session: Session, asked: Asked) -> Task:
    """Return the open task of the element a step names, in the run at hand."""
    wanted = asked.given["task"]
    found = [task for task in open_tasks(session, _run(stage, asked)) if task.element == wanted]
    asked.must(bool(found), f"une tâche ouverte « {wanted} »", _elements(session, stage, asked))
    return found[0]


def expect_tasks(stage: Stage, asked: Asked) -> None:
    """Compare the tasks open in the run at hand with those the step announces."""
    if "tasks" in asked.expected:
        with stage.wiring.database.transaction() as session:
            asked.expect("tasks", _elements(session, stage, asked))


def _run(stage: Stage, asked: Asked) -> UUID:
    asked.must(stage.current_run is not None, "un parcours démarré par une étape précédente", "aucun")
    assert stage.current_run is not None
    return stage.current_run


def _elements(session: Session, stage: Stage, asked: Asked) -> list[str]:
    return [task.element for task in open_tasks(session, _run(stage, asked))]


def _letter(file: Path) -> Letter:
    message = message_from_bytes(file.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    return Letter(str(message["To"]), body.get_content() if body else "")
