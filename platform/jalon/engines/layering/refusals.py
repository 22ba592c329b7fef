"""Say why an operation is refused, and judge whether a lock spares it."""

from collections.abc import Mapping
from datetime import datetime

from jalon.base.json import Json
from jalon.engines.layering.kinds import Adapter
from jalon.engines.layering.model import ABSENT, Lock, Op, Refusal
from jalon.engines.layering.wording import french_date, unit_name


def grandfathered(op: Op, lock: Lock, at: str | None) -> bool:
    """Tell whether a lock lets a change live because it was made before, and the date has not come."""
    if lock.op.mode != "grandfather" or not _is_earlier(op.at, lock.op.at):
        return False
    return lock.op.until is None or at is None or at < lock.op.until


def _is_earlier(one: str, other: str) -> bool:
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
        return first <= second
    except (ValueError, TypeError):  # not an instant, or one has a zone and the other has none: nothing is proved
        return False


def refusal_sentence(
    found: Adapter, op: Op, item: Mapping[str, Json], refusal: Refusal, detail: str = "", lock: Lock | None = None
) -> str:
    """Return the French reason, with who locked and why where a lock is the cause."""
    label = found.label(op.uid, item) if item else op.uid
    if refusal == "gone":
        return f"« {op.uid} » n’existe pas, ou plus, dans {found.title}."
    if refusal == "duplicate":
        return f"« {label} » existe déjà : choisissez un autre nom."
    if refusal == "malformed":
        return f"« {label} » : {detail}."
    if refusal == "widens":
        if lock is not None:
            return f"« {label} » : {lock_sentence(lock)}"
        name = found.prop(op.uid, _written(found, op)).name
        return f"« {label} » : un niveau peut resserrer ce qui est fixé au-dessus ({name}), pas l’élargir."
    if lock is None:
        name = found.prop(op.uid, _written(found, op)).name
        return f"« {label} » : {name} ne se modifie pas localement."
    return f"« {label} » : {lock_sentence(lock)}"


def lock_sentence(lock: Lock, titles: Mapping[str, str] | None = None) -> str:
    """Say who locked and why, as the end of a sentence."""
    op = lock.op
    held = "verrouillé par" if op.value is ABSENT else "peut être resserré, pas élargi, depuis le choix de"
    said = f"{held} {unit_name(lock.unit, titles)}"
    if op.author:
        said += f" ({op.author})"
    if op.reason:
        said += f", parce que : {op.reason}"
    if op.legal:
        said += f" ; référence : {op.legal}"
    if op.review:
        said += f" ; à revoir le {french_date(op.review) or op.review}"
    return f"{said}."


def _written(found: Adapter, op: Op) -> str:
    words = {"close": found.closing, "reopen": found.closing, "bind": "bound", "toggle": "default"}
    return words.get(op.verb, op.prop)
