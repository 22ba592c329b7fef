"""Which ways through a form are possible: what no answer ever shows, and answers that conditions wait for in vain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from jalon.engines.forms.conditions import ABSENT, ListValues, holds, in_subset
from jalon.engines.forms.model import Element, Form, Group, Question, Rule, Section

MAX_CASES = 20_000
_OTHER = "\u0000autre"
"""An answer that no condition names."""
_NUMERIC = frozenset({"integer", "decimal", "money"})
_NAMING = ("const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeverShown:
    """An element that no answer shows, and the questions its conditions look at."""

    uid: str
    label: str
    looked_at: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The same in French."""
        names = " et ".join(f"« {label} »" for label in self.looked_at)
        return f"« {self.label} » ne s’affiche jamais : aucune réponse à {names} ne remplit ses conditions."


@dataclass(frozen=True, slots=True)
class DeadAnswer:
    """An answer that the conditions of an element wait for and that cannot be given."""

    uid: str
    label: str
    looked_at: str
    answer: str

    @property
    def sentence(self) -> str:
        """The same in French."""
        return f"« {self.label} » attend la réponse « {self.answer} » à « {self.looked_at} », qui n’est plus proposée."


@dataclass(frozen=True, slots=True)
class Paths:
    """What is certain about the ways through a form; `unsure` are labels whose conditions were too many to try."""

    never: tuple[NeverShown, ...]
    dead: tuple[DeadAnswer, ...]
    unsure: tuple[str, ...]


def possible_paths(form: Form, lists: ListValues | None = None) -> Paths:
    """Try every answer that makes a difference; without its values, a list is taken to offer what conditions name."""
    explorer = _Explorer(form, lists or {})
    never: list[NeverShown] = []
    dead: list[DeadAnswer] = []
    unsure: list[str] = []
    stack: list[tuple[Element | Section, tuple[Rule, ...]]] = [(one, ()) for one in reversed(form.sections)]
    while stack:
        element, inherited = stack.pop()
        rules = (*inherited, *element.rules)
        if put_aside(element):
            continue
        if element.rules:
            dead.extend(explorer.dead_answers(element))
            reachable = explorer.may_show(rules)
            if reachable is None:
                unsure.append(_name(element))
            elif not reachable:
                looked_at = dict.fromkeys(one.label for one in explorer.read_by(rules))
                never.append(NeverShown(element.uid, _name(element), tuple(looked_at)))
                continue  # what it holds is not shown either, for that reason
        stack.extend((child, rules) for child in reversed(getattr(element, "elements", ())))
    return Paths(tuple(never), tuple(dead), tuple(unsure))


def _name(element: Element | Section) -> str:
    if isinstance(element, Question):
        return element.label
    if isinstance(element, Group | Section):
        return element.title or element.uid
    return element.text[:60]


def put_aside(element: Element | Section) -> bool:
    """Tell whether an element is hidden whatever the answers: closed on purpose."""
    return any(
        rule.effect == "HIDE" and not rule.parts and not rule.expression and rule.schema in (True, {})
        for rule in element.rules
    )


