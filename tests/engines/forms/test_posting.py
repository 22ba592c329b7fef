"""What is posted is what is stored, or it is refused with its field named."""

import pytest
from hypothesis import given, settings

from engines.forms.strategies import forms_with_answers
from jalon.engines.forms import compile_form, decode, encode, validate
from jalon.engines.forms.texts import same


@settings(max_examples=300, deadline=None)
@given(forms_with_answers())
@pytest.mark.req("R19")
def test_decode_of_encode_gives_the_answers_back(case):
    schema, data = case
    form = compile_form(schema)
    assert validate(form, data).ok
    decoded = decode(form, encode(form, data))
    assert decoded.errors == {}
    assert same(decoded.data, data), (decoded.data, encode(form, data))
    assert same(decode(form, encode(form, data), stored=data).data, data)
