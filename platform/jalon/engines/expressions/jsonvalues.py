"""From JSON to the values of expressions, and back."""

from typing import Any

from jalon.engines.expressions.values import Value


def from_json(value: Any) -> Value:
    """Return plain data as values: numbers become exact decimals, text stays text."""
    raise NotImplementedError


def to_json(value: Value) -> Any:
    """Return a value as plain data: integers, floats, ISO text for dates and durations."""
    raise NotImplementedError
