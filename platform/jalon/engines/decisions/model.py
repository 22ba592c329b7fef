"""The shapes of decisions: the JSON model, what is compiled from it and what a decision gives.

JSON model of a file: `{"id", "name", "decisions": [...]}`, with `"inputs": [{"id", "name", "type"}]` (input data) and
`"functions": [{"id", "name", "parameters": [names], "literal"}]` (business knowledge, its body maybe a `"table"` in
place of the `"literal"`; a table written inside an expression becomes such a function) when there are any.
`"services"` are decisions called together as a function: `[{"id", "name", "parameters": [names], "outputs": [ids],
"given": [ids of the decisions its parameters stand for]}]`.
`"names"` lists those that hold signs or reserved words (`price or cost`), so that expressions read them whole.
A decision is `{"id", "name", "variable", "type", "requires": [ids], "table": {...}}`, or the same with
`"literal": "expression"`. `requires` names decisions, inputs and functions.
A table is `{"hit": "UNIQUE", "aggregation": None, "inputs": [{"id", "label", "expression", "type", "values"?}],
"outputs": [{"id", "name", "label", "type", "values"?, "default"?}], "rules": [{"id", "when": [cells],
"then": [cells], "note"}]}`. A cell of `when` is unary tests (`-` for any), of `then` an expression; `values` are
unary tests and `default` an expression, as text too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jalon.base.errors import Problem
from jalon.engines.expressions import Expression, Notice, Value

Model = dict[str, Any]
"""The JSON model above."""

HITS = {
    "U": "UNIQUE", "A": "ANY", "P": "PRIORITY", "F": "FIRST", "R": "RULE ORDER", "O": "OUTPUT ORDER", "C": "COLLECT",
}  # fmt: skip
"""Letter -> hit policy."""

AGGREGATIONS = {"+": "SUM", "<": "MIN", ">": "MAX", "#": "COUNT"}
"""Sign -> aggregation of a COLLECT table."""


@dataclass(frozen=True, slots=True)
class Column:
    """An input or an output of a table; `expression` is None for an output."""

    id: str
    label: str
    type: str
    expression: Expression | None = None
    values: Expression | None = None
    ranked: tuple[Value, ...] = ()
    default: Expression | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a table: unary tests, then outputs."""

    id: str
    when: tuple[Expression, ...]
    then: tuple[Expression, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table, compiled."""

    hit: str
    aggregation: str | None
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class CompiledDecision:
    """A decision ready to run: a table or an expression, and the ids it requires."""

    id: str
    name: str
    variable: str
    type: str
    requires: tuple[str, ...]
    logic: Table | Expression


@dataclass(frozen=True, slots=True)
class CompiledFunction:
    """Business knowledge ready to call: an expression that is the function, or a table that reads its parameters."""

    name: str
    body: Expression | Table
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledService:
    """Decisions called together: `given` are not run, a parameter stands for each."""

    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledDecisions:
    """Decisions ready to run, by id; made by `compile_model` or `read_dmn`. `problems` says what was refused."""

    decisions: Mapping[str, CompiledDecision]
    problems: tuple[Problem, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, CompiledFunction] = field(default_factory=dict)
    services: Mapping[str, CompiledService] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionInfo:
    """A decision of a file, as a list shows it; not `executable` when a problem refuses it."""

    id: str
    name: str
    executable: bool


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """The decisions read from a file, with what refuses or warns; `compiled` runs those that are executable."""

    decisions: tuple[DecisionInfo, ...]
    problems: tuple[Problem, ...]
    model: Model
    compiled: CompiledDecisions


@dataclass(frozen=True, slots=True)
class Decided:
    """What one decision gave, as plain data.

    `outputs` by name (lists when several rules answer), `value` the value of the decision, `matched` the ids of
    its rules, `inputs` what its columns read, `details` one entry for each decision run, for `explain`.
    """

    decision: str
    outputs: dict[str, Any]
    value: Any
    matched: tuple[str, ...]
    warnings: tuple[Notice, ...]
    inputs: dict[str, Any]
    details: tuple[dict[str, Any], ...] = ()
