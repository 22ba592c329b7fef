"""JSON Schema 2020-12, exact and closed."""

import pytest

from jalon.engines.forms import validate_schema

TREE = {
    "$id": "urn:arbre",
    "$dynamicAnchor": "noeud",
    "type": "object",
    "properties": {"fils": {"type": "array", "items": {"$dynamicRef": "#noeud"}}, "nom": {"type": "string"}},
    "unevaluatedProperties": False,
}
COUSINS = {
    "allOf": [{"properties": {"a": True}}, {"patternProperties": {"^x": True}}],
    "anyOf": [{"properties": {"b": {"const": 1}}, "required": ["b"]}, True],
    "if": {"required": ["c"]},
    "then": {"properties": {"c": True}},
    "unevaluatedProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "data", "codes"),
    [
        (TREE, {"nom": "a", "fils": [{"nom": "b", "fils": []}]}, []),
        (TREE, {"fils": [{"non": "b"}]}, ["schema.unevaluatedProperties"]),
        (COUSINS, {"a": 1, "x1": 2, "b": 1, "c": 3}, []),
        (COUSINS, {"b": 2}, ["schema.unevaluatedProperties"]),
        ({"prefixItems": [True], "unevaluatedItems": False}, [1, 2], ["schema.unevaluatedItems"]),
        ({"multipleOf": 0.01}, 19.99, []),
        ({"multipleOf": 0.01}, 19.999, ["schema.multipleOf"]),
        ({"pattern": "^a$"}, "a\n", ["schema.pattern"]),
        ({"pattern": "^\\d$"}, "٣", ["schema.pattern"]),
        ({"pattern": "^\\p{Letter}+$"}, "été", []),
        ({"format": "date"}, "2025-02-29", ["schema.format"]),
        ({"format": "time"}, "23:59:60Z", []),
        ({"format": "time"}, "12:00:60Z", ["schema.format"]),
        ({"format": "time"}, "10:30", ["schema.format"]),
        ({"format": "date-time"}, "2026-03-12T10:30:00", ["schema.format"]),
        ({"format": "duration"}, "P1D", []),
        ({"format": "duration"}, "PT", ["schema.format"]),
        ({"format": "email"}, "a@", ["schema.format"]),
        ({"format": "uuid"}, "2eb8aa08aa9811eab4aa73b441d16380", ["schema.format"]),
        ({"format": "inconnu"}, "x", []),
        ({"const": 1}, True, ["schema.const"]),
        ({"uniqueItems": True}, [1, True], []),
        (False, 1, ["schema.None"]),
        ({"type": "nope"}, 1, ["schema.invalide"]),
        ({"$ref": "http://localhost:1/s.json"}, 1, ["schema.reference"]),
        ({"$ref": "file:///etc/hostname"}, 1, ["schema.reference"]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, 1, ["schema.recursion"]),
        ({"pattern": "(?=x)"}, "x", ["schema.motif"]),
    ],
)
def test_schemas_mean_what_the_standard_says(schema, data, codes):
    assert [problem.code for problem in validate_schema(schema, data)] == codes


def test_formats_may_be_annotations_only():
    assert validate_schema({"format": "date"}, "demain", formats=False) == []


def test_errors_point_into_the_data():
    schema = {"properties": {"a/b": {"items": {"type": "integer"}}}}
    assert [problem.element for problem in validate_schema(schema, {"a/b": [1, "x"]})] == ["/a~1b/1"]
