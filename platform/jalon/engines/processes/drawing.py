"""The picture a diagram carries (BPMN DI), as plain shapes and lines: what a page needs to draw it.

Coordinates are the diagram's own units (pixels at 100 %). A diagram without DI gives None: the text
equivalent is then the only view.
"""

from dataclasses import dataclass

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"

MARKERS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "condition",
    "terminateEventDefinition": "terminate",
    "compensateEventDefinition": "compensation",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One element as a box: `kind` is the BPMN local name, `marker` what an event catches or throws."""

    element: str
    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float
    marker: str = ""
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One connection: its points from source to target."""

    element: str
    kind: str
    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes, containers first, and all lines, within `x, y, width, height`."""

    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    x: float
    y: float
    width: float
    height: float


CONTAINERS = ("participant", "lane", "subProcess", "transaction", "adHocSubProcess", "group")


def read_drawing(xml: bytes) -> Drawing | None:
    """Return the picture of a diagram, or None when it carries none or cannot be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        return None
    elements = {element.get("id"): element for element in root.iter(f"{BPMN}*") if element.get("id")}
    shapes = [shape for node in root.iter(f"{DI}BPMNShape") if (shape := _shape(node, elements))]
    lines = [line for node in root.iter(f"{DI}BPMNEdge") if (line := _line(node, elements))]
    if not shapes:
        return None
    shapes.sort(
        key=lambda shape: (
            shape.kind not in CONTAINERS,
            CONTAINERS.index(shape.kind) if shape.kind in CONTAINERS else 0,
        )
    )
    left, top = min(s.x for s in shapes), min(s.y for s in shapes)
    right, bottom = max(s.x + s.width for s in shapes), max(s.y + s.height + 24 for s in shapes)
    return Drawing(tuple(shapes), tuple(lines), left, top, right - left, bottom - top)


def _shape(node: etree._Element, elements: dict[str | None, etree._Element]) -> Shape | None:
    element = elements.get(node.get("bpmnElement"))
    bounds = node.find(f"{DC}Bounds")
    if element is None or bounds is None:
        return None
    try:
        x, y, width, height = (float(bounds.get(key, "")) for key in ("x", "y", "width", "height"))
    except ValueError:
        return None
    kind = etree.QName(element).localname
    marker = next((MARKERS[name] for child in element if (name := _local(child)) in MARKERS), "")
    interrupting = element.get("cancelActivity", "true") == "true"
    return Shape(element.get("id", ""), kind, element.get("name", ""), x, y, width, height, marker, interrupting)


def _line(node: etree._Element, elements: dict[str | None, etree._Element]) -> Line | None:
    element = elements.get(node.get("bpmnElement"))
    try:
        points = tuple((float(p.get("x", "")), float(p.get("y", ""))) for p in node.findall(f"{DD}waypoint"))
    except ValueError:
        return None
    if element is None or len(points) < 2:
        return None
    return Line(element.get("id", ""), etree.QName(element).localname, element.get("name", ""), points)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
