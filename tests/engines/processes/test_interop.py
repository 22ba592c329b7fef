# ruff: noqa: E501 - a file reads best as its tool wrote it
"""Diagrams as other tools write them: prefixes, drawings, extensions; read, reported, run."""

from typing import Any

import pytest

from jalon.engines.processes import Program, Reading, read_bpmn
from jalon.sandbox import Sandbox

BPMN_JS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn2:definitions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="sample-diagram" targetNamespace="http://bpmn.io/schema/bpmn" xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd" exporter="bpmn-js (https://demo.bpmn.io)" exporterVersion="17.0.0">
  <bpmn2:collaboration id="Collaboration_1"><bpmn2:participant id="Participant_1" name="Accueil du public" processRef="Process_1" /></bpmn2:collaboration>
  <bpmn2:process id="Process_1" isExecutable="true">
    <bpmn2:laneSet id="LaneSet_1"><bpmn2:lane id="Lane_1" name="Équipe"><bpmn2:flowNodeRef>StartEvent_1</bpmn2:flowNodeRef><bpmn2:flowNodeRef>Activity_1</bpmn2:flowNodeRef><bpmn2:flowNodeRef>Gateway_1</bpmn2:flowNodeRef><bpmn2:flowNodeRef>Event_1</bpmn2:flowNodeRef><bpmn2:flowNodeRef>Event_2</bpmn2:flowNodeRef></bpmn2:lane></bpmn2:laneSet>
    <bpmn2:startEvent id="StartEvent_1"><bpmn2:outgoing>Flow_1</bpmn2:outgoing></bpmn2:startEvent>
    <bpmn2:task id="Activity_1" name="Accueillir&#10;la personne"><bpmn2:incoming>Flow_1</bpmn2:incoming><bpmn2:outgoing>Flow_2</bpmn2:outgoing></bpmn2:task>
    <bpmn2:exclusiveGateway id="Gateway_1" default="Flow_4"><bpmn2:incoming>Flow_2</bpmn2:incoming><bpmn2:outgoing>Flow_3</bpmn2:outgoing><bpmn2:outgoing>Flow_4</bpmn2:outgoing></bpmn2:exclusiveGateway>
    <bpmn2:endEvent id="Event_1"><bpmn2:incoming>Flow_3</bpmn2:incoming></bpmn2:endEvent>
    <bpmn2:endEvent id="Event_2"><bpmn2:incoming>Flow_4</bpmn2:incoming></bpmn2:endEvent>
    <bpmn2:sequenceFlow id="Flow_1" sourceRef="StartEvent_1" targetRef="Activity_1" />
    <bpmn2:sequenceFlow id="Flow_2" sourceRef="Activity_1" targetRef="Gateway_1" />
    <bpmn2:sequenceFlow id="Flow_3" name="oui" sourceRef="Gateway_1" targetRef="Event_1"><bpmn2:conditionExpression xsi:type="bpmn2:tFormalExpression">present = true</bpmn2:conditionExpression></bpmn2:sequenceFlow>
    <bpmn2:sequenceFlow id="Flow_4" sourceRef="Gateway_1" targetRef="Event_2" />
    <bpmn2:textAnnotation id="TextAnnotation_1"><bpmn2:text>À relire</bpmn2:text></bpmn2:textAnnotation>
    <bpmn2:association id="Association_1" sourceRef="Activity_1" targetRef="TextAnnotation_1" />
  </bpmn2:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Collaboration_1"><bpmndi:BPMNShape id="s1" bpmnElement="Activity_1"><dc:Bounds x="240" y="80" width="100" height="80" /></bpmndi:BPMNShape><bpmndi:BPMNEdge id="e1" bpmnElement="Flow_1"><di:waypoint x="188" y="120" /></bpmndi:BPMNEdge></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn2:definitions>"""

CAMUNDA_7 = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler" exporterVersion="5.20.0" modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.21.0">
  <bpmn:process id="demande" name="Demande" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:startEvent id="debut" camunda:initiator="auteur"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="debut" targetRef="saisir" />
    <bpmn:userTask id="saisir" name="Saisir" camunda:formKey="embedded:app:forms/demande.html" camunda:assignee="${auteur}" camunda:candidateGroups="accueil,direction" camunda:dueDate="${echeance}">
      <bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="plafond">${montantMax}</camunda:inputParameter><camunda:outputParameter name="total">${montant + frais}</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="saisir" targetRef="choix" />
    <bpmn:exclusiveGateway id="choix" default="f4" />
    <bpmn:sequenceFlow id="f3" sourceRef="choix" targetRef="valider"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${total &gt; 100 &amp;&amp; statut != 'clos'}</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="choix" targetRef="fin" />
    <bpmn:userTask id="valider" name="Valider"><bpmn:multiInstanceLoopCharacteristics camunda:collection="${signataires}" camunda:elementVariable="signataire"><bpmn:completionCondition xsi:type="bpmn:tFormalExpression">${nrOfCompletedInstances &gt;= 2}</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
    <bpmn:sequenceFlow id="f5" sourceRef="valider" targetRef="attente" />
    <bpmn:intermediateCatchEvent id="attente"><bpmn:timerEventDefinition id="t1"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1M</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f6" sourceRef="attente" targetRef="fin" />
    <bpmn:endEvent id="fin" />
  </bpmn:process>
</bpmn:definitions>"""

CAMUNDA_8 = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_8" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler" exporterVersion="5.20.0" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.5.0">
  <bpmn:process id="p8" name="Huit" isExecutable="true">
    <bpmn:startEvent id="debut" /><bpmn:sequenceFlow id="f1" sourceRef="debut" targetRef="calcul" />
    <bpmn:scriptTask id="calcul"><bpmn:extensionElements><zeebe:script expression="=a + b" resultVariable="somme" /></bpmn:extensionElements></bpmn:scriptTask>
    <bpmn:sequenceFlow id="f2" sourceRef="calcul" targetRef="saisie" />
    <bpmn:userTask id="saisie"><bpmn:extensionElements><zeebe:formDefinition formId="formulaire" /><zeebe:assignmentDefinition assignee="=responsable" candidateGroups="equipe" /><zeebe:ioMapping><zeebe:input source="=somme * 2" target="double" /><zeebe:output source="=double + reponse" target="resultat" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="f3" sourceRef="saisie" targetRef="chacun" />
    <bpmn:scriptTask id="chacun"><bpmn:extensionElements><zeebe:script expression="=x * 10" resultVariable="y" /></bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=liste" inputElement="x" outputCollection="sorties" outputElement="=y" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:scriptTask>
    <bpmn:sequenceFlow id="f4" sourceRef="chacun" targetRef="recu" />
    <bpmn:intermediateCatchEvent id="recu"><bpmn:messageEventDefinition messageRef="m1" /></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f5" sourceRef="recu" targetRef="fin"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=resultat &gt; 0</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:endEvent id="fin" />
  </bpmn:process>
  <bpmn:message id="m1" name="paiement"><bpmn:extensionElements><zeebe:subscription correlationKey="=reference" /></bpmn:extensionElements></bpmn:message>
</bpmn:definitions>"""

SIGNAVIO = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:signavio="http://www.signavio.com" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" exporter="Signavio Process Editor, http://www.signavio.com" exporterVersion="16.3.0" expressionLanguage="http://www.w3.org/TR/XPath" id="sid-1" targetNamespace="http://www.signavio.com" typeLanguage="http://www.w3.org/2001/XMLSchema">
  <collaboration id="sid-2"><extensionElements><signavio:signavioDiagramMetaData metaKey="prozessreife" metaValue=""/></extensionElements><participant id="sid-3" name="Agence" processRef="sid-4"><extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffff"/></extensionElements></participant><participant id="sid-5" name="Public"/><messageFlow id="sid-6" sourceRef="sid-5" targetRef="sid-10"/></collaboration>
  <process id="sid-4" isClosed="false" isExecutable="false" name="Agence" processType="None">
    <startEvent id="sid-10" name="Demande reçue"><extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffff"/></extensionElements><outgoing>sid-20</outgoing><messageEventDefinition id="sid-11"/></startEvent>
    <task completionQuantity="1" id="sid-12" isForCompensation="false" name="Répondre" startQuantity="1"><incoming>sid-20</incoming><outgoing>sid-21</outgoing></task>
    <scriptTask scriptFormat="text/x-groovy" id="sid-13"><incoming>sid-21</incoming><outgoing>sid-22</outgoing><script>x = 1</script></scriptTask>
    <endEvent id="sid-14"><incoming>sid-22</incoming></endEvent>
    <sequenceFlow id="sid-20" sourceRef="sid-10" targetRef="sid-12"/><sequenceFlow id="sid-21" sourceRef="sid-12" targetRef="sid-13"/><sequenceFlow id="sid-22" sourceRef="sid-13" targetRef="sid-14"/>
  </process>
</definitions>"""

SPIFF = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="Definitions_s" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="ps" isExecutable="true">
    <bpmn:startEvent id="debut" /><bpmn:sequenceFlow id="f1" sourceRef="debut" targetRef="saisie" />
    <bpmn:userTask id="saisie"><bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename" value="demande-schema.json" /><spiffworkflow:property name="formUiSchemaFilename" value="demande-uischema.json" /></spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="saisie" targetRef="choix" /><bpmn:exclusiveGateway id="choix" default="f4" />
    <bpmn:sequenceFlow id="f3" sourceRef="choix" targetRef="regle"><bpmn:conditionExpression>age &gt;= 18 and statut == "ouvert"</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="choix" targetRef="fin" />
    <bpmn:businessRuleTask id="regle"><bpmn:extensionElements><spiffworkflow:calledDecisionId>droit</spiffworkflow:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>
    <bpmn:sequenceFlow id="f5" sourceRef="regle" targetRef="attente" />
    <bpmn:intermediateCatchEvent id="attente"><bpmn:timerEventDefinition><bpmn:timeDuration>"PT1H"</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f6" sourceRef="attente" targetRef="fin" /><bpmn:endEvent id="fin" />
  </bpmn:process>
</bpmn:definitions>"""


def read(text: str) -> tuple[Reading, Program | None]:
    reading = read_bpmn({"a.bpmn": text.encode()})
    return reading, reading.processes[0].program


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}


