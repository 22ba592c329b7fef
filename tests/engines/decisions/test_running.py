"""Running decisions: hit policies, aggregations, defaults, requirements, explanation."""

from datetime import UTC, datetime

import pytest

from jalon.base.errors import NotFound
from jalon.engines.decisions import check_model, compile_model, decide, explain
from jalon.engines.expressions import ExpressionExhausted, Fuel


def table(hit="UNIQUE", aggregation=None, rules=(), inputs=None, outputs=None):
    inputs = inputs or [{"id": "i1", "label": "Âge", "expression": "age", "type": "number"}]
    outputs = outputs or [{"id": "o1", "name": "aide", "label": "Aide", "type": ""}]
    rows = [
        {"id": f"r{n}", "when": when, "then": then, "note": ""} for n, (when, then) in enumerate(rules, start=1)
    ]  # fmt: skip
    return {"hit": hit, "aggregation": aggregation, "inputs": inputs, "outputs": outputs, "rules": rows}


def model(logic, **more):
    decision = {"id": "d", "name": "Aide", "variable": "aide", "type": "", "requires": []}
    body = {"literal": logic} if isinstance(logic, str) else {"table": logic}
    return {"id": "f", "name": "Fichier", "decisions": [decision | body], **more}


def run(logic, **inputs):
    return decide(compile_model(model(logic)), "d", inputs)


OVERLAPPING = [(["< 20"], ['"a"']), (["< 30"], ['"b"']), (["< 20"], ['"a"'])]
RANKED = [{"id": "o1", "name": "aide", "label": "Aide", "type": "string", "values": '"b", "a"'}]


@pytest.mark.parametrize(
    ("hit", "outputs", "value", "matched"),
    [
        ("FIRST", None, "a", ("r1",)),
        ("F", None, "a", ("r1",)),
        ("RULE ORDER", None, ["a", "b", "a"], ("r1", "r2", "r3")),
        ("COLLECT", None, ["a", "b", "a"], ("r1", "r2", "r3")),
        ("PRIORITY", RANKED, "b", ("r2",)),
        ("OUTPUT ORDER", RANKED, ["b", "a", "a"], ("r2", "r1", "r3")),
    ],
)
def test_hit_policies(hit, outputs, value, matched):
    decided = run(table(hit, rules=OVERLAPPING, outputs=outputs), age=10)
    assert (decided.value, decided.matched, decided.warnings) == (value, matched, ())


def test_unique_and_any():
    one = run(table(rules=OVERLAPPING), age=25)
    assert (one.value, one.outputs, one.matched) == ("b", {"aide": "b"}, ("r2",))
    several = run(table(rules=OVERLAPPING), age=10)
    assert (several.value, [w.code for w in several.warnings]) == (None, ["decision.plusieurs_regles"])
    assert several.matched == ("r1", "r2", "r3")
    same = run(table("ANY", rules=OVERLAPPING[::2]), age=10)
    assert (same.value, same.matched, same.warnings) == ("a", ("r1", "r2"), ())
    contradiction = run(table("ANY", rules=OVERLAPPING), age=10)
    assert (contradiction.value, [w.code for w in contradiction.warnings]) == (None, ["decision.contradiction"])


@pytest.mark.parametrize(("aggregation", "value"), [("SUM", 60), ("COUNT", 3), ("MIN", 10), ("MAX", 30)])
def test_aggregations(aggregation, value):
    rules = [(["-"], ["10"]), (["< 20"], ["20"]), (["< 30"], ["30"]), (["> 30"], ["99"])]
    decided = run(table("COLLECT", aggregation, rules), age=10)
    assert (decided.value, decided.outputs) == (value, {"aide": value})
    sign = {"SUM": "C+", "COUNT": "C#", "MIN": "C<", "MAX": "C>"}[aggregation]
    assert run(table(sign, None, rules), age=10).value == value


