"""What a 40-field form costs to show, to bind and to check."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from jalon.engines.forms import compile_form, decode, encode, validate
from jalon.ui.forms import bind, render, review

KINDS: list[dict[str, Any]] = [
    {"type": "string", "maxLength": 80},
    {"type": "integer", "minimum": 0},
    {"type": "string", "format": "date"},
    {"enum": ["a", "b", "c", "d"]},
    {"type": "boolean"},
    {"type": "string", "format": "email"},
    {"type": "number", "x-jalon-kind": "money", "multipleOf": 0.01},
    {"type": "array", "items": {"enum": ["x", "y", "z"]}},
]
ANSWERS = ["Camille", 3, "2008-03-12", "b", True, "a@exemple.fr", 19.99, ["x", "z"]]


def forty() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a 40-field schema, its UI schema with four conditions, and answers."""
    names = [f"champ_{n}" for n in range(40)]
    schema = {
        "type": "object",
        "properties": {name: {**KINDS[n % 8], "title": f"Question {n}"} for n, name in enumerate(names)},
        "required": names[:20],
    }
    controls: list[dict[str, Any]] = [{"type": "Control", "scope": f"#/properties/{name}"} for name in names]
    for n in (9, 17, 25, 33):
        condition = {"scope": "#/properties/champ_4", "schema": {"const": True}}
        controls[n]["rule"] = {"effect": "SHOW", "condition": condition}
    data = {name: ANSWERS[n % 8] for n, name in enumerate(names)}
    return schema, {"type": "VerticalLayout", "elements": controls}, data


def milliseconds(work: Callable[[], object], turns: int = 60) -> float:
    """Return the best time of some turns, after one to warm up."""
    work()
    best = 1e9
    for _ in range(turns):
        start = perf_counter()
        work()
        best = min(best, perf_counter() - start)
    return best * 1000


def run() -> list[tuple[str, str, str]]:
    """Return (name, measured, bar) per row."""
    schema, ui, data = forty()
    form = compile_form(schema, ui)
    pairs = encode(form, data)
    rows: list[tuple[str, Callable[[], object], str]] = [
        ("formulaire de 40 champs, compiler (déjà connu)", lambda: compile_form(schema, ui), ""),
        ("formulaire de 40 champs, afficher", lambda: render(form, data), "<= 2 ms"),
        ("formulaire de 40 champs, relire", lambda: review(form, data), ""),
        ("formulaire de 40 champs, lire ce qui est posté", lambda: decode(form, pairs), ""),
        ("formulaire de 40 champs, vérifier", lambda: validate(form, data), "<= 1 ms"),
        ("formulaire de 40 champs, lire et vérifier par WTForms", lambda: bind(form, pairs).validate(), ""),
    ]
    return [(name, f"{milliseconds(work):.3f} ms", bar) for name, work, bar in rows]


if __name__ == "__main__":
    for row in run():
        print(*row)
