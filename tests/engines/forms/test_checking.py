"""Answers against a form: effective schema, lists, stages, messages."""

import pytest

from jalon.engines.forms import bindings, compile_form, needs, validate, visible

MOBILITY = {
    "type": "object",
    "required": ["permis", "raison"],
    "additionalProperties": False,
    "properties": {
        "permis": {"type": "boolean"},
        "raison": {"type": "string"},
        "detail": {"type": "string", "minLength": 3},
        "lieux": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ville"],
                "additionalProperties": False,
                "properties": {"ville": {"type": "string"}, "pays": {"type": "string"}},
            },
        },
    },
}


def control(name, show_if=None, effect="SHOW", **options):
    node = {"type": "Control", "scope": f"#/properties/{name}"}
    if show_if:
        scope, schema = show_if
        node["rule"] = {"effect": effect, "condition": {"scope": f"#/properties/{scope}", "schema": schema}}
    if options:
        node["options"] = options
    return node


def mobility(*, effect="SHOW"):
    rows = {"type": "VerticalLayout", "elements": [control("ville"), control("pays", ("ville", {"const": "Lille"}))]}
    elements = [
        control("permis"),
        control("raison", ("permis", {"const": False}), effect),
        control("detail", ("raison", {"const": "autre"})),
        control("lieux", detail=rows),
    ]
    return compile_form(MOBILITY, {"type": "VerticalLayout", "elements": elements})


def test_a_hidden_answer_leaves_the_data_and_is_not_required():
    checked = validate(mobility(), {"permis": True, "raison": "autre", "detail": "long"})
    assert checked.ok
    assert checked.data == {"permis": True}
    assert checked.hidden == {"/raison": "autre", "/detail": "long"}


def test_a_hidden_answer_counts_as_absent_in_other_rules():
    seen = visible(mobility(), {"permis": True, "raison": "autre"})
    assert seen.hidden == {"/raison", "/detail"}


def test_a_shown_required_answer_is_asked_for():
    checked = validate(mobility(), {"permis": False})
    assert checked.errors == {"/raison": "Répondez à cette question : elle est obligatoire."}


def test_rules_inside_rows_look_at_their_own_row():
    data = {"permis": True, "lieux": [{"ville": "Lille", "pays": "fr"}, {"ville": "Lyon", "pays": "fr"}]}
    checked = validate(mobility(), data)
    assert checked.data["lieux"] == [{"ville": "Lille", "pays": "fr"}, {"ville": "Lyon"}]
    assert checked.hidden == {"/lieux/1/pays": "fr"}


def test_rows_may_carry_their_id_although_the_schema_is_closed():
    data = {"permis": True, "lieux": [{"_id": "a1", "ville": "Lille"}]}
    checked = validate(mobility(), data)
    assert checked.ok
    assert checked.data == data


def test_what_a_rule_disables_keeps_its_stored_value():
    form = mobility(effect="ENABLE")
    checked = validate(form, {"permis": True, "raison": "forgée"}, stored={"permis": True, "raison": "connue"})
    assert checked.data == {"permis": True, "raison": "connue"}


@pytest.mark.req("C13")
def test_obligation_is_staged():
    schema = {
        "type": "object",
        "required": ["nom"],
        "properties": {
            "nom": {"type": "string"},
            "tel": {"type": "string", "x-jalon-obligation": "save"},
            "statut": {"type": "string", "x-jalon-obligation": "scheme"},
        },
    }
    form = compile_form(schema)
    assert set(validate(form, {}, stage="save").errors) == {"/tel"}
    assert set(validate(form, {}).errors) == {"/nom", "/tel"}
    assert set(validate(form, {}, stage="scheme").errors) == {"/nom", "/tel", "/statut"}


def test_a_closed_value_stays_valid_where_it_was_already_kept():
    schema = {"type": "object", "properties": {"mode": {"type": "string", "x-jalon-list": "modes"}}}
    form = compile_form(schema)
    lists = {"modes": [{"code": "bus", "label": "Bus"}, {"code": "mule", "label": "Mule", "closed": True}]}
    assert validate(form, {"mode": "bus"}, lists=lists).ok
    assert not validate(form, {"mode": "mule"}, lists=lists).ok
    assert validate(form, {"mode": "mule"}, lists=lists, stored={"mode": "mule"}).ok
    assert not validate(form, {"mode": "avion"}, lists=lists).ok
    assert needs(form).lists == ("modes",)


def test_only_the_errors_of_the_section_are_reported():
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    }
    categories = [
        {"type": "Category", "label": name.upper(), "options": {"uid": name}, "elements": [control(name)]}
        for name in ("a", "b")
    ]
    form = compile_form(schema, {"type": "Categorization", "elements": categories})
    assert [section.uid for section in form.sections] == ["a", "b"]
    assert set(validate(form, {}, section="b").errors) == {"/b"}