def played(text: str, key: str, variables: dict[str, Any], *answers: dict[str, Any]) -> tuple[Sandbox, Any]:
    box = Sandbox()
    report = box.deploy({"a.bpmn": text.encode()})
    assert report.ok, report.problems
    run = box.start(key, variables)
    for answer in answers:
        box.complete(box.tasks(run)[0].id, answer)
    return box, run


def test_bpmn_js() -> None:
    reading, program = read(BPMN_JS)
    assert codes(reading) == set()
    assert program is not None
    assert (program.title, program.nodes["Activity_1"].name) == ("Accueil du public", "Accueillir la personne")
    assert program.nodes["Activity_1"].role == "Équipe"
    box, run = played(BPMN_JS, "Process_1", {}, {"present": True})
    assert box.state(run).ended_at == ["Event_1"]


def test_camunda_7() -> None:
    reading, _ = read(CAMUNDA_7)
    assert reading.ok
    assert codes(reading) == {"interop.traduit", "interop.repris"}
    variables = {
        "auteur": "amina",
        "signataires": ["a", "b", "c"],
        "frais": 20,
        "echeance": "2026-02-01",
        "statut": "ouvert",
    }
    box, run = played(CAMUNDA_7, "demande", variables, {"montant": 90})
    assert [(task.element, task.iteration) for task in box.tasks(run)] == [
        ("valider", 1),
        ("valider", 2),
        ("valider", 3),
    ]
    for _ in range(2):
        box.complete(box.tasks(run)[0].id)
    box.advance("PT2M")
    assert (box.state(run).status, box.state(run).variables["total"]) == ("completed", 110)
    assert box.trace(run) == ["debut", "saisir", "choix", "valider", "valider", "attente", "fin"]


