"""JSON Schema 2020-12, exact, closed: no reference leaves the document, patterns run in linear time."""

from typing import Any

from jalon.base.errors import Problem


def validate_schema(schema: Any, data: Any, formats: bool = True) -> list[Problem]:
    """Check any data against any 2020-12 schema: one problem per error, `element` is the JSON pointer in the data."""
    raise NotImplementedError
