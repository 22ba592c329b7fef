"""What a diagram must respect to be executed: structure first, then the profile. Drafts come out wired."""

from collections import deque
from dataclasses import replace

from jalon.engines.processes.drafts import Draft
from jalon.engines.processes.program import Container, Flow, Node
from jalon.engines.processes.source import BPMN, reference

_CATCHING = frozenset({"message", "timer", "signal", "condition"})


def lint(draft: Draft) -> None:
    """Wire flows, links, boundaries and containers, and note everything that is wrong."""
    _flows(draft)
    _links(draft)
    _wire(draft)
    _boundaries(draft)
    _compensation(draft)
    for container in list(draft.containers.values()):
        _container(draft, container)
    _defaults(draft)
    for node in list(draft.nodes.values()):
        _node(draft, node)
    _reachable(draft)
    _lane_references(draft)


def _flows(draft: Draft) -> None:
    for flow in list(draft.flows.values()):
        element = draft.sources[flow.id]
        source, target = draft.nodes.get(flow.source), draft.nodes.get(flow.target)
        for end, node in ((flow.source, source), (flow.target, target)):
            if node is None:
                draft.problem(
                    "reference.absente",
                    f"Une flèche relie « {end or 'rien'} », qui n’existe pas ici. Rebranchez-la ou retirez-la.",
                    element,
                )
        if source is None or target is None:
            del draft.flows[flow.id]
            continue
        if source.container != target.container:
            draft.problem(
                "bpmn.fleche_traversante",
                "Une flèche traverse le bord d’un sous-processus. Terminez-la dedans, puis repartez du sous-processus.",
                element,
            )
            del draft.flows[flow.id]


def _links(draft: Draft) -> None:
    """Make each link a flow from its throwing end to its catching end."""
    catching: dict[tuple[str, str], str] = {}
    for node in draft.nodes.values():
        for definition in node.definitions:
            if definition.kind == "link" and node.kind == "intermediateCatchEvent":
                if (node.container, definition.name) in catching:
                    draft.refuse(
                        "profil.lien_double",
                        f"Deux arrivées de lien portent le nom « {definition.name} ».",
                        draft.sources[node.id],
                    )
                catching[node.container, definition.name] = node.id
    for node in list(draft.nodes.values()):
        for definition in node.definitions:
            if definition.kind == "link" and node.kind == "intermediateThrowEvent":
                target = catching.get((node.container, definition.name))
                if target is None:
                    draft.problem(
                        "reference.absente",
                        f"Le lien « {definition.name} » n’a pas d’arrivée de ce nom.",
                        draft.sources[node.id],
                    )
                else:
                    name = f"{node.id}--{target}--link"
                    draft.flows[name] = Flow(name, node.id, target)
                    draft.sources[name] = draft.sources[node.id]


def _wire(draft: Draft) -> None:
    incoming: dict[str, list[Flow]] = {}
    outgoing: dict[str, list[Flow]] = {}
    for flow in draft.flows.values():
        outgoing.setdefault(flow.source, []).append(flow)
        incoming.setdefault(flow.target, []).append(flow)
    for name in draft.nodes:
        draft.change(name, incoming=tuple(incoming.get(name, ())), outgoing=tuple(outgoing.get(name, ())))


def _boundaries(draft: Draft) -> None:
    attached: dict[str, list[str]] = {}
    for node in draft.nodes.values():
        if node.kind != "boundaryEvent":
            continue
        host = draft.nodes.get(node.attached_to or "")
        element = draft.sources[node.id]
        if host is None:
            draft.problem(
                "reference.absente", f"L’événement est attaché à « {node.attached_to} », qui n’existe pas.", element
            )
            draft.change(node.id, attached_to=None)
        elif not host.is_activity or host.container != node.container:
            draft.problem(
                "bpmn.attache", "Un événement ne peut être attaché qu’à une activité du même niveau.", element
            )
            draft.change(node.id, attached_to=None)
        else:
            attached.setdefault(host.id, []).append(node.id)
            kinds = {definition.kind for definition in node.definitions}
            if "error" in kinds and not node.interrupting:
                draft.refuse(
                    "profil.erreur_non_interruptive", "Un événement d’erreur interrompt toujours son activité.", element
                )
            if "cancel" in kinds and host.kind != "transaction":
                draft.refuse("profil.annulation", "Une annulation ne peut être attachée qu’à une transaction.", element)
            if not kinds and not _refused(draft, node):
                draft.refuse(
                    "profil.evenement_vide", "Cet événement attaché n’attend rien. Choisissez ce qu’il attend.", element
                )
    for name, events in attached.items():
        draft.change(name, boundaries=tuple(events))


