"""Run a decision: its requirements first, then its table or expression."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from jalon.base.errors import NotFound
from jalon.engines.decisions.hits import POLICIES, Answer
from jalon.engines.decisions.model import (
    Column,
    CompiledDecision,
    CompiledDecisions,
    CompiledFunction,
    CompiledService,
    Decided,
    Table,
)
from jalon.engines.decisions.types import coerce, type_name
from jalon.engines.expressions import (
    Expression,
    ExpressionExhausted,
    Fuel,
    Function,
    Value,
    WorkingCalendar,
    from_json,
    parse,
    to_json,
)
from jalon.engines.expressions.expression import finish
from jalon.engines.expressions.run import DEFAULT_FUEL, Run


def decide(
    compiled: CompiledDecisions,
    decision: str,
    inputs: Mapping[str, Any],
    *,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    calendar: WorkingCalendar | None = None,
    fuel: Fuel | None = None,
) -> Decided:
    """Run a decision by id or name; raises NotFound when there is none, ExpressionExhausted when it costs too much."""
    chosen = find(compiled, decision)
    names = dict(inputs)
    run = Run(names, now, zone, calendar, fuel or DEFAULT_FUEL)
    try:
        for name, declared in compiled.inputs.items():
            if name in names:
                names[name] = coerce(run, from_json(names[name]), declared, name)
        for function in compiled.functions.values():
            names[function.name] = _callable(run, function)
        for service in compiled.services.values():
            names[service.name] = _service(compiled, service)
        order = _order(compiled, [chosen.id])
        _columns_coerced(run, names, [compiled.decisions[key] for key in order])
        given: dict[str, _Given] = {}
        for key in order:
            one = compiled.decisions[key]
            given[key] = _run(run, one)
            names[one.variable] = given[key].value
            names.setdefault(one.name, given[key].value)
            names.setdefault(one.id, given[key].value)
    except RecursionError as error:
        raise ExpressionExhausted("niveaux imbriqués") from error
    result = given[chosen.id]
    return Decided(
        chosen.id,
        to_json(result.outputs),
        to_json(result.value),
        result.matched,
        tuple(run.notices),
        result.details["inputs"],
        tuple(given[key].details for key in order),
    )


def find(compiled: CompiledDecisions, wanted: str) -> CompiledDecision:
    """Return a decision by its id, else by its name; raises NotFound."""
    if wanted in compiled.decisions:
        return compiled.decisions[wanted]
    for decision in compiled.decisions.values():
        if decision.name == wanted:
            return decision
    raise NotFound(decision=wanted)


class _Given:
    """What one decision gave: its value, its outputs by name, the rules that matched, and its explanation."""

    def __init__(
        self, value: Value, outputs: dict[str, Value], matched: tuple[str, ...], details: dict[str, Any]
    ) -> None:
        self.value, self.outputs, self.matched, self.details = value, outputs, matched, details


def _service(compiled: CompiledDecisions, service: CompiledService) -> Function:
    """Return decisions called together as a function: one answer, or a context of several by name."""
    order = _order(compiled, service.outputs, service.given)

    def call(run: Run, arguments: list[Value]) -> Value:
        if len(arguments) != len(service.parameters):
            run.warn("fonction.arguments", f"« {service.name} » attend {len(service.parameters)} valeurs.")
            return None
        with run.reading(dict(zip(service.parameters, arguments, strict=True))) as names:
            answers: dict[str, Value] = {}
            for key in order:
                one = compiled.decisions[key]
                answers[key] = names[one.variable] = _run(run, one).value
            if len(service.outputs) == 1:
                return answers[service.outputs[0]]
            return {compiled.decisions[key].variable: answers[key] for key in service.outputs}

    return Function(service.parameters, call, service.name)


def _order(compiled: CompiledDecisions, chosen: Iterable[str], given: Collection[str] = ()) -> list[str]:
    """Return the decisions to run, requirements first; those given are not."""
    order: list[str] = []
    left: list[tuple[str, bool]] = [(key, False) for key in reversed([*chosen])]
    while left:
        key, ready = left.pop()
        if ready:
            if key not in order:
                order.append(key)
        elif key in compiled.decisions and key not in order and key not in given:
            left.append((key, True))
            left += [(one, False) for one in reversed(compiled.decisions[key].requires)]
    return order


def _columns_coerced(run: Run, names: dict[str, Any], decisions: list[CompiledDecision]) -> None:
    """Read texts given for names that a column declares with a type, so that every cell sees the same value."""
    for decision in decisions:
        for column in decision.logic.inputs if isinstance(decision.logic, Table) else ():
            assert column.expression is not None
            if column.type and column.expression.source in names and isinstance(names[column.expression.source], str):
                name = column.expression.source
                names[name] = coerce(run, names[name], column.type, column.label)


def _run(run: Run, decision: CompiledDecision) -> _Given:
    details: dict[str, Any] = {"id": decision.id, "name": decision.name}
    if isinstance(decision.logic, Expression):
        outcome = finish(run, decision.logic)
        read = {name: to_json(_peek(run, name)) for name in sorted(decision.logic.names)}
        value = outcome.value
        if type(value) is list and len(value) == 1 and type_name(decision.type):
            value = value[0]
        value = coerce(run, value, decision.type, decision.name)
        details |= {"hit": None, "expression": decision.logic.source, "inputs": read, "columns": [], "rules": []}
        details["value"] = to_json(value)
        return _Given(value, {decision.variable: value}, (), details)
    return _run_table(run, decision, decision.logic, details)


def _peek(run: Run, path: str) -> Value:
    """Return what a dotted path holds, without a notice, for the explanation."""
    value: Any = run.names
    for word in path.split("."):
        value = value.get(word) if isinstance(value, Mapping) else None
    return from_json(value)


def _callable(run: Run, function: CompiledFunction) -> Value:
    """Return business knowledge as a value that expressions call."""
    body = function.body
    if isinstance(body, Expression):
        return body.run(run)

    def call(inner: Run, arguments: list[Value]) -> Value:
        if len(arguments) != len(function.parameters):
            inner.warn("fonction.arguments", f"« {function.name} » attend {len(function.parameters)} valeurs.")
            return None
        with inner.reading(dict(zip(function.parameters, arguments, strict=True))):
            return _answer(inner, function.name, body, function.name).value

    return Function(function.parameters, call, function.name)


class _Answered(NamedTuple):
    """What a table answered: what its columns read, the rules shown, its value and its outputs by name."""

    values: list[Value]
    shown: list[Answer]
    value: Value
    outputs: dict[str, Value]


def _run_table(run: Run, decision: CompiledDecision, table: Table, details: dict[str, Any]) -> _Given:
    found = _answer(run, decision.name, table, decision.variable)
    details |= {
        "hit": table.hit,
        "aggregation": table.aggregation,
        "inputs": {c.label: to_json(value) for c, value in zip(table.inputs, found.values, strict=True)},
        "columns": [c.label for c in table.inputs],
        "outputs": [c.label for c in table.outputs],
        "rules": [_shown(table, answer) for answer in found.shown],
        "value": to_json(found.value),
    }
    return _Given(found.value, found.outputs, tuple(answer.rule for answer in found.shown), details)


def _answer(run: Run, name: str, table: Table, variable: str) -> _Answered:
    """Run a table: which rules match, which of them its hit policy keeps, and what they give together."""
    values = [_input(run, column) for column in table.inputs]
    matched: list[Answer] = []
    for at, rule in enumerate(table.rules, 1):
        run.spend(1)
        if all(test.run(run, value) is True for test, value in zip(rule.when, values, strict=True)):
            row = [_output(run, cell, column) for cell, column in zip(rule.then, table.outputs, strict=True)]
            matched.append(Answer(rule.id, at, row))
            if table.hit == "FIRST":
                break
    kept, several = POLICIES[table.hit](run, name, table, matched)
    names = [column.name or variable for column in table.outputs]
    value, outputs = _result(run, table, names, kept, several and table.aggregation is None, bool(matched))
    return _Answered(values, kept or matched, value, outputs)


def _input(run: Run, column: Column) -> Value:
    assert column.expression is not None
    value = coerce(run, column.expression.run(run), column.type, column.label)
    if column.values is not None and value is not None and column.values.run(run, value) is not True:
        run.warn("decision.valeur_inattendue", f"« {column.label} » a reçu une valeur hors de celles prévues.")
    return value


def _output(run: Run, cell: Expression, column: Column) -> Value:
    return coerce(run, cell.run(run), column.type, column.label)


def _result(
    run: Run, table: Table, names: list[str], kept: list[Answer], several: bool, matched: bool
) -> tuple[Value, dict[str, Value]]:
    """Return the value of the table and its outputs by name, from the rules kept."""
    if not matched and any(column.default for column in table.outputs):
        row = [None if column.default is None else _output(run, column.default, column) for column in table.outputs]
        return _one(names, row)
    if table.aggregation:
        return _one(names, [_aggregate(run, table.aggregation, [answer.outputs[0] for answer in kept])])
    if several:
        rows = [_one(names, answer.outputs)[0] for answer in kept]
        return rows, {name: [answer.outputs[at] for answer in kept] for at, name in enumerate(names)}
    if not kept:
        return None, dict.fromkeys(names)
    return _one(names, kept[0].outputs)


def _one(names: list[str], row: list[Value]) -> tuple[Value, dict[str, Value]]:
    """Return one row as a value (itself when there is one output, else a context) and as outputs by name."""
    outputs = dict(zip(names, row, strict=True))
    return (row[0] if len(row) == 1 else outputs), outputs


def _aggregate(run: Run, aggregation: str, values: list[Value]) -> Value:
    expression = _AGGREGATES[aggregation]
    inner = Run({"valeurs": values}, run.now, run.zone, run.calendar, DEFAULT_FUEL)
    value = expression.run(inner)
    for notice in inner.notices:
        run.warn(notice.code, notice.message)
    return value


def _shown(table: Table, answer: Answer) -> dict[str, Any]:
    rule = table.rules[answer.number - 1]
    return {
        "id": rule.id,
        "number": answer.number,
        "when": [cell.source for cell in rule.when],
        "then": [to_json(value) for value in answer.outputs],
        "note": rule.note,
    }


_AGGREGATES = {
    name: parse(f"{function}(valeurs)")
    for name, function in {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}.items()
}
