"""Conditions of rules: judged here, described in French, and handed to the browser where it can judge them."""

from collections.abc import Mapping
from typing import Any

from jalon.engines.forms.model import Form, Question


def holds(schema: Any, value: Any) -> bool:
    """Tell whether a value meets a condition; `ABSENT` stands for no answer."""
    raise NotImplementedError


def browser_rules(form: Form) -> list[dict[str, Any]]:
    """Return the rules a browser can judge alone: `[{target, effect, on, as, schema}]`, names of fields as in HTML."""
    raise NotImplementedError


def sentence(form: Form, element: Question | Any) -> str:
    """Say in French when an element shows: « À remplir si Permis = Non »; empty without a rule."""
    raise NotImplementedError