def _compensation(draft: Draft) -> None:
    """Tie each compensation event to the activity its association leads to."""
    for association in draft.element.iter(f"{{{BPMN}}}association"):
        source = draft.nodes.get(reference(association.get("sourceRef")))
        handler = draft.nodes.get(reference(association.get("targetRef")))
        if source is None or handler is None or source.kind != "boundaryEvent" or not source.attached_to:
            continue
        if any(definition.kind == "compensation" for definition in source.definitions):
            draft.change(source.attached_to, compensation=handler.id)
            draft.change(handler.id, for_compensation=True)
    for node in draft.nodes.values():
        if (
            node.kind == "boundaryEvent"
            and any(d.kind == "compensation" for d in node.definitions)
            and node.attached_to
            and draft.nodes[node.attached_to].compensation is None
        ):
            draft.refuse(
                "profil.compensation",
                "Cette compensation ne mène à aucune activité : reliez-la par une association.",
                draft.sources[node.id],
            )
        for definition in node.definitions:
            if definition.kind == "compensation" and definition.name and definition.name not in draft.nodes:
                draft.problem(
                    "reference.absente",
                    f"L’activité « {definition.name} » à compenser n’existe pas.",
                    draft.sources[node.id],
                )
    for node in draft.nodes.values():
        if node.for_compensation and (node.incoming or node.outgoing):
            draft.refuse(
                "profil.compensation",
                "Une activité de compensation n’a ni flèche entrante ni flèche sortante.",
                draft.sources[node.id],
            )


def _container(draft: Draft, container: Container) -> None:
    inside = [node for node in draft.nodes.values() if node.container == container.id]
    subs = tuple(n.id for n in inside if n.id in draft.containers and draft.containers[n.id].kind == "eventSubProcess")
    starts = [node for node in inside if node.kind == "startEvent"]
    plain = [node for node in starts if not node.definitions]
    triggered = [node.id for node in starts if node.definitions]
    element = draft.sources.get(container.id, draft.element)
    if container.kind == "process":
        triggered += _instantiating(draft, inside)
        for start in starts:
            if start.all_of:
                draft.refuse(
                    "profil.evenement_parallele_multiple",
                    "Un départ qui attend plusieurs déclencheurs à la fois n’est pas exécuté : "
                    "utilisez une passerelle d’événements parallèle qui crée l’instance.",
                    draft.sources[start.id],
                )
            if any(definition.kind in {"error", "escalation", "compensation"} for definition in start.definitions):
                draft.refuse(
                    "profil.depart",
                    "Ce type de départ n’a de sens que dans un sous-processus événementiel.",
                    draft.sources[start.id],
                )
    elif container.kind == "eventSubProcess":
        _event_sub(draft, container, plain, triggered)
    elif container.kind == "adHocSubProcess":
        if starts or any(node.kind == "endEvent" for node in inside):
            draft.refuse("profil.ad_hoc", "Un sous-processus ad hoc n’a ni départ ni fin : retirez-les.", element)
    else:
        if triggered:
            draft.refuse(
                "profil.depart", "Un sous-processus commence par un départ simple.", draft.sources[triggered[0]]
            )
        if len(plain) > 1:
            draft.refuse(
                "profil.departs", "Un sous-processus n’a qu’un départ. Utilisez une passerelle parallèle.", element
            )
    implicit = [node for node in inside if not node.incoming and _may_begin(node, subs)]
    ends = [node for node in inside if node.kind == "endEvent"]
    begun = bool(starts or triggered)
    if begun and not ends and container.kind != "eventSubProcess":
        draft.problem("bpmn.sans_fin", "Il y a un départ mais aucune fin. Ajoutez un événement de fin.", element)
    if ends and not begun:
        draft.problem("bpmn.sans_depart", "Il y a une fin mais aucun départ. Ajoutez un événement de départ.", element)
    if not inside:
        draft.refuse(
            "profil.vide", "Ce processus est vide." if not container.id else "Ce sous-processus est vide.", element
        )
    draft.containers[container.id] = replace(
        container,
        starts=tuple(node.id for node in plain) if begun else tuple(node.id for node in implicit),
        triggered=tuple(triggered),
        event_subs=subs,
    )


def _may_begin(node: Node, subs: tuple[str, ...]) -> bool:
    return (
        node.kind not in {"boundaryEvent", "startEvent"}
        and node.id not in subs
        and not node.for_compensation
        and not any(
            definition.kind == "link" for definition in node.definitions if node.kind == "intermediateCatchEvent"
        )
    )


def _instantiating(draft: Draft, inside: list[Node]) -> list[str]:
    found = []
    for node in inside:
        if node.instantiate and not node.incoming:
            if node.kind == "receiveTask":
                found.append(node.id)
            elif node.kind == "eventBasedGateway":
                found += [flow.target for flow in node.outgoing]
        elif node.instantiate:
            draft.refuse(
                "profil.depart", "Un élément qui crée l’instance n’a pas de flèche entrante.", draft.sources[node.id]
            )
    return found


