"""The supported profile as a page, told by the code that applies it: what runs, what is refused and how to go on."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from jalon.engines.processes import (
    activityreading,
    datareading,
    drafting,
    eventreading,
    linting,
    reading,
    repeatreading,
    source,
)
from jalon.engines.processes.program import ACTIVITIES, GATEWAYS

MODULES = (source, drafting, activityreading, datareading, repeatreading, eventreading, linting, reading)
TITLES = {
    "task": "Tâche (sans type) : une personne la fait",
    "userTask": "Tâche d’une personne, avec ou sans formulaire",
    "manualTask": "Tâche faite hors de l’outil, à cocher",
    "scriptTask": "Calcul : des lignes « champ = expression »",
    "serviceTask": "Action de la plateforme",
    "sendTask": "Envoi d’un message, ou action",
    "receiveTask": "Attente d’un message ; peut créer l’instance",
    "businessRuleTask": "Décision (DMN)",
    "callActivity": "Appel d’un autre processus, ou d’un emplacement à remplir",
    "subProcess": "Sous-processus, y compris événementiel",
    "transaction": "Transaction, avec annulation et compensation",
    "adHocSubProcess": "Activités sans ordre imposé, toutes à la fois ou une à la fois, jusqu’à une condition",
    "exclusiveGateway": "Choix d’un seul chemin",
    "inclusiveGateway": "Choix d’un ou plusieurs chemins ; réunion selon la règle BPMN",
    "parallelGateway": "Tous les chemins ; réunion d’un jeton par chemin",
    "eventBasedGateway": "Premier événement arrivé ; peut créer l’instance, au premier ou à tous les événements",
    "complexGateway": "Passage quand une condition sur les branches arrivées est vraie, puis remise à zéro",
}
EVENTS = {
    "startEvent": "Départ",
    "intermediateCatchEvent": "Attente",
    "intermediateThrowEvent": "Envoi",
    "endEvent": "Fin",
    "boundaryEvent": "Attaché à une activité",
}
KINDS = {
    "message": "message",
    "timer": "minuteur",
    "signal": "signal",
    "condition": "condition",
    "error": "erreur",
    "escalation": "escalade",
    "compensation": "compensation",
    "cancel": "annulation",
    "terminate": "arrêt",
    "link": "lien",
}
REPEATS = (
    ("standardLoopCharacteristics", "Boucle tant que, avant ou après, avec un maximum"),
    ("multiInstanceLoopCharacteristics", "Répétition en suite ou en parallèle, sur un nombre ou une liste, résultats"),
    ("behavior None, One, Complex", "Événement levé à chaque tour, au premier, ou quand une condition est vraie"),
    ("startQuantity, completionQuantity", "Jetons qu’il faut pour commencer, jetons donnés sur chaque flèche"),
    ("parallelMultiple", "Attente de plusieurs déclencheurs ensemble (attente, événement attaché, sous-processus)"),
    ("globalTask, globalUserTask, globalScriptTask…", "Tâche que d’autres appellent : un processus d’une seule tâche"),
    ("eventDefinitionRef", "Définition d’événement écrite une fois pour plusieurs événements"),
)
DOCUMENTATION = (
    ("textAnnotation, group, association", "Annotations et liens qui ne compensent rien"),
    ("dataObject, dataStore, dataInput…", "Données dessinées ; leurs associations portent des variables"),
    ("collaboration, participant, messageFlow", "Participants ; un flux nomme le message de ses bouts"),
    ("lane", "Couloirs : le rôle de la tâche, à défaut d’un rôle écrit"),
    ("BPMNDI, extensions inconnues", "Dessin et données d’autres outils, gardés et ignorés"),
)


def markdown() -> str:
    """Return the page; a test compares it with the file."""
    lines = [
        "# Profil BPMN exécuté",
        "",
        "Page produite par `python scripts/bpmn_profile.py` à partir du code : ne la modifiez pas à la main.",
        "",
        "Un diagramme qui contient un élément refusé reste utilisable comme documentation s’il ne se déclare pas",
        "exécutable (`isExecutable`). Rien n’est exécuté à peu près : ce qui n’est pas exact est refusé par son nom.",
        "",
        "## Activités et passerelles",
        "",
        "| élément BPMN | état | ce que c’est |",
        "|---|---|---|",
        *(f"| `{kind}` | exécuté | {TITLES[kind]} |" for kind in TITLES),
        *(f"| `{tag}` | exécuté | {what} |" for tag, what in REPEATS),
        *(f"| `{kind}` | refusé (`profil.{kind.lower()}`) | {why} |" for kind, why in sorted(drafting.REFUSED.items())),
        "",
        "## Événements",
        "",
        "| | " + " | ".join(KINDS.values()) + " | sans déclencheur |",
        "|---" * (len(KINDS) + 2) + "|",
        *(_row(kind) for kind in EVENTS),
        "",
        "Départs d’erreur, d’escalade et de compensation : dans un sous-processus événementiel seulement.",
        "",
        "## Documentation seule",
        "",
        "| élément | effet |",
        "|---|---|",
        *(f"| {name} | {what} |" for name, what in DOCUMENTATION),
        "",
        "## Refus, et comment en sortir",
        "",
        "| code | ce que dit l’éditeur |",
        "|---|---|",
        *(f"| `{code}` | {text} |" for code, text in sorted(said("refuse", "problem"))),
        "",
        "## Avertissements",
        "",
        "| code | ce que dit l’éditeur |",
        "|---|---|",
        *(f"| `{code}` | {text} |" for code, text in sorted(said("warn"))),
        "",
    ]
    return "\n".join(lines)


def unknown_kinds() -> set[str]:
    """Return the kinds of node the engine runs and the page does not name."""
    return {*ACTIVITIES, *GATEWAYS, *drafting.EVENTS} - {*TITLES, *EVENTS}


def _row(kind: str) -> str:
    marks = ["oui" if name in eventreading.ALLOWED[kind] else "—" for name in KINDS]
    plain = "oui" if kind in {"startEvent", "endEvent", "intermediateThrowEvent"} else "—"
    return f"| {EVENTS[kind]} (`{kind}`) | " + " | ".join([*marks, plain]) + " |"


def said(*methods: str) -> set[tuple[str, str]]:
    """Return each (code, sentence) the readers may say through these methods of a draft."""
    return {found for module in MODULES for found in _said(module, methods)}


def _said(module: ModuleType, methods: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(call, ast.Call) or len(call.args) < 2:
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        made = isinstance(call.func, ast.Name) and call.func.id == "Problem" and "problem" in methods
        if made and len(call.args) > 2 and isinstance(call.args[1], ast.Constant) and call.args[1].value != "error":
            continue
        code, text = call.args[0], call.args[2] if made and len(call.args) > 2 else call.args[1]
        if (name in methods or made) and isinstance(code, ast.Constant) and (sentence := _sentence(text)):
            yield str(code.value), sentence.replace("|", "\\|")


def _sentence(text: ast.expr) -> str:
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return " ".join(text.value.split())
    if isinstance(text, ast.JoinedStr):
        parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)
        return " ".join("".join(parts).split())
    return ""