@pytest.mark.parametrize(
    ("hit", "aggregation", "value"),
    [("UNIQUE", None, None), ("COLLECT", None, []), ("RULE ORDER", None, []), ("COLLECT", "COUNT", 0),
     ("COLLECT", "SUM", None)],
)  # fmt: skip
def test_no_rule_answers(hit, aggregation, value):
    decided = run(table(hit, aggregation, [(["> 90"], ["1"])]), age=10)
    assert (decided.value, decided.matched) == (value, ())


def test_defaults_and_several_outputs():
    outputs = [
        {"id": "o1", "name": "montant", "label": "", "type": "number", "default": "0"},
        {"id": "o2", "name": "motif", "label": "", "type": "string"},
    ]
    logic = table(rules=[(["< 20"], ["100", '"jeune"'])], outputs=outputs)
    assert run(logic, age=10).value == {"montant": 100, "motif": "jeune"}
    assert run(logic, age=30).outputs == {"montant": 0, "motif": None}
    collected = run(logic | {"hit": "COLLECT"}, age=10)
    assert collected.value == [{"montant": 100, "motif": "jeune"}]
    assert collected.outputs == {"montant": [100], "motif": ["jeune"]}


@pytest.mark.parametrize(
    ("declared", "given", "cell", "matched"),
    [
        ("number", "19", "19", True),
        ("integer", " 19,0 ", "[19..20]", True),
        ("boolean", "oui", "true", True),
        ("boolean", "FALSE", "false", True),
        ("date", "2026-01-31", '> date("2026-01-01")', True),
        ("dateTime", "2026-01-31T09:00:00", '> date and time("2026-01-01T00:00:00")', True),
        ("date", "2026-01-31T09:00:00", '> date("2026-01-01")', True),
        ("dayTimeDuration", "P3D", '> duration("P2D")', True),
        ("string", "a", '"a"', True),
        ("", "19", "19", False),
        ("Any", 19, "19", True),
    ],
)
def test_texts_are_read_as_the_declared_type(declared, given, cell, matched):
    inputs = [{"id": "i1", "label": "x", "expression": "x", "type": declared}]
    decided = run(table(rules=[([cell], ["1"])], inputs=inputs), x=given)
    assert bool(decided.matched) is matched


def test_what_is_not_of_the_declared_type_is_null_with_a_notice():
    decided = run(table(rules=[(["null"], ['"vide"'])]), age="douze")
    assert (decided.value, [w.code for w in decided.warnings]) == ("vide", ["decision.type"])


def test_a_value_outside_the_declared_ones_is_noticed():
    inputs = [{"id": "i1", "label": "Âge", "expression": "age", "type": "number", "values": "[0..120]"}]
    decided = run(table(rules=[(["-"], ["1"])], inputs=inputs), age=200)
    assert [w.code for w in decided.warnings] == ["decision.valeur_inattendue"]


def test_errors_are_null_with_a_notice():
    decided = run(table(rules=[(["-"], ["1 / 0"])]), age=1)
    assert (decided.value, [w.code for w in decided.warnings]) == (None, ["division.zero"])
    assert [w.code for w in run("absent + 1").warnings] == ["nom.inconnu"]


def test_dates_come_out_as_text():
    assert run("aujourdhui").value is None
    now = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert decide(compile_model(model("aujourdhui")), "d", {}, now=now).value == "2026-02-01"
    assert run('date("2026-01-31") + duration("P1M")').outputs == {"aide": "2026-02-28"}


def test_decisions_require_decisions_and_functions():
    chained = {
        "id": "f",
        "name": "F",
        "inputs": [{"id": "in", "name": "Âge du jeune", "type": "number"}],
        "functions": [{"id": "double", "name": "doubler", "parameters": ["x"], "literal": "x * 2"}],
        "decisions": [
            {"id": "c", "name": "C", "variable": "total", "type": "number", "requires": ["a", "b"],
             "literal": "base + b"},
            {"id": "b", "name": "B", "variable": "b", "type": "", "requires": ["a", "double"],
             "literal": "doubler(base)"},
            {"id": "a", "name": "A", "variable": "base", "type": "", "requires": ["in"], "literal": "Âge du jeune + 1"},
        ],
    }  # fmt: skip
    decided = decide(compile_model(chained), "C", {"Âge du jeune": "19"})
    assert (decided.decision, decided.value, decided.inputs) == ("c", 60, {"b": 40, "base": 20})
    assert [step["id"] for step in decided.details] == ["a", "b", "c"]
    assert check_model(chained) == []


