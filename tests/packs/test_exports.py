"""What the shipped processes are for other tools: BPMN in the order of its schema, readable without our namespace."""

from typing import Any

import pytest
from lxml import etree

from jalon.engines.layering import Level, Op, adapter, resolve
from jalon.engines.processes import Program, read_bpmn
from packs.shipped import ROOT

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
STANDARD = {BPMN, "http://www.omg.org/spec/BPMN/20100524/DI", "http://www.omg.org/spec/DD/20100524/DC"}
STANDARD |= {"http://www.omg.org/spec/DD/20100524/DI", "http://www.w3.org/2001/XMLSchema-instance"}
FIRST = ("documentation", "extensionElements", "incoming", "outgoing", "property", "laneSet")
LAST = ("textAnnotation", "association", "group", "multiInstanceLoopCharacteristics", "BPMNDiagram")
TEXTS = {file.stem: file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("workflows/*/*.bpmn"))}


def rank(element: etree._Element) -> int:
    """Return where the BPMN schema puts an element among its siblings."""
    name = etree.QName(element).localname
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + (1 + LAST.index(name) if name in LAST else 0)


def program(text: str) -> Program:
    (found,) = [one.program for one in read_bpmn({"a.bpmn": text.encode()}).processes if one.program]
    return found


def steps_of(found: Program) -> dict[str, tuple[Any, ...]]:
    """Return what a step is and where it leads, by its id."""
    return {one.id: (one.kind, one.name, [flow.target for flow in one.outgoing]) for one in found.nodes.values()}


def without_ours(text: str) -> str:
    """Return a diagram as a tool that knows BPMN alone would write it again."""
    root = etree.fromstring(text.encode())
    for element in [one for one in root.iter() if isinstance(one.tag, str)]:
        if etree.QName(element).namespace not in STANDARD:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
        for name in [one for one in element.attrib if etree.QName(one).namespace not in {None, *STANDARD}]:
            del element.attrib[name]
    return etree.tostring(root).decode()


def out_of_order(text: str) -> list[str]:
    """Return the elements whose children the BPMN schema would refuse: by their order, or by where ours are."""
    found = []
    for element in etree.fromstring(text.encode()).iter(f"{{{BPMN}}}*"):
        ranks = [rank(child) for child in element if isinstance(child.tag, str)]
        foreign = [one for one in element if isinstance(one.tag, str) and etree.QName(one).namespace not in STANDARD]
        if ranks != sorted(ranks) or (foreign and etree.QName(element).localname != "extensionElements"):
            found.append(str(element.get("id") or element.tag))
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_a_process_follows_the_order_of_the_schema_also_once_a_level_changed_it(name: str) -> None:
    kind = adapter("process")
    atoms = kind.explode({"bpmn": TEXTS[name]})
    step = next(uid for uid, item in atoms.items.items() if item.get("element") == "userTask")
    changed = resolve(
        "process", {"bpmn": TEXTS[name]}, [Level("ici", (Op("1", "set", step, "why", value="Parce que"),))]
    )

    assert out_of_order(TEXTS[name]) == []
    assert changed.document["bpmn"] != TEXTS[name]
    assert out_of_order(changed.document["bpmn"]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_steps_and_flows_are_read_back_without_our_namespace(name: str) -> None:
    ours, theirs = program(TEXTS[name]), program(without_ours(TEXTS[name]))

    assert steps_of(theirs) == steps_of(ours)
