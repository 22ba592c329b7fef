"""Service tasks in the sandbox: listed, passed, or simulated from what packs declare; nothing ever leaves."""

import io
import json
import zipfile
from typing import Any

import pytest

from factories.processes import action, line, process, user_task
from jalon.runtime.connectors import check_connector
from jalon.sandbox import Sandbox

REGISTRY = {
    "title": "Registre",
    "url": "https://registre.exemple.test/v1",
    "operations": {
        "chercher": {
            "in": {"type": "object", "required": ["numero"], "properties": {"numero": {"type": "string"}}},
            "out": {"type": "object", "required": ["droits"]},
            "answer": {"droits_ouverts": "reponse.droits", "fin": "reponse.fin"},
            "errors": {"404": "INCONNU"},
            "examples": [
                {"when": {"numero": "inconnu"}, "status": 404},
                {"when": {"numero": "panne"}, "status": 503},
                {"when": {"numero": "vide"}, "answer": {"droits": False}},
                {"when": {"numero": "123"}, "answer": {"droits": True, "fin": "2026-12-31"}},
            ],
        }
    },
}
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<inputData id="i" name="age"><variable name="age" typeRef="number"/></inputData>
<decision id="majeur" name="Est majeur"><variable name="Est majeur" typeRef="boolean"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>age &gt;= 18</text></literalExpression></decision></definitions>"""
ASK = action("demander", "connecteur.appeler", connecteur='"registre"', operation='"chercher"', numero="numero")
DECIDE = action("juger", "decision.evaluer", decision='"majeur"', age="20", resultat='"majorite"')
NOTE = action("noter", "dossier.noter", majeur="majorite")
CAUGHT = """<boundaryEvent id="inconnu" attachedToRef="demander"><errorEventDefinition errorRef="e"/></boundaryEvent>
<userTask id="saisir" name="Saisir"/><sequenceFlow id="g1" sourceRef="inconnu" targetRef="saisir"/>"""
BPMN = process("p", line(ASK, DECIDE, NOTE, user_task("relire", "")) + CAUGHT)["bpmn"].replace(
    '<process id="p"', '<error id="e" errorCode="INCONNU"/><process id="p"'
)
FILES = {"p.bpmn": BPMN, "d.dmn": DMN, "connectors/registre.json": json.dumps(REGISTRY)}


def played(number: Any, services: Any = "simulate", **files: str) -> tuple[Sandbox, Any]:
    box = Sandbox(services=services)
    report = box.deploy({**FILES, **files})
    assert report.ok, report.problems
    return box, box.start("p", {"numero": number})


def open_tasks(box: Sandbox) -> list[str]:
    return [task.element for task in box.tasks()]


def test_a_declared_system_answers_by_example_and_decisions_are_taken() -> None:
    box, run = played("123")

    assert open_tasks(box) == ["relire"]
    assert box.state(run).variables == {
        "numero": "123",
        "droits_ouverts": True,
        "fin": "2026-12-31",
        "majorite": True,
    }
    assert [(one.action, one.parameters) for one in box.acted(run)] == [
        ("connecteur.appeler", {"connecteur": "registre", "operation": "chercher", "numero": "123"}),
        ("decision.evaluer", {"decision": "majeur", "age": 20, "resultat": "majorite"}),
        ("dossier.noter", {"majeur": True}),
    ]


def test_an_expected_refusal_is_an_error_of_the_diagram() -> None:
    box, _run = played("inconnu")

    assert open_tasks(box) == ["saisir"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("panne", "L’échange avec « Registre » a échoué : réponse inattendue."),
        ("jamais vu", "L’échange avec « Registre » a échoué : aucun exemple ne convient au simulateur."),
        (12, "« Registre » ne peut pas être appelé : l’envoi n’a pas la forme prévue"),
    ],
)
def test_what_a_system_cannot_answer_is_an_incident(number: Any, reason: str) -> None:
    box, run = played(number)

    state = box.state(run)
    assert state.status == "incident"
    assert state.incidents[0][2].startswith(reason)


def test_a_system_nobody_declared_and_a_decision_nobody_wrote_are_incidents() -> None:
    alone = {name: content for name, content in FILES.items() if name == "p.bpmn"}
    box = Sandbox(services="simulate")
    box.deploy(alone)
    assert box.state(box.start("p")).incidents[0][2] == (
        "« registre » ne peut pas être appelé : il n’offre pas l’opération « chercher »."
    )
    box = Sandbox(services="simulate")
    box.deploy({"p.bpmn": process("p", line(DECIDE))["bpmn"]})
    assert box.state(box.start("p")).status == "incident"


def test_the_two_older_ways_are_unchanged() -> None:
    box, run = played("123", "ask")
    assert open_tasks(box) == ["demander"]
    box, run = played("123", "pass")
    assert (open_tasks(box), box.state(run).variables) == (["relire"], {"numero": "123"})


def test_a_unit_sees_a_system_as_its_overlay_leaves_it_and_another_workshop_keeps_it() -> None:
    closing = {"verb": "set", "uid": ".", "prop": "closed", "value": True}
    overlay = {"unit": "ml", "artifacts": {"connector/registre": [closing]}}
    box = Sandbox(services="simulate")
    report = box.deploy({**FILES, "overlays/ml.json": json.dumps(overlay)}, unit="ml")
    assert report.ok, report.problems
    run = box.start("p", {"numero": "123"})
    assert "n’offre pas l’opération" in box.state(run).incidents[0][2]

    other = played("123")[0].again("2026-02-01T09:00:00+01:00")
    other.start("p", {"numero": "123"})
    assert open_tasks(other) == ["relire"]


def test_a_spoilt_declaration_is_told_and_refuses_the_deployment() -> None:
    wrong = {**REGISTRY, "operations": {"chercher": {"errors": {"quatre": "X"}, "examples": [3]}}}
    report = Sandbox().deploy({"connectors/registre.json": json.dumps(wrong)})
    assert not report.ok
    assert {(one.code, one.file) for one in report.problems} == {("connecteur.invalide", "connectors/registre.json")}
    for operation in ({"in": {"type": "rien"}}, {"answer": {"x": "1 +"}}, {"out": {"$ref": "https://ailleurs.test/a"}}):
        assert len(check_connector("r", {**REGISTRY, "operations": {"a": operation}})) == 1


def test_the_scenarios_of_a_zipped_pack_are_simulated() -> None:
    scenario = {
        "title": "Droits ouverts",
        "process": "p",
        "steps": [{"do": "start", "with": {"numero": "123"}, "expect": {"variables": {"droits_ouverts": True}}}],
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in {**FILES, "scenarios/droits.json": json.dumps(scenario)}.items():
            archive.writestr(name, content)
    assert Sandbox().check_pack(written.getvalue()).ok
