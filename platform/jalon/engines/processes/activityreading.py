"""What an activity says about itself: form, people, data in and out, repetition, and what other tools add."""

import re
from typing import Any

from lxml import etree

from jalon.engines.processes.drafts import Draft, Shared, shorten
from jalon.engines.processes.eventreading import message_definition
from jalon.engines.processes.program import HUMAN_TASKS, Assign, Repeat
from jalon.engines.processes.source import (
    BPMN,
    CAMUNDA,
    JALON,
    SPIFF,
    ZEEBE,
    bpmn_child,
    bpmn_children,
    extensions,
    local,
    namespace,
    reference,
    text_of,
)
from jalon.engines.processes.timing import is_iso

_LINE = re.compile(r"\s*(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*=(?!=)\s*(?P<value>\S.*)")
_OUR_FORMATS = frozenset({"", "feel", "jalon", "text/feel", "application/feel", "text/x-feel"})
_BINDINGS = ("class", "delegateExpression", "expression", "topic", "type")


def read_activity(draft: Draft, shared: Shared, element: etree._Element) -> dict[str, Any]:
    """Return the fields of the node that the activity's attributes and extensions give."""
    kind = local(element)
    values: dict[str, Any] = {"for_compensation": element.get("isForCompensation") == "true"}
    values |= read_mappings(draft, element)
    _listeners(draft, element)
    if kind in HUMAN_TASKS:
        values |= _human(draft, element)
    elif kind == "scriptTask":
        values |= _script(draft, element)
    elif kind in {"serviceTask", "sendTask", "businessRuleTask"}:
        values |= _service(draft, element)
    if kind == "businessRuleTask":
        values |= _rule(draft, element)
    if kind == "callActivity":
        values |= _call(draft, element)
    if kind == "receiveTask" or (kind == "sendTask" and _has_message(shared, element)):
        definition = message_definition(draft, shared, element, element.get("messageRef"))
        values["definitions"] = (definition,) if definition else ()
        values["instantiate"] = element.get("instantiate") == "true"
    repeat = read_repeat(draft, element)
    if repeat is not None:
        values["repeat"] = repeat
    return values


def _has_message(shared: Shared, element: etree._Element) -> bool:
    return bool(element.get("messageRef")) or element.get("id", "") in shared.flows_from


def attribute(element: etree._Element, name: str, *spaces: str) -> str | None:
    """Return an attribute in the first of these namespaces that has it."""
    return next((element.get(f"{{{space}}}{name}") for space in spaces if element.get(f"{{{space}}}{name}")), None)


def extension(element: etree._Element, space: str, name: str) -> etree._Element | None:
    """Return an extension element by namespace and name."""
    return next((e for e in extensions(element) if namespace(e) == space and local(e) == name), None)


def _digested(draft: Draft, element: etree._Element, what: str, value: str) -> None:
    draft.warn("interop.repris", f"{what} « {shorten(value)} » est repris du diagramme d’un autre outil.", element)


def _human(draft: Draft, element: etree._Element) -> dict[str, Any]:
    values: dict[str, Any] = {
        "form": element.get(f"{{{JALON}}}form") or _foreign_form(draft, element),
        "title": element.get(f"{{{JALON}}}title") or "",
        "why": element.get(f"{{{JALON}}}why") or "",
        "recipient": draft.expression(element.get(f"{{{JALON}}}recipient"), element, "Le destinataire"),
        "role": element.get(f"{{{JALON}}}role") or _foreign_role(draft, element),
    }
    assignment = extension(element, ZEEBE, "assignmentDefinition")
    schedule = extension(element, ZEEBE, "taskSchedule")
    assignee = attribute(element, "assignee", JALON, CAMUNDA) or (
        assignment.get("assignee") if assignment is not None else None
    )
    due = attribute(element, "due", JALON) or attribute(element, "dueDate", JALON, CAMUNDA)
    due = due or (schedule.get("dueDate") if schedule is not None else None)
    priority = attribute(element, "priority", JALON, CAMUNDA)
    values["assignee"] = draft.template(assignee, element, "La personne désignée")
    values["due"] = "" if not due else due if is_iso(due) else draft.expression(due, element, "L’échéance")
    values["priority"] = draft.expression(priority, element, "La priorité") if priority else ""
    for part in re.findall(r"\{\{([^{}]*)\}\}", values["title"]):
        draft.expression(part, element, "Le titre")
    return values


