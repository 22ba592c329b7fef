"""Random forms and answers that fit them."""

import string
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["nom", "age", "ville", "é_accent", "meta", "data", "process", "_x", "f1", "a b", "x.y", "a/b"])
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)


def _scalar() -> st.SearchStrategy[tuple[dict[str, Any], st.SearchStrategy[Any]]]:
    days = st.dates().map(lambda day: day.isoformat())
    return st.sampled_from(
        [
            ({"type": "string"}, TEXTS),
            ({"type": "string", "maxLength": 900}, TEXTS),
            ({"type": ["string", "null"]}, st.none() | TEXTS),
            ({"type": "integer"}, st.integers()),
            ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False) | st.integers()),
            ({"type": "number", "x-jalon-kind": "money"}, st.integers(-(10**9), 10**9).map(lambda n: n / 100)),
            ({"type": "integer", "x-jalon-kind": "money"}, st.integers()),
            ({"type": "boolean"}, st.booleans()),
            ({"type": "boolean", "const": True}, st.just(True)),
            ({"enum": ["a", "b", "c"]}, st.sampled_from(["a", "b", "c"])),
            (
                {"enum": [1, "1", True, None, "", " x", {"k": [1]}]},
                st.sampled_from([1, "1", True, None, "", " x", {"k": [1]}]),
            ),
            ({"type": "string", "format": "date"}, days),
            ({"type": "string", "format": "time"}, st.sampled_from(["10:30:00Z", "23:59:59+02:00", "01:02:03.5Z"])),
            (
                {"type": "string", "format": "date-time"},
                st.sampled_from(["2026-03-12T10:30:00Z", "2026-07-12T10:30:00+02:00", "1998-12-31T23:59:60Z"]),
            ),
            (
                {"type": "string", "format": "email"},
                st.sampled_from(["a@exemple.fr", "A.B@Exemple.FR", '"x y"@exemple.fr']),
            ),
            ({"type": "string", "x-jalon-list": "pays"}, st.sampled_from(["fr", "be"])),
            (
                {"type": "array", "items": {"enum": ["x", "y", "z"]}},
                st.lists(st.sampled_from(["x", "y", "z"]), max_size=4),
            ),
            ({"type": "array", "items": {"type": "integer"}}, st.lists(st.integers(), max_size=4)),
            ({"type": "array", "items": {"type": "string"}}, st.lists(TEXTS, max_size=4)),
            (
                {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
                st.lists(st.lists(TEXTS, max_size=2), max_size=3),
            ),
        ]
    )


@st.composite
def objects(draw: st.DrawFn, depth: int = 2) -> tuple[dict[str, Any], st.SearchStrategy[dict[str, Any]]]:
    """Return an object schema and a strategy of data that it accepts."""
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    properties, required, optional = {}, {}, {}
    for name in names:
        schema, values = draw(_node(depth))
        properties[name] = schema
        (required if draw(st.booleans()) else optional)[name] = values
    schema = {"type": "object", "properties": properties, "required": sorted(required)}
    if draw(st.booleans()):
        schema["additionalProperties"] = False
    return schema, st.fixed_dictionaries(required, optional=optional)


@st.composite
def _node(draw: st.DrawFn, depth: int) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    if depth and draw(st.integers(0, 3)) == 0:
        schema, values = draw(objects(depth - 1))
        if draw(st.booleans()):
            return schema, values
        return {"type": "array", "items": schema}, st.lists(values, max_size=3)
    return draw(_scalar())


@st.composite
def forms_with_answers(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a schema and answers that it accepts."""
    schema, values = draw(objects())
    return schema, draw(values)


IDENTIFIERS = st.text(string.ascii_lowercase, min_size=1, max_size=6)
