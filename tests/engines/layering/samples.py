"""A small form, a list and short ways to write ops, for the tests that talk about something else."""

from itertools import count
from typing import Any

from jalon.engines.layering import Level, Op

_numbers = count(1)


def op(verb: str, uid: str, prop: str = "", value: Any = ..., **more: Any) -> Op:
    """One op, numbered, with an author and an instant."""
    facts = {"author": "Camille", "at": "2026-01-05T09:00:00+01:00", **more}
    if value is not ...:
        facts["value"] = value
    return Op(str(next(_numbers)), verb, uid, prop, **facts)  # type: ignore[arg-type]


def level(unit: str, *ops: Op, **more: Any) -> Level:
    """What one unit changes."""
    return Level(unit, tuple(ops), **more)


def form() -> dict[str, Any]:
    """Two sections, five questions, one condition, one formula, one object and one list of rows."""
    return {
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "title": "Transport",
            "required": ["permis", "nom"],
            "properties": {
                "nom": {"type": "string", "title": "Nom", "maxLength": 80, "x-jalon-bind": "principal.nom"},
                "permis": {"type": "boolean", "title": "Permis de conduire"},
                "mode": {
                    "type": "string",
                    "title": "Mode de transport",
                    "description": "Le plus fréquent",
                    "oneOf": [{"const": "bus", "title": "Bus"}, {"const": "velo", "title": "Vélo"}],
                    "default": "bus",
                },
                "distance": {"type": "integer", "title": "Distance", "minimum": 0, "maximum": 100},
                "cout": {"type": "number", "title": "Coût", "x-jalon-computed": "distance * 2"},
                "adresse": {
                    "type": "object",
                    "title": "Adresse",
                    "required": ["ville"],
                    "properties": {
                        "ville": {"type": "string", "title": "Ville"},
                        "rue": {"type": "string", "title": "Rue"},
                    },
                },
                "trajets": {
                    "type": "array",
                    "title": "Trajets",
                    "items": {
                        "type": "object",
                        "required": ["but"],
                        "properties": {
                            "but": {"type": "string", "title": "But"},
                            "duree": {"type": "string", "title": "Durée", "x-jalon-kind": "time"},
                        },
                    },
                },
            },
        },
        "ui": {
            "type": "Categorization",
            "options": {"uid": "page"},
            "elements": [
                {
                    "type": "Category",
                    "label": "Identité",
                    "options": {"uid": "identite"},
                    "elements": [control("nom"), control("permis")],
                },
                {
                    "type": "Category",
                    "label": "Trajet",
                    "options": {"uid": "trajet"},
                    "elements": [
                        control("mode", rule=shown_if("permis", {"const": False})),
                        control("distance"),
                        control("cout"),
                        {"type": "Label", "text": "Merci.", "options": {"uid": "merci"}},
                        control("adresse"),
                        control("trajets"),
                    ],
                },
            ],
        },
    }


def control(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "Control", "scope": f"#/properties/{name}", "options": {"uid": name}, **more}


def shown_if(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"effect": "SHOW", "condition": {"scope": f"#/properties/{name}", "schema": schema}}


def modes() -> dict[str, Any]:
    """A list of three values, one closed, and a branch."""
    return {
        "title": "Modes de transport",
        "values": [
            {"code": "bus", "label": "Bus"},
            {"code": "velo", "label": "Vélo"},
            {"code": "tram", "label": "Tramway", "closed": True},
            {"code": "velo_electrique", "label": "Vélo électrique", "parent": "velo"},
        ],
    }


def codes(document: dict[str, Any]) -> list[str]:
    return [value["code"] for value in document["values"]]
