"""French words for values, dates and units."""

from collections.abc import Mapping
from datetime import date

from jalon.base.json import canonical
from jalon.engines.layering.model import ABSENT, Value

_LONG = 300


def unit_name(unit: str, titles: Mapping[str, str] | None = None) -> str:
    """Return the name people know a unit by, in quotes."""
    return f"« {(titles or {}).get(unit, unit)} »"


def shown(value: Value) -> str:
    """Return a JSON value as a person reads it."""
    if value is ABSENT or value is None:
        return "rien"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        return f"{value}".replace(".", ",")
    if isinstance(value, str):
        return f"« {shortened(value)} »"
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(shown(one) for one in value) or "rien"
    return f"« {shortened(canonical(value))} »"


def shortened(text: str) -> str:
    """Cut a long text at a word, with an ellipsis."""
    if len(text) <= _LONG:
        return text
    return f"{text[:_LONG].rsplit(' ', 1)[0]}…"


def french_date(instant: str) -> str:
    """Return the day of an ISO instant as 12/03/2026, "" when there is none."""
    try:
        return date.fromisoformat(instant[:10]).strftime("%d/%m/%Y")
    except ValueError:
        return ""


def capital(sentence: str) -> str:
    """Put a capital at the start of a sentence."""
    return sentence[:1].upper() + sentence[1:]
