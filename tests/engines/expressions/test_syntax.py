"""What is not an expression is refused with its place and a way out."""

import pytest

from jalon.engines.expressions import ExpressionInvalid, parse


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("", 1, 1, "vide"),
        ("a = = b", 1, 5, "un seul signe ="),
        ("a == b", 1, 4, "un seul signe ="),
        ("a <> b", 1, 4, "!="),
        ("a && b", 1, 3, "« et »"),
        ("a\n  et", 2, 5, "la fin"),
        ('"oui', 1, 1, "guillemet"),
        ("'oui'", 1, 1, "guillemets droits"),
        ("${age}", 1, 1, "sans ${ }"),
        ("/* x", 1, 1, "*/"),
        ("si a alors 1", 1, 13, "sinon"),
        ("(1 + 2", 1, 7, ")"),
        ("1, 2", 1, 2, "crochets"),
        ("{a: 1, a: 2}", 1, 9, "deux fois"),
        ("[1..2", 1, 6, "intervalle"),
        ('@"2026-13-01"', 1, 1, "illisible"),
        ("f(a: 1, 2)", 1, 11, "nommés"),
        ('"\\q"', 1, 1, "n’est pas connu"),
        ("a and", 1, 6, "valeur"),
        ("x instance", 1, 11, "instance of"),
        ("(" * 200, 1, 31, "imbriqués"),
        ("-" * 200 + "1", 1, 60, "imbriqués"),
        ("[" * 500 + "]" * 500, 1, 31, "imbriqués"),
        ("+".join(["1"] * 500), 1, 242, "opérations"),
        ("a" * 20_001, 1, 1, "20000"),
        ("[" + "1," * 4_000 + "1]", 1, 8_001, "8000 mots"),
        ("x" + ".a" * 500, 1, 242, "points"),
    ],
)
def test_refusals_point_at_the_place(source, line, column, words):
    with pytest.raises(ExpressionInvalid) as refusal:
        parse(source)
    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert words in refusal.value.text()


def test_long_lists_of_cases_and_conditions_are_accepted():
    cases = "".join(f"si a = {n} alors {n} sinon " for n in range(100)) + "0"
    assert parse(cases).names == {"a"}
    assert parse(" ou ".join(f'a = "{n}"' for n in range(1000))).names == {"a"}
    assert parse("[" + ",".join(map(str, range(3000))) + "]").names == frozenset()


def test_accents_may_be_composed_or_not():
    assert parse("re\u0301gion").names == {"région"}


def test_names_are_words_together():
    assert parse("date de naissance < aujourdhui").names == {"date de naissance", "aujourdhui"}
