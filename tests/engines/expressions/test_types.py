"""Types with angle brackets, intervals written in texts, names that hold signs."""

from typing import Any

import pytest

from jalon.engines.expressions import evaluate, odd_names, parse, to_json


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("[[1], [2]] instance of list<list<number>>", True),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ('{a: "x"} instance of context<a: number>', False),
        ("{a: 1} instance of context<b: number>", False),
        ("[1..2] instance of range<string>", False),
        ("(function(x) x) instance of function<number> -> number", True),
        ("1 instance of inconnu", None),
        ('range("[1..5]").end', 5),
        ('range("[1..5)").end included', False),
        ('range("(..5]").start', None),
        ('range("[@\\"2020-01-01\\"..date(\\"2020-02-01\\")]").end', "2020-02-01"),
        ('range("[5..1]")', None),
        ('range("[x..y]")', None),
        ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", [5, 5, 7, 8]),
        ("list replace([1, 2], -1, 9)", [1, 9]),
        ("list replace([1, 2], 3, 9)", None),
        ('string(time("10:30:00.500"))', "10:30:00.5"),
        ('time("23:00:50z") = time("23:00:50+00:00")', True),
    ],
)
def test_values(source: str, value: Any) -> None:
    assert to_json(evaluate(source, {}).value) == value


def test_odd_names_are_read_whole_where_announced() -> None:
    names = odd_names(["age", "date of birth", "price or cost", "a-b", "Score 2", "if", "date and time", "é"])
    assert names == ("Score 2", "a-b", "price or cost")
    values = {"price or cost": 3, "a-b": 4, "a": 1, "Score 2": 7}
    assert evaluate(parse("price  or cost + a-b + a - Score 2", "expression", names), values).value == 1
    assert parse("a-b").names == {"a", "b"}
