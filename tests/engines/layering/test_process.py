"""Processes: options, slots, lanes and words compiled into the diagram, never the diagram itself."""

import pytest

from engines.layering.samples import level, op
from jalon.base.errors import ContentRefused
from jalon.engines.layering import Facts, adapter, differences, resolve

XML = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:jalon="urn:jalon:bpmn:1"
    id="d" targetNamespace="x">
  <process id="demande" name="Demande" isExecutable="true" jalon:startRoles="agent">
    <extensionElements>
      <jalon:option id="relecture" label="Relecture" type="boolean" default="false"/>
      <jalon:option id="mode" label="Mode de décision" type="choice" choices="seul commission" default="seul"/>
      <jalon:slot id="bilan" label="Bilan" allowed="bilan-court bilan-long" default=""/>
    </extensionElements>
    <laneSet id="ls"><lane id="couloir" name="agent"><flowNodeRef>saisir</flowNodeRef></lane></laneSet>
    <startEvent id="debut"><outgoing>f1</outgoing></startEvent>
    <userTask id="saisir" name="Saisir" jalon:form="demande" jalon:title="Saisir {{nom}}"/>
    <callActivity id="appel" name="Bilan" calledElement="slot:bilan"/>
    <endEvent id="fin"/>
    <sequenceFlow id="f1" sourceRef="debut" targetRef="saisir"/>
  </process>
</definitions>
"""
DOCUMENT = {"bpmn": XML}


def test_an_untouched_process_keeps_its_text_to_the_letter():
    assert resolve("process", DOCUMENT, [level("fr"), level("r")]).document == DOCUMENT


def test_options_lanes_and_words_are_compiled_into_the_text():
    ops = [
        op("toggle", "option:relecture", value=True),
        op("toggle", "option:mode", value="commission"),
        op("set", "couloir", "role", "directeur"),
        op("set", "saisir", "title", "Instruire la demande de {{nom}}"),
        op("set", "saisir", "why", "Avant la commission"),
    ]

    here = resolve("process", DOCUMENT, [level("r", *ops)])
    again = adapter("process").explode(here.document)

    assert here.refused == ()
    assert again.value("option:relecture", "default") is True
    assert again.value("option:mode", "default") == "commission"
    assert again.value("couloir", "role") == "directeur"
    assert again.value("saisir", "title") == "Instruire la demande de {{nom}}"
    assert again.value("saisir", "why") == "Avant la commission"
    assert again.value("saisir", "label") == "Saisir"


def test_binding_a_slot_changes_what_is_called():
    here = resolve("process", DOCUMENT, [level("r", op("bind", "slot:bilan", value="bilan-court"))])

    assert 'calledElement="bilan-court"' in here.document["bpmn"]
    assert 'jalon:slot="bilan"' in here.document["bpmn"]
    back = resolve("process", here.document, [level("a", op("bind", "slot:bilan", value=""))])
    assert 'calledElement="slot:bilan"' in back.document["bpmn"]


def test_a_slot_only_calls_what_its_contract_and_the_publications_allow():
    foreign = level("r", op("bind", "slot:bilan", value="autre"))
    unpublished = level("r", op("bind", "slot:bilan", value="bilan-long"))
    facts = Facts(published=frozenset({"bilan-court"}))

    assert [p.code for p in resolve("process", DOCUMENT, [foreign]).problems] == [
        "configuration.emplacement_hors_catalogue"
    ]
    assert [p.code for p in resolve("process", DOCUMENT, [unpublished], facts=facts).problems] == [
        "configuration.emplacement_non_publie"
    ]
    assert resolve("process", DOCUMENT, [unpublished]).problems == ()


def test_a_level_never_patches_the_diagram():
    ops = [
        op("add", "r__etape", value={"label": "Étape"}),
        op("set", "saisir", "form", "autre"),
        op("toggle", "option:relecture", value="oui"),
        op("toggle", "option:mode", value="tirage"),
        op("toggle", "saisir", value=True),
        op("bind", "saisir", value="bilan-court"),
        op("set", "slot:bilan", "allowed", ["tout"]),
    ]

    refused = resolve("process", DOCUMENT, [level("r", *ops)]).refused

    assert [(one.op.uid, one.refusal) for one in refused] == [
        ("r__etape", "malformed"),
        ("saisir", "locked"),
        ("option:relecture", "malformed"),
        ("option:mode", "malformed"),
        ("saisir", "malformed"),
        ("saisir", "malformed"),
        ("slot:bilan", "locked"),
    ]
    assert refused[0].message == "« r__etape » : rien ne s’ajoute dans le processus."
    assert refused[3].message == "« Mode de décision » : cette option ne propose pas « tirage »."


@pytest.mark.req("A13")
def test_differences_of_a_process_are_sentences():
    ops = [op("toggle", "option:relecture", value=True), op("bind", "slot:bilan", value="bilan-court")]

    found = differences("process", DOCUMENT, resolve("process", DOCUMENT, [level("r", *ops)]))

    assert [one.sentence for one in found] == [
        "L’option « Relecture » est activée.",
        "L’emplacement « Bilan » appelle désormais « bilan-court ».",
    ]


@pytest.mark.parametrize("xml", ["pas du xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', ""])
def test_hostile_or_broken_xml_is_refused(xml):
    with pytest.raises(ContentRefused):
        adapter("process").explode({"bpmn": xml})
