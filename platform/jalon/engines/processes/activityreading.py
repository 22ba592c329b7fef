"""What an activity says about itself: form, people, action, call, and what other tools add."""

import re
from typing import Any

from lxml import etree

from jalon.engines.processes.datareading import read_mappings
from jalon.engines.processes.drafts import Draft, Shared, shorten
from jalon.engines.processes.eventreading import message_definition
from jalon.engines.processes.program import HUMAN_TASKS, Assign
from jalon.engines.processes.repeatreading import read_repeat
from jalon.engines.processes.source import (
    CAMUNDA,
    JALON,
    SPIFF,
    ZEEBE,
    attribute,
    bpmn_child,
    extension,
    extensions,
    local,
    namespace,
    reference,
    text_of,
)
from jalon.engines.processes.timing import is_iso

_LINE = re.compile(r"\s*(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*=(?!=)\s*(?P<value>\S.*)")
_OUR_FORMATS = frozenset({"", "feel", "jalon", "text/feel", "application/feel", "text/x-feel"})
MAX_QUANTITY = 100
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
    if kind == "adHocSubProcess":
        values |= _ad_hoc(draft, element)
    values |= {
        "needs": _quantity(draft, element, "startQuantity"),
        "gives": _quantity(draft, element, "completionQuantity"),
    }
    repeat = read_repeat(draft, shared, element)
    if repeat is not None:
        values["repeat"] = repeat
    return values


def _ad_hoc(draft: Draft, element: etree._Element) -> dict[str, Any]:
    condition = text_of(bpmn_child(element, "completionCondition"))
    return {
        "condition": draft.expression(condition, element, "La condition de fin"),
        "sequential": element.get("ordering") == "Sequential",
        "cancels_rest": element.get("cancelRemainingInstances") != "false",
    }


def _quantity(draft: Draft, element: etree._Element, name: str) -> int:
    text = (element.get(name) or "1").strip()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_QUANTITY:
        message = f"Le nombre de jetons « {shorten(text)} » ({name}) n’est pas entre 1 et {MAX_QUANTITY}."
        draft.refuse("profil.jetons", message, element)
        return 1
    return int(text)


def _has_message(shared: Shared, element: etree._Element) -> bool:
    return bool(element.get("messageRef")) or element.get("id", "") in shared.flows_from


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
