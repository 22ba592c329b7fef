"""Turn a JSON Schema and its UI schema into a `Form`."""

from collections.abc import Mapping
from typing import Any

from jalon.engines.forms.model import Form, Needs


def compile_form(schema: Mapping[str, Any], ui: Mapping[str, Any] | None = None) -> Form:
    """Return the compiled form, kept in memory by content hash; ContentRefused when it cannot be used."""
    raise NotImplementedError


def needs(form: Form) -> Needs:
    """Return the lists, look-ups and facts to fetch before showing or checking the form."""
    raise NotImplementedError


def bindings(form: Form) -> dict[str, str]:
    """Return {uid of the question: bind path} for what is written to a dossier."""
    raise NotImplementedError
