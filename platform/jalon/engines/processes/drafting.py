"""Walking a BPMN file: processes, containers, nodes and flows become drafts."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree

from jalon.base.errors import Problem
from jalon.engines.processes.activityreading import read_activity
from jalon.engines.processes.datareading import read_mappings
from jalon.engines.processes.drafts import Draft, Shared, shorten
from jalon.engines.processes.eventreading import read_definitions
from jalon.engines.processes.program import ACTIVITIES, CONTAINERS, GATEWAYS, Container, ContainerKind, Flow, Node
from jalon.engines.processes.source import (
    BPMN,
    JALON,
    bpmn_child,
    bpmn_children,
    extensions,
    line_of,
    local,
    namespace,
    reference,
    text_of,
)

EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = EVENTS | GATEWAYS | ACTIVITIES
REFUSED = {
    "subChoreography": "Une chorégraphie n’est pas exécutée.",
    "choreographyTask": "Une chorégraphie n’est pas exécutée.",
    "callChoreography": "Une chorégraphie n’est pas exécutée.",
    "callConversation": "Une conversation n’est pas exécutée.",
}
MAX_NESTING = 30
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


def read_drafts(root: etree._Element, file: str) -> tuple[list[Draft], list[Problem]]:
    """Return the processes of a file as drafts, and what is wrong with the file as a whole."""
    if namespace(root) != BPMN or local(root) != "definitions":
        message = "Ce fichier n’est pas un diagramme BPMN 2.0 : la racine « definitions » manque."
        return [], [Problem("bpmn.racine", "error", message, file, "", line_of(root))]
    shared = _shared(root)
    problems = _duplicates(root, file)
    drafts = []
    for element in [*bpmn_children(root, "process"), *map(_global_task, _global_tasks(root))]:
        key = element.get("id")
        if not key:
            message = "Un processus n’a pas d’identifiant. Donnez-lui en un dans ses propriétés."
            problems.append(Problem("bpmn.sans_identifiant", "error", message, file, "", line_of(element)))
            continue
        title = element.get("name") or shared.titles.get(key) or key
        draft = Draft(key, title, element, file, element.get("isExecutable"))
        _read_process(draft, shared)
        drafts.append(draft)
    return drafts, problems


def _global_tasks(root: etree._Element) -> list[etree._Element]:
    return [child for child in bpmn_children(root) if local(child) in GLOBAL_TASKS and child.get("id")]


def _global_task(element: etree._Element) -> etree._Element:
    """Return a task that others call as a process of that one task, under its own id."""
    process = etree.Element(f"{{{BPMN}}}process", {"id": element.get("id", ""), "isExecutable": "true"})
    process.set("name", element.get("name") or element.get("id") or "")
    task = etree.SubElement(process, f"{{{BPMN}}}{GLOBAL_TASKS[local(element)]}")
    for name, value in element.attrib.items():
        task.set("scriptFormat" if name == "scriptLanguage" else str(name), str(value))
    task.extend(deepcopy(child) for child in element)
    return process


def _duplicates(root: etree._Element, file: str) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for element in root.iter():
        name = element.get("id") if namespace(element) == BPMN else None
        if name is not None and name in seen:
            message = f"L’identifiant « {shorten(name)} » sert deux fois. Donnez-en un autre à l’un des éléments."
            problems.append(Problem("bpmn.identifiant_double", "error", message, file, name, line_of(element)))
        if name is not None:
            seen.add(name)
    return problems


def _shared(root: etree._Element) -> Shared:
    shared = Shared()
    tables = {
        "message": shared.messages,
        "signal": shared.signals,
        "error": shared.errors,
        "escalation": shared.escalations,
    }
    for child in bpmn_children(root):
        if local(child) in tables and child.get("id"):
            tables[local(child)][child.get("id", "")] = child
        elif local(child).endswith("EventDefinition") and child.get("id"):
            shared.definitions[child.get("id", "")] = child
    for part in root.iter(f"{{{BPMN}}}correlationPropertyRetrievalExpression"):
        holder = part.getparent()
        if holder is not None and part.get("messageRef") and holder.get("id"):
            paths = shared.retrievals.setdefault(reference(part.get("messageRef")), {})
            paths[holder.get("id", "")] = text_of(bpmn_child(part, "messagePath"))
    # several flows may touch one event: they all carry the message that it waits for or throws
    speaking = {e.get("id", "") for e in root.iter() if local(e) in EVENTS | {"sendTask", "receiveTask"}}
    refs = {e.get("id", ""): e.get("messageRef") for e in root.iter() if e.get("messageRef")}
    for collaboration in bpmn_children(root, "collaboration"):
        for participant in bpmn_children(collaboration, "participant"):
            if participant.get("processRef") and participant.get("name"):
                shared.titles[reference(participant.get("processRef"))] = participant.get("name", "")
        for flow in bpmn_children(collaboration, "messageFlow"):
            ends = [reference(flow.get("sourceRef")), reference(flow.get("targetRef"))]
            ref = flow.get("messageRef") or next((refs[end] for end in ends if refs.get(end)), None)
            message = shared.messages.get(reference(ref)) if ref else None
            known = next((shared.flows_from[end] for end in ends if end in shared.flows_from and end in speaking), None)
            name = (message.get("name") or message.get("id")) if message is not None else known or flow.get("id")
            shared.flows_from.update(dict.fromkeys(ends, name or "message"))
    for child in root.iter(
        f"{{{BPMN}}}messageEventDefinition"
    ):  # a flow joins the event, its definition has the message
        event = child.getparent()
        if child.get("messageRef") and event is not None:
            _spread(root, shared, event.get("id", ""), reference(child.get("messageRef")))
    return shared


def _spread(root: etree._Element, shared: Shared, event: str, message: str) -> None:
    """Give the other end of a message flow the message this end names."""
    found = shared.messages.get(message)
    if found is None or event not in shared.flows_from:
        return
    for flow in root.iter(f"{{{BPMN}}}messageFlow"):
        ends = [reference(flow.get("sourceRef")), reference(flow.get("targetRef"))]
        if event in ends:
            shared.flows_from.update(dict.fromkeys(ends, found.get("name") or message))


def _read_process(draft: Draft, shared: Shared) -> None:
    element = draft.element
    for part in element.iter():
        if namespace(part) == BPMN and local(part) in {
            "dataObject",
            "dataObjectReference",
            "property",
            "dataInput",
            "dataOutput",
        }:
            _name_data(draft, part)
    _lanes(draft)
    draft.extra["bindings_of_messages"] = {
        reference(part.get("correlationPropertyRef")): text_of(bpmn_child(part, "dataPath"))
        for part in element.iter(f"{{{BPMN}}}correlationPropertyBinding")
    }
    draft.extra |= {
        "dossier_type": element.get(f"{{{JALON}}}dossierType"),
        "start_roles": tuple((element.get(f"{{{JALON}}}startRoles") or "").split()),
        "options": tuple(dict(e.attrib) for e in extensions(element) if namespace(e) == JALON and local(e) == "option"),
        "slots": tuple(dict(e.attrib) for e in extensions(element) if namespace(e) == JALON and local(e) == "slot"),
    }
    waiting: list[tuple[etree._Element, str, int]] = [(element, "", 0)]
    while waiting:
        holder, container, depth = waiting.pop()
        if depth > MAX_NESTING:
            draft.problem("bpmn.trop_profond", f"Plus de {MAX_NESTING} sous-processus imbriqués.", holder)
            continue
        inner = _read_container(draft, shared, holder, container)
        waiting.extend((sub, sub.get("id", ""), depth + 1) for sub in inner)


def _name_data(draft: Draft, part: etree._Element) -> None:
    name = part.get("name") or part.get("id")
    if local(part) == "dataObjectReference" and part.get("dataObjectRef"):
        target = reference(part.get("dataObjectRef"))
        name = part.get("name") or draft.names.get(target) or target
    if part.get("id") and name:
        draft.names[part.get("id", "")] = name.strip().replace(" ", "_")


def _lanes(draft: Draft) -> None:
    for lane in draft.element.iter(f"{{{BPMN}}}lane"):  # document order: an inner lane comes after, and wins
        for ref in bpmn_children(lane, "flowNodeRef"):
            draft.lanes[text_of(ref)] = lane.get("name") or lane.get("id") or ""


def _read_container(draft: Draft, shared: Shared, holder: etree._Element, container: str) -> list[etree._Element]:
    """Read one level; return the sub-processes to read next."""
    inner = []
    declares = []
    for child in bpmn_children(holder):
        kind = local(child)
        if kind == "sequenceFlow":
            _read_flow(draft, child)
        elif kind in NODES:
            if _read_node(draft, shared, child, container) and kind in CONTAINERS:
                inner.append(child)
        elif kind in REFUSED:
            draft.refuse("profil." + kind.lower(), REFUSED[kind], child)
            _placeholder(draft, child, container)
        elif kind == "dataObject" and container:
            declares.append(draft.names.get(child.get("id", ""), ""))
    draft.containers[container] = Container(
        container, _container_kind(holder, container), declares=tuple(name for name in declares if name)
    )
    return inner


def _container_kind(holder: etree._Element, container: str) -> ContainerKind:
    if not container:
        return "process"
    if holder.get("triggeredByEvent") == "true":
        return "eventSubProcess"
    kinds: dict[str, ContainerKind] = {"transaction": "transaction", "adHocSubProcess": "adHocSubProcess"}
    return kinds.get(local(holder), "subProcess")


def _read_flow(draft: Draft, element: etree._Element) -> None:
    source, target = reference(element.get("sourceRef")), reference(element.get("targetRef"))
    name = element.get("id") or f"{source}--{target}--{len(draft.flows)}"
    condition = bpmn_child(element, "conditionExpression")
    if condition is not None and (condition.get("language") or "").lower().endswith(("javascript", "groovy", "python")):
        draft.refuse(
            "profil.script", "Une condition écrite en script n’est pas exécutée. Écrivez une expression.", element
        )
    source_text = draft.expression(text_of(condition), element, "La condition") if condition is not None else ""
    if condition is not None and text_of(condition) and not source_text:
        source_text = "false"  # refused above: never read as « no condition »
    if name in draft.flows:
        return  # reported as a duplicate
    draft.flows[name] = Flow(name, source, target, source_text)
    draft.sources[name] = element


def _placeholder(draft: Draft, element: etree._Element, container: str) -> None:
    """Stand for a node we do not execute, so that flows to it are not called dangling."""
    name = element.get("id")
    if name and name not in draft.nodes:
        draft.nodes[name] = Node(name, "task", element.get("name") or "", container)
        draft.sources[name] = element


def _read_node(draft: Draft, shared: Shared, element: etree._Element, container: str) -> bool:
    name, kind = element.get("id"), local(element)
    if not name:
        draft.problem(
            "bpmn.sans_identifiant", f"Un élément « {kind} » n’a pas d’identifiant. Donnez-lui en un.", element
        )
        return False
    if name in draft.nodes:
        return False  # reported as a duplicate
    documentation = bpmn_child(element, "documentation")
    values: dict[str, Any] = {
        "name": " ".join((element.get("name") or "").split()),
        "line": line_of(element),
        "lane": draft.lanes.get(name),
        "documentation": text_of(documentation),
        "default": reference(element.get("default")) or None,
    }
    node = Node(name, kind, container=container, **values)
    if kind in EVENTS:
        extra: dict[str, Any] = {"definitions": read_definitions(draft, shared, element), **_event_data(draft, element)}
        if kind == "boundaryEvent":
            extra["attached_to"] = reference(element.get("attachedToRef")) or ""
            extra["interrupting"] = element.get("cancelActivity") != "false"
        elif kind == "startEvent":
            extra["interrupting"] = element.get("isInterrupting") != "false"
        every = element.get("parallelMultiple") == "true" and len(extra["definitions"]) > 1
        node = replace(node, all_of=every, **extra)
    elif kind in ACTIVITIES:
        node = replace(node, **read_activity(draft, shared, element))
    elif kind == "eventBasedGateway":
        every = element.get("eventGatewayType") == "Parallel"
        if every and element.get("instantiate") != "true":
            draft.refuse(
                "profil.passerelle",
                "Une passerelle d’événements parallèle n’a de sens que si elle crée l’instance. "
                "Ailleurs, utilisez une passerelle parallèle.",
                element,
            )
        node = replace(node, instantiate=element.get("instantiate") == "true", all_of=every)
    elif kind == "complexGateway":
        text = text_of(bpmn_child(element, "activationCondition"))
        node = replace(node, condition=draft.expression(text, element, "La condition d’activation"))
    draft.nodes[name] = node
    draft.sources[name] = element
    return True


def _event_data(draft: Draft, element: etree._Element) -> dict[str, Any]:
    found = read_mappings(draft, element)
    return {"outputs": found["outputs"], "outputs_only": found["outputs_only"]}
