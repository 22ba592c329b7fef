"""Buttons that work without JavaScript: add a row, drop one, drop a file."""

from collections.abc import Iterable

from jalon.engines.forms import Form

Pairs = list[tuple[str, str]]


def rows_changed(form: Form, pairs: Iterable[tuple[str, str]], new_id: str = "") -> Pairs | None:
    """Return the pairs after the « Ajouter » or « Supprimer » button that was pressed; None when none was.

    `new_id` becomes the `_id` of the new row; without it the row has none. A button that names no list of this
    form changes nothing.
    """
    posted = list(pairs)
    pressed = next((name for name, _ in posted if name.startswith(("row_add:", "row_del:", "file_del:"))), None)
    if pressed is None:
        return None
    posted = [pair for pair in posted if pair[0] != pressed]
    action, name, *rest = pressed.split(":")
    known = {question.name for question in form.every_question() if question.is_rows or action == "file_del"}
    if name.rpartition("-")[2] not in known:
        return posted
    if action == "row_add":
        return _added(posted, name, new_id)
    if action == "file_del":
        return [pair for pair in posted if pair[0] not in {name, f"{name}_v"}] + [(name, "")]
    return _dropped(posted, name, rest[0] if rest else "")


def _added(posted: Pairs, name: str, new_id: str) -> Pairs:
    taken = {value for key, value in posted if key == f"{name}_r"}
    number = 0
    while f"n{number}" in taken:
        number += 1
    kept = [pair for pair in posted if pair[0] != f"{name}_p"]
    return [*kept, (f"{name}_p", "1"), (f"{name}_r", f"i{new_id}" if new_id else f"n{number}")]


def _dropped(posted: Pairs, name: str, token: str) -> Pairs:
    return [
        (key, value)
        for key, value in posted
        if not key.startswith(f"{name}-{token}-") and (key, value) != (f"{name}_r", token)
    ]
