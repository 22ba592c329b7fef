"""The built-in functions, one module per family; importing this registers them all."""

from jalon.engines.expressions.library import (
    contexts,
    dates,
    intervals,
    lists,
    logic,
    numbers,
    statistics,
    texts,
    workdays,
)

__all__ = ["contexts", "dates", "intervals", "lists", "logic", "numbers", "statistics", "texts", "workdays"]