def test_one_bad_decision_refuses_that_decision_and_those_that_need_it():
    broken = {
        "id": "f",
        "name": "F",
        "decisions": [
            {"id": "bad", "name": "Mauvaise", "requires": [], "literal": "1 +"},
            {"id": "needs", "name": "Suite", "requires": ["bad"], "literal": "1"},
            {"id": "good", "name": "Bonne", "requires": [], "literal": "1"},
            {"id": "x", "name": "X", "requires": ["y"], "literal": "1"},
            {"id": "y", "name": "Y", "requires": ["x"], "literal": "1"},
            {"id": "z", "name": "Z", "requires": ["y"], "literal": "1"},
            {"id": "empty", "name": "Vide"},
            {"id": "list", "name": "Liste", "table": []},
        ],
    }
    compiled = compile_model(broken, "f.dmn")
    assert set(compiled.decisions) == {"good"}
    assert {(p.element, p.code) for p in compiled.problems} == {
        ("bad", "decision.expression"),
        ("needs", "decision.dependance"),
        ("x", "decision.cycle"),
        ("y", "decision.cycle"),
        ("z", "decision.dependance"),
        ("empty", "decision.sans_logique"),
        ("list", "decision.mal_formee"),
    }
    assert {p.file for p in compiled.problems} == {"f.dmn"}
    with pytest.raises(NotFound):
        decide(compiled, "bad", {})


@pytest.mark.parametrize(
    ("logic", "code"),
    [
        (table("INCONNU"), "decision.politique_inconnue"),
        (table("COLLECT", "MEAN"), "decision.politique_inconnue"),
        (table("PRIORITY"), "decision.priorite_absente"),
        (table() | {"outputs": []}, "decision.sans_sortie"),
        (table(rules=[(["-", "-"], ["1"])]), "decision.regle_incomplete"),
        (table(rules=[(["<"], ["1"])]), "decision.expression"),
    ],
)
def test_bad_tables_are_refused(logic, code):
    assert [p.code for p in compile_model(model(logic)).problems] == [code]


@pytest.mark.parametrize("junk", [{}, {"decisions": None}, {"decisions": [1, {}]}, [], {"decisions": "x"}])
def test_junk_is_no_decision(junk):
    assert compile_model(junk).decisions == {}


def test_a_costly_decision_is_cut():
    compiled = compile_model(model("for x in 1..1000000 return x"))
    with pytest.raises(ExpressionExhausted):
        decide(compiled, "d", {})
    with pytest.raises(ExpressionExhausted):
        decide(compile_model(model("for x in 1..100 return x")), "d", {}, fuel=Fuel(elements=10))


def test_a_decision_explains_itself():
    inputs = [
        {"id": "i1", "label": "Âge", "expression": "age", "type": "number"},
        {"id": "i2", "label": "Permis", "expression": "permis", "type": "boolean"},
    ]
    rules = [(["< 16", "-"], ["0"]), (["[16..25]", "false"], ["500"])]
    decided = run(table("COLLECT", "SUM", rules, inputs), age="18", permis="non")
    assert explain(decided) == "\n".join(
        [
            "Décision « Aide » :",
            "- Âge : 18",
            "- Permis : « Non »",
            "- Dans cette table, on retient des réponses leur somme.",
            "- La règle 2 répond 500 parce que Âge est compris entre 16 et 25 et Permis est « Non ».",
            "- Résultat : 500",
        ]
    )
    nothing = explain(run(table(rules=[(["> 90"], ["1"])]), age=1))
    assert "- Aucune règle n’a répondu." in nothing
    assert "À noter : Une division par zéro n’a pas de résultat." in explain(run("1 / 0"))