def _foreign_form(draft: Draft, element: etree._Element) -> str | None:
    found = attribute(element, "formKey", CAMUNDA) or attribute(element, "formRef", CAMUNDA)
    definition = extension(element, ZEEBE, "formDefinition")
    if found is None and definition is not None:
        found = definition.get("formId") or definition.get("formKey") or definition.get("externalReference")
    properties = extension(element, SPIFF, "properties")
    if found is None and properties is not None:
        found = next((p.get("value") for p in properties if "formJsonSchema" in p.get("name", "")), None)
        found = found.removesuffix(".json").removesuffix("-schema") if found else None
    if extension(element, CAMUNDA, "formData") is not None:
        draft.warn(
            "interop.formulaire_interne",
            "Les champs écrits dans le diagramme ne sont pas repris. Déployez un formulaire et nommez-le ici.",
            element,
        )
    if found:
        _digested(draft, element, "Le formulaire", found)
        return draft.template(found, element, "Le formulaire")
    return None


def _foreign_role(draft: Draft, element: etree._Element) -> str | None:
    assignment = extension(element, ZEEBE, "assignmentDefinition")
    found = attribute(element, "candidateGroups", CAMUNDA)
    if found is None and assignment is not None:
        found = assignment.get("candidateGroups")
    if found is None:
        for name in ("potentialOwner", "humanPerformer", "performer"):
            owner = bpmn_child(element, name)
            if owner is not None:
                found = text_of(owner) or None
                break
    if found:
        _digested(draft, element, "Le groupe", found)
        return found.split(",")[0].strip()
    return None


def _script(draft: Draft, element: etree._Element) -> dict[str, Any]:
    script = extension(element, ZEEBE, "script")
    if script is not None:
        name = script.get("resultVariable") or "resultat"
        return {"assignments": (draft.assign(name, script.get("expression"), element, "Le calcul"),)}
    language = (element.get("scriptFormat") or "").strip().lower()
    if language not in _OUR_FORMATS:
        draft.refuse(
            "profil.script",
            f"Un script « {shorten(language)} » n’est pas exécuté. Écrivez des lignes : champ = expression.",
            element,
        )
        return {}
    lines = []
    for line in text_of(bpmn_child(element, "script")).splitlines():
        line = line.strip().removesuffix(";")
        if not line or line.startswith(("#", "//")):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            draft.refuse(
                "profil.script",
                f"La ligne de script « {shorten(line)} » n’est pas de la forme champ = expression.",
                element,
            )
        else:
            lines.append(draft.assign(found["name"], found["value"], element, "Le calcul"))
    return {"assignments": tuple(lines)}


def _service(draft: Draft, element: etree._Element) -> dict[str, Any]:
    action = extension(element, JALON, "action")
    if action is not None:
        lines = [line for line in action if local(line) == "param"]
        return {
            "action": action.get("name", ""),
            "assignments": tuple(
                draft.assign(line.get("name", ""), line.get("expression"), element, "Le paramètre") for line in lines
            ),
        }
    vendor = next((found for name in _BINDINGS if (found := attribute(element, name, CAMUNDA))), None)
    definition = extension(element, ZEEBE, "taskDefinition")
    operator = extension(element, SPIFF, "serviceTaskOperator")
    if definition is not None:
        vendor = definition.get("type") or "zeebe"
    elif operator is not None:
        vendor = operator.get("id") or "spiff"
    if vendor and local(element) != "businessRuleTask":
        draft.extra.setdefault("bindings", []).append((element, vendor))
    return {"vendor": vendor or ""}


