"""What an element takes in and gives out: lines of mapping, ours and those of other tools."""

from typing import Any

from lxml import etree

from jalon.engines.processes.drafts import Draft
from jalon.engines.processes.program import Assign
from jalon.engines.processes.source import (
    CAMUNDA,
    JALON,
    ZEEBE,
    bpmn_child,
    bpmn_children,
    extensions,
    local,
    namespace,
    text_of,
)


def read_mappings(draft: Draft, element: etree._Element) -> dict[str, Any]:
    """Return the lines that carry data into and out of an element."""
    inputs: list[Assign] = []
    outputs: list[Assign] = []
    only = False
    for found in extensions(element):
        space, name = namespace(found), local(found)
        if space == JALON and name in {"input", "output"}:
            line = draft.assign(found.get("name", ""), found.get("expression"), element, "La donnée")
            (inputs if name == "input" else outputs).append(line)
        elif space == CAMUNDA and name == "inputOutput":
            for part in found:
                if len(part):
                    draft.refuse(
                        "profil.mapping",
                        "Une donnée en liste, en table ou en script n’est pas reprise. Écrivez une expression.",
                        element,
                    )
                    continue
                text = text_of(part)
                literal = text if text.startswith(("${", "#{")) else '"' + text.replace('"', '\\"') + '"'
                line = draft.assign(part.get("name", ""), literal, element, "La donnée")
                (inputs if local(part) == "inputParameter" else outputs).append(line)
        elif space == ZEEBE and name == "ioMapping":
            for part in found:
                line = draft.assign(part.get("target", ""), part.get("source"), element, "La donnée")
                (inputs if local(part) == "input" else outputs).append(line)
                only = only or local(part) == "output"
    inputs += _associated(draft, element, "dataInputAssociation")
    outputs += _associated(draft, element, "dataOutputAssociation")
    return {"inputs": tuple(inputs), "outputs": tuple(outputs), "outputs_only": only}


def _associated(draft: Draft, element: etree._Element, kind: str) -> list[Assign]:
    """Read standard data associations as lines; those that only draw a link change nothing."""
    lines = []
    for association in bpmn_children(element, kind):
        source, target = (text_of(bpmn_child(association, name)) for name in ("sourceRef", "targetRef"))
        for assignment in bpmn_children(association, "assignment"):
            place = text_of(bpmn_child(assignment, "to"))
            lines.append(
                draft.assign(
                    draft.names.get(place, place), text_of(bpmn_child(assignment, "from")), element, "La donnée"
                )
            )
        if bpmn_child(association, "transformation") is not None:
            draft.refuse(
                "profil.transformation",
                "Une transformation de donnée n’est pas exécutée. Utilisez une affectation.",
                element,
            )
        first, last = draft.names.get(source), draft.names.get(target)
        if first and last and first != last:
            lines.append(Assign(last, first))
    return lines
