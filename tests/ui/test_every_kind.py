"""Fidelity, kind by kind: what a person types is what is kept, and what is kept is read back in words."""

import json
from typing import Any

import pytest

from factories.kinds import KINDS, LISTS, Kind, schema_of
from jalon.engines.forms import Form, compile_form, decode, display, encode, in_words, lint, validate, with_computed
from jalon.engines.forms.fieldnames import marked
from jalon.ui.forms import render, review
from ui.test_forms import Page

PAGE = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])


def posted(form: Form, kind: Kind) -> list[tuple[str, str]]:
    """Return the pairs a browser posts for what was typed."""
    pairs = []
    for question in form.questions:
        if marked(question):
            pairs.append((f"{question.name}_p", "1"))
        texts = kind.typed.get(question.uid, [])
        pairs += [(f"{question.name}_r" if question.is_rows else question.name, text) for text in texts]
        for column in question.columns() if question.is_rows else ():
            prefix = f"{question.name}-{texts[0]}-"
            pairs.append((prefix + column.name, kind.typed[column.uid][0]))
    return pairs


def read_back(form: Form, data: dict[str, Any]) -> str:
    """Return the words of all the answers of a form, one after the other."""
    shown = []
    for question in form.questions:
        value: Any = data
        for piece in question.path:
            value = value.get(piece)
        shown.append(in_words(question, value, LISTS))
    return " · ".join(shown)


@PAGE
@pytest.mark.req("C5")
def test_what_is_typed_is_what_is_kept_and_read_back_in_words(kind: Kind) -> None:
    schema = schema_of(kind)
    form = compile_form(schema)
    assert [problem for problem in lint(schema) if problem.severity == "error"] == []
    empty = str(render(form, {}, lists=LISTS))
    assert all(f'name="{question.name}' in empty for question in form.questions)

    decoded = decode(form, posted(form, kind))
    assert (decoded.data, decoded.errors) == ({kind.name: kind.kept}, {})
    checked = validate(form, json.loads(json.dumps(decoded.data)), lists=LISTS)
    assert (checked.data, checked.errors) == ({kind.name: kind.kept}, {})

    assert decode(form, encode(form, checked.data)).data == checked.data
    page = Page(str(render(form, checked.data, lists=LISTS)))
    assert decode(form, page.pairs).data == checked.data
    assert read_back(form, checked.data) == kind.shown
    text = " ".join(Page(str(review(form, checked.data, lists=LISTS))).texts)
    for piece in kind.shown.removeprefix("1. ").split(" · "):
        assert piece in text


ANY_TEXT = {"text", "long_text", "signature", "file", "image", "rows", "table", "address", "dossier"}
CHOSEN = {"boolean", "choice", "choices", "listed", "listed_under", "commune"}


@pytest.mark.parametrize("kind", [one for one in KINDS if one.name not in ANY_TEXT], ids=lambda one: one.name)
@pytest.mark.req("C12")
def test_a_text_that_is_no_answer_is_refused_by_name_and_stays_on_the_page(kind: Kind) -> None:
    form = compile_form(schema_of(kind))
    wrong = [(name, text if name.endswith(("_p", "_r")) else "@?!") for name, text in posted(form, kind)]
    decoded = decode(form, wrong)
    errors = {**validate(form, decoded.data, lists=LISTS).errors, **decoded.errors}
    assert errors
    page = str(render(form, decoded.data, errors, typed=decoded.typed, lists=LISTS))
    for where, text in decoded.typed.items():
        assert where.startswith(f"/{kind.name}")
        assert text in page or kind.name in CHOSEN


@pytest.mark.parametrize("kept", [{"debut": "2026-02-03", "fin": "2026-02-01"}])
def test_a_period_that_ends_before_it_starts_is_refused_in_rows_too(kept: dict[str, str]) -> None:
    period = next(kind for kind in KINDS if kind.name == "period").schema
    rows = {"type": "array", "items": {"type": "object", "properties": {"absence": period}}}
    form = compile_form({"type": "object", "properties": {"periode": period, "absences": rows}})
    checked = validate(form, {"periode": kept, "absences": [{"absence": {}}, {"absence": kept}]})
    assert set(checked.errors) == {"/periode/fin", "/absences/1/absence/fin"}


