"""The answers of the scenarios fit the forms they fill, or are refused where the scenario says so."""

from datetime import datetime

import pytest

from jalon.base.clock import instant_from
from jalon.engines.forms import compile_form, validate
from packs.shipped import BPMN, JALON, ROOT, packs, read_csv, read_json

SCENARIOS = [(pack.key, name, scenario) for pack in packs().values() for name, scenario in pack.scenarios.items()]
PROCESSES = {key: tree for pack in packs().values() for key, tree in pack.processes.items()}
FORMS = {key: form for pack in packs().values() for key, form in pack.forms.items()}
LISTS = {key: rows for pack in packs().values() for key, rows in pack.lists.items()}


@pytest.mark.parametrize(("pack", "name", "scenario"), SCENARIOS, ids=[f"{pack}/{name}" for pack, name, _ in SCENARIOS])
def test_answers_fit_their_forms(pack, name, scenario):
    now = instant_from(scenario["now"])
    trees = [PROCESSES[scenario["process"]], *packs()[pack].processes.values()]  # those a slot may call come after
    steps = {node.get("id"): node for tree in reversed(trees) for node in tree.iter(f"{BPMN}userTask")}
    for step in scenario["steps"]:
        assert step["say"]
        if step["do"] == "complete":
            errors = errors_of(steps[step["task"]].get(f"{JALON}form"), step["with"], now)
            assert sorted(errors) == sorted(step.get("expect", {}).get("invalid", [])), (step["say"], errors)


def errors_of(form: str, answers: dict, now: datetime) -> dict[str, str]:
    compiled = compile_form(FORMS[form]["schema"], FORMS[form]["ui"])
    checked = validate(compiled, answers, lists=LISTS, now=now)
    assert checked.hidden == {}, (form, checked.hidden)
    return checked.errors


@pytest.mark.parametrize(
    ("pack", "least"),
    [
        ("premier-accueil", 6),
        ("bonnes-pratiques", 3),
        ("allocations", 5),
        ("dispositif", 5),
        ("thematique", 3),
        ("partenaires", 3),
    ],
)
def test_each_pack_has_its_scenarios(pack, least):
    assert len(packs()[pack].scenarios) >= least


def test_scenarios_play_at_units_by_people_who_exist():
    units = {row["code"] for row in read_csv(ROOT / "workflows/reseau/units.csv")}
    logins = {persona["login"] for persona in read_json(ROOT / "workflows/reseau/personas.json")} | {
        "partenaire",
        "jeune",
    }
    for pack, name, scenario in SCENARIOS:
        assert scenario["unit"] in units, (pack, name)
        assert {step["as"] for step in scenario["steps"] if "as" in step} <= logins, (pack, name)
