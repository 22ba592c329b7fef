"""Overlaps and gaps are claimed only when they are true."""

import random

import pytest

from jalon.engines.decisions import check_model, compile_model, decide
from jalon.engines.decisions.coverage import cover
from jalon.engines.decisions.regions import TooRich

AGE = {"id": "i1", "label": "Âge", "expression": "age", "type": "number"}
CITY = {"id": "i2", "label": "Ville", "expression": "ville", "type": "string"}


def model(rules, inputs=(AGE,), hit="UNIQUE", output=None):
    outputs = [output or {"id": "o1", "name": "aide", "label": "Aide", "type": ""}]
    rows = [{"id": f"r{n}", "when": when, "then": [then], "note": ""} for n, (*when, then) in enumerate(rules, 1)]
    table = {"hit": hit, "aggregation": None, "inputs": list(inputs), "outputs": outputs, "rules": rows}
    decision = {"id": "d", "name": "Aide", "variable": "aide", "type": "", "requires": [], "table": table}
    return {"id": "f", "name": "F", "decisions": [decision]}


def said(rules, **more):
    return [(p.code, p.element, p.message) for p in check_model(model(rules, **more))]


def test_an_overlap_has_an_example():
    assert said([("<= 18", "1"), (">= 18", "2")]) == [
        (
            "decision.chevauchement",
            "r2",
            "Les règles 1 et 2 de la table « Aide » répondent toutes deux quand Âge vaut 18.",
        )
    ]


def test_a_gap_has_an_example():
    assert said([("< 18", "1"), ("> 18", "2")]) == [
        ("decision.trou", "d", "Aucune règle de la table « Aide » ne répond quand Âge vaut 18.")
    ]


@pytest.mark.parametrize(
    ("rules", "more", "codes"),
    [
        ([("< 18", "1"), (">= 18", "2")], {}, []),
        ([("<= 17", "1"), (">= 18", "2")], {}, ["decision.trou"]),
        ([("<= 17", "1"), (">= 18", "2")], {"inputs": [AGE | {"type": "integer"}]}, []),
        ([("[0..17]", "1"), ("[18..120]", "2")], {"inputs": [AGE | {"type": "integer", "values": "[0..120]"}]}, []),
        ([("< 18", "1")], {"output": {"id": "o", "name": "a", "label": "", "type": "", "default": "0"}}, []),
        ([("< 18", "1"), ("-", "2")], {"hit": "FIRST"}, []),
        ([("< 18", "1"), ("< 20", "1"), ("-", "1")], {"hit": "ANY"}, []),
        ([("< 18", "1"), ("-", "2")], {"hit": "ANY"}, ["decision.chevauchement"]),
        ([("< 18", "1")], {"hit": "COLLECT"}, []),
        ([("null", "1"), ("< 18", "2")], {}, ["decision.trou"]),
        ([("< seuil", "1")], {}, ["decision.non_verifiee"]),
        ([("? > 1 and ? < 5", "1")], {}, ["decision.non_verifiee"]),
        ([('"a"', "1")], {}, ["decision.type", "decision.non_verifiee"]),
        ([('"Albi"', "1"), ('not("Albi")', "2")], {"inputs": [CITY]}, []),
        ([('"Albi"', "1"), ('"Auch"', "2")], {"inputs": [CITY | {"values": '"Albi", "Auch"'}]}, []),
        ([('"Albi","Auch"', "1"), ('not("Albi")', "2")], {"inputs": [CITY]}, ["decision.chevauchement"]),
        ([("true", "1"), ("false", "2")], {"inputs": [AGE | {"type": "boolean"}]}, []),
        ([("true", "1")], {"inputs": [AGE | {"type": "boolean"}]}, ["decision.trou"]),
        ([('<= date("2026-01-01")', "1"), ('>= date("2026-01-02")', "2")], {"inputs": [AGE | {"type": "date"}]}, []),
        ([('< "2026-01-01"', "1")], {"inputs": [AGE | {"type": "date"}]}, ["decision.non_verifiee"]),
        ([("-", '"x"')], {"output": {"id": "o", "name": "a", "label": "", "type": "number"}}, ["decision.type"]),
        ([("-", '"x"')], {"output": {"id": "o", "name": "a", "label": "", "type": "", "values": '"y"'}},
         ["decision.valeur_inattendue"]),
    ],
)  # fmt: skip
def test_what_the_lint_says(rules, more, codes):
    assert [code for code, _, _ in said(rules, **more)] == codes