def test_camunda_8() -> None:
    reading, _ = read(CAMUNDA_8)
    assert reading.ok, reading.problems
    box, run = played(CAMUNDA_8, "p8", {"a": 1, "b": 2, "liste": [1, 2], "reference": "R-7"}, {"reponse": 4})
    assert box.state(run).waiting[0].name == "paiement"
    assert box.send("paiement", {}, correlation={"reference": "R-8"}).buffered == 1
    assert box.send("paiement", {}, correlation={"reference": "R-7"}).delivered == 1
    found = box.state(run)
    assert (found.status, found.variables["resultat"], found.variables["sorties"]) == ("completed", 10, [10, 20])
    assert "double" not in found.variables


def test_signavio_is_kept_as_documentation_with_its_report() -> None:
    reading, program = read(SIGNAVIO)
    assert reading.ok
    assert program is None
    assert (reading.processes[0].title, reading.processes[0].executable) == ("Agence", False)
    assert {"profil.script", "profil.documentation"} <= codes(reading)
    assert all(problem.severity == "warning" for problem in reading.problems)
    assert all(problem.message and problem.line for problem in reading.problems)


def test_signavio_that_wants_to_run_is_refused_where_it_cannot() -> None:
    reading, program = read(SIGNAVIO.replace('isExecutable="false"', 'isExecutable="true"'))
    assert program is None
    errors = [(problem.code, problem.element) for problem in reading.problems if problem.severity == "error"]
    assert errors == [("profil.script", "sid-13")]


def test_spiff() -> None:
    reading, program = read(SPIFF)
    assert reading.ok, reading.problems
    assert program is not None
    assert (program.nodes["saisie"].form, program.nodes["regle"].decision) == ("demande", "droit")
    box, run = played(SPIFF, "ps", {"age": 17}, {"statut": "ouvert"})
    assert box.trace(run) == ["debut", "saisie", "choix", "fin"]
    adult, of_age = played(SPIFF, "ps", {"age": 18}, {"statut": "ouvert"})
    assert [incident[1] for incident in adult.state(of_age).incidents] == ["processus.decision_absente"]


@pytest.mark.parametrize("text", [BPMN_JS, CAMUNDA_7, CAMUNDA_8, SPIFF])
@pytest.mark.parametrize("prefix", ["semantic", "ns0", "a.b-c", "é"])
def test_a_prefix_is_only_a_prefix(text: str, prefix: str) -> None:
    old = "bpmn2" if "bpmn2:" in text else "bpmn"
    renamed = text.replace(f"<{old}:", f"<{prefix}:").replace(f"</{old}:", f"</{prefix}:")
    renamed = renamed.replace(f"xmlns:{old}=", f"xmlns:{prefix}=").replace(f'"{old}:tFormal', f'"{prefix}:tFormal')
    first, second = read(text)[1], read(renamed)[1]
    assert first is not None
    assert second is not None
    assert [(one.id, one.kind, one.outgoing) for one in first.nodes.values()] == [
        (one.id, one.kind, one.outgoing) for one in second.nodes.values()
    ]


def test_the_namespace_may_be_the_default() -> None:
    plain = CAMUNDA_7.replace("<bpmn:", "<").replace("</bpmn:", "</").replace("xmlns:bpmn=", "xmlns=")
    assert read(plain)[1] is not None
