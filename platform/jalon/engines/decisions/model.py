"""The shapes of decisions: the JSON model, what is compiled from it and what a decision gives.

JSON model of a file: `{"id", "name", "decisions": [...]}`. A decision is
`{"id", "name", "variable", "type", "requires": [ids], "table": {...}}` or the same with `"literal": "expression"`.
A table is `{"hit": "UNIQUE", "aggregation": None, "inputs": [{"id", "label", "expression", "type", "values"?}],
"outputs": [{"id", "name", "label", "type", "values"?, "default"?}], "rules": [{"id", "when": [cells],
"then": [cells], "note"}]}`. A cell of `when` is unary tests (`-` for any), of `then` an expression; `values` and
`default` are expressions as text too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jalon.base.errors import Problem
from jalon.engines.expressions import Notice, Value

Model = dict[str, Any]
"""The JSON model above."""


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
    compiled: "CompiledDecisions"


@dataclass(frozen=True, slots=True)
class CompiledDecisions:
    """Decisions ready to run, by id; made by `compile_model` or `read_dmn`."""

    decisions: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What one decision gave: JSON outputs by name, the plain value, the rules that matched and why."""

    decision: str
    outputs: dict[str, Any]
    value: Value
    matched: tuple[str, ...]
    warnings: tuple[Notice, ...]
    inputs: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)