def test_unknown_names_are_named():
    rules = [("> seuil", "montant * 2")]
    assert [p.code for p in check_model(model(rules))] == ["decision.non_verifiee"]
    problems = check_model(model(rules), known={"age", "seuill"})
    assert [(p.code, p.element) for p in problems] == [
        ("expression.nom_inconnu", "r1"),
        ("expression.nom_inconnu", "r1"),
        ("decision.non_verifiee", "d"),
    ]
    assert "« seuill »" in problems[0].message
    named = model(rules) | {"inputs": [{"id": n, "name": n, "type": ""} for n in ("age", "seuil", "montant")]}
    assert [p.code for p in check_model(named)] == ["decision.non_verifiee"]


NUMBERS = [
    "-",
    "< 2",
    "<= 2",
    "> 2",
    ">= 4",
    "[1..3]",
    "]1..3[",
    "(3..5]",
    "2",
    "1, 4",
    "not(2)",
    "not([2..4])",
    "null",
]
TEXTS = ["-", '"a"', '"b"', '"a", "b"', 'not("a")', 'not("b", "c")', "null"]
BOOLEANS = ["-", "true", "false", "not(true)"]
AGES, CITIES, FLAGS = [n / 2 for n in range(-2, 14)], ["a", "b", "c", "d"], [True, False]
FLAG = {"id": "i3", "label": "Permis", "expression": "permis", "type": "boolean"}


def test_claims_agree_with_brute_force():
    rng = random.Random(8)
    points = [{"age": a, "ville": c, "permis": f} for a in [*AGES, None] for c in [*CITIES, None] for f in FLAGS]
    for _ in range(150):
        rules = [
            (rng.choice(NUMBERS), rng.choice(TEXTS), rng.choice(BOOLEANS), str(n)) for n in range(rng.randint(1, 6))
        ]
        compiled = compile_model(model(rules, inputs=[AGE, CITY, FLAG], hit="RULE ORDER"))
        coverage = cover(compiled.decisions["d"].logic)
        matched = [decide(compiled, "d", point).matched for point in points]
        claimed = {(overlap.first, overlap.second) for overlap in coverage.overlaps}
        pairs = {(int(a[1:]) - 1, int(b[1:]) - 1) for rows in matched for a in rows for b in rows if a < b}
        assert claimed >= pairs or len(claimed) == 10, rules
        assert coverage.complete
        if coverage.gap is None:  # an absent value is a gap only where a cell speaks of null
            silent = [name for at, name in enumerate(points[0]) if not any("null" in rule[at] for rule in rules)]
            asked = [rows for point, rows in zip(points, matched, strict=True) if None not in map(point.get, silent)]
            assert all(asked), rules
        else:
            given = dict(zip(["age", "ville", "permis"], coverage.gap, strict=True))
            assert decide(compiled, "d", given).matched == (), rules
        for overlap in coverage.overlaps:
            given = dict(zip(["age", "ville", "permis"], overlap.example, strict=True))
            found = decide(compiled, "d", given).matched
            assert {f"r{overlap.first + 1}", f"r{overlap.second + 1}"} <= set(found), rules


def test_a_rich_cell_is_never_reasoned_about():
    compiled = compile_model(model([("< seuil", "1")]))
    with pytest.raises(TooRich):
        cover(compiled.decisions["d"].logic)
