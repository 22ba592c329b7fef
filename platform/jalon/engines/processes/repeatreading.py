"""Loops and repetitions of an activity, as BPMN and other tools write them."""

from typing import Any

from lxml import etree

from jalon.engines.processes.drafts import Draft, Shared, shorten
from jalon.engines.processes.eventreading import thrown_definition
from jalon.engines.processes.program import Definition, Repeat
from jalon.engines.processes.source import BPMN, CAMUNDA, ZEEBE, bpmn_child, bpmn_children, extension, text_of


def read_repeat(draft: Draft, shared: Shared, element: etree._Element) -> Repeat | None:
    """Return the loop of an activity, if it has one."""
    loop = bpmn_child(element, "standardLoopCharacteristics")
    if loop is not None:
        condition = draft.expression(text_of(bpmn_child(loop, "loopCondition")), element, "La condition de boucle")
        maximum = draft.expression(loop.get("loopMaximum"), element, "Le nombre maximal de tours")
        if not condition and not maximum:
            draft.refuse(
                "profil.boucle", "Cette boucle n’a ni condition ni nombre de tours : elle ne finirait jamais.", element
            )
            return None
        return Repeat("while", condition, loop.get("testBefore") == "true", maximum)
    many = bpmn_child(element, "multiInstanceLoopCharacteristics")
    return None if many is None else _multi(draft, shared, element, many)


def _multi(draft: Draft, shared: Shared, element: etree._Element, many: etree._Element) -> Repeat | None:
    zeebe = extension(many, ZEEBE, "loopCharacteristics")
    values = {
        "cardinality": draft.expression(
            text_of(bpmn_child(many, "loopCardinality")), element, "Le nombre de répétitions"
        ),
        "condition": draft.expression(text_of(bpmn_child(many, "completionCondition")), element, "La condition de fin"),
        "collection": "",
        "item": "",
        "output": "",
        "output_item": "",
    }
    if zeebe is not None:
        values["collection"] = draft.expression(zeebe.get("inputCollection"), element, "La liste à parcourir")
        values["item"] = zeebe.get("inputElement") or ""
        values["output"] = zeebe.get("outputCollection") or ""
        values["output_item"] = draft.expression(zeebe.get("outputElement"), element, "Le résultat de chaque tour")
    elif many.get(f"{{{CAMUNDA}}}collection"):
        values["collection"] = draft.expression(many.get(f"{{{CAMUNDA}}}collection"), element, "La liste à parcourir")
        values["item"] = many.get(f"{{{CAMUNDA}}}elementVariable") or ""
    reader = _Data(draft, element, many)
    values["collection"] = values["collection"] or reader.named("loopDataInputRef")
    values["output"] = values["output"] or reader.named("loopDataOutputRef")
    values["item"] = values["item"] or reader.item("inputDataItem")
    values["output_item"] = values["output_item"] or reader.item("outputDataItem")
    if not values["collection"] and not values["cardinality"]:
        draft.refuse(
            "profil.repetition",
            "Cette répétition n’indique ni nombre ni liste à parcourir. Précisez l’un des deux.",
            element,
        )
        return None
    return Repeat(
        "sequential" if many.get("isSequential") == "true" else "parallel",
        condition=values["condition"],
        cardinality=values["cardinality"],
        collection=values["collection"],
        item=values["item"],
        output=values["output"],
        output_item=values["output_item"],
        **_behavior(draft, shared, element, many),
    )


def _behavior(draft: Draft, shared: Shared, element: etree._Element, many: etree._Element) -> dict[str, Any]:
    """Return which events the repetitions throw as they complete."""
    behavior = many.get("behavior") or "All"
    if behavior == "All":
        return {}
    throws: list[tuple[str, Definition]] = []
    if behavior in {"None", "One"}:
        ref = many.get("noneBehaviorEventRef" if behavior == "None" else "oneBehaviorEventRef")
        found = thrown_definition(draft, shared, element, ref) if ref else None
        throws += [("", found)] if found else []
    elif behavior == "Complex":
        for part in bpmn_children(many, "complexBehaviorDefinition"):
            condition = draft.expression(text_of(bpmn_child(part, "condition")), element, "La condition")
            event = bpmn_child(part, "event")
            found = None if event is None else thrown_definition(draft, shared, event, None)
            throws += [(condition, found)] if found else []
    else:
        draft.refuse("profil.multi_evenement", f"Le comportement « {shorten(behavior)} » n’existe pas.", element)
        return {}
    return {"behavior": behavior, "throws": tuple(throws)}


class _Data:
    """Names of the data a standard multi-instance refers to, by id or by name."""

    def __init__(self, draft: Draft, element: etree._Element, many: etree._Element) -> None:
        self.draft, self.element, self.many = draft, element, many

    def named(self, tag: str) -> str:
        """Return the variable a reference stands for."""
        ref = text_of(bpmn_child(self.many, tag))
        if not ref:
            return ""
        for kind in ("dataInputAssociation", "dataOutputAssociation"):
            for association in bpmn_children(self.element, kind):
                source, target = (text_of(bpmn_child(association, name)) for name in ("sourceRef", "targetRef"))
                other = source if target == ref else target if source == ref else None
                if other and other in self.draft.names:
                    return self.draft.names[other]
        for part in self.element.iter(f"{{{BPMN}}}dataInput", f"{{{BPMN}}}dataOutput"):
            if part.get("id") == ref:
                return part.get("name") or ref
        return self.draft.names.get(ref, ref)

    def item(self, tag: str) -> str:
        """Return the variable of one repetition."""
        found = bpmn_child(self.many, tag)
        return "" if found is None else (found.get("name") or found.get("id") or "")
