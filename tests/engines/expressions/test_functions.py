"""Every built-in function does what its documentation shows."""

from datetime import UTC, datetime

import pytest

from jalon.engines.expressions import evaluate, functions, parse, to_json, working_calendar

SETTING = {"now": datetime(2026, 1, 5, 8, tzinfo=UTC), "calendar": working_calendar("metropole")}
DOCUMENTED = functions()


@pytest.mark.parametrize("doc", DOCUMENTED, ids=[doc.name for doc in DOCUMENTED])
def test_the_example_gives_the_documented_result(doc):
    found, expected = evaluate(doc.example, {}, **SETTING), evaluate(doc.result, {}, **SETTING)
    assert (found.value, found.warnings) == (expected.value, ())
    assert type(found.value) is type(expected.value)
    assert doc.fr.endswith(".")
    assert doc.en.endswith(".")


def test_every_name_and_synonym_can_be_written():
    for doc in DOCUMENTED:
        for name in (doc.name, *doc.aliases):
            assert parse(f"{name}()").tree.function.name == name


def test_accents_of_a_function_do_not_matter():
    assert evaluate('jours ouvrés(date("2026-01-02"), 1)', {}, **SETTING) == evaluate(
        'jours ouvres(date("2026-01-02"), 1)', {}, **SETTING
    )


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("sum(1, 2, 3)", 6),
        ("sum([])", None),
        ("count([])", 0),
        ("count(null)", None),
        ("max([])", None),
        ('max(["a", "b"])', "b"),
        ('min(@"2026-01-02", @"2026-01-01")', "2026-01-01"),
        ('sum(@"P1D", @"PT1H")', "P1DT1H"),
        ("mean([1, null])", None),
        ("median([1, 2, 3, 4])", 2.5),
        ("all([])", True),
        ("all([true, null])", None),
        ("any([false, null])", None),
        ("round half up(-2.5)", -3),
        ("round half down(-2.5)", -2),
        ("decimal(2.5, 0)", 2),
        ("decimal(1234, -2)", 1200),
        ("floor(1.59, 1)", 1.5),
        ("modulo(5.5, -2)", -0.5),
        ('substring("été", -2, 1)', "t"),
        ('substring("été", 0)', None),
        ('split("a1b22c", "[0-9]+")', ["a", "b", "c"]),
        ('replace("Inès Martin", "(\\\\w)\\\\w+ (\\\\p{L}+)", "$2 $1.")', "Inès Martin"),
        ('replace("abc", "(b)", "[$1]")', "a[b]c"),
        ('matches("ABC", "b", "i")', True),
        ('string join(["a", null, "b"])', "ab"),
        ('string([1, "a", {b: null}])', '[1, "a", {b: null}]'),
        ('number("1 234,50", " ", ",")', 1234.5),
        ('number("12x")', None),
        ('append([1], [2])', [1, [2]]),
        ("insert before([1], 5, 2)", None),
        ("remove([1, 2], -1)", [1]),
        ('distinct values([1, "1", true, 1.0, null, null])', [1, "1", True, None]),
        ('sort(["b", "a"])', ["a", "b"]),
        ('sort([1, "a"])', None),
        ('get value({a: {b: 1}}, ["a", "b"])', 1),
        ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
        ('age(date("2000-02-29"), date("2026-03-01"))', 26),
        ('years and months duration(date("2026-01-31"), date("2026-02-28"))', "P0M"),
        ('years and months duration(date("2026-02-28"), date("2024-01-31"))', "-P2Y"),
        ('date and time(date("2026-01-31"), time("09:00:00"))', "2026-01-31T09:00:00"),
        ('time(9, 30, 0, duration("PT2H"))', "09:30:00+02:00"),
        ('jours ouvrables(date("2026-05-07"), 1)', "2026-05-09"),
        ('before([1..5[, 5)', True),
        ("overlaps([1..5[, [5..8])", False),
        ("includes([1..5], [1..5])", True),
        ("during(5, [1..5[)", False),
        ("list contains([1, null], null)", True),
        ("is defined(absent)", False),
        ("is(1, 1.0)", True),
    ],
)  # fmt: skip
def test_edges(source, result):
    assert to_json(evaluate(source, {}, **SETTING).value) == result
