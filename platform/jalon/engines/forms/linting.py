"""Say what is wrong in a form before it is published."""

from collections.abc import Mapping
from typing import Any

from jalon.base.errors import Problem


def lint(schema: Mapping[str, Any], ui: Mapping[str, Any] | None = None, *, file: str = "") -> list[Problem]:
    """Return every problem of a form, errors first; an error is what `compile_form` refuses."""
    raise NotImplementedError