class _Explorer:
    """Judges rules on the few answers that make a difference to them."""

    def __init__(self, form: Form, lists: ListValues) -> None:
        self.lists = lists
        self.by_path: dict[Path, Question] = {one.path: one for one in form.by_uid.values()}
        self.rules: dict[Path, tuple[Rule, ...]] = {}
        self.schemas: dict[Path, list[Any]] = {}
        for section in form.sections:
            self._collect(section, ())

    def _collect(self, element: Element | Section, inherited: tuple[Rule, ...]) -> None:
        rules = (*inherited, *element.rules)
        if isinstance(element, Question):
            self.rules[element.path] = rules
        for rule in element.rules:
            for leaf in rule.leaves:
                self.schemas.setdefault(leaf.path, []).append(leaf.schema)
        for child in getattr(element, "elements", ()):
            self._collect(child, rules)

    def read_by(self, rules: Sequence[Rule]) -> list[Question]:
        """Return the questions that rules look at, each once."""
        leaves = [leaf for rule in rules for leaf in rule.leaves]
        return [self.by_path[path] for path in dict.fromkeys(leaf.path for leaf in leaves) if path in self.by_path]

    def may_show(self, rules: tuple[Rule, ...]) -> bool | None:
        """Tell whether some answers meet these rules, None when there are too many to try."""
        questions = self._closure(rules)
        choices = [self._answers(question) for question in questions]
        if prod(map(len, choices)) > MAX_CASES:
            return None
        for answers in product(*choices):
            given = dict(zip((one.path for one in questions), answers, strict=True))
            if self._shown(rules, given):
                return True
        return False

    def _closure(self, rules: Sequence[Rule]) -> list[Question]:
        """Return what the rules look at, and what decides whether that is shown."""
        found: dict[Path, Question] = {}
        waiting = list(self.read_by(rules))
        while waiting:
            question = waiting.pop()
            if question.path not in found:
                found[question.path] = question
                waiting.extend(self.read_by(self.rules.get(question.path, ())))
        return list(found.values())

    def _shown(self, rules: Sequence[Rule], given: Mapping[Path, Any], depth: int = 0) -> bool:
        """Tell whether nothing certain hides an element; the answer to a hidden question counts as absent."""
        for rule in rules:
            met = self._met(rule, given, depth)
            if (rule.effect == "SHOW" and met is False) or (rule.effect == "HIDE" and met is True):
                return False
        return True

    def _met(self, rule: Rule, given: Mapping[Path, Any], depth: int) -> bool | None:
        """Judge one rule, None when only the running application could."""
        if rule.parts:
            verdicts = [self._met(part, given, depth) for part in rule.parts]
            decisive = rule.link == "or"
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive
        if rule.expression or rule.path not in given or not in_subset(rule.schema):
            return None
        value = given[rule.path]
        if value is not ABSENT and depth < len(given) and not self._shown(self.rules[rule.path], given, depth + 1):
            value = ABSENT
        return holds(rule.schema, value)

    def _answers(self, question: Question) -> list[Any]:
        """Return the answers worth trying: those that can be given and make a difference, and none at all."""
        named = list(_constants(self.schemas.get(question.path, [])))
        if question.kind == "boolean":
            found: list[Any] = [True, False]
        elif question.kind == "choices":
            codes = self._offered(question, named)
            found = [*([code] for code in codes), codes]
        elif question.choices or question.list_key:
            found = self._offered(question, named)
        elif question.kind in _NUMERIC:
            found = _numbers(question, named)
        else:
            found = [*named, _OTHER]
        return [*found, ABSENT]

    def _offered(self, question: Question, named: Sequence[Any]) -> list[Any]:
        known = self._known(question)
        return [*named, _OTHER] if known is None else known

    def _known(self, question: Question) -> list[Any] | None:
        """Return what a question offers, None when it is not known here."""
        if question.choices:
            return [one.value for one in question.choices if not one.closed]
        if question.list_key in self.lists:
            return [one.get("code") for one in self.lists[question.list_key] if not one.get("closed")]
        return None

    def dead_answers(self, element: Element | Section) -> Iterator[DeadAnswer]:
        """Yield the answers its conditions name that are not offered."""
        for leaf in (leaf for rule in element.rules for leaf in rule.leaves):
            question = self.by_path.get(leaf.path)
            known = self._known(question) if question else None
            if question is None or known is None:
                continue
            for value in _constants([leaf.schema]):
                if isinstance(value, str) and value not in known:
                    yield DeadAnswer(element.uid, _name(element), question.label, self._label(question, value))

    def _label(self, question: Question, code: str) -> str:
        offered = {str(one.get("code")): str(one.get("label")) for one in self.lists.get(question.list_key, ())}
        own = {str(one.value): one.label for one in question.choices}
        return own.get(code) or offered.get(code) or code


def _constants(schemas: Sequence[Any]) -> Iterator[Any]:
    """Yield the values that conditions name, whatever the keyword, each once."""
    seen: list[Any] = []
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, Mapping):
            continue
        bounds = [
            schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema
        ]
        for value in [*([schema["const"]] if "const" in schema else []), *schema.get("enum", ()), *bounds]:
            if value not in seen:
                seen.append(value)
                yield value
        waiting.extend(schema[key] for key in ("not", "contains") if key in schema)
        for key in ("allOf", "anyOf"):
            waiting.extend(schema.get(key, ()))


def _numbers(question: Question, named: Sequence[Any]) -> list[Any]:
    """Return the numbers around those named, within the bounds of the question."""
    step = 1 if question.schema.get("type") == "integer" else 0.01
    low, high = question.schema.get("minimum"), question.schema.get("maximum")
    points = [one for one in (*named, low, high) if isinstance(one, int | float) and not isinstance(one, bool)]
    around = {value for point in points or [0] for value in (point - step, point, point + step)}
    return sorted(one for one in around if (low is None or one >= low) and (high is None or one <= high))
