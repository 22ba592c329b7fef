"""Show answers to a person, in French."""

from collections.abc import Mapping, Sequence
from typing import Any

from jalon.engines.forms.model import Form, Question


def display(question: Question, value: Any, lists: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> str:
    """Return an answer as a person reads it: « 12/03/2008 », « Oui », « 1 250,50 € »; empty when unanswered."""
    raise NotImplementedError


def summary(
    form: Form, data: Mapping[str, Any], lists: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> list[tuple[str, str]]:
    """Return (label, displayed value) for every answered question."""
    raise NotImplementedError
