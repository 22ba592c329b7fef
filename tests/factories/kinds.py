"""Every kind of field: how a schema says it, what a person types, what is kept, what is read afterwards."""

from typing import Any, NamedTuple

LISTS = {
    "themes": [
        {"code": "mob", "label": "Mobilité"},
        {"code": "velo", "label": "Vélo", "parent": "mob"},
        {"code": "log", "label": "Logement"},
    ],
    "communes": [{"code": "31555", "label": "Toulouse (31)"}],
}


class Kind(NamedTuple):
    """One kind: its schema, the texts posted by uid of question, the value kept, the text shown."""

    name: str
    schema: dict[str, Any]
    typed: dict[str, list[str]]
    kept: Any
    shown: str


def _one(name: str, schema: dict[str, Any], text: str, kept: Any, shown: str) -> Kind:
    return Kind(name, schema, {name: [text]}, kept, shown)


DAY = {"type": "string", "format": "date", "title": "Jour"}
PERIOD = {
    "type": "object",
    "x-jalon-kind": "period",
    "properties": {"debut": {**DAY, "title": "Du"}, "fin": {**DAY, "title": "Au"}},
}
ADDRESS = {
    "type": "object",
    "properties": {
        "voie": {"type": "string", "title": "Numéro et voie"},
        "code_postal": {"type": "string", "format": "postal_code", "title": "Code postal"},
        "ville": {"type": "string", "title": "Ville"},
    },
}
ROW = {
    "type": "object",
    "properties": {
        "poste": {"type": "string", "title": "Poste"},
        "depuis": DAY,
        "theme": {"type": "string", "title": "Thème", "x-jalon-list": "themes"},
    },
}
PAPER = "01900000-0000-7000-8000-00000000abcd"

KINDS = [
    _one("text", {"type": "string"}, "  L’été — « déjà » ", "L’été — « déjà »", "L’été — « déjà »"),
    _one("long_text", {"type": "string", "x-jalon-kind": "long_text"}, "Un\r\ndeux", "Un\ndeux", "Un\ndeux"),
    _one("integer", {"type": "integer"}, "12 500", 12500, "12\u202f500"),
    _one("decimal", {"type": "number"}, "3,25", 3.25, "3,25"),
    _one("money", {"type": "number", "x-jalon-kind": "money"}, "1 250,5", 1250.5, "1\u202f250,50\u00a0€"),
    _one("boolean", {"type": "boolean"}, "false", False, "Non"),
    _one("date", {"type": "string", "format": "date"}, "12.3.2008", "2008-03-12", "12/03/2008"),
    _one("time", {"type": "string", "format": "time"}, "9h30", "09:30:00", "09:30"),
    _one(
        "instant",
        {"type": "string", "format": "date-time"},
        "12/03/2026 09:30",
        "2026-03-12T09:30:00+01:00",
        "12/03/2026 à 09:30",
    ),
    Kind(
        "period",
        PERIOD,
        {"period.debut": ["01/02/2026"], "period.fin": ["03/02/2026"]},
        {"debut": "2026-02-01", "fin": "2026-02-03"},
        "01/02/2026 · 03/02/2026",
    ),
    _one(
        "choice", {"oneOf": [{"const": "a", "title": "Premier"}, {"const": "b", "title": "Second"}]}, "b", "b", "Second"
    ),
    Kind(
        "choices",
        {"type": "array", "items": {"oneOf": [{"const": "a", "title": "Un"}, {"const": "b", "title": "Deux"}]}},
        {"choices": ["a", "b"]},
        ["a", "b"],
        "Un, Deux",
    ),
    _one("listed", {"type": "string", "x-jalon-list": "themes"}, "log", "log", "Logement"),
    _one("listed_under", {"type": "string", "x-jalon-list": "themes"}, "velo", "velo", "Mobilité › Vélo"),
    Kind(
        "listed_many",
        {"type": "array", "items": {"type": "string", "x-jalon-list": "themes"}},
        {"listed_many": ["log", "velo"]},
        ["log", "velo"],
        "Logement, Mobilité › Vélo",
    ),
    _one("email", {"type": "string", "format": "email"}, "Lea@Exemple.fr", "Lea@exemple.fr", "Lea@exemple.fr"),
    _one("phone", {"type": "string", "format": "phone"}, "05 36 49 00 10", "+33536490010", "05 36 49 00 10"),
    Kind(
        "address",
        ADDRESS,
        {"address.voie": ["3 rue des Lilas"], "address.code_postal": ["31 000"], "address.ville": ["Toulouse"]},
        {"voie": "3 rue des Lilas", "code_postal": "31000", "ville": "Toulouse"},
        "3 rue des Lilas · 31000 · Toulouse",
    ),
    _one(
        "commune",
        {"type": "string", "x-jalon-kind": "commune", "x-jalon-list": "communes"},
        "31555",
        "31555",
        "Toulouse (31)",
    ),
    _one(
        "nir", {"type": "string", "format": "nir"}, "2 69 05 49 588 157 80", "269054958815780", "2 69 05 49 588 157 80"
    ),
    _one("siret", {"type": "string", "format": "siret"}, "732 829 320 00074", "73282932000074", "732 829 320 00074"),
    _one(
        "iban",
        {"type": "string", "format": "iban"},
        "FR14 2004 1010 0505 0001 3M02 606",
        "FR1420041010050500013M02606",
        "FR14 2004 1010 0505 0001 3M02 606",
    ),
    _one("file", {"type": "string", "x-jalon-kind": "file"}, PAPER, PAPER, "Fichier joint"),
    _one("image", {"type": "string", "x-jalon-kind": "image"}, PAPER, PAPER, "Fichier joint"),
    _one("signature", {"type": "string", "x-jalon-kind": "signature"}, "Léa Martin", "Léa Martin", "Léa Martin"),
    Kind(
        "rows",
        {"type": "array", "items": ROW},
        {"rows": ["iune"], "rows.poste": ["Vendeur"], "rows.depuis": ["01/02/2026"], "rows.theme": ["mob"]},
        [{"_id": "une", "poste": "Vendeur", "depuis": "2026-02-01", "theme": "mob"}],
        "1. Vendeur · 01/02/2026 · Mobilité",
    ),
    Kind(
        "table",
        {"type": "array", "x-jalon-kind": "table", "items": ROW},
        {"table": ["iune"], "table.poste": ["Vendeur"], "table.depuis": [""], "table.theme": ["log"]},
        [{"_id": "une", "poste": "Vendeur", "theme": "log"}],
        "1. Vendeur · Logement",
    ),
    Kind(
        "values",
        {"type": "array", "items": DAY},
        {"values": ["n0"], "values.*": ["01/02/2026"]},
        ["2026-02-01"],
        "01/02/2026",
    ),
    _one("dossier", {"type": "string", "x-jalon-kind": "dossier"}, PAPER, PAPER, "Dossier 0000ABCD"),
]
"""The kinds a person answers; computed values, information texts and case files by name have tests of their own."""


def schema_of(kind: Kind, **more: Any) -> dict[str, Any]:
    """Return the schema of a form that asks this kind alone."""
    return {
        "type": "object",
        "title": "Un champ",
        "properties": {kind.name: {"title": "La question", **kind.schema, **more}},
    }
