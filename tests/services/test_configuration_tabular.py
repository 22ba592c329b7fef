"""Tables of data: found, read, and the rows set aside said with their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jalon.services.configuration import TableUnreadable, read_table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_delimiter_and_the_encoding_are_found(delimiter, encoding):
    text = f"code{delimiter}libellé\na{delimiter}Été\n"
    table = read_table(text.encode(encoding))
    assert table.columns == ("code", "libellé")
    assert [dict(row.cells) for row in table.rows] == [{"code": "a", "libellé": "Été"}]
    assert (table.delimiter, table.refused) == (delimiter, ())


def test_rows_say_their_line_even_after_a_text_of_several_lines():
    table = read_table(b'code,texte\na,"un\ndeux"\n\nb,trois\n,quatre\nc,x,y\n', required=("code",))
    assert [(row.line, row.cells["code"]) for row in table.rows] == [(2, "a"), (5, "b")]
    assert [(row.line, row.reason) for row in table.refused] == [
        (6, "la colonne « code » est vide"),
        (7, "3 cellules pour 2 colonnes"),
    ]


def test_a_json_list_is_a_table_too():
    table = read_table(b'[{"code": "a", "n": 1}, 3, {"n": 2}]', "fiches.json", required=("code",))
    assert [(row.line, dict(row.cells)) for row in table.rows] == [(1, {"code": "a", "n": 1})]
    assert [row.line for row in table.refused] == [2, 3]


def test_a_text_too_long_is_refused_alone():
    table = read_table(b"code\n" + b"x" * 30 + b"\ny\n", max_cell=20)
    assert [row.cells["code"] for row in table.rows] == ["y"]
    assert [row.line for row in table.refused] == [2]


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"", ""), (b"a,a\n1,2\n", ""), (b"a,\n1,2\n", ""), (b"a\0b\n", ""), (b"{}", "x.json"), (b"[", "x.json")],
)
def test_what_is_not_a_table_is_said(data, name):
    with pytest.raises(TableUnreadable):
        read_table(data, name)


def test_a_missing_column_and_too_many_rows_are_said():
    with pytest.raises(TableUnreadable, match=r"tableau\.illisible") as refusal:
        read_table(b"a\n1\n", required=("code",))
    assert "« code »" in refusal.value.text()
    with pytest.raises(TableUnreadable):
        read_table(b"a\n" + b"1\n" * 5, max_rows=3)


@pytest.mark.req("R17")
@given(some.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        table = read_table(data)
    except TableUnreadable:
        return
    assert all(set(row.cells) <= set(table.columns) for row in table.rows)
