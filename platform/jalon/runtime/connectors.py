"""Other information systems as packs declare them: what may be said of one, asked of it, and answered by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jalon.base.errors import JalonError, Problem
from jalon.base.i18n import fr
from jalon.engines.expressions import evaluate, from_json, parse, to_json
from jalon.engines.forms import validate_schema
from jalon.engines.processes import Done, Thrown

ACTION = "connecteur.appeler"
"""The action of a service task that asks another system; its other parameters are what is sent."""

KEYS: dict[str, str] = {
    "title": "Nom du système, montré aux personnes.",
    "url": "Adresse de base, en https ; son hôte doit être dans `JALON_CONNECTOR_HOSTS`.",
    "auth": "`none` (par défaut), `bearer`, `basic` ou `header:<Nom-d’en-tête>` : où va le secret ; `signature` : il "
    "ne part pas, demandes et réponses sont scellées (HMAC-SHA256, nombre à usage unique).",
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


_OBJECT = {"type": "object"}
_SHAPE = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "auth": {"type": "string", "pattern": "^(none|bearer|basic|signature|header:[A-Za-z0-9-]+)$"},
        "secret": {"type": "string"},
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 30},
        "operations": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "in": _OBJECT,
                    "out": _OBJECT,
                    "answer": {"type": "object", "additionalProperties": {"type": "string"}},
                    "errors": {"type": "object", "propertyNames": {"pattern": "^[1-5][0-9][0-9]$"}},
                    "examples": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"when": _OBJECT, "answer": _OBJECT, "status": {"type": "integer"}},
                        },
                    },
                },
            },
        },
    },
}
_UNUSABLE = {"schema.invalide", "schema.reference", "schema.motif", "schema.recursion"}
"""What makes a schema one that nothing can be checked against."""


def check_connector(_key: str, content: Any, file: str = "") -> list[Problem]:
    """Return what is wrong with a declared connector."""
    wrong = [f"{one.message} ({one.element or '/'})" for one in validate_schema(_SHAPE, content)]
    if not wrong:
        wrong = [
            f"« {key} » n’est pas une clé de connecteur." for key in content if key not in KEYS and key[:2] != "x-"
        ]
        if not str(content.get("url", "")).startswith("https://"):
            wrong.append("« url » doit être une adresse https.")
        if content.get("auth", "none") != "none" and not content.get("secret"):
            wrong.append("« secret » doit nommer le secret que demande « auth ».")
        for name, operation in content.get("operations", {}).items():
            wrong += _wrong_in(name, operation)
    return [Problem("connecteur.invalide", "error", text, file) for text in wrong]


def _wrong_in(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    if not name.replace("_", "").replace("-", "").isalnum():
        yield f"« {name} » n’est pas un nom d’opération : lettres, chiffres, tirets."
    yield from (f"« {key} » n’est pas une clé d’opération." for key in operation if key not in OPERATION_KEYS)
    for word in ("in", "out"):
        for one in validate_schema(operation.get(word, {}), {}):
            if one.code in _UNUSABLE:
                yield f"Le schéma « {word} » de « {name} » ne peut pas servir : {one.message}"
    for variable, source in operation.get("answer", {}).items():
        try:
            parse(source)
        except JalonError as error:
            yield f"La variable « {variable} » de « {name} » n’est pas une expression : {error.text()}"
    for example in operation.get("examples", ()):
        yield from (f"« {key} » n’est pas une clé d’exemple." for key in example if key not in EXAMPLE_KEYS)
        if example.get("status", 200) == 200:
            for one in validate_schema(operation.get("out", {}), example.get("answer", {})):
                yield f"Un exemple de « {name} » n’obéit pas à « out » : {one.message}"


class CallRefused(JalonError):
    """A call that cannot be made as the diagram asks for it."""

    code, message, status = "connecteur.appel_refuse", fr("« {system} » ne peut pas être appelé : {reason}."), 422


class ConnectorFailed(JalonError):
    """The other system did not answer, or not as agreed; the job will try again."""

    code, message, status = "connecteur.echec", fr("L’échange avec « {system} » a échoué : {reason}."), 502


class AnswerRefused(JalonError):
    """An answer that does not obey the schema it was promised under."""

    code, message = "connecteur.reponse_refusee", fr("La réponse de « {system} » n’a pas la forme prévue : {problem}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the HTTP status and the JSON object."""

    status: int
    body: Mapping[str, Any]


def title_of(declared: Mapping[str, Any], key: str = "") -> str:
    """Return the name people know a system by."""
    return str(declared.get("title", key))


def read_call(parameters: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return what a step asks for: the connector, the operation, and what is sent."""
    payload = {name: value for name, value in parameters.items() if name not in {"connecteur", "operation"}}
    return str(parameters.get("connecteur") or ""), str(parameters.get("operation") or ""), payload


def check_call(declared: Mapping[str, Any], key: str, operation: str, payload: Mapping[str, Any]) -> None:
    """Raise CallRefused for an operation that is not offered, or a payload that does not obey its schema."""
    known = declared.get("operations", {}).get(operation)
    if known is None or declared.get("closed"):
        raise CallRefused(system=title_of(declared, key), reason=f"il n’offre pas l’opération « {operation} »")
    problems = validate_schema(known.get("in", {}), dict(payload))
    if problems:
        reason = f"l’envoi n’a pas la forme prévue, {problems[0].message.rstrip('.')}"
        raise CallRefused(system=title_of(declared, key), reason=reason)


def expected_statuses(operation: Mapping[str, Any]) -> set[int]:
    """Return the HTTP statuses an operation declares: a success, and what its diagram catches."""
    return {200, *map(int, operation.get("errors", {}))}


def simulated(operation: Mapping[str, Any], payload: Mapping[str, Any], system: str) -> Reply:
    """Return the first declared example whose `when` is found in what is sent; fails when there is none."""
    for example in operation.get("examples", ()):
        if all(payload.get(name) == value for name, value in example.get("when", {}).items()):
            status = int(example.get("status", 200))
            if status not in expected_statuses(operation):
                raise ConnectorFailed(system=system, reason=fr("réponse inattendue"), http_status=status)
            return Reply(status, example.get("answer", {}))
    raise ConnectorFailed(system=system, reason=fr("aucun exemple ne convient au simulateur"))


def understood(operation: Mapping[str, Any], reply: Reply, system: str, now: datetime) -> Done | Thrown:
    """Return what a reply means for the step: variables to write, or an error of the diagram.

    Raises AnswerRefused for a body that does not obey the schema of the operation.
    """
    if reply.status != 200:
        code = str(operation.get("errors", {}).get(str(reply.status), reply.status))
        return Thrown(code, f"{system} a répondu {reply.status}.")
    problems = validate_schema(operation.get("out", {}), dict(reply.body))
    if problems:
        raise AnswerRefused(system=system, problem=problems[0].message)
    mapped = operation.get("answer")
    if not mapped:
        return Done({"reponse": dict(reply.body)})
    names = {"reponse": from_json(dict(reply.body))}
    return Done({name: to_json(evaluate(str(source), names, now=now).value) for name, source in mapped.items()})
