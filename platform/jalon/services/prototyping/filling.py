"""« Remplir automatiquement »: answers to a whole form that its own check accepts."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jalon.engines.forms import Form, Question, validate, visible
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.visibility import value_at
from jalon.services.prototyping.inventing import Lists, Situation, candidates
from jalon.services.prototyping.samples import Sample

ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Filled:
    """Answers, and what is left to a person: the JSON pointers still refused, with why."""

    data: dict[str, Any]
    errors: dict[str, str]


def fill(
    form: Form,
    given: Mapping[str, Any],
    *,
    lists: Lists,
    now: datetime,
    zone: str = "Europe/Paris",
    sample: Sample | None = None,
    known: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Filled:
    """Answer what is shown and not answered yet, as that person would; what is given stays.

    `known` are values by path of the case file that come before those of the sample. Files are left out.
    """
    person = {**(sample.values if sample else {}), **(known or {})}
    at = Situation(lists, now, zone, sample.rank if sample else 0, sample.name if sample else "", person)
    return _Filling(form, dict(copy.deepcopy(dict(given))), at, dict(facts or {})).done()


class _Filling:
    """One form being filled; `left` are the values not tried yet for what the machine answered."""

    def __init__(self, form: Form, data: dict[str, Any], at: Situation, facts: Mapping[str, Any]) -> None:
        self.form, self.data, self.at, self.facts = form, data, at, facts
        self.left: dict[str, list[Any]] = {}

    def done(self) -> Filled:
        for _ in range(ROUNDS):
            if self._answer():
                continue  # an answer may show other questions
            checked = validate(self.form, self.data, lists=self.at.lists, facts=self.facts, now=self.at.now)
            if checked.ok or not self._try_others(checked.errors):
                break
        checked = validate(self.form, self.data, lists=self.at.lists, facts=self.facts, now=self.at.now)
        return Filled(checked.data, checked.errors)

    def _answer(self) -> bool:
        """Answer each question that shows and has no answer; tell whether there was one."""
        seen = visible(self.form, self.data, self.facts, self.at.now)
        added = False
        for question in self.form.questions:
            where = pointer(question.path)
            if where in seen.hidden or where in seen.disabled or where in self.left:
                continue
            if value_at(self.data, question.path) is not ABSENT:
                continue
            self.left[where] = candidates(question, self.at)
            added = self._next(question, where) or added
        return added

    def _next(self, question: Question, where: str) -> bool:
        """Put the next value to try, or take the answer away when there is none left."""
        if self.left[where]:
            _put(self.data, question.path, self.left[where].pop(0))
            return True
        return _take_away(self.data, question.path)

    def _try_others(self, errors: Mapping[str, str]) -> bool:
        """Change the refused answers that are ours; tell whether anything changed."""
        changed = False
        for question in self.form.questions:
            where = pointer(question.path)
            refused = any(at == where or at.startswith(f"{where}/") for at in errors)
            if where in self.left and refused:
                changed = self._next(question, where) or changed
        return changed


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        data = data.setdefault(step, {})
    data[path[-1]] = value


def _take_away(data: dict[str, Any], path: Sequence[str]) -> bool:
    for step in path[:-1]:
        data = data.get(step, {})
    return data.pop(path[-1], ABSENT) is not ABSENT
