"""Whatever is posted, and whatever is already stored, a page comes back and nothing breaks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.forms.strategies import forms_with_answers
from jalon.engines.forms import compile_form, decode, summary, validate
from jalon.ui.forms import bind, render, review, rows_changed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("_id"), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [f"f{n}" for n in range(1, 8)]
NAMES = st.builds(
    lambda field, row, inner, suffix: f"{field}{row}{inner if row else ''}{suffix}",
    st.sampled_from(FIELDS),
    st.sampled_from(["", "", "-n0-", "-n1-", "-ix-"]),
    st.sampled_from(FIELDS),
    st.sampled_from(["", "", "_p", "_v", "_r"]),
)
VALUES = (
    st.text(max_size=6)
    | JSON.map(json.dumps)
    | st.sampled_from(
        ["", "0", "1", "n0", "n1", "ix", "true", "12/03/2008", "\x00", "\ud800", "[" * 3000, "1e999", "NaN"]
    )
)
SCHEMA = {
    "type": "object",
    "properties": {
        "texte": {"type": "string"},
        "nombre": {"type": "number"},
        "oui": {"type": "boolean"},
        "jour": {"type": "string", "format": "date"},
        "choix": {"type": "array", "items": {"enum": ["a", 1]}},
        "lignes": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
    },
}


@pytest.mark.req("R18", "R19")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_any_post_gives_a_page(pairs):
    form = compile_form(SCHEMA)
    bound = bind(form, pairs)
    bound.validate()
    assert render(form, bound.answers, bound.problems, typed=bound.typed).count("<") > 10
    assert isinstance(rows_changed(form, [*pairs, ("row_add:f6", "")]), list)


@settings(max_examples=200, deadline=None)
@given(forms_with_answers(), st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_any_post_over_stored_answers_is_read(case, pairs):
    schema, stored = case
    form = compile_form(schema)
    read = decode(form, pairs, stored)
    assert set(read.typed) <= set(read.errors)
    validate(form, read.data, stored=stored)


@settings(max_examples=200, deadline=None)
@given(forms_with_answers(), JSON)
def test_any_stored_answers_are_shown(case, junk):
    schema, stored = case
    form = compile_form(schema)
    broken = dict.fromkeys(stored, junk)
    assert isinstance(render(form, broken), str)
    assert isinstance(review(form, broken), str)
    assert isinstance(summary(form, broken), list)
    assert isinstance(validate(form, broken).ok, bool)