def _rule(draft: Draft, element: etree._Element) -> dict[str, Any]:
    called = extension(element, ZEEBE, "calledDecision")
    spiff = extension(element, SPIFF, "calledDecisionId")
    decision = element.get(f"{{{JALON}}}decision") or attribute(element, "decisionRef", CAMUNDA)
    result = element.get(f"{{{JALON}}}result") or attribute(element, "resultVariable", CAMUNDA)
    if called is not None:
        decision, result = called.get("decisionId"), called.get("resultVariable") or result
    elif spiff is not None:
        decision = text_of(spiff)
    mapped = attribute(element, "mapDecisionResult", CAMUNDA)
    if mapped and mapped not in {"singleEntry", "singleResult"}:
        draft.warn(
            "interop.resultat",
            f"Le mode de résultat « {mapped} » est ignoré : la variable reçoit toute la valeur.",
            element,
        )
    if decision and not element.get(f"{{{JALON}}}decision"):
        _digested(draft, element, "La décision", decision)
    return {"decision": draft.template(decision, element, "La décision"), "result": (result or "").strip()}


def _call(draft: Draft, element: etree._Element) -> dict[str, Any]:
    zeebe = extension(element, ZEEBE, "calledElement")
    called = element.get("calledElement") or (zeebe.get("processId") if zeebe is not None else None)
    if not called or not called.strip():
        draft.refuse(
            "profil.appel_sans_processus", "Cet appel n’indique pas quel processus il lance. Choisissez-le.", element
        )
    name = draft.template(called, element, "Le processus appelé")
    if name and not name.startswith(("=", "slot:")):
        name = reference(name)
    values: dict[str, Any] = {"called": name}
    inputs: list[Assign] = []
    outputs: list[Assign] = []
    explicit = False
    for line in extensions(element):
        if namespace(line) != CAMUNDA or local(line) not in {"in", "out"}:
            continue
        if line.get("businessKey"):
            values["business_key"] = _business_key(draft, element, line.get("businessKey", ""))
            continue
        explicit = True
        if line.get("variables") == "all":
            values["all_in" if local(line) == "in" else "all_out"] = True
        else:
            source = line.get("source") or line.get("sourceExpression")
            (inputs if local(line) == "in" else outputs).append(
                draft.assign(line.get("target", ""), source, element, "La donnée transmise")
            )
    if explicit:
        values |= {
            "inputs": tuple(inputs),
            "outputs": tuple(outputs),
            "inputs_only": not values.pop("all_in", False),
            "outputs_only": not values.pop("all_out", False),
        }
    else:
        found = read_mappings(draft, element)
        keep_all = zeebe is not None and zeebe.get("propagateAllChildVariables") == "true"
        values["inputs_only"] = bool(found["inputs"])
        values["outputs_only"] = bool(found["outputs"]) and not keep_all
        if zeebe is not None and zeebe.get("propagateAllChildVariables") == "false":
            values["outputs_only"] = True
    return values


def _business_key(draft: Draft, element: etree._Element, text: str) -> str:
    if "execution.processBusinessKey" in text:
        return ""  # the called run inherits the key anyway
    return draft.expression(text, element, "La clé métier")


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


def _listeners(draft: Draft, element: etree._Element) -> None:
    for found in extensions(element):
        name = local(found)
        if name in {"executionListener", "taskListener", "executionListeners", "taskListeners", "connector"}:
            draft.extra.setdefault("bindings", []).append((element, name))
        elif namespace(found) == SPIFF and name in {"preScript", "postScript"} and text_of(found):
            draft.refuse(
                "profil.script",
                "Un script avant ou après une tâche n’est pas exécuté. Utilisez une tâche de calcul.",
                element,
            )


def read_repeat(draft: Draft, element: etree._Element) -> Repeat | None:
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
    return None if many is None else _multi(draft, element, many)


def _multi(draft: Draft, element: etree._Element, many: etree._Element) -> Repeat | None:
    zeebe = extension(many, ZEEBE, "loopCharacteristics")
    behavior = many.get("behavior")
    if behavior not in {None, "All"}:
        draft.refuse(
            "profil.multi_evenement", f"Le comportement « {behavior} » d’une répétition n’est pas exécuté.", element
        )
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
    )


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
