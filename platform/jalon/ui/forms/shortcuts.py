"""From a plain schema in one call: what tools and workshops use."""

from collections.abc import Iterable, Mapping
from typing import Any

from jalon.engines.forms import compile_form, decode, encode, validate
from jalon.ui.forms.rendering import render

Json = Mapping[str, Any]


def render_schema(
    schema: Json, ui: Json | None = None, data: Json | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """Render a form straight from its schema; ContentRefused when it is no form."""
    return str(render(compile_form(schema, ui), data, errors))


def post(schema: Json, data: Json, ui: Json | None = None) -> list[tuple[str, str]]:
    """Return what a browser would post for these answers; FormInvalid for an answer that has no field."""
    return encode(compile_form(schema, ui), data)


def submit(
    schema: Json, pairs: Iterable[tuple[str, str]], ui: Json | None = None
) -> tuple[bool, dict[str, Any], dict[str, str]]:
    """Decode then check what was posted: (ok, answers, errors by JSON pointer). Law: `submit(post(d)).data == d`."""
    form = compile_form(schema, ui)
    decoded = decode(form, pairs)
    checked = validate(form, decoded.data)
    unread = {where: text for where, text in decoded.errors.items() if where not in checked.hidden}
    errors = {**checked.errors, **unread}
    return not errors, checked.data, errors
