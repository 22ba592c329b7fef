"""Pruned variants: what options switch off for certain, and nothing else."""

from pathlib import Path

import pytest

from jalon.engines.processes import read_bpmn
from jalon.engines.processes.drawing import read_drawing
from jalon.engines.processes.pruning import pruned, switched_off

ROOT = Path(__file__).parents[3]

FLOW = '<bpmn:sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>'


def program(condition: str):
    """Return start -> choice -> (relecture when the condition holds, else) -> end."""
    flows = [
        FLOW.format(id="f1", source="debut", target="choix", condition=""),
        FLOW.format(
            id="f2",
            source="choix",
            target="relecture",
            condition=f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>",
        ),
        FLOW.format(id="f3", source="relecture", target="fin", condition=""),
        FLOW.format(id="f4", source="choix", target="fin", condition=""),
    ]
    xml = f"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="debut"/><bpmn:exclusiveGateway id="choix" default="f4"/>
<bpmn:task id="relecture"/><bpmn:endEvent id="fin"/>{"".join(flows)}</bpmn:process></bpmn:definitions>"""
    (found,) = read_bpmn({"p.bpmn": xml.encode()}).processes
    return found.program


@pytest.mark.parametrize(
    ("condition", "value", "off"),
    [
        ("option.relire = true", False, {"relecture", "f2", "f3"}),
        ("option.relire = true", True, {"f4"}),
        ("option.relire = true and age &lt; 18", False, {"relecture", "f2", "f3"}),
        ("option.relire = true and age &lt; 18", True, set()),
        ("option.relire = true or age &lt; 18", False, set()),
        ("age &lt; 18", False, set()),
    ],
)
def test_only_what_is_certain_is_left_out(condition: str, value: bool, off: set[str]) -> None:
    assert switched_off(program(condition), {"relire": value}) == off


def test_the_drawing_of_a_pack_loses_its_branch() -> None:
    xml = (ROOT / "workflows/premier-accueil/premier-accueil.bpmn").read_bytes()
    (found,) = [one for one in read_bpmn({"p.bpmn": xml}).processes if one.program and one.key == "premier-accueil"]
    on = switched_off(found.program, {"relecture_diagnostic": True, "accueil_sans_rendez_vous": True})
    off = switched_off(found.program, {"relecture_diagnostic": False, "accueil_sans_rendez_vous": True})
    assert on.isdisjoint(found.program.nodes)
    assert off & set(found.program.nodes) == {"relire_diagnostic", "avis"}
    drawing = read_drawing(xml)
    assert drawing is not None
    left = pruned(drawing, off)
    assert len(left.shapes) < len(drawing.shapes)
    assert {shape.element for shape in left.shapes}.isdisjoint(off)
