"""Raw text of a browser made clean: normalised, bounded, refused when no store can keep it."""

import unicodedata
from typing import Any

from jalon.base.i18n import fr

MAX_TEXT = 100_000
"""Characters kept in one answer when its schema sets no limit."""


class Unreadable(ValueError):
    """A posted text that is no answer to the question: the message says how to write it."""


def check_raw(text: str, limit: int | None = None) -> None:
    """Refuse what no store keeps: NUL, half a character, more than the limit."""
    if len(text) > (limit or MAX_TEXT):
        raise Unreadable(f"Raccourcissez ce texte : {limit or MAX_TEXT} caractères au plus (il y en a {len(text)}).")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text if char > "\ud7ff"):
        raise Unreadable(fr("Ce texte contient un caractère illisible : effacez-le et recommencez."))


def clean(text: str) -> str:
    """Return the text in Unicode form C, line ends as LF, without blanks around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def look(text: str) -> str:
    """Return what a browser cannot change of a text: two texts of one look are the same answer left untouched."""
    return clean(text).replace("\n", "")


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal; unlike Python's `==`, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)
