"""Forms at work: what is known, what answers change, what is refused."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from jalon.services import forms
from jalon.services.forms import Prefill

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
SCHEMA = {
    "type": "object",
    "title": "Essai",
    "properties": {
        "nom": {"type": "string", "title": "Nom", "x-jalon-bind": "identite.nom"},
        "contact": {"type": "string", "title": "Contact", "x-jalon-bind": "employeur.contact.nom"},
        "note": {"type": "string", "title": "Note"},
        "experiences": {
            "type": "array",
            "title": "Expériences",
            "x-jalon-bind": "experiences",
            "items": {"type": "object", "properties": {"employeur": {"type": "string", "title": "Employeur"}}},
        },
    },
    "required": ["nom"],
}


@dataclass(frozen=True)
class FakeClosure:
    hash: str = "essai-forms"
    schema: dict[str, Any] = field(default_factory=lambda: SCHEMA)
    ui: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)


CLOSURE = FakeClosure()
FORM = forms.compiled(CLOSURE)


def test_a_binding_names_a_role_of_the_run_or_the_principal_case_file():
    with_employer = [(one.question.uid, one.role, one.path) for one in forms.bound(FORM, ["principal", "employeur"])]
    assert with_employer == [
        ("nom", "principal", "identite.nom"),
        ("contact", "employeur", "contact.nom"),
        ("experiences", "principal", "experiences"),
    ]


def test_answers_become_changes_by_case_file_and_an_emptied_answer_empties_the_value():
    answers = {"nom": "Durand", "note": "x", "experiences": [{"_id": "a", "employeur": "Mairie"}]}
    assert forms.changes_for(FORM, answers, ["principal", "employeur"]) == {
        "principal": {"identite.nom": "Durand", "experiences": [{"_id": "a", "employeur": "Mairie"}]},
        "employeur": {"contact.nom": None},
    }


def test_the_draft_wins_over_what_is_known_even_when_it_empties_it():
    known = {"nom": Prefill("Martin", "Amina K.", date(2026, 1, 5)), "contact": Prefill("Paul")}
    assert forms.starting_data(FORM, known, None) == {"nom": "Martin", "contact": "Paul"}
    assert forms.starting_data(FORM, known, {"nom": None}) == {"contact": "Paul"}


def test_an_emptied_answer_is_remembered_as_emptied():
    known = {"nom": Prefill("Martin"), "contact": Prefill("Paul")}
    shown = forms.starting_data(FORM, known, None)
    draft = forms.with_emptied(FORM, shown, {"contact": "Paul", "note": "x"})
    assert draft == {"nom": None, "contact": "Paul", "note": "x"}
    assert forms.starting_data(FORM, known, draft) == {"contact": "Paul", "note": "x"}
    assert forms.answered({"a": {"b": None}, "c": {}, "d": [None]}) == {"c": {}, "d": [None]}


def test_rows_receive_an_id_when_they_are_checked():
    checked = forms.check(CLOSURE, {"nom": "D", "experiences": [{"employeur": "Mairie"}]}, now=NOW)
    assert checked.ok
    assert len(checked.data["experiences"][0]["_id"]) == 36


def test_answers_nobody_asked_for_are_refused_by_name():
    checked = forms.check(CLOSURE, {"nom": "D", "unit_id": "x", "experiences": [{"_id": "a", "salaire": 1}]}, now=NOW)
    assert not checked.ok
    assert set(checked.errors) >= {"/unit_id", "/experiences/0/salaire"}


def test_objects_are_merged_and_lists_replaced():
    assert forms.merged({"a": {"b": 1, "c": 2}, "l": [1, 2]}, {"a": {"b": 3}, "l": []}) == {
        "a": {"b": 3, "c": 2},
        "l": [],
    }


def test_a_question_about_one_request_shows_what_its_own_run_wrote_and_nothing_older():
    ui = {
        "type": "VerticalLayout",
        "elements": [
            {"type": "Control", "scope": "#/properties/nom", "options": {"uid": "nom", "prefill": False}},
            {"type": "Control", "scope": "#/properties/contact", "options": {"uid": "contact"}},
        ],
    }
    form = forms.compiled(FakeClosure(hash="essai-prefill", ui=ui))
    found = forms.prefilled(form, ("principal", "employeur"), lambda _role, path: Prefill(path))
    assert set(found) == {"contact"}
    found = forms.prefilled(form, ("principal", "employeur"), lambda _role, path: Prefill(path, of_this_run=True))
    assert set(found) == {"nom", "contact"}
    assert forms.asks_about_one_request(form)
    assert not forms.asks_about_one_request(FORM)
