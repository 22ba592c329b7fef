"""Values a form computes from the answers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines.expressions import evaluate, from_json, to_json
from jalon.engines.forms.model import Form, Question


@lru_cache(maxsize=512)
def computed_questions(form: Form) -> tuple[Question, ...]:
    """Return the computed questions of a form, those inside rows included, in reading order."""
    return tuple(question for question in form.every_question() if question.computed)


def with_computed(
    form: Form, data: Mapping[str, Any], facts: Mapping[str, Any] | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Return the answers with the values the form computes from them: what a page shows before anything is checked."""
    return computed_into(form, dict(data), facts or {}, now)[0]


def computed_into(
    form: Form, data: dict[str, Any], facts: Mapping[str, Any], now: datetime | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the answers with computed values, in the order of the form, and the warnings of their formulas.

    Without `now`, what a formula of the day computed earlier stands.
    """
    formulas = computed_questions(form)
    if not formulas:
        return data, ()
    data, warnings = deep_copy(data), []
    for question in formulas:
        for holder, row in _holders(data, question.path):
            value, notices = computed_value(question.computed, {**facts, **data, **row}, now)
            warnings.extend(notices)
            if value is not None:
                holder[question.key] = value
            elif now is not None:
                holder.pop(question.key, None)
    return data, tuple(warnings)


def computed_value(source: str, names: Mapping[str, Any], now: datetime | None) -> tuple[Any, list[str]]:
    """Return what an expression gives as plain data, and its warnings; null when it runs out of fuel."""
    try:
        outcome = evaluate(source, {key: from_json(value) for key, value in names.items()}, now=now)
    except JalonError as error:
        return None, [error.text()]
    return to_json(outcome.value), [notice.message for notice in outcome.warnings]


def deep_copy(value: Any) -> Any:
    """Return plain data copied whole."""
    if isinstance(value, Mapping):
        return {key: deep_copy(item) for key, item in value.items()}
    return [deep_copy(item) for item in value] if isinstance(value, list) else value


def _holders(data: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (object that holds the value, row it is in) for every place of a computed question."""
    places: list[tuple[Any, dict[str, Any]]] = [(data, {})]
    for piece in path[:-1]:
        following: list[tuple[Any, dict[str, Any]]] = []
        for holder, row in places:
            if piece == "*":
                following.extend((item, item) for item in holder if isinstance(item, dict))
            elif isinstance(holder, dict) and piece in holder:
                following.append((holder[piece], row))
        places = following
    yield from ((holder, row) for holder, row in places if isinstance(holder, dict))
