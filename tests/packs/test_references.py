"""What a file of a pack names exists."""

import re
from pathlib import Path

import pytest

from jalon.engines.forms import compile_form, lint
from jalon.engines.processes.reading import read_bpmn
from jalon.services.access.permissions import PERMISSIONS
from packs.shipped import (
    BPMN,
    DMN,
    JALON,
    ROOT,
    Shipped,
    binds,
    lists_read,
    packs,
    reachable,
    read_csv,
    read_json,
)

ALL = list(packs().values())
each_pack = pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.key)


@each_pack
def test_a_pack_is_named_by_its_folder_and_needs_packs_that_are_shipped(pack: Shipped):
    assert pack.manifest["pack"]["key"] == pack.key
    assert set(pack.manifest["pack"]["requires"]) <= set(packs())


@each_pack
def test_lists_read_by_forms_exist(pack: Shipped):
    known = {key for one in reachable(pack) for key in one.lists}
    missing = {(key, one) for key, form in pack.forms.items() for one in lists_read(form) - known}
    assert missing == set()


@each_pack
def test_values_of_a_list_have_a_code_and_a_label_of_their_own(pack: Shipped):
    for key, rows in pack.lists.items():
        codes, labels = [row["code"] for row in rows], [row["label"].casefold() for row in rows]
        assert all(codes), key
        assert all(labels), key
        assert len(set(codes)) == len(codes), key
        assert len(set(labels)) == len(labels), key


@each_pack
def test_forms_compile_without_a_single_remark(pack: Shipped):
    for key, form in pack.forms.items():
        assert lint(form["schema"], form["ui"]) == [], key
        compile_form(form["schema"], form["ui"])


@each_pack
def test_every_field_is_shown_once(pack: Shipped):
    for key, form in pack.forms.items():
        asked = compile_form(form["schema"], form["ui"])
        assert sorted(q.path[0] for q in asked.questions) == sorted(form["schema"]["properties"]), key


@each_pack
def test_steps_name_forms_decisions_and_roles_that_exist(pack: Shipped):
    forms = {key for one in reachable(pack) for key in one.forms}
    decisions = {
        found.get("id") for one in reachable(pack) for d in one.decisions.values() for found in d.iter(f"{DMN}decision")
    }
    roles = read_json(ROOT / "workflows/reseau/roles/roles.json")["roles"]
    for key, tree in pack.processes.items():
        for task in tree.iter(f"{BPMN}userTask"):
            assert task.get(f"{JALON}form") in forms, (key, task.get("id"))
            assert task.get(f"{JALON}role") in roles, (key, task.get("id"))
            external = roles[task.get(f"{JALON}role")]["external"]
            assert bool(task.get(f"{JALON}recipient")) is external, (key, task.get("id"))
        for task in tree.iter(f"{BPMN}businessRuleTask"):
            assert task.get(f"{JALON}decision") in decisions, (key, task.get("id"))
        for process in tree.iter(f"{BPMN}process"):
            assert set(process.get(f"{JALON}startRoles").split()) <= set(roles), key


def test_processes_are_executable_without_a_single_remark():
    files = {f"{pack.key}/{path.name}": path.read_bytes() for pack in ALL for path in _files(pack, "*.bpmn")}
    forms = {key for pack in ALL for key in pack.forms}
    decisions = {found.get("id") for pack in ALL for d in pack.decisions.values() for found in d.iter(f"{DMN}decision")}
    reading = read_bpmn(files, known_forms=forms, known_decisions=decisions, strict_bindings=True)
    assert reading.problems == ()
    assert [process.key for process in reading.processes if process.program is None] == []


def test_deadlines_speak_of_steps_that_exist():
    for pack in ALL:
        for path in _files(pack, "deadlines/*.json"):
            document = read_json(path)
            ids = {node.get("id") for node in pack.processes[document["process"]].iter()}
            assert {rule["element"] for rule in document["deadlines"]} <= ids, path


