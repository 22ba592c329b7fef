"""What each hit policy does with the rules that matched: keep which, and answer with one or with a list."""

from collections.abc import Callable
from dataclasses import dataclass

from jalon.engines.decisions.model import Table
from jalon.engines.expressions import Value
from jalon.engines.expressions.operators import equal
from jalon.engines.expressions.run import Run


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule that matched: its id, its number from 1, the values of its outputs."""

    rule: str
    number: int
    outputs: list[Value]


Policy = Callable[[Run, str, Table, list[Answer]], tuple[list[Answer], bool]]
"""(run, name of the table, table, rules that matched) -> rules kept, True when the answer is a list."""


def _unique(run: Run, name: str, _: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    if len(answers) > 1:
        numbers = " et ".join(str(answer.number) for answer in answers)
        message = f"Les règles {numbers} de la table « {name} » répondent en même temps : aucune n’est retenue."
        run.warn("decision.plusieurs_regles", message)
        return [], False
    return answers, False


def _any(run: Run, name: str, _: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    for answer in answers[1:]:
        if not _same(run, answers[0].outputs, answer.outputs):
            message = f"Les règles {answers[0].number} et {answer.number} de la table « {name} » se contredisent."
            run.warn("decision.contradiction", message)
            return [], False
    return answers, False


def _first(_: Run, __: str, ___: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    return answers[:1], False


def _priority(run: Run, _: str, table: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    return _ranked(run, table, answers)[:1], False


def _rule_order(_: Run, __: str, ___: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    return answers, True


def _output_order(run: Run, _: str, table: Table, answers: list[Answer]) -> tuple[list[Answer], bool]:
    return _ranked(run, table, answers), True


def _ranked(run: Run, table: Table, answers: list[Answer]) -> list[Answer]:
    """Sort by the place of each output among its values, first column first; unlisted values come last."""

    def rank(answer: Answer) -> list[int]:
        places = []
        for column, value in zip(table.outputs, answer.outputs, strict=True):
            found = [at for at, one in enumerate(column.ranked) if type(one) is type(value) and equal(run, one, value)]
            places.append(found[0] if found else len(column.ranked))
        return places

    return sorted(answers, key=rank)


def _same(run: Run, a: list[Value], b: list[Value]) -> bool:
    return all(type(x) is type(y) and equal(run, x, y) is True for x, y in zip(a, b, strict=True))


POLICIES: dict[str, Policy] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _rule_order,
}
"""Hit policy -> what it does."""
