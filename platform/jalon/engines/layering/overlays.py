"""Overlay files: what one unit changes in several artifacts, as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from jalon.base.errors import ContentRefused, Problem
from jalon.base.json import Json
from jalon.engines.layering.model import ABSENT, VERBS, LockMode, Op
from jalon.engines.layering.restricting import RESTRICT

KEYS: Final[Mapping[str, str]] = {
    "id": "id",
    "verb": "verb",
    "uid": "uid",
    "prop": "prop",
    "value": "value",
    "in": "container",
    "after": "after",
    "seen": "seen",
    "author": "author",
    "reason": "reason",
    "at": "at",
    "legal": "legal",
    "review": "review",
    "mode": "mode",
    "until": "until",
}
"""Key of the file -> field of `Op`."""
_TEXTS: Final = frozenset(KEYS) - {"value", "seen"}
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("value",),
    "set": ("prop", "value"),
    "unset": ("prop",),
    "bind": ("value",),
    "toggle": ("value",),
}


@dataclass(frozen=True, slots=True)
class Overlay:
    """The changes of one unit: "kind/key" -> its ops."""

    unit: str
    artifacts: Mapping[str, tuple[Op, ...]]


def read_op(document: Json, number: int = 1) -> Op:
    """Read one op; its id defaults to its number in the list. Raises ContentRefused."""
    problem = _problem(document)
    if problem:
        message = f"Modification n° {number} : {problem}."
        raise ContentRefused([Problem("surcouche.operation", "error", message, element=str(number))])
    fields: dict[str, Any] = {
        KEYS[key]: value for key, value in document.items() if value is not None or key == "value"
    }
    if document.get("seen", ABSENT) is None:
        fields["seen"] = None
    return Op(**{"id": str(number), **fields})


def write_op(op: Op) -> dict[str, Json]:
    """Write one op, leaving out what is empty."""
    written: dict[str, Json] = {}
    for key, name in KEYS.items():
        value = getattr(op, name)
        if value is ABSENT or (value is None and key not in ("value", "seen")) or (value == "" and key in _OPTIONAL):
            continue
        if key == "mode" and (op.verb != "lock" or value == "conflicts"):
            continue
        written[key] = value
    return written


_OPTIONAL: Final = frozenset({"prop", "author", "reason", "at", "legal"})


def read_overlay(document: Json, file: str = "") -> Overlay:
    """Read an overlay file already parsed; raises ContentRefused naming every wrong op."""
    artifacts = document.get("artifacts") if isinstance(document, dict) else None
    unit = document.get("unit") if isinstance(document, dict) else None
    problems: list[Problem] = []
    if not isinstance(unit, str) or not unit or not isinstance(artifacts, dict):
        message = "Un fichier de modifications locales contient « unit » et « artifacts »."
        raise ContentRefused([Problem("surcouche.forme", "error", message, file)])
    read: dict[str, tuple[Op, ...]] = {}
    for name, ops in artifacts.items():
        if name.count("/") != 1 or not isinstance(ops, list):
            message = f"« {name} » doit s’écrire « genre/clé » et contenir une liste de modifications."
            problems.append(Problem("surcouche.forme", "error", message, file, name))
            continue
        read[name] = tuple(_read_ops(ops, name, file, problems))
    if problems:
        raise ContentRefused(problems)
    return Overlay(unit, read)


def _read_ops(ops: list[Json], name: str, file: str, problems: list[Problem]) -> list[Op]:
    found: list[Op] = []
    for number, document in enumerate(ops, 1):
        problem = _problem(document)
        if not problem and document.get("id", str(number)) in {op.id for op in found}:
            problem = f"l’identifiant « {document.get('id', number)} » est déjà pris"
        if problem:
            message = f"{name}, modification n° {number} : {problem}."
            problems.append(Problem("surcouche.operation", "error", message, file, f"{name}/{number}"))
        else:
            found.append(read_op(document, number))
    return found


def write_overlay(overlay: Overlay) -> dict[str, Json]:
    """Write an overlay as the file holds it."""
    return {
        "unit": overlay.unit,
        "artifacts": {name: [write_op(op) for op in ops] for name, ops in overlay.artifacts.items()},
    }


def _problem(document: Json) -> str:
    """Return what is wrong in an op, "" when nothing is."""
    if not isinstance(document, dict):
        return "ce n’est pas un objet"
    if document.get("verb") not in VERBS:
        return f"« {document.get('verb')} » n’est pas un verbe connu ({', '.join(VERBS)})"
    if not isinstance(document.get("uid"), str) or not document["uid"]:
        return "« uid » manque"
    for key, value in document.items():
        if key not in KEYS:
            return f"la clé « {key} » n’existe pas"
        if key in _TEXTS and not isinstance(value, str) and not (value is None and key in ("after", "in", "until")):
            return f"« {key} » doit être un texte"
    for key in _NEEDS.get(document["verb"], ()):
        if key not in document:
            return f"« {key} » manque pour « {document['verb']} »"
    if document["verb"] == "add" and not isinstance(document["value"], dict):
        return "« value » d’un ajout est l’objet de ses propriétés"
    if document["verb"] == "lock" and document.get("value", RESTRICT) != RESTRICT:
        return f"« value » d’un verrou vaut « {RESTRICT} », ou manque"
    if document.get("mode", "conflicts") not in get_args(LockMode):
        return f"« mode » vaut {', '.join(get_args(LockMode))}"
    return ""
