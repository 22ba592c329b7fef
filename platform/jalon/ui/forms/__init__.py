"""Forms as HTML: WTForms binds and reports, macros render; no Flask, no application context needed.

bound = bind(form, pairs, stored=answers)      # a WTForms form
if bound.validate(lists=lists): save(bound.answers)
html = render(form, bound.answers, bound.problems, typed=bound.typed, lists=lists)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from jalon.engines.forms import Form

Lists = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value already known: where it comes from and when it was entered."""

    value: Any
    source: str = "dossier"
    date: date | None = None


def render(
    form: Form,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    section: str | None = None,
    lists: Lists | None = None,
    prefilled: Mapping[str, Prefill] | None = None,
    facts: Mapping[str, Any] | None = None,
    readonly: bool = False,
    extras: Mapping[str, Markup] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Markup:
    """Return the fields of a form (or of one section) as an HTML fragment to put in a `<form>`.

    `prefilled` and `extras` are keyed by question uid; `errors` and `typed` by JSON pointer.
    """
    raise NotImplementedError


def review(
    form: Form,
    data: Mapping[str, Any],
    *,
    lists: Lists | None = None,
    facts: Mapping[str, Any] | None = None,
    edit_url: str = "",
) -> Markup:
    """Return all answers by section, with a « Modifier » link each; `edit_url` holds `{section}`, empty for print."""
    raise NotImplementedError


def rows_changed(form: Form, pairs: Iterable[tuple[str, str]], new_id: str) -> list[tuple[str, str]] | None:
    """Return the pairs after the « Ajouter » or « Supprimer » button that was pressed; None when none was."""
    raise NotImplementedError


def render_schema(schema: Any, ui: Any = None, data: Any = None, errors: Any = None) -> str:
    """Render a form straight from its schema."""
    raise NotImplementedError


def post(schema: Any, data: Any, ui: Any = None) -> list[tuple[str, str]]:
    """Return what a browser would post for these answers."""
    raise NotImplementedError


def submit(
    schema: Any, pairs: Iterable[tuple[str, str]], ui: Any = None
) -> tuple[bool, dict[str, Any], dict[str, str]]:
    """Decode then check what was posted: (ok, answers, errors by JSON pointer)."""
    raise NotImplementedError
