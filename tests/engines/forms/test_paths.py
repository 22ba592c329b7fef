"""Possible ways through a form: contradictions, answers nobody can give, conditions held together."""

from typing import Any

import pytest

from jalon.engines.forms import compile_form, lint, sentence, visible
from jalon.engines.forms.conditions import browser_rules
from jalon.engines.forms.paths import DeadAnswer, possible_paths

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "permis": {"type": "boolean", "title": "Permis"},
        "age": {"type": "integer", "title": "Âge", "minimum": 16, "maximum": 25},
        "mode": {"type": "string", "title": "Mode", "x-jalon-list": "modes"},
        "detail": {"type": "string", "title": "Détail"},
        "suite": {"type": "string", "title": "Suite"},
    },
}
LISTS = {"modes": [{"code": "velo", "label": "Vélo"}, {"code": "car", "label": "Car", "closed": True}]}


def look(name: str, schema: Any) -> dict[str, Any]:
    return {"scope": f"#/properties/{name}", "schema": schema}


def both(link: str, *conditions: Any) -> dict[str, Any]:
    return {"type": link, "conditions": list(conditions)}


def form(**conditions: Any) -> Any:
    controls: list[dict[str, Any]] = []
    for name in SCHEMA["properties"]:
        control: dict[str, Any] = {"type": "Control", "scope": f"#/properties/{name}"}
        if name in conditions:
            control["rule"] = {"effect": "SHOW", "condition": conditions[name]}
        controls.append(control)
    return compile_form(SCHEMA, {"type": "VerticalLayout", "elements": controls})


def never(**conditions: Any) -> list[str]:
    return [one.uid for one in possible_paths(form(**conditions), LISTS).never]


@pytest.mark.req("A10")
@pytest.mark.parametrize(
    ("condition", "reachable"),
    [
        (look("permis", {"const": False}), True),
        (both("AND", look("permis", {"const": True}), look("permis", {"const": False})), False),
        (both("OR", look("permis", {"const": True}), look("permis", {"const": False})), True),
        (look("age", {"minimum": 26}), False),
        (both("AND", look("age", {"minimum": 18}), look("age", {"exclusiveMaximum": 18})), False),
        (both("AND", look("age", {"minimum": 18}), look("permis", {"const": False})), True),
        (look("mode", {"const": "car"}), False),
        (look("mode", {"not": {"const": "velo"}}), True),
        ({"expression": "permis = true and permis = false"}, True),
    ],
    ids=["alone", "and", "or", "beyond", "no-gap", "two", "closed", "no-answer", "not-judged-here"],
)
def test_a_question_that_no_answer_shows_is_found(condition: dict[str, Any], reachable: bool) -> None:
    assert never(detail=condition) == ([] if reachable else ["detail"])


@pytest.mark.req("A10")
def test_a_contradiction_may_lie_further_away() -> None:
    shown = look("permis", {"const": True})
    assert never(mode=shown, detail=both("AND", look("mode", {"const": "velo"}), look("permis", {"const": False}))) == [
        "detail"
    ]
    assert never(mode=shown, detail=look("mode", {"const": "velo"})) == []


@pytest.mark.req("A10")
def test_an_answer_nobody_can_give_is_named_by_its_label() -> None:
    found = possible_paths(form(detail=look("mode", {"enum": ["velo", "car"]})), LISTS)
    assert found.dead == (DeadAnswer("detail", "Détail", "Mode", "Car"),)
    assert found.never == ()
    assert found.dead[0].sentence == "« Détail » attend la réponse « Car » à « Mode », qui n’est plus proposée."


@pytest.mark.req("A10")
def test_the_lint_refuses_a_contradiction_whatever_the_lists() -> None:
    ui = form(detail=both("AND", look("mode", {"const": "car"}), look("mode", {"const": "velo"}))).ui
    problems = [one for one in lint(SCHEMA, ui) if one.severity == "error"]
    assert [(one.code, one.element) for one in problems] == [("formulaire.jamais_affiche", "detail")]
    assert lint(SCHEMA, form(detail=look("mode", {"const": "car"})).ui) == []


@pytest.mark.req("A10")
def test_conditions_held_together_are_said_judged_and_handed_to_the_browser() -> None:
    together = both("AND", look("permis", {"const": False}), look("age", {"minimum": 18}))
    made = form(detail=together, suite={**together, "type": "OR"})
    detail, suite = made.by_uid["detail"], made.by_uid["suite"]
    assert sentence(made, detail) == "À remplir si « Permis » est « Non » et « Âge » est au moins 18."
    assert sentence(made, suite) == "À remplir si « Permis » est « Non » ou « Âge » est au moins 18."
    hidden = {
        (permis, age): sorted(visible(made, {"permis": permis, "age": age}).hidden)
        for permis in (True, False)
        for age in (17, 18)
    }
    assert hidden == {
        (True, 17): ["/detail", "/suite"],
        (True, 18): ["/detail"],
        (False, 17): ["/detail"],
        (False, 18): [],
    }
    rule = browser_rules(made)[0]
    assert (rule["link"], [part["as"] for part in rule["parts"]]) == ("and", ["boolean", "number"])