def test_slots_allow_processes_that_exist():
    processes = {key for pack in ALL for key in pack.processes}
    slots = [slot for pack in ALL for tree in pack.processes.values() for slot in tree.iter(f"{JALON}slot")]
    assert slots
    assert {key for slot in slots for key in slot.get("allowed").split()} <= processes


def test_every_bound_path_has_a_label_in_its_case_file():
    kinds = {path.stem: read_json(path) for path in (ROOT / "workflows/reseau/dossier-types").glob("*.json")}
    known = {path for kind in kinds.values() for path in kind["labels"]}
    for pack in ALL:
        for key, form in pack.forms.items():
            assert binds(form) <= known, key
    for key, kind in kinds.items():
        shown = [path for section in kind["sections"] for path in section["paths"]]
        assert sorted(shown) == sorted(kind["labels"]), key


def test_the_case_file_of_a_process_shows_every_value_its_forms_write():
    kinds = {path.stem: read_json(path) for path in (ROOT / "workflows/reseau/dossier-types").glob("*.json")}
    forms = {key: form for pack in ALL for key, form in pack.forms.items()}
    for pack in ALL:
        for key, tree in pack.processes.items():
            kind = next((p.get(f"{JALON}dossierType") for p in tree.iter(f"{BPMN}process")), None)
            for task in tree.iter(f"{BPMN}userTask"):
                paths = binds(forms[task.get(f"{JALON}form")])
                if kind:
                    assert paths <= set(kinds[kind]["labels"]), (key, task.get("id"))


def test_parameters_are_dated_in_order_and_say_their_source():
    for pack in ALL:
        for uid, parameter in pack.parameters.items():
            dates = [value["from"] for value in parameter["values"]]
            assert dates == sorted(set(dates)), uid
            assert all(value["source"].strip() for value in parameter["values"]), uid


def test_parameters_read_by_processes_and_decisions_exist():

    known = {uid for pack in ALL for uid in pack.parameters}
    for pack in ALL:
        for path in [*_files(pack, "*.bpmn"), *_files(pack, "*.dmn")]:
            assert set(re.findall(r"parametre\.(\w+)", path.read_text("utf-8"))) <= known, path


def test_units_form_a_tree_with_parents_first():
    rows = read_csv(ROOT / "workflows/reseau/units.csv")
    seen: set[str] = set()
    for row in rows:
        assert row["code"] not in seen
        assert (row["parent"] in seen) or (row["parent"] == "" and not seen), row["code"]
        seen.add(row["code"])
    assert {"fr", "occitanie", "bretagne", "ml_toulouse", "ml_hautes_pyrenees", "ml_rennes", "ml_brest"} <= seen


def test_roles_use_known_permissions_and_case_files_are_never_read_from_above():
    roles = read_json(ROOT / "workflows/reseau/roles/roles.json")["roles"]
    for key, role in roles.items():
        assert set(role["permissions"]) <= set(PERMISSIONS), key
        if key.startswith("administrateur_"):
            assert not any(permission.startswith(("dossier.", "tache.")) for permission in role["permissions"]), key
        if any(permission.startswith("dossier.") for permission in role["permissions"]):
            assert role["second_factor"], key


def test_personas_hold_roles_and_units_that_exist():
    roles = read_json(ROOT / "workflows/reseau/roles/roles.json")["roles"]
    units = {row["code"] for row in read_csv(ROOT / "workflows/reseau/units.csv")}
    personas = read_json(ROOT / "workflows/reseau/personas.json")
    assert len({persona["login"] for persona in personas}) == len(personas)
    for persona in personas:
        assert persona["email"].endswith(".example"), persona["login"]
        for held in persona["roles"]:
            assert held["role"] in roles
            assert held["unit"] in units


def _files(pack: Shipped, pattern: str) -> list[Path]:
    return sorted((ROOT / "workflows" / pack.key).glob(pattern))
