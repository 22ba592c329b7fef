"""Rows of a repeated group: how each is named in HTML."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jalon.base.i18n import fr
from jalon.engines.forms.model import Form

NO_FIELD = fr("Cette réponse n’a pas de champ dans le formulaire : retirez-la.")
BAD_ID = fr("L’identifiant de cette ligne est repris d’une autre, ou n’est pas accepté.")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def row_tokens(rows: Sequence[Any]) -> list[str]:
    """Return one token per row: `i` and its `_id` when it has a good one of its own, else `n` and its place."""
    tokens: list[str] = []
    seen: set[str] = set()
    for index, row in enumerate(rows):
        row_id = row.get("_id") if isinstance(row, dict) else None
        good = isinstance(row_id, str) and _ID.fullmatch(row_id) and f"i{row_id}" not in seen
        tokens.append(f"i{row_id}" if good else f"n{index}")
        seen.add(tokens[-1])
    return tokens


def row_token(token: str) -> str:
    """Return the `_id` a token carries; empty for a row without one."""
    return token[1:] if token.startswith("i") and _ID.fullmatch(token[1:]) else ""


def with_row_ids(form: Form, data: Mapping[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    """Return the answers where every row of a repeated group carries its `_id`."""
    copied: dict[str, Any] = copy.deepcopy(dict(data))
    for question in form.every_question():
        if question.elements:
            for row in _rows_at(copied, question.path):
                if isinstance(row, dict):
                    row.setdefault("_id", new_id())
    return copied


def _rows_at(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield from data if isinstance(data, list) else ()
    elif path[0] == "*":
        for item in data if isinstance(data, list) else ():
            yield from _rows_at(item, path[1:])
    elif isinstance(data, Mapping) and path[0] in data:
        yield from _rows_at(data[path[0]], path[1:])
