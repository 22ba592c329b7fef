"""`jalon process lint`: problems and figures, in words and in JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jalon.doors.cli import process  # noqa: F401 - registers the commands
from jalon.doors.cli.group import main
from packs.shipped import ROOT

DIAGRAM = ROOT / "workflows/partenaires/mise-en-relation.bpmn"


def linted(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["process", "lint", *arguments])


@pytest.mark.req("D8")
def test_it_counts_what_a_process_holds() -> None:
    result = linted(str(DIAGRAM))
    assert result.exit_code == 0
    assert "mise-en-relation : 17 éléments, 4 tâches humaines" in result.output
    assert "flèches par élément 1,06" in result.output


def test_it_says_the_same_in_json() -> None:
    found = json.loads(linted("--json", str(DIAGRAM)).output)
    assert found["ok"] is True
    (one,) = found["processes"]
    assert (one["key"], one["executable"]) == ("mise-en-relation", True)
    assert one["figures"]["gateways"] == 4
    assert one["complexity"]["gateway_kinds"] == 1


@pytest.mark.req("D8")
def test_an_error_names_its_element_and_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "abime.bpmn"
    broken.write_text(DIAGRAM.read_text("utf-8").replace('sourceRef="', 'sourceRef="nulle_part_', 1), "utf-8")
    result = linted("--json", str(broken))
    found = json.loads(result.output)
    assert (result.exit_code, found["ok"]) == (1, False)
    assert any(one["element"] and one["line"] for one in found["problems"] if one["severity"] == "error")
    assert found["processes"][0]["figures"] is None
