"""Numbers of the administration, display, cells, typed texts."""

import pytest

from jalon.base.errors import FormInvalid
from jalon.engines.forms import (
    check_value,
    compile_form,
    decode,
    display,
    encode,
    safe_cell,
    summary,
    with_row_ids,
)


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        ("nir", "2 55 08 14 168 025 38", "255081416802538"),
        ("siren", "552 008 443", "552008443"),
        ("siret", "732 829 320 00074", "73282932000074"),
        ("rna", "w751234567", "W751234567"),
        ("iban", "fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
        ("phone_fr", "06 12 34 56 78", "+33612345678"),
        ("phone_fr", "+33 (0)5 61 00 00 00", "+33561000000"),
        ("postcode_fr", " 31000 ", "31000"),
        ("insee_commune", "2a004", "2A004"),
        ("insee_commune", "97411", "97411"),
        ("email", " Nom.Prenom@Exemple.FR ", "Nom.Prenom@exemple.fr"),
        ("duration", "P1Y2M3DT4H5M6S", "P1Y2M3DT4H5M6S"),
    ],
)
def test_right_values_are_normalised(kind, text, normal):
    assert check_value(kind, text) == (True, normal, "")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nir", "255081416802539"),
        ("nir", "2550814168025"),
        ("siren", "552008444"),
        ("siret", "73282932000075"),
        ("siret", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤"),
        ("rna", "X751234567"),
        ("iban", "FR1420041010050500013M02607"),
        ("phone_fr", "0000000000"),
        ("phone_fr", "06 12 34 56"),
        ("phone_fr", "06-12-34-56-78 poste 2"),
        ("postcode_fr", "3100"),
        ("postcode_fr", "00000"),
        ("insee_commune", "20004"),
        ("email", "nom@"),
        ("email", "nom exemple.fr"),
        ("duration", "P"),
        ("duration", "PT"),
        ("duration", "1D"),
        ("duration", ""),
        ("autre", "x"),
    ],
)
def test_wrong_values_are_refused_with_advice(kind, text):
    ok, _, message = check_value(kind, text)
    assert not ok
    assert message.endswith(".")


def question(node):
    form = compile_form({"type": "object", "properties": {"q": node}})
    return form.by_uid["q"]


@pytest.mark.parametrize(
    ("node", "value", "shown"),
    [
        ({"type": "string", "format": "date"}, "2008-03-12", "12/03/2008"),
        ({"type": "boolean"}, True, "Oui"),
        ({"type": "boolean"}, False, "Non"),
        ({"type": "number", "x-jalon-kind": "money"}, 1250.5, "1\u202f250,50\u00a0€"),
        ({"type": "integer", "x-jalon-kind": "money"}, 1999, "19,99\u00a0€"),
        ({"type": "integer"}, 1250000, "1\u202f250\u202f000"),
        ({"type": "string", "format": "date-time"}, "2026-03-12T08:30:00Z", "12/03/2026 à 09:30"),
        ({"oneOf": [{"const": 1, "title": "Un"}, {"const": 2, "title": "Deux"}]}, 2, "Deux"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["a", "b"], "a, b"),
        ({"type": "string", "format": "phone"}, "+33612345678", "06 12 34 56 78"),
        ({"type": "string"}, None, ""),
    ],
)
def test_answers_are_displayed_in_french(node, value, shown):
    assert display(question(node), value) == shown


def test_a_summary_lists_what_was_answered():
    schema = {
        "type": "object",
        "properties": {
            "nom": {"type": "string", "title": "Nom"},
            "vide": {"type": "string"},
            "postes": {
                "type": "array",
                "items": {"type": "object", "properties": {"a": {"type": "string", "title": "A"}}},
            },
        },
    }
    data = {"nom": "X", "postes": [{"a": "y"}]}
    assert summary(compile_form(schema), data) == [("Nom", "X"), ("A", "y")]


@pytest.mark.req("S10")
@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\tx", "\r=1", "  =1", "\ufeff=1", "\n=1"])
def test_a_spreadsheet_runs_no_cell(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "cell"), [("-12,50", "-12,50"), ("+33", "+33"), (None, ""), (3, "3"), ("a=b", "a=b")]
)
def test_plain_cells_are_left_alone(value, cell):
    assert safe_cell(value) == cell


