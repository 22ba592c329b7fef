"""What a lint says of decisions before they run: names, types, overlaps and gaps."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from jalon.base.errors import Problem, Severity
from jalon.engines.decisions.compiling import compile_model, constant_value
from jalon.engines.decisions.coverage import Overlap, cover
from jalon.engines.decisions.model import Column, CompiledDecision, CompiledDecisions, Model, Table
from jalon.engines.decisions.regions import TooRich
from jalon.engines.decisions.types import PYTHON_TYPES, TEMPORAL, type_name
from jalon.engines.expressions import Expression, Value, check
from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.operators import kind_of
from jalon.engines.expressions.sentences import said


class _Known(NamedTuple):
    """What expressions may read, None when nobody says, and the functions they may call besides."""

    names: Collection[str] | None
    functions: Collection[str]


def check_model(model: Model, known: Collection[str] | None = None, file: str = "") -> list[Problem]:
    """Return what a lint says: unreadable cells, overlaps and gaps with a counter-example, types, unknown names.

    `known` are the names the caller will give; with None and no declared input data, names are not checked.
    """
    compiled = compile_model(model, file)
    functions = {one.name for one in compiled.functions.values()} | {one.name for one in compiled.services.values()}
    problems: list[Problem] = []
    for key, function in compiled.functions.items():
        if isinstance(function.body, Table):
            problems += _table(function.body, key, function.name, _Known(None, functions))
    for decision in compiled.decisions.values():
        names = _Known(_names(compiled, decision, known), functions)
        if isinstance(decision.logic, Expression):
            problems += _expression(decision.logic, names, decision.id, f"La décision « {decision.name} »")
        else:
            problems += _table(decision.logic, decision.id, decision.name, names)
    placed = [Problem(one.code, one.severity, one.message, file, one.element) for one in problems]
    return [*compiled.problems, *placed]


def _problem(code: str, message: str, element: str, severity: Severity = "error") -> Problem:
    return Problem(code, severity, message, element=element)


def _table(table: Table, key: str, name: str, known: _Known) -> Iterator[Problem]:
    where = f"la table « {name} »"
    for column in table.inputs:
        assert column.expression is not None
        yield from _expression(column.expression, known, column.id, f"La colonne « {column.label} » de {where}")
    for number, rule in enumerate(table.rules, 1):
        label = f"La règle {number} de {where}"
        for cell, column in zip(rule.when, table.inputs, strict=True):
            yield from _expression(cell, known, rule.id, label)
            yield from _tested(cell, column, rule.id, label)
        for cell, column in zip(rule.then, table.outputs, strict=True):
            yield from _expression(cell, known, rule.id, label)
            yield from _given(cell, column, rule.id, label)
    yield from _coverage(key, table, where)


def _names(
    compiled: CompiledDecisions, decision: CompiledDecision, known: Collection[str] | None
) -> Collection[str] | None:
    """Return the names a decision may read, or None when nobody says which."""
    if known is None and not compiled.inputs:
        return None
    required = [compiled.decisions[key] for key in decision.requires if key in compiled.decisions]
    own = {name for one in required for name in (one.variable, one.name, one.id)}
    return {*(known or ()), *compiled.inputs, *own}


def _expression(expression: Expression, known: _Known, element: str, where: str) -> Iterator[Problem]:
    for problem in check(expression, known.names, functions=known.functions):
        yield _problem(problem.code, f"{where} : {problem.message}", element, problem.severity)


def _tested(cell: Expression, column: Column, element: str, where: str) -> Iterator[Problem]:
    """Say when a constant of a cell can never be of the type of its column."""
    accepted = PYTHON_TYPES.get(type_name(column.type))
    if accepted is None or not isinstance(cell.tree, n.Tests):
        return
    if type_name(column.type) in TEMPORAL:
        accepted = (*accepted, str)  # ISO text beside a date is read as a date
    for test in cell.tree.tests:
        inner = n.children(test.operand) if isinstance(test.operand, n.RangeOf | n.ListOf) else []
        for node in [test.operand, *inner]:
            if isinstance(node, n.Literal) and node.value is not None and type(node.value) not in accepted:
                message = f"{where} compare « {column.label} » ({type_name(column.type)}) à {kind_of(node.value)}."
                yield _problem("decision.type", message, element)
                return


def _given(cell: Expression, column: Column, element: str, where: str) -> Iterator[Problem]:
    """Say when a constant output is not of the declared type, or not among the declared values."""
    constant, value = constant_value(cell)
    if not constant or value is None:
        return
    accepted = PYTHON_TYPES.get(type_name(column.type))
    if accepted is not None and type(value) not in accepted:
        message = f"{where} répond {kind_of(value)} dans « {column.label} », qui attend {type_name(column.type)}."
        yield _problem("decision.type", message, element)
    elif column.ranked and not any(type(one) is type(value) and one == value for one in column.ranked):
        message = f"{where} répond {said(value)}, qui n’est pas une valeur prévue de « {column.label} »."
        yield _problem("decision.valeur_inattendue", message, element)


def _coverage(key: str, table: Table, where: str) -> Iterator[Problem]:
    try:
        coverage = cover(table)
    except TooRich:
        message = f"Chevauchements et trous de {where} non vérifiés : certaines cases sont des calculs."
        yield _problem("decision.non_verifiee", message, key, "warning")
        return
    if table.hit in {"UNIQUE", "ANY"}:
        for overlap in coverage.overlaps:
            if table.hit == "UNIQUE" or not _agree(table, overlap):
                yield _overlap(table, overlap, where)
    if coverage.gap is not None and table.hit != "COLLECT" and not any(column.default for column in table.outputs):
        message = f"Aucune règle de {where} ne répond quand {_inputs(table, coverage.gap)}."
        yield _problem("decision.trou", message, key, "warning")
    if not coverage.complete:
        message = f"Les trous de {where} n’ont pas pu être cherchés jusqu’au bout : la table est trop grande."
        yield _problem("decision.non_verifiee", message, key, "warning")


def _agree(table: Table, overlap: Overlap) -> bool:
    first, second = table.rules[overlap.first], table.rules[overlap.second]
    return [cell.tree for cell in first.then] == [cell.tree for cell in second.then]


def _overlap(table: Table, overlap: Overlap, where: str) -> Problem:
    rule = table.rules[overlap.second]
    numbers = f"Les règles {overlap.first + 1} et {overlap.second + 1} de {where}"
    said_so = "répondent toutes deux" if table.hit == "UNIQUE" else "se contredisent"
    message = f"{numbers} {said_so} quand {_inputs(table, overlap.example)}."
    return _problem("decision.chevauchement", message, rule.id)


def _inputs(table: Table, example: tuple[Value, ...]) -> str:
    pairs = zip(table.inputs, example, strict=True)
    return " et ".join(f"{column.label} vaut {said(value)}" for column, value in pairs) or "rien n’est donné"
