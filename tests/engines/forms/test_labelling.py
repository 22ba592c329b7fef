"""What a form asks must be told apart and read: the labels and buttons that publication refuses (X9)."""

from typing import Any

import pytest

from jalon.engines.forms import compile_form, lint
from jalon.engines.forms.labelling import says_nothing
from jalon.engines.layering.kinds.form_words import ALWAYS_HIDDEN

pytestmark = pytest.mark.req("X9")
TEXT = {"type": "string"}


def control(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "Control", "scope": f"#/properties/{name}", **more}


def page(*elements: dict[str, Any], label: str = "Logement") -> dict[str, Any]:
    return {"type": "Category", "label": label, "elements": list(elements)}


def said(properties: dict[str, Any], ui: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (severity, end of the code, message) of what is wrong with a form, which works all the same."""
    schema = {"type": "object", "properties": properties}
    compile_form(schema, ui)
    return [(one.severity, one.code.removeprefix("formulaire."), one.message) for one in lint(schema, ui)]


def test_a_label_that_says_nothing_is_an_error_that_names_the_question_and_its_page() -> None:
    properties = {"loyer": {**TEXT, "title": " "}, "ville": {**TEXT, "title": "…"}, "bail": {**TEXT, "title": "Bail"}}
    assert said(properties, page(control("loyer"), control("ville"), control("bail"))) == [
        (
            "error",
            "libelle_vide",
            "Dans « Logement », la question « Loyer » n’a pas de libellé : écrivez ce qui est demandé.",
        ),
        (
            "error",
            "libelle_vide",
            "Dans « Logement », la question « … » a un libellé qui ne dit rien : écrivez ce qui est demandé.",
        ),
    ]
    assert says_nothing("Libellé")
    assert says_nothing("Nouvelle question ?")
    assert not says_nothing("الاسم")


def test_two_questions_read_together_may_not_have_one_label_two_groups_or_a_closed_one_may() -> None:
    named = {name: {**TEXT, "title": "Nom" if name != "b" else "nom "} for name in "abcd"}

    def group(title: str, *elements: dict[str, Any]) -> dict[str, Any]:
        return {"type": "Group", "label": title, "elements": list(elements)}

    assert said(named, page(control("a"), group("", control("b")))) == [
        (
            "error",
            "libelle_double",
            "Dans « Logement », deux questions s’appellent « nom » : dites ce qui les distingue.",
        )
    ]
    apart = said(named, page(control("a"), group("Employeur", control("b"))))
    assert [(severity, code) for severity, code, _ in apart] == [("warning", "libelle_double")]
    assert said(named, page(control("a"), control("b", rule=ALWAYS_HIDDEN))) == []
    rows = {"type": "array", "title": "Emplois", "items": {"type": "object", "properties": named}}
    assert {(severity, code) for severity, code, _ in said({"emplois": rows}, page(control("emplois")))} == {
        ("error", "libelle_double")
    }


def test_more_than_fifteen_buttons_are_an_error_that_says_the_way_out() -> None:
    def ways(count: int) -> list[tuple[str, str, str]]:
        properties = {"ville": {"enum": [f"v{n}" for n in range(count)]}}
        return said(properties, page(control("ville", options={"widget": "radio"})))

    assert ways(15) == []
    assert ways(16) == [
        (
            "error",
            "radios",
            "« Ville » montrerait 16 boutons, pour 15 au plus : "
            "présentez ces choix en liste déroulante, ou réunissez-en.",
        )
    ]
