"""Complexity figures by bpmn-python, when the extra `atelier` is installed; the only module that knows it.

It is given a graph made from our program, never a file: its own reading and writing of BPMN are not used.
"""

from collections.abc import Callable
from typing import Any

from jalon.engines.processes.program import Program

NAMES = {
    "nodes": "NumberOfNodes_metric",
    "gateway_kinds": "GatewayHeterogenity_metric",
    "network_complexity": "CoefficientOfNetworkComplexity_metric",
    "gateway_degree": "AverageGatewayDegree_metric",
    "durfee_square": "DurfeeSquare_metric",
    "perfect_square": "PerfectSquare_metric",
}
"""Our name -> the function of bpmn-python."""


def complexity(program: Program) -> dict[str, float] | None:
    """Return the figures by name, or None when bpmn-python is not installed."""
    try:
        metrics, diagram = _library()
    except ImportError:
        return None
    graph = diagram.diagram_graph
    for node in program.nodes.values():
        graph.add_node(node.id, type=node.kind, node_name=node.name, process=program.key, id=node.id)
    for node in program.nodes.values():
        graph.add_edges_from((flow.source, flow.target, {"id": flow.id}) for flow in node.outgoing)
    return {name: _safely(getattr(metrics, function), diagram) for name, function in NAMES.items()}


def _library() -> tuple[Any, Any]:
    """Import bpmn-python as late as possible: it brings pandas and takes a second."""
    import networkx
    from bpmn_python import bpmn_diagram_metrics
    from bpmn_python.bpmn_diagram_rep import BpmnDiagramGraph

    if not hasattr(networkx.Graph, "node"):  # bpmn-python was written for networkx 1
        networkx.Graph.node = property(lambda graph: graph.nodes)
        networkx.Graph.edge = property(lambda graph: graph._adj)
    return bpmn_diagram_metrics, BpmnDiagramGraph()


def _safely(metric: Callable[[Any], float], diagram: Any) -> float:
    try:
        return float(metric(diagram))
    except ZeroDivisionError:  # no gateway, or no node
        return 0.0
