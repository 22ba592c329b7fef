"""Connectors as packs declare them: what may be said of another information system, and what is wrong in it."""

from typing import Any

from jalon.base.errors import Problem
from jalon.engines.forms import validate_schema

KEYS: dict[str, str] = {
    "title": "Nom du système, montré aux personnes.",
    "url": "Adresse de base, en https ; son hôte doit être dans `JALON_CONNECTOR_HOSTS`.",
    "auth": "`none` (par défaut), `bearer`, `basic` ou `header:<Nom-d’en-tête>` : où va le secret.",
    "secret": "Nom du secret dans le fichier `JALON_CONNECTOR_SECRETS` ; jamais sa valeur.",
    "timeout": "Délai de réponse en secondes, 10 par défaut, 30 au plus.",
    "operations": "Ce que le système sait faire : clé de l’opération -> opération.",
    "help": "Précision pour qui dessine un processus.",
    "closed": "`true` : plus aucun nouvel appel.",
}
"""What a connector declares."""
OPERATION_KEYS: dict[str, str] = {
    "title": "Nom de l’opération.",
    "in": "JSON Schema de ce qui est envoyé ; les paramètres de l’étape sont vérifiés avant l’envoi.",
    "out": "JSON Schema de la réponse ; une réponse qui n’y obéit pas est un échec.",
    "answer": "Variables écrites : nom -> expression sur `reponse`. Absent : toute la réponse dans `reponse`.",
    "errors": "Statut HTTP -> code d’erreur BPMN, pour une réponse prévue qui n’est pas un succès.",
    "examples": "Réponses du simulateur, dans l’ordre : la première dont `when` convient est donnée.",
}
"""What an operation declares."""
EXAMPLE_KEYS: dict[str, str] = {
    "when": "Valeurs que l’envoi doit contenir ; absent : tout envoi convient.",
    "answer": "La réponse.",
    "status": "Statut HTTP simulé, 200 par défaut.",
}
"""What an example of an operation declares."""


def check_connector(_key: str, content: Any, file: str = "") -> list[Problem]:
    """Return what is wrong with a declared connector."""
    wrong = [f"« {key} » n’est pas une clé de connecteur." for key in content if key not in KEYS and key[:2] != "x-"]
    if not str(content.get("url", "")).startswith("https://"):
        wrong.append("« url » doit être une adresse https.")
    for name, operation in content.get("operations", {}).items():
        if not name.replace("_", "").replace("-", "").isalnum():
            wrong.append(f"« {name} » n’est pas un nom d’opération : lettres, chiffres, tirets.")
        wrong += [f"« {key} » n’est pas une clé d’opération." for key in operation if key not in OPERATION_KEYS]
        for example in operation.get("examples", ()):
            wrong += [f"« {key} » n’est pas une clé d’exemple." for key in example if key not in EXAMPLE_KEYS]
            if example.get("status", 200) == 200:
                found = validate_schema(operation.get("out", {}), example.get("answer", {}))
                wrong += [f"Un exemple de « {name} » n’obéit pas à « out » : {one.message}" for one in found]
    return [Problem("connecteur.invalide", "error", text, file) for text in wrong]
