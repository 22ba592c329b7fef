"""DMN decisions: read, checked for gaps and overlaps, run with every hit policy, explained in French."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from jalon.base.errors import Problem
from jalon.engines.decisions.model import CompiledDecisions, Decided, DecisionFile, DecisionInfo, Model
from jalon.engines.expressions import Fuel, WorkingCalendar

__all__ = [
    "CompiledDecisions",
    "Decided",
    "DecisionFile",
    "DecisionInfo",
    "Model",
    "check_model",
    "compile_model",
    "decide",
    "explain",
    "from_dmn",
    "read_dmn",
    "to_dmn",
]


def read_dmn(data: bytes, file: str = "") -> DecisionFile:
    """Read a DMN file; never raises on bytes; one bad decision refuses that decision, not the file."""
    raise NotImplementedError


def from_dmn(data: bytes, file: str = "") -> tuple[Model, list[Problem]]:
    """Return the JSON model of a DMN file and the problems met while reading."""
    raise NotImplementedError


def to_dmn(model: Model) -> bytes:
    """Write the JSON model as DMN 1.3; reading it back gives an equal model."""
    raise NotImplementedError


def compile_model(model: Model, file: str = "") -> CompiledDecisions:
    """Compile every decision of a model; those refused are in `problems`."""
    raise NotImplementedError


def check_model(model: Model, known: Collection[str] | None = None, file: str = "") -> list[Problem]:
    """Return what a lint says: unreadable cells, overlaps and gaps with a counter-example, types, unknown names."""
    raise NotImplementedError


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
    raise NotImplementedError


def explain(decided: Decided, model: Model | None = None) -> str:
    """Return why a decision gave what it gave, in French: inputs, rules, outputs."""
    raise NotImplementedError
