"""The answers of the scenarios fit the forms they fill, or are refused where the scenario says so."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from jalon.base.clock import instant_from
from jalon.engines.forms import compile_form, validate
from packs.shipped import BPMN, JALON, ROOT, packs, reachable, read_csv, read_json

SCENARIOS = [(pack.key, name, scenario) for pack in packs().values() for name, scenario in pack.scenarios.items()]
PROCESSES = {key: tree for pack in packs().values() for key, tree in pack.processes.items()}
FORMS = {key: form for pack in packs().values() for key, form in pack.forms.items()}
LISTS = {key: rows for pack in packs().values() for key, rows in pack.lists.items()}


@pytest.mark.parametrize(("pack", "name", "scenario"), SCENARIOS, ids=[f"{pack}/{name}" for pack, name, _ in SCENARIOS])
def test_answers_fit_their_forms(pack, name, scenario):
    now = instant_from(scenario["now"])
    trees = [
        PROCESSES[scenario["process"]],
        *[one for near in reachable(packs()[pack]) for one in near.processes.values()],
    ]  # called ones come after
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
        ("parcours", 3),
        ("offres", 3),
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


def test_the_reference_scenario_is_told_step_by_step_by_people_who_exist():
    demo = read_json(ROOT / "workflows/reseau/demo.json")
    logins = {persona["login"] for persona in read_json(ROOT / "workflows/reseau/personas.json")}
    assert {step["as"] for step in demo["steps"] if "as" in step} <= logins
    assert all(step["say"].strip() for step in demo["steps"])
    told = [step["do"] for step in demo["steps"]]
    asked = "publish_packs configure publish expect_refused start draft open_task complete see_form race partner_open"
    assert {*asked.split(), "partner_complete", "crash_during_submit", "explain", "verify_audit"} <= set(told)
    assert {"report", "decide_conflict"} <= set(told)


def test_the_answers_of_the_reference_scenario_fit_the_national_forms():
    demo = read_json(ROOT / "workflows/reseau/demo.json")
    steps = {node.get("id"): node for process in PROCESSES.values() for node in process.iter(f"{BPMN}userTask")}
    now = instant_from(demo["now"])
    for step in demo["steps"]:
        if step["do"] in {"complete", "race", "crash_during_submit"}:
            national = {
                name: [code for code in value if "__" not in str(code)] if isinstance(value, list) else value
                for name, value in step["with"]["answers"].items()
                if "__" not in name
            }
            errors = errors_of(steps[step["with"]["task"]].get(f"{JALON}form"), dated(national, now), now)
            assert sorted(errors) == sorted(step["expect"].get("invalid", [])), (step["say"], errors)


def dated(value: Any, now: datetime) -> Any:
    """Replace « @+15 » by the date so many days after the scenario's."""
    if isinstance(value, dict):
        return {key: dated(item, now) for key, item in value.items()}
    if isinstance(value, list):
        return [dated(item, now) for item in value]
    if isinstance(value, str) and value.startswith("@+"):
        return (now + timedelta(days=int(value[2:]))).date().isoformat()
    return value
