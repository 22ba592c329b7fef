"""A play as it stands: its journal played again on the sandbox, so that no state is ever stored."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from jalon.base.errors import FormInvalid, JalonError
from jalon.base.i18n import fr
from jalon.engines.forms import Form, bindings, compile_form
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.visibility import value_at
from jalon.runtime.answers import Run, Task
from jalon.runtime.deployment import Report
from jalon.runtime.scenarios import perform
from jalon.sandbox import Sandbox
from jalon.services.prototyping import Journal, Step
from jalon.services.prototyping.journal import scenario

KEPT = 16
"""How many deployments stay compiled in one worker."""
Files = Mapping[str, bytes]
_boxes: OrderedDict[str, tuple[Sandbox, Report]] = OrderedDict()


class StepRefused(JalonError):
    """A step that cannot be done where the play stands."""

    code, message, status = "atelier.etape_refusee", fr("Cette étape ne peut pas se faire : {reason}."), 422


@dataclass(slots=True)
class Play:
    """A play rebuilt: `links` are the messages that outside people would have received to do their task.

    `known` are the answers given so far that a case file would hold, by path; `stopped` says why the journal could
    not be played to its end (the product changed since).
    """

    files: Files
    journal: Journal
    box: Sandbox
    run: Run | None = None
    links: list[tuple[str, str, str]] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    expected: list[Step] = field(default_factory=list)
    stopped: str = ""

    @property
    def now(self) -> datetime:
        """The instant the play stands at."""
        return datetime.fromisoformat(self.box.now)

    def tasks(self) -> list[Task]:
        """Return the open tasks; of several alike, the first only: they are done in order."""
        first: dict[tuple[str, str | None], Task] = {}
        for task in self.box.tasks():
            first.setdefault((task.element, task.role), task)
        return list(first.values())

    def task(self, element: str) -> Task | None:
        """Return the open task of an element."""
        return next((task for task in self.tasks() if task.element == element), None)

    def form_of(self, task: Task) -> Form | None:
        """Return the form of a task, None when it has none that is deployed."""
        found = self.box.form(task.form)
        return compile_form(*found) if found else None

    def facts_of(self, task: Task) -> dict[str, Any]:
        """Return what the conditions of a form may read: the variables of its run."""
        return self.box.state(task.run).variables

    def beginning_of(self, form: Form) -> dict[str, Any]:
        """Return the answers already known, as a case file would prefill them."""
        data: dict[str, Any] = {}
        for uid, path in bindings(form).items():
            question = form.by_uid.get(uid)
            if question is None or "*" in question.path or path not in self.known:
                continue
            holder = data
            for step in question.path[:-1]:
                holder = holder.setdefault(step, {})
            holder[question.path[-1]] = self.known[path]
        return data

    def next_due(self) -> datetime | None:
        """Return when the next timer fires."""
        dues = [one.due for run in self.box.runs() for one in self.box.state(run).waiting if one.due]
        return min((datetime.fromisoformat(due) for due in dues), default=None)

    def do(self, step: Step) -> None:
        """Do one step; raises FormInvalid, StepRefused or another JalonError, and the play is then of no use."""
        before = dict(self.box.state(self.run).variables) if self.run else {}
        asked = self.task(str(step.get("task"))) if step.get("do") == "complete" else None
        form = self.form_of(asked) if asked else None
        try:
            self.run, _ = perform(self.box, self.run, self.journal.process, step)
        except LookupError as error:
            raise StepRefused(reason=str(error)) from error
        self._remember(form, step.get("with") or {})
        for task in self.box.tasks():
            if task.recipient and (line := _link(task)) not in self.links:
                self.links.append(line)
        self.expected.append({**step, "expect": self._expectation(before, step)})

    def _remember(self, form: Form | None, answers: Mapping[str, Any]) -> None:
        if form is None:
            return
        for uid, path in bindings(form).items():
            question = form.by_uid.get(uid)
            if question is not None and "*" not in question.path:
                value = value_at(answers, question.path)
                if value is not ABSENT:
                    self.known[path] = value

    def _expectation(self, before: Mapping[str, Any], step: Step) -> dict[str, Any]:
        """Return what a scenario may expect after a step: where the run is, and what the engine itself worked out."""
        if self.run is None:
            return {}
        state, given = self.box.state(self.run), step.get("with") or {}
        worked_out = {
            name: value
            for name, value in state.variables.items()
            if (name not in before or before[name] != value) and (name not in given or given[name] != value)
        }
        expected: dict[str, Any] = {
            "tasks": [task.element for task in self.box.tasks(self.run)],
            "status": state.status,
        }
        if worked_out:
            expected["variables"] = worked_out
        if state.ended_at:
            expected["ended_at"] = state.ended_at
        return expected

    def as_scenario(self) -> dict[str, Any]:
        """Return the play as a scenario that says what each step gave."""
        return scenario(self.journal, self.expected)


def rebuilt(files: Files, journal: Journal) -> Play:
    """Return a play where its journal leads."""
    box, _ = deployed(files, journal.unit)
    play = Play(files, journal, box.again(journal.now, journal.zone, journal.calendar))
    for number, step in enumerate(journal.steps, 1):
        try:
            play.do(step)
        except FormInvalid:
            play.stopped = f"étape {number} : le formulaire n’accepte plus ces réponses"
        except JalonError as error:
            play.stopped = f"étape {number} : {error.text()}"
        if play.stopped:
            break
    return play


def deployed(files: Files, unit: str) -> tuple[Sandbox, Report]:
    """Return a workshop where the files run, and their report; a file that has errors is left aside, not the others."""
    key = _digest(files, unit)
    if key not in _boxes:
        box = Sandbox(services="simulate")
        report = box.deploy(files, unit or None)
        if not report.ok:
            wrong = {problem.file for problem in report.problems if problem.severity == "error"}
            box.deploy({name: content for name, content in files.items() if name not in wrong}, unit or None)
        while len(_boxes) >= KEPT:
            _boxes.popitem(last=False)
        _boxes[key] = box, report
    return _boxes[key]


def read_json_file(files: Files, name: str) -> Any:
    """Return the content of a JSON file of a play, an empty object when there is none."""
    try:
        return json.loads(files[name]) if name in files else {}
    except ValueError:
        return {}


def _digest(files: Files, unit: str) -> str:
    digest = sha256(unit.encode())
    for name in sorted(files):
        digest.update(f"\n{name}\n{len(files[name])}\n".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _link(task: Task) -> tuple[str, str, str]:
    recipient = task.recipient or {}
    return str(recipient.get("nom") or ""), str(recipient.get("courriel") or ""), task.title
