"""What one schema node says about its question: kind, label, choices, extensions."""

import json
from collections.abc import Mapping
from typing import Any

from jalon.engines.forms.kinds import DECLARABLE
from jalon.engines.forms.model import Choice
from jalon.engines.forms.shapes import options
from jalon.engines.forms.texts import clean

Node = Mapping[str, Any]

LONG_TEXT = 255

DOSSIERS = "dossier:"
"""Leads the key of the lists made of case files, which no pack holds."""

_BY_FORMAT = {
    "date": "date",
    "time": "time",
    "date-time": "datetime",
    "email": "email",
    "phone": "phone",
    "tel": "phone",
    "postal_code": "postal_code",
    "commune": "commune",
    "nir": "nir",
    "siren": "siren",
    "siret": "siret",
    "rna": "rna",
    "iban": "iban",
}
_BY_TYPE = {"integer": "integer", "number": "decimal", "boolean": "boolean", "choice": "choice", "string": "text"}


def kind_of(node: Node, json_type: str) -> str:
    """Return the kind of a node that is not a list."""
    if node.get("x-jalon-computed"):
        return "computed"
    declared = str(node.get("x-jalon-kind", ""))
    if declared in DECLARABLE:
        return declared
    if json_type == "boolean":
        return "boolean"
    if options(node) is not None or node.get("x-jalon-list"):
        return "choice"
    if json_type == "string":
        if node.get("format") in _BY_FORMAT:
            return _BY_FORMAT[str(node["format"])]
        if int(node.get("maxLength", 0)) > LONG_TEXT:
            return "long_text"
    return _BY_TYPE.get(json_type, "text")


def choices_of(node: Node) -> tuple[Choice, ...]:
    """Return the choices a node lists itself; empty for a list kept elsewhere or no list at all."""
    listed = [pair for pair in options(node) or () if pair[0] is not None]
    if not listed or node.get("type") == "boolean":
        return ()
    titles = dict(node.get("x-jalon-labels", {}))
    plain = all(
        isinstance(value, str) and value and clean(value) == value and value.isprintable() for value, _ in listed
    )
    found: dict[str, Choice] = {}
    for value, title in listed:
        code = value if plain else json.dumps(value, sort_keys=True)
        label = title or str(titles.get(str(value), "")) or (str(value) if plain else _label(value))
        found.setdefault(code, Choice(code, label, value))
    return tuple(found.values())


def list_key_of(kind: str, item: Node, node: Node, settings: Mapping[str, Any]) -> str:
    """Return the key of the list a question is answered from; `dossier:<type>` for case files, of a type or any."""
    if kind == "dossier":
        return f"{DOSSIERS}{settings.get('dossier') or ''}"
    return str(node.get("x-jalon-list") or item.get("x-jalon-list") or "")


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)


def label_of(control: Node, node: Node, path: tuple[str, ...]) -> str:
    """Return the label of a question: the control's, else the schema's title, else the property name made readable."""
    declared = control.get("label")
    if isinstance(declared, Mapping):
        declared = declared.get("text")
    if isinstance(declared, str) and declared.strip():
        return declared
    title = node.get("title")
    if isinstance(title, str) and title.strip():
        return title
    name = next((piece for piece in reversed(path) if piece != "*"), "").rpartition("__")[2]
    readable = name.replace("_", " ").strip()
    return (readable[:1].upper() + readable[1:]) or "Réponse"


def question_fields(node: Node, control: Node, path: tuple[str, ...], required: bool) -> dict[str, Any]:
    """Return the descriptive fields of a question."""
    settings = dict(control.get("options", {}))
    return {
        "label": label_of(control, node, path),
        "help": str(settings.get("help") or node.get("description") or ""),
        "required": required,
        "read_only": bool(node.get("readOnly") or settings.get("readonly")),
        "bind": str(node.get("x-jalon-bind", "")),
        "obligation": str(node.get("x-jalon-obligation", "")),
        "sensitivity": str(node.get("x-jalon-sensitivity", "")),
        "purpose": str(node.get("x-jalon-purpose", "")),
        "retention": str(node.get("x-jalon-retention", "")),
        "concept": str(node.get("x-jalon-concept", "")),
        "computed": str(node.get("x-jalon-computed", "")),
        "options": settings,
    }
