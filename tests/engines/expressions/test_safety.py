"""Hostile expressions are cut in time; whatever the text, only our own errors come out."""

import gc
import random
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jalon.engines.expressions import (
    ExpressionExhausted,
    ExpressionInvalid,
    Fuel,
    check,
    evaluate,
    functions,
    matches,
    parse,
    to_json,
    working_calendar,
)

HOSTILE = [
    "for x in 1..1000000000000 return x",
    "for a in 1..1000, b in 1..1000, c in 1..1000 return a * b * c",
    "every x in 1..100000000 satisfies x > 0",
    "{f: function(x) f(x), r: f(1)}.r",
    "{f: function(x) [f(x), f(x)], r: f(1)}.r",
    'for i in 1..100 return if i = 1 then "aaaaaaaaaaaaaaaa" else partial[-1] + partial[-1]',
    "for i in 1..100 return if i = 1 then [1] else [partial[-1], partial[-1]]",
    "for i in 1..3000 return [partial[-1]]",
    "flatten(for i in 1..100 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "string(for i in 1..100 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "{" + ", ".join(f"x{n}: [x{n - 1}, x{n - 1}]" if n else "x0: [1]" for n in range(60)) + "}",
    "{" + ", ".join(f"x{n}: [x{n - 1}, x{n - 1}]" if n else "x0: [1]" for n in range(60)) + ", r: [x58, x58] = x59}.r",
    "sort(for x in 1..1000000 return 0 - x)",
    "duplicate values(for x in 1..30000 return x)",
    "for x in 1..100000 return exp(x / 7) ** 0.33",
    'jours ouvres(date("2026-01-01"), 9999)',
    'count(for d in date("0001-01-01")..date("9999-12-31") return d)',
    '{s: string join(for i in 1..9000 return "aaaaaaaaaa", ""), r: for i in 1..9000 return matches(s, "(a|b)*c$")}.r',
    '{s: string join(for i in 1..9000 return "aaaaaaaaaa", ""), r: for i in 1..9000 return replace(s, "a", s)}.r',
    "for x in for y in 1..30000 return y return for z in 1..30000 return z",
]


@pytest.mark.req("S8")
@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_expressions_are_cut(source):
    parse(source)  # how long the cut takes is a row of `make bench`
    with pytest.raises(ExpressionExhausted):
        evaluate(source, {}, calendar=working_calendar("metropole"))


@pytest.mark.parametrize(
    "source", ["10**10**10", "9**9**9**9", "1e6144 * 10", "exp(1000000)", "0.1 ** -6000", "1e-6143 / 1e6144"]
)
def test_numbers_stay_bounded(source):
    assert len(str(evaluate(source, {}).value)) < 60


@pytest.mark.parametrize("source", ["0 ** -1", "0 ** -0.5", "abs(0 ** -1)", "1 / 0", "log(0)", "exp(1e30)"])
def test_nothing_is_infinite(source):
    assert evaluate(source, {}).value is None


def test_fuel_is_what_the_caller_says():
    with pytest.raises(ExpressionExhausted) as refusal:
        evaluate("for x in 1..100 return x", {}, fuel=Fuel(elements=50))
    assert refusal.value.facts == {"resource": "éléments"}
    assert evaluate("count(for x in 1..40000 return x)", {}, fuel=Fuel(10**6, 10**6, 10**6)).value == 40000


NAMES = {"a": 1, "b": "texte", "c": None, "d": [1, "x", None, {"e": 2}], "o": {"p": {"q": "2026-01-31"}}, "v": True}
SIGNS = "+ - * / ** = != < <= > >= ( ) [ ] { } , : . .. ? 0 1 2.5 1e9 -3"
KEYWORDS = "and or et ou si alors sinon if then else for in return some every satisfies between instance of"
PLAIN = "true faux nul function item partial not non a b c d o p q v absent __class__ x"
WORDS = [
    *f"{SIGNS} {KEYWORDS} {PLAIN}".split(),
    '"a"', '"2026-01-31"', '@"P1M"', '@"2026-01-31"', '@"10:00:00"', "a.b", "o.p.q", "d[1]", "d[item > 1]", "1..5",
    *[doc.name + "(" for doc in functions()],
]  # fmt: skip
SHAPES = [
    "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} / {1})", "({0} ** {1})", "({0} = {1})", "({0} < {1})",
    "({0} and {1})", "({0} or {1})", "not({0})", "({0})[{1}]", "[{0}, {1}]", "{{k: {0}, l: {1}}}", "{{k: {0}}}.k",
    "(if {0} then {1} else {0})", "(for x in {0} return {1})", "(some x in {0} satisfies {1})", "({0} in ({1}, < {0}))",
    "({0} between {1} and {0})", "[{0}..{1}]", "(function(x) {0})({1})", "({0}).year", "({0} instance of number)",
]  # fmt: skip
CALLS = [(doc.name, len(doc.parameters)) for doc in functions()]
LEAVES = ["a", "b", "c", "d", "o", "o.p.q", "v", "x", "absent", "0", "1", "-1", "2.5", "1e30", '"a"', '"2026-01-31"',
          '""', "null", "true", '@"P1M"', '@"PT1H"', '@"2026-01-31"', '@"2026-01-31T10:00:00"', "1..9"]  # fmt: skip


def expression(rng, depth=4):
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(LEAVES[:-1])
    if rng.random() < 0.5:
        name, count = rng.choice(CALLS)
        return (
            f"{name}({', '.join(expression(rng, depth - 1) for _ in range(rng.randint(max(count - 1, 0), count + 1)))})"
        )
    return rng.choice(SHAPES).format(expression(rng, depth - 1), expression(rng, depth - 1))


def fuzz(count, seed):
    """Evaluate random expressions, sound and not; return the longest time one took, in seconds.

    The pauses of Python's own garbage collector are kept out of the measure.
    """
    rng, longest, calendar = random.Random(seed), 0.0, working_calendar("metropole")
    evaluate('jours ouvres(@"2026-01-31", 1)', {}, calendar=calendar)  # a process loads its calendar once
    for turn in range(count):
        sound = turn % 2
        source = expression(rng) if sound else " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))
        if turn % 1000 == 0:
            gc.collect()
        gc.disable()
        started = time.process_time()
        try:
            to_json(evaluate(source, NAMES, calendar=calendar).value)
        except ExpressionExhausted:
            pass
        except ExpressionInvalid:
            if sound:
                raise
        longest = max(longest, time.process_time() - started)
        gc.enable()
        with suppress(ExpressionExhausted, ExpressionInvalid):
            matches(source, 3, NAMES, calendar=calendar)
    return longest


@pytest.mark.req("S8")
def test_random_expressions_never_escape():
    fuzz(2_000, seed=1)  # how long each may take is judged by the drill below, on a machine doing nothing else


@pytest.mark.req("S8")
@pytest.mark.drill
def test_many_random_expressions_never_escape(figure):
    longest = fuzz(100_000, seed=2)
    figure(expressions=100_000, escaped=0, longest_ms=longest * 1_000)
    assert longest < 0.05


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text):
    for kind in ("expression", "unary_tests"):
        problems = check(text, kind=kind)
        if not problems:
            assert parse(text, kind).source == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(SHAPES), json_values, json_values)
@settings(max_examples=200)
def test_any_value_is_accepted(shape, one, two):
    source = shape.format("a", "b")
    try:
        to_json(evaluate(source, {"a": one, "b": two}).value)
    except ExpressionExhausted:
        assert "for" in source or "some" in source
