"""What a form may not contain is refused with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jalon.base.errors import ContentRefused, JalonError
from jalon.engines.forms import compile_form, lint, validate_schema


def of(**node):
    return {"type": "object", "properties": {"q": node}}


def nested(depth):
    node = {"type": "string"}
    for _ in range(depth):
        node = {"type": "object", "properties": {"x": node}}
    return node


@pytest.mark.req("S7")
@pytest.mark.parametrize("pattern", ["[[a]", "[+--]", "[a||b]", "[a&&b]"])
def test_a_pattern_that_python_only_warns_about_is_read_in_silence(pattern):
    assert "formulaire.motif" not in {problem.code for problem in lint(of(type="string", title="Q", pattern=pattern))}


@pytest.mark.req("R17", "S7")
@pytest.mark.parametrize(
    ("schema", "code", "where"),
    [
        (of(type="string", minlength=3), "formulaire.mot_inconnu", "/properties/q/minlength"),
        (of(**{"type": "string", "x-jalon-magic": "x"}), "formulaire.mot_inconnu", "/properties/q/x-jalon-magic"),
        (of(**{"$ref": "http://ailleurs.test/s.json"}), "formulaire.reference", "/properties/q/$ref"),
        (of(**{"$ref": "file:///etc/passwd"}), "formulaire.reference", "/properties/q/$ref"),
        (of(**{"$ref": "#/$defs/rien"}), "formulaire.reference", "/properties/q/$ref"),
        (of(type="string", pattern="(?=a)b"), "formulaire.motif", "/properties/q/pattern"),
        (of(type="string", pattern="(a)\\1"), "formulaire.motif", "/properties/q/pattern"),
        (of(type="string", pattern="("), "formulaire.motif", "/properties/q/pattern"),
        (of(type="chaîne"), "formulaire.schema", "/properties/q/type"),
        (of(type=["string", "integer"]), "formulaire.champ", "/q"),
        (of(), "formulaire.champ", "/q"),
        (of(anyOf=[{"type": "string"}, {"type": "integer"}]), "formulaire.champ", "/q"),
        ({"type": "array", "items": {"type": "string"}}, "formulaire.champ", ""),
        (nested(14), "formulaire.profondeur", "/" + "/".join("x" * 13)),
        (
            {"type": "object", "properties": {f"q{n}": {"type": "string"} for n in range(501)}},
            "formulaire.trop_de_champs",
            "",
        ),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "formulaire.dialecte", "/$schema"),
    ],
)
def test_a_bad_schema_is_refused_with_its_place(schema, code, where):
    with pytest.raises(ContentRefused) as refusal:
        compile_form(schema)
    first = refusal.value.problems[0]
    assert (first.code, first.element) == (code, where)
    assert any((p.code, p.element) == (code, where) for p in lint(schema))


def test_a_pattern_that_backtracks_elsewhere_is_harmless_here():
    schema = {"patternProperties": {"^(a+)+$": {"type": "string", "pattern": "^(a+)+$"}}, "additionalProperties": False}
    assert len(validate_schema(schema, {"a" * 5000 + "!": "x"})) == 1


def test_conditions_that_go_round_are_refused():
    def control(name, other):
        condition = {"scope": f"#/properties/{other}", "schema": {"const": "x"}}
        return {"type": "Control", "scope": f"#/properties/{name}", "rule": {"effect": "SHOW", "condition": condition}}

    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    ui = {"type": "VerticalLayout", "elements": [control("a", "b"), control("b", "a")]}
    with pytest.raises(ContentRefused) as refusal:
        compile_form(schema, ui)
    assert refusal.value.problems[0].code == "formulaire.cycle"
    assert "« A » → « B » → « A »" in refusal.value.problems[0].message


def test_a_recursive_schema_is_cut():
    schema = {
        "type": "object",
        "properties": {"nom": {"type": "string"}, "chef": {"$ref": "#"}, "adjoint": {"$ref": "#/$defs/p"}},
        "$defs": {"p": {"type": "object", "properties": {"nom": {"type": "string"}, "p": {"$ref": "#/$defs/p"}}}},
    }
    assert [question.uid for question in compile_form(schema).questions] == ["nom", "adjoint.nom"]


def test_personal_data_asks_for_its_reasons():
    problems = lint(of(**{"type": "string", "x-jalon-kind": "nir"}), file="a.schema.json")
    assert [(p.code, p.severity, p.file) for p in problems] == [
        ("formulaire.donnee_personnelle", "warning", "a.schema.json")
    ]
    told = {"x-jalon-sensitivity": "sensitive", "x-jalon-purpose": "droits", "x-jalon-retention": "P2Y"}
    assert lint(of(**{"type": "string", "x-jalon-kind": "nir", **told})) == []


@pytest.mark.req("X9")
def test_labels_used_twice_and_endless_radios_are_pointed_at():
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "title": "Nom"},
            "b": {"type": "string", "title": "nom "},
            "c": {"enum": [str(n) for n in range(20)]},
        },
    }
    radio = {"type": "Control", "scope": "#/properties/c", "options": {"widget": "radio"}}
    controls = [{"type": "Control", "scope": f"#/properties/{name}"} for name in "ab"]
    codes = {problem.code for problem in lint(schema, {"type": "VerticalLayout", "elements": [*controls, radio]})}
    assert codes == {"formulaire.libelle_double", "formulaire.radios"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "items",
                    "$ref",
                    "enum",
                    "const",
                    "allOf",
                    "anyOf",
                    "oneOf",
                    "not",
                    "if",
                    "then",
                    "required",
                    "pattern",
                    "format",
                    "elements",
                    "scope",
                    "rule",
                    "options",
                    "label",
                    "x-jalon-kind",
                    "x-jalon-computed",
                    "$defs",
                    "minimum",
                    "q",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.req("R17")
@settings(max_examples=400, deadline=None)
@given(JSON, JSON)
def test_any_json_is_compiled_or_refused_cleanly(schema, ui):
    try:
        compile_form(schema, ui)
    except JalonError:
        assert any(problem.severity == "error" for problem in lint(schema, ui))


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_any_schema_checks_any_data_without_raising(schema, data):
    assert isinstance(validate_schema(schema, data), list)
