"""What can be said of an expression before it runs."""

from collections.abc import Collection

from jalon.base.errors import Problem
from jalon.engines.expressions.expression import Kind


def check(source: str, known: Collection[str] | None = None, kind: Kind = "expression") -> list[Problem]:
    """Return the problems of an expression: unreadable, names outside `known` (dotted paths), unknown functions."""
    raise NotImplementedError
