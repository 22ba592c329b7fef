"""The documentation says what the code does: generated pages up to date, links that lead somewhere, keys all named."""

import json
import re
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

from jalon.engines.forms.definitions import EXTENSIONS
from jalon.engines.forms.kinds import DECLARABLE, KINDS
from jalon.engines.layering.kinds.parameters import Parameters
from jalon.services.configuration.packs.checking import STEPS
from jalon.services.configuration.packs.formats import LIST_COLUMNS
from jalon.services.processes.actions import ACTIONS, TITLES
from jalon.services.publication.importing import UNIT_COLUMNS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The script that writes the reference."""
    spec = util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    found = util.module_from_spec(spec)
    sys.modules["reference"] = found
    spec.loader.exec_module(found)
    return found


def test_the_reference_says_what_the_code_says(reference: ModuleType) -> None:
    assert reference.stale() == [], "run: .venv/bin/python scripts/reference.py"


def test_every_key_of_every_format_is_documented(reference: ModuleType) -> None:
    said = reference.WORDS
    assert set(said["form_keywords"]) == EXTENSIONS
    assert set(said["kinds_besides"]) == DECLARABLE - set(KINDS)
    assert set(said["list_columns"]) == set(LIST_COLUMNS)
    assert set(said["unit_columns"]) == set(UNIT_COLUMNS)
    assert set(said["parameter_keys"]) == set(Parameters.props)
    assert set(said["bpmn_words"]) == reference.bpmn_words()
    assert set(said["pack_scenario_verbs"]) == reference.pack_verbs()
    assert set(said["demo_verbs"]) == set(reference.scenario.VERBS)
    assert set(STEPS) <= set(said["pack_scenario_verbs"])
    assert all(TITLES[name] for name in ACTIONS)


def test_every_key_of_the_demo_is_documented(reference: ModuleType) -> None:
    said = reference.WORDS
    silent = [
        (step["do"], key)
        for file in (ROOT / "workflows").glob("*/demo.json")
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"]
        for key in (*step.get("with", {}), *step.get("expect", {}))
        if f"`{key}`" not in said["demo_verbs"][step["do"]] and f"`{key}`" not in said["step_keys"].get(key, "")
    ]
    assert sorted(set(silent)) == []


def test_every_key_of_a_pack_s_scenarios_is_documented(reference: ModuleType) -> None:
    allowed = set(reference.WORDS["step_keys"])
    unknown = {
        (file.name, key)
        for file in (ROOT / "workflows").glob("*/scenarios/*.json")
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"]
        for key in step
        if key not in allowed
    }
    assert unknown == set()


def links() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:", "#")):
                yield str(page.relative_to(ROOT)), target


def test_links_lead_somewhere() -> None:
    found = list(links())
    assert len(found) >= 10
    broken = [
        (page, target) for page, target in found if not (ROOT / page).parent.joinpath(target.partition("#")[0]).exists()
    ]
    assert broken == []


def test_the_commands_of_the_readme_and_the_guides_exist(reference: ModuleType) -> None:
    known = {name for name, _ in reference.every_command(reference.cli.main, "jalon")}
    groups = {" ".join(name.split()[:2]) for name in known}
    named = {
        (str(page.relative_to(ROOT)), line)
        for page in PAGES
        if "reference" not in page.parts
        for line in re.findall(r"`(jalon [a-z]+(?: [a-z]+)?)", page.read_text(encoding="utf-8"))
    }
    absent = {(page, line) for page, line in named if line not in known and " ".join(line.split()[:2]) not in groups}
    assert absent == set()


def test_make_targets_named_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (str(page.relative_to(ROOT)), target)
        for page in PAGES
        for target in re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))
    }
    assert {one for one in named if one[1] not in targets} == set()
