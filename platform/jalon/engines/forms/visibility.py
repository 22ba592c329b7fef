"""Which questions show, and which may be filled, for given answers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines.expressions import evaluate, from_json
from jalon.engines.forms.computing import computed_into
from jalon.engines.forms.conditions import ABSENT, holds
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Element, Form, Question, Rule, Section, Visibility

MAX_ROUNDS = 600
Keys = tuple[str | int, ...]

NOTHING = Visibility(frozenset(), frozenset(), frozenset())


def visible(
    form: Form, data: Mapping[str, Any], facts: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Visibility:
    """Judge the rules until nothing changes: a hidden answer counts as absent in the other rules.

    Computed values are worked out first, from the answers that show: a rule may read them.
    """
    if not has_rules(form):
        return NOTHING
    found = NOTHING
    for _ in range(MAX_ROUNDS):
        reduced, _ = computed_into(form, without(data, found.hidden), facts or {}, now)
        reduced = without(reduced, found.hidden)
        judged = _Judgement(form, data, reduced, facts or {}, now).result()
        if judged == found:
            break
        found = judged
    return found


def has_rules(form: Form) -> bool:
    """Tell whether any element of the form has a rule."""
    return any(_any_rule(section) for section in form.sections)


def _any_rule(element: Element | Section) -> bool:
    return bool(element.rules) or any(_any_rule(child) for child in getattr(element, "elements", ()))


def row_uid(uid: str, row: Keys) -> str:
    """Return how an element is named in a row: `uid@/experiences/0`; the uid alone outside rows."""
    return f"{uid}@{pointer(row)}" if row else uid


def located(path: tuple[str, ...], row: Keys) -> Keys:
    """Return the keys of a question's answer, the stars of its path taken from the row it is in."""
    numbers = [key for key in row if isinstance(key, int)]
    keys: list[str | int] = []
    for piece in path:
        keys.append(numbers.pop(0) if piece == "*" and numbers else piece)
    return tuple(keys)


def value_at(data: Any, keys: Keys) -> Any:
    """Return the value at these keys; ABSENT when there is none."""
    for key in keys:
        if isinstance(data, list):
            if not isinstance(key, int) or key >= len(data):
                return ABSENT
            data = data[key]
        elif isinstance(data, Mapping) and key in data:
            data = data[key]
        else:
            return ABSENT
    return data


def without(data: Any, hidden: frozenset[str] | Mapping[str, Any], path: str = "") -> Any:
    """Return a copy of the answers without the values at these pointers; lists keep their length."""
    if not hidden:
        return data
    if isinstance(data, Mapping):
        named = ((key, path + pointer((key,))) for key in data)
        return {key: without(data[key], hidden, here) for key, here in named if here not in hidden}
    if isinstance(data, list):
        return [without(item, hidden, f"{path}/{index}") for index, item in enumerate(data)]
    return data


class _Judgement:
    """One round: every rule judged on the answers left by the round before."""

    def __init__(
        self, form: Form, data: Mapping[str, Any], reduced: Any, facts: Mapping[str, Any], now: datetime | None
    ) -> None:
        self.form, self.data, self.reduced, self.facts, self.now = form, data, reduced, facts, now
        self.hidden: set[str] = set()
        self.disabled: set[str] = set()
        self.elements: set[str] = set()

    def result(self) -> Visibility:
        for section in self.form.sections:
            self._visit(section, (), False, False)
        return Visibility(frozenset(self.hidden), frozenset(self.disabled), frozenset(self.elements))

    def _visit(self, element: Element | Section, row: Keys, hidden: bool, disabled: bool) -> None:
        for rule in element.rules:
            met = self._met(rule, row)
            hidden = hidden or (rule.effect == "SHOW" and not met) or (rule.effect == "HIDE" and met)
            disabled = disabled or (rule.effect == "ENABLE" and not met) or (rule.effect == "DISABLE" and met)
        if not isinstance(element, Question):
            if hidden:
                self.elements.add(row_uid(element.uid, row))
            for child in getattr(element, "elements", ()):
                self._visit(child, row, hidden, disabled)
            return
        keys = located(element.path, row)
        if hidden:
            self.hidden.add(pointer(keys))
        if disabled:
            self.disabled.add(pointer(keys))
        for child, inner in self._children(element, keys):
            self._visit(child, inner, hidden, disabled)

    def _children(self, question: Question, keys: Keys) -> Iterator[tuple[Element, Keys]]:
        rows = value_at(self.data, keys) if question.elements else ABSENT
        if isinstance(rows, list):
            for index in range(len(rows)):
                yield from ((child, (*keys, index)) for child in question.elements)

    def _true(self, source: str, names: Mapping[str, Any]) -> bool:
        try:
            values = {key: from_json(value) for key, value in names.items()}
            return evaluate(source, values, now=self.now).value is True
        except JalonError:  # out of fuel: the condition is not met
            return False

    def _met(self, rule: Rule, row: Keys) -> bool:
        if rule.parts:
            verdicts = (self._met(part, row) for part in rule.parts)
            return all(verdicts) if rule.link == "and" else any(verdicts)
        if rule.expression:
            names = {**self.facts, **self.reduced}
            return self._true(rule.expression, names)
        return holds(rule.schema, value_at(self.reduced, located(rule.path, row)))


__all__ = ["has_rules", "located", "row_uid", "value_at", "visible", "without"]
