"""From answers to what a browser posts, and back, without loss."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jalon.engines.forms.model import Decoded, Form


def encode(form: Form, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs a browser posts when the form shows these answers; FormInvalid for what has no field."""
    raise NotImplementedError


def decode(
    form: Form,
    pairs: Iterable[tuple[str, str]],
    stored: Mapping[str, Any] | None = None,
    section: str | None = None,
) -> Decoded:
    """Read what a browser posted over the stored answers: what was not on the page keeps its value.

    Law: `decode(form, encode(form, d)).data == d` for every valid `d`.
    """
    raise NotImplementedError


def with_row_ids(form: Form, data: Mapping[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    """Return the answers where every row of a repeated group carries its `_id`."""
    raise NotImplementedError
