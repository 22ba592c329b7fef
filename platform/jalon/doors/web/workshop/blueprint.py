"""What the pages of the workshop share: their address, their permission, reading what is typed."""

from typing import Any

from flask import Blueprint

from jalon.base.json import NotJson, read_json

bp = Blueprint("workshop", __name__, url_prefix="/atelier")

PLAY = "atelier.jouer"


def typed_values(text: str) -> dict[str, Any]:
    """Read data typed one to a line, `name = value`: numbers, oui or non, JSON, else text."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if sign and name.strip():
            found[name.strip()] = _typed(value.strip())
    return found


def _typed(text: str) -> Any:
    if text.lower() in {"oui", "vrai"}:
        return True
    if text.lower() in {"non", "faux"}:
        return False
    try:
        return read_json(text)
    except NotJson:
        return text
