"""The one expression language: a FEEL subset with French synonyms, parsed once, evaluated with fuel, never raising."""

from jalon.engines.expressions.calendar import TERRITORIES, WorkingCalendar, working_calendar
from jalon.engines.expressions.checks import check
from jalon.engines.expressions.errors import CalendarUnknown, ExpressionExhausted, ExpressionInvalid, TemporalInvalid
from jalon.engines.expressions.expression import Expression, Fuel, Kind, Notice, Outcome, evaluate, matches, parse
from jalon.engines.expressions.jsonvalues import from_json, to_json
from jalon.engines.expressions.names import odd_names
from jalon.engines.expressions.registry import BuiltinDoc, functions
from jalon.engines.expressions.sentences import sentence
from jalon.engines.expressions.temporal import (
    Cycle,
    Span,
    add_duration,
    add_duration_text,
    add_months,
    format_duration,
    localised,
    parse_cycle,
    parse_duration,
    parse_instant,
)
from jalon.engines.expressions.values import Function, Months, Range, Value

__all__ = [
    "TERRITORIES",
    "BuiltinDoc",
    "CalendarUnknown",
    "Cycle",
    "Expression",
    "ExpressionExhausted",
    "ExpressionInvalid",
    "Fuel",
    "Function",
    "Kind",
    "Months",
    "Notice",
    "Outcome",
    "Range",
    "Span",
    "TemporalInvalid",
    "Value",
    "WorkingCalendar",
    "add_duration",
    "add_duration_text",
    "add_months",
    "check",
    "evaluate",
    "format_duration",
    "from_json",
    "functions",
    "localised",
    "matches",
    "odd_names",
    "parse",
    "parse_cycle",
    "parse_duration",
    "parse_instant",
    "sentence",
    "to_json",
    "working_calendar",
]
