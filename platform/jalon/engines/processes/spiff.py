"""SpiffWorkflow as our reader of graphs: its parser, our node parsers, no recursion along the flows.

It is given a canonical tree (`canonical`), so that nothing legal trips it, and gives back its own
BpmnProcessSpec. Its execution, its scripts and its evaluators are never used: docs/decisions/0002-process-engine.md.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from jalon.engines.processes.drafting import NODES
from jalon.engines.processes.drafts import Draft
from jalon.engines.processes.program import Flow, Node
from jalon.engines.processes.source import BPMN


class NodeSpec(BpmnTaskSpec):  # type: ignore[misc]  # SpiffWorkflow carries no types
    """A flow node of ours in a Spiff specification: `node` is what the file says of it, `flows` how it is left."""

    def __init__(self, wf_spec: BpmnProcessSpec, name: str, **values: Any) -> None:
        super().__init__(wf_spec, name, **values)
        self.node: Node | None = None
        self.flows: list[str] = []


class _NodeParser(TaskParser):  # type: ignore[misc]  # SpiffWorkflow carries no types
    """Makes one node and leaves the connections to the process parser."""

    def parse_node(self) -> NodeSpec:
        attributes = {
            "lane": self.lane,
            "description": self.node.get("name"),
            "bpmn_name": self.node.get("name"),
            "documentation": self.parse_documentation(),
        }
        spec: NodeSpec = self.spec_class(self.spec, self.bpmn_id, **attributes)
        spec.node = self.process_parser.parser.facts[self.bpmn_id]
        return spec

    def connect_outgoing(
        self,
        outgoing_task: NodeSpec,
        sequence_flow_node: Any,
        is_default: bool,  # noqa: ARG002 - SpiffWorkflow calls it so; the default flow is one of our own facts
    ) -> None:
        source = self.spec.task_specs[self.bpmn_id]
        source.connect(outgoing_task)
        source.flows.append(sequence_flow_node.get("id"))


class _ProcessParser(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow carries no types
    """Reads the nodes of a process one after the other, then the flows."""

    def add_tasks(self) -> None:
        for child in self.node:
            if child.tag in self.parser.PARSER_CLASSES:
                self.parse_node(child)
        for child in self.node:
            if child.tag == full_tag("sequenceFlow"):
                source = self.get_node_by_id(child.get("sourceRef"))
                parser = _NodeParser(self, NodeSpec, source, self.nsmap, lane="")
                target = self.spec.task_specs[child.get("targetRef")]
                parser.connect_outgoing(target, child, source.get("default") == child.get("id"))


class _Parser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow carries no types
    PARSER_CLASSES: ClassVar[dict[str, Any]] = {full_tag(kind): (_NodeParser, NodeSpec) for kind in NODES}
    PROCESS_PARSER_CLASS = _ProcessParser

    def __init__(self, facts: Mapping[str, Node]) -> None:
        super().__init__()
        self.facts = facts


def canonical(draft: Draft) -> etree._Element:
    """Write a draft as plain BPMN: one flat process, every flow with an id, nothing of any vendor."""
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap={"bpmn": BPMN})
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=draft.key, name=draft.title, isExecutable="true")
    lanes = etree.SubElement(process, f"{{{BPMN}}}laneSet")
    for name in dict.fromkeys(draft.lanes.values()):
        lane = etree.SubElement(lanes, f"{{{BPMN}}}lane", name=name)
        for node, where in draft.lanes.items():
            if where == name:
                etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = node
    for node_facts in draft.nodes.values():
        element = etree.SubElement(process, f"{{{BPMN}}}{node_facts.kind}", id=node_facts.id, name=node_facts.name)
        if node_facts.documentation:
            etree.SubElement(element, f"{{{BPMN}}}documentation").text = node_facts.documentation
    for flow in draft.flows.values():
        etree.SubElement(process, f"{{{BPMN}}}sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
    return root


def read_spec(draft: Draft) -> BpmnProcessSpec:
    """Return Spiff's specification of a draft."""
    parser = _Parser(draft.nodes)
    parser.add_bpmn_xml(canonical(draft), draft.file)
    return parser.get_spec(draft.key)


def wiring(draft: Draft) -> dict[str, tuple[Node, tuple[Flow, ...], str | None]]:
    """Return each node with the flows that leave it and its lane, as Spiff's specification has them."""
    return {
        spec.name: (spec.node, tuple(draft.flows[name] for name in spec.flows), spec.lane)
        for spec in read_spec(draft).task_specs.values()
        if isinstance(spec, NodeSpec) and spec.node is not None
    }