def _event_sub(draft: Draft, container: Container, plain: list[Node], triggered: list[str]) -> None:
    element = draft.sources[container.id]
    if plain or len(triggered) != 1:
        draft.refuse(
            "profil.sous_processus_evenementiel",
            "Un sous-processus événementiel a exactement un départ, avec un déclencheur.",
            element,
        )
    node = draft.nodes[container.id]
    if node.incoming or node.outgoing:
        draft.problem(
            "bpmn.sous_processus_evenementiel",
            "Aucune flèche n’entre ni ne sort d’un sous-processus événementiel.",
            element,
        )
    for name in triggered:
        start = draft.nodes[name]
        kinds = {definition.kind for definition in start.definitions}
        if kinds & {"error", "compensation"} and not start.interrupting:
            draft.change(name, interrupting=True)
        if "compensation" in kinds and len(kinds) > 1:
            draft.refuse("profil.depart", "Un départ de compensation n’attend rien d’autre.", draft.sources[name])


def _defaults(draft: Draft) -> None:
    for node in draft.nodes.values():
        if node.default and node.default not in {flow.id for flow in node.outgoing}:
            draft.problem(
                "reference.absente",
                f"Le chemin par défaut « {node.default} » n’est pas une flèche qui sort de cet élément.",
                draft.sources[node.id],
            )


def _node(draft: Draft, node: Node) -> None:
    element = draft.sources[node.id]
    if node.kind in {"startEvent", "boundaryEvent"} and node.incoming:
        draft.problem(
            "bpmn.fleche_entrante", "Aucune flèche ne peut arriver sur un départ ou un événement attaché.", element
        )
    if node.kind == "endEvent" and node.outgoing:
        draft.problem("bpmn.fleche_sortante", "Aucune flèche ne peut sortir d’une fin.", element)
    if node.kind == "intermediateCatchEvent" and not node.definitions and not _refused(draft, node):
        draft.refuse("profil.evenement_vide", "Cet événement n’attend rien. Choisissez ce qu’il attend.", element)
    cancels = node.kind == "endEvent" and any(d.kind == "cancel" for d in node.definitions)
    if cancels and draft.containers[node.container].kind != "transaction":
        draft.refuse("profil.annulation", "Une fin d’annulation n’a de sens que dans une transaction.", element)
    if node.kind in {"parallelGateway", "eventBasedGateway"} and any(flow.condition for flow in node.outgoing):
        draft.refuse(
            "profil.condition", "Une flèche qui sort de cette passerelle ne peut pas porter de condition.", element
        )
    if node.kind == "exclusiveGateway" and len(node.outgoing) > 1:
        free = [flow for flow in node.outgoing if not flow.condition and flow.id != node.default]
        if len(free) > 1 or (free and node.default):
            draft.refuse(
                "profil.condition",
                "Plusieurs flèches de cette passerelle n’ont pas de condition. Écrivez-les, sauf celle par défaut.",
                element,
            )
    if node.kind == "eventBasedGateway":
        _event_gateway(draft, node)
    if node.kind == "complexGateway" and len(node.incoming) > 1 and not node.condition and not _refused(draft, node):
        draft.refuse(
            "profil.passerelle",
            "Cette passerelle complexe réunit des branches sans dire quand elle les laisse passer : "
            "écrivez sa condition d’activation, par exemple « activationCount >= 2 ».",
            element,
        )
    if node.kind.endswith("Gateway") and not node.outgoing:
        draft.refuse("profil.passerelle", "Cette passerelle ne mène nulle part.", element)


def _refused(draft: Draft, node: Node) -> bool:
    """Tell whether something was already said of an element."""
    return any(problem.element == node.id for problem in (*draft.unsupported, *draft.problems))


def _event_gateway(draft: Draft, node: Node) -> None:
    for flow in node.outgoing:
        target = draft.nodes[flow.target]
        kinds = {definition.kind for definition in target.definitions}
        waits = target.kind in {"intermediateCatchEvent", "receiveTask"} and kinds <= _CATCHING
        if not waits or target.boundaries or target.all_of:
            draft.refuse(
                "profil.passerelle",
                "Après une passerelle d’événements ne viennent que des attentes (message, minuteur, signal…).",
                draft.sources[target.id],
            )
        elif len(target.incoming) > 1:
            draft.refuse(
                "profil.passerelle", "Cette attente ne doit avoir qu’une flèche entrante.", draft.sources[target.id]
            )


def _reachable(draft: Draft) -> None:
    found: set[str] = set()
    waiting: deque[str] = deque()
    for container in draft.containers.values():
        waiting.extend((*container.starts, *container.triggered, *container.event_subs))
    waiting.extend(node.id for node in draft.nodes.values() if node.for_compensation or node.instantiate)
    while waiting:
        name = waiting.popleft()
        if name in found or name not in draft.nodes:
            continue
        found.add(name)
        node = draft.nodes[name]
        waiting.extend(flow.target for flow in node.outgoing)
        waiting.extend(node.boundaries)
    for node in draft.nodes.values():
        if node.id not in found:
            draft.problem(
                "bpmn.inatteignable",
                "Aucun chemin ne mène à cet élément. Reliez-le, ou retirez-le.",
                draft.sources[node.id],
            )


def _lane_references(draft: Draft) -> None:
    for name in draft.lanes:
        if name not in draft.nodes and name not in draft.sources:
            draft.problem(
                "reference.absente", f"Un couloir cite « {name} », qui n’existe pas dans ce processus.", draft.element
            )