@pytest.mark.parametrize(
    ("node", "text", "value"),
    [
        ({"type": "integer"}, "1 250", 1250),
        ({"type": "integer"}, "1\u202f250", 1250),
        ({"type": "number"}, "-0,5", -0.5),
        ({"type": "string"}, "  e\u0301\r\nb ", "é\nb"),
        ({"type": "string", "format": "date"}, "12.3.2008", "2008-03-12"),
        ({"type": "string", "format": "date"}, "12032008", "2008-03-12"),
        ({"type": "string", "format": "time"}, "9h30", "09:30:00"),
        ({"type": "string", "format": "date-time"}, "12/07/2026 09:30", "2026-07-12T09:30:00+02:00"),
        ({"type": "string", "format": "phone"}, "0612345678", "+33612345678"),
    ],
)
def test_texts_are_read_as_people_write_them(node, text, value):
    form = compile_form({"type": "object", "properties": {"q": node}})
    assert decode(form, [("f1", text)]).data == {"q": value}


@pytest.mark.req("R19")
@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"type": "integer"}, "12,0"),
        ({"type": "integer"}, "1_000"),
        ({"type": "integer"}, "٣"),
        ({"type": "integer"}, "1e3"),
        ({"type": "number"}, "NaN"),
        ({"type": "number"}, "Infinity"),
        ({"type": "number"}, "123456789012345,123456"),
        ({"type": "number", "x-jalon-kind": "money"}, "1,999"),
        ({"type": "string", "format": "date"}, "30/02/2008"),
        ({"type": "string", "format": "date"}, "12/03/08"),
        ({"enum": ["a"]}, "b"),
        ({"type": "boolean"}, "peut-être"),
    ],
)
def test_texts_that_cannot_be_read_are_refused_and_kept_as_typed(node, text):
    form = compile_form({"type": "object", "properties": {"q": node}})
    read = decode(form, [("f1", text)], stored={"q": "avant"})
    assert read.data == {}
    assert list(read.errors) == ["/q"]
    assert read.typed == {"/q": text}


def test_presence_markers_tell_empty_from_absent():
    boxes = compile_form({"type": "object", "properties": {"q": {"type": "array", "items": {"enum": ["a"]}}}})
    assert decode(boxes, [("f1_p", "1")], stored={"q": ["a"]}).data == {"q": []}
    assert decode(boxes, [("f1_p", "0")]).data == {}
    assert decode(boxes, [], stored={"q": ["a"]}).data == {"q": ["a"]}
    box = {"type": "object", "required": ["q"], "properties": {"q": {"type": "boolean", "const": True}}}
    assert decode(compile_form(box), [("f1_p", "0")]).data == {"q": False}


def test_rows_are_told_by_their_id_and_keep_what_was_not_posted():
    item = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    form = compile_form({"type": "object", "properties": {"r": {"type": "array", "items": item}}})
    stored = {"r": [{"_id": "x", "a": "1", "b": "2"}, {"_id": "y", "a": "3"}]}
    pairs = [("f1_p", "1"), ("f1_r", "iy"), ("f1_r", "ix"), ("f1-ix-f2", "9"), ("f1-iy-f2", "3")]
    assert decode(form, pairs, stored).data == {"r": [{"_id": "y", "a": "3"}, {"_id": "x", "a": "9", "b": "2"}]}
    numbers = iter("uvw")
    assert with_row_ids(form, {"r": [{"a": "1"}]}, lambda: next(numbers)) == {"r": [{"a": "1", "_id": "u"}]}


def test_too_many_rows_are_refused_not_cut():
    form = compile_form({"type": "object", "properties": {"r": {"type": "array", "items": {"type": "string"}}}})
    pairs = [("f1_p", "1"), *(("f1_r", f"n{n}") for n in range(501))]
    assert decode(form, pairs).errors == {"/r": "Gardez au plus 500 lignes (il y en a 501)."}


def test_read_only_answers_cannot_be_forged():
    form = compile_form({"type": "object", "properties": {"q": {"type": "string", "readOnly": True}}})
    assert decode(form, [("f1", "forgé")], stored={"q": "vrai"}).data == {"q": "vrai"}


def test_an_answer_without_a_field_is_refused_with_its_name():
    with pytest.raises(FormInvalid) as refusal:
        encode(compile_form({"type": "object", "properties": {"q": {"type": "string"}}}), {"autre": 1})
    assert list(refusal.value.problems) == ["/autre"]
