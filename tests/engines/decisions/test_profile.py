"""The page of the DMN profile is what the code does."""

from pathlib import Path

from jalon.engines.decisions import boxed, check_model, from_dmn, hits
from jalon.engines.decisions.profile import BOXED, POLICIES, markdown, said

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "profil-dmn.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "lancez `python scripts/bpmn_profile.py`"


def test_every_form_and_policy_is_on_the_page() -> None:
    assert set(BOXED) == set(boxed.FORMS)
    assert set(POLICIES) == set(hits.POLICIES)
    codes = {code for code, _ in said()}
    assert {"decision.chevauchement", "decision.trou", "decision.refusee", "decision.cycle"} <= codes


def test_a_table_inside_an_expression_is_checked_too() -> None:
    content = (
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="F"><decision id="d" name="D">'
        b"<list><decisionTable><input><inputExpression><text>age</text></inputExpression></input>"
        b'<output name="o"/><rule id="a"><inputEntry><text>&lt;= 18</text></inputEntry><outputEntry><text>1</text>'
        b'</outputEntry></rule><rule id="b"><inputEntry><text>&gt;= 18</text></inputEntry><outputEntry><text>2</text>'
        b"</outputEntry></rule></decisionTable></list></decision></definitions>"
    )
    model, problems = from_dmn(content)
    assert problems == []
    assert [(problem.code, problem.element) for problem in check_model(model)] == [("decision.chevauchement", "b")]