def test_at_least_one_of_two_holds_when_one_is_hidden():
    schema = {
        "type": "object",
        "properties": {"x": {"type": "boolean"}, "a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    shown = ("x", {"const": True})
    one = compile_form(
        schema, {"type": "VerticalLayout", "elements": [control("x"), control("a", shown), control("b")]}
    )
    assert not validate(one, {}).ok
    assert validate(one, {"b": "là"}).ok
    both = compile_form(
        schema, {"type": "VerticalLayout", "elements": [control("x"), control("a", shown), control("b", shown)]}
    )
    assert validate(both, {}).ok
    assert not validate(both, {"x": True}).ok


@pytest.mark.req("C12")
@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, "x", "Donnez un nombre entier, sans virgule."),
        ({"type": "string", "minLength": 2}, "a", "Écrivez au moins 2 caractères (il y en a 1)."),
        ({"type": "string", "maxLength": 1}, "ab", "Raccourcissez ce texte : 1 caractère au plus (il y en a 2)."),
        ({"type": "integer", "minimum": 3}, 2, "Donnez un nombre supérieur ou égal à 3."),
        ({"type": "number", "exclusiveMaximum": 2.5}, 2.5, "Donnez un nombre inférieur à 2,5."),
        ({"type": "number", "multipleOf": 0.01}, 0.001, "Écrivez au plus 2 chiffres après la virgule."),
        ({"enum": ["a", "b"]}, "c", "Choisissez une des réponses proposées : « a », « b »."),
        (
            {"type": "string", "pattern": "^a$"},
            "a\n",
            "Cette réponse n’a pas la forme attendue : relisez l’aide de la question.",
        ),
        (
            {"type": "string", "format": "date"},
            "2025-02-29",
            "Écrivez une date qui existe, sous la forme JJ/MM/AAAA, par exemple 12/03/2008.",
        ),
        ({"type": "boolean", "const": True}, False, "Cochez cette case pour continuer."),
        (
            {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1},
            [],
            "Donnez au moins 1 réponse (il y en a 0).",
        ),
    ],
)
def test_each_error_says_how_to_fix_it(schema, value, message):
    form = compile_form({"type": "object", "properties": {"q": schema}})
    assert validate(form, {"q": value}).errors == {"/q": message}


def test_cents_are_exact():
    form = compile_form({"type": "object", "properties": {"p": {"type": "number", "multipleOf": 0.01}}})
    assert all(validate(form, {"p": cents / 100}).ok for cents in range(0, 100_000, 7))


def test_a_period_ends_after_it_begins():
    day = {"type": "string", "format": "date"}
    period = {"type": "object", "x-jalon-kind": "period", "properties": {"debut": day, "fin": day}}
    form = compile_form({"type": "object", "properties": {"stage": period}})
    assert validate(form, {"stage": {"debut": "2026-01-01", "fin": "2026-02-01"}}).ok
    assert set(validate(form, {"stage": {"debut": "2026-02-01", "fin": "2026-01-01"}}).errors) == {"/stage/fin"}


def test_computed_values_are_written_by_the_server():
    total = {"type": "number", "x-jalon-computed": "prix * nombre"}
    schema = {
        "type": "object",
        "properties": {"prix": {"type": "number"}, "nombre": {"type": "integer"}, "total": total},
    }
    checked = validate(compile_form(schema), {"prix": 2.5, "nombre": 4, "total": 999})
    assert checked.data == {"prix": 2.5, "nombre": 4, "total": 10}


def test_binds_are_listed_by_question():
    node = {"type": "string", "x-jalon-bind": "contact.telephone"}
    assert bindings(compile_form({"type": "object", "properties": {"tel": node}})) == {"tel": "contact.telephone"}


def test_a_condition_may_be_an_expression_over_facts():
    rule = {"effect": "SHOW", "condition": {"expression": 'option.voiture = true et nom = "A"'}}
    schema = {"type": "object", "properties": {"nom": {"type": "string"}, "plaque": {"type": "string"}}}
    elements = [control("nom"), {**control("plaque"), "rule": rule}]
    form = compile_form(schema, {"type": "VerticalLayout", "elements": elements})
    assert needs(form).facts == ("option",)
    data = {"nom": "A", "plaque": "AB-123-CD"}
    assert validate(form, data, facts={"option": {"voiture": True}}).data == data
    assert validate(form, data, facts={"option": {"voiture": False}}).data == {"nom": "A"}
    assert validate(form, {**data, "nom": "B"}, facts={"option": {"voiture": True}}).data == {"nom": "B"}


def test_a_group_hides_all_it_holds():
    schema = {
        "type": "object",
        "properties": {
            "loge": {"type": "boolean"},
            "adresse": {"type": "object", "required": ["ville"], "properties": {"ville": {"type": "string"}}},
        },
        "required": ["adresse"],
    }
    group = {
        "type": "Group",
        "label": "Adresse",
        "elements": [{"type": "Control", "scope": "#/properties/adresse/properties/ville"}],
        "rule": {
            "effect": "HIDE",
            "condition": {"scope": "#/properties/loge", "schema": {"not": {"const": True}}},
        },
    }
    form = compile_form(schema, {"type": "VerticalLayout", "elements": [control("loge"), group]})
    assert set(validate(form, {"loge": True}).errors) == {"/adresse/ville"}
    assert validate(form, {"loge": True, "adresse": {"ville": "Lille"}}).ok
    hidden = validate(form, {"loge": False, "adresse": {"ville": "Lille"}})
    assert hidden.hidden == {"/adresse/ville": "Lille"}
    assert (hidden.ok, hidden.data) == (True, {"loge": False})
    assert validate(form, {"loge": False}).ok