def test_a_computed_value_is_worked_out_before_the_rules_that_read_it() -> None:
    schema = {
        "type": "object",
        "properties": {
            "heures": {"type": "number", "title": "Heures"},
            "plein": {"type": "boolean", "title": "Temps plein", "x-jalon-computed": "heures >= 35"},
            "motif": {"type": "string", "title": "Pourquoi moins"},
        },
        "required": ["motif"],
    }
    rule = {"effect": "HIDE", "condition": {"scope": "#/properties/plein", "schema": {"const": True}}}
    ui = {
        "type": "VerticalLayout",
        "elements": [
            {"type": "Control", "scope": "#/properties/heures"},
            {"type": "Control", "scope": "#/properties/plein"},
            {"type": "Control", "scope": "#/properties/motif", "rule": rule},
        ],
    }
    form = compile_form(schema, ui)
    full = validate(form, {"heures": 35, "motif": "aucun"})
    assert (full.data, full.hidden, full.ok) == ({"heures": 35, "plein": True}, {"/motif": "aucun"}, True)
    assert set(validate(form, {"heures": 20}).errors) == {"/motif"}
    assert with_computed(form, {"heures": 20}) == {"heures": 20, "plein": False}
    assert display(form.by_uid["plein"], False) == "Non"


def test_an_information_text_is_read_and_never_answered() -> None:
    note = {"x-jalon-kind": "info", "description": "Prenez votre temps."}
    form = compile_form({"type": "object", "properties": {"note": note, "nom": {"type": "string"}}})
    assert [question.uid for question in form.questions] == ["nom"]
    assert "Prenez votre temps." in render(form, {})
    assert decode(form, [("note", "x"), (form.questions[0].name, "Léa")]).data == {"nom": "Léa"}


@pytest.mark.req("J2")
def test_labels_are_those_of_the_persons_language_where_the_content_has_them() -> None:
    themes = [{"code": "velo", "label": "Vélo", "languages": {"en": "Bicycle"}}, {"code": "bus", "label": "Bus"}]
    choice = {"oneOf": [{"const": "a", "title": "Oui", "x-jalon-languages": {"en": {"title": "Yes"}}}]}
    said = {"en": {"title": "First name", "description": "As on your papers"}}
    schema = {
        "type": "object",
        "properties": {
            "prenom": {"type": "string", "title": "Prénom", "x-jalon-languages": said},
            "choix": {"title": "Choix", **choice},
            "theme": {"type": "string", "title": "Thème", "x-jalon-list": "themes"},
        },
    }
    controls = [{"type": "Control", "scope": f"#/properties/{name}"} for name in schema["properties"]]
    group = {"type": "Group", "label": "Identité", "options": {"uid": "g", "languages": {"en": "Identity"}}}
    ui = {"type": "VerticalLayout", "elements": [{**group, "elements": controls}]}
    assert [problem for problem in lint(schema, ui) if problem.severity == "error"] == []
    form = compile_form(schema, ui)
    data = {"prenom": "Léa", "choix": "a", "theme": "velo"}
    english = str(render(form, data, lists={"themes": themes}, language="en"))
    for text in ("First name", "As on your papers", "Identity", "Yes", "Bicycle", "Bus"):
        assert text in english
    assert decode(form, Page(english).pairs).data == data
    assert "Prénom" in str(render(form, data, lists={"themes": themes}, language="de"))
    assert "Bicycle" in str(review(form, data, lists={"themes": themes}, language="en"))
    wrong = {**schema["properties"]["prenom"], "x-jalon-languages": {"anglais": {"titre": "x"}}}
    problems = lint({"type": "object", "properties": {"prenom": wrong}})
    assert {problem.code for problem in problems if problem.severity == "error"} == {"formulaire.langues"}
