"""Actions that move other things of the platform: a decision evaluated, a process started, a document produced."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM
from jalon.base.ports import FileStore
from jalon.engines.expressions import working_calendar
from jalon.services import dossiers, messaging
from jalon.services.processes.actions import ROLE, ActionContext, ActionRefused, Parameter, file_of, register_action
from jalon.services.processes.running import begin
from jalon.services.processes.surroundings import decided, names_for
from jalon.store.configuration import current_content
from jalon.store.places import place
from jalon.store.processes import Instance

DEEPEST = 10
"""How many processes may start one another within one step: beyond, one of them starts itself."""
MOST_BYTES = 1_000_000


def evaluate_decision(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Take the decision named, on the parameters given, and write what it gives."""
    name, result = str(parameters["decision"]), str(parameters.get("resultat") or "")
    inputs = {key: value for key, value in parameters.items() if key not in {"decision", "resultat"}}
    unit = place(session, context.unit_id)
    names = names_for(session, unit, context.run_id, context.dossiers, "", context.now)
    value = decided(
        session,
        unit,
        context.run_id,
        name,
        {**context.variables, **inputs},
        names,
        now=context.now,
        zone=unit.zone,
        calendar=working_calendar(unit.calendar),
    )
    if not result and isinstance(value, dict):
        return value
    return {result or name: value}


def start_process(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Start another process of the same unit about the same case files; it goes on by itself."""
    key, result = str(parameters["processus"]), str(parameters.get("resultat") or "parcours_demarre")
    values = {name: value for name, value in parameters.items() if name not in {"processus", "resultat"}}
    depth = session.info.get("starting", 0)
    if depth >= DEEPEST:
        raise ActionRefused(action="processus.demarrer", reason="des processus se démarrent l’un l’autre sans fin")
    session.info["starting"] = depth + 1
    try:
        unit, roles = place(session, context.unit_id), dict(context.dossiers)
        started: Instance = begin(session, SYSTEM, key, unit, roles, values, None, context.now).instance
    finally:
        session.info["starting"] = depth
    return {result: str(started.id)}


def produce_document(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Fill a model of document and keep the text with the case file."""
    key, role = str(parameters["modele"]), str(parameters.get("role") or "principal")
    model = current_content(session, "document", key, context.unit_id)
    files: FileStore | None = session.info.get("files")
    if model is None or files is None:
        raise ActionRefused(action="document.produire", reason=f"le modèle « {key} » n’existe pas")
    facts = {name: "" if value is None else str(value) for name, value in parameters.items()}
    title = messaging.substitute(str(parameters.get("titre") or model.get("title") or key), facts)
    text = f"{title}\n\n{messaging.substitute(str(model.get('text', '')), facts)}\n"
    kept = dossiers.attach_to(
        session,
        files,
        SYSTEM,
        file_of(session, context, role),
        f"{title}.txt",
        text.encode(),
        context.now,
        most_bytes=MOST_BYTES,
    )
    return {str(parameters.get("resultat") or "document"): str(kept.id)}


RESULT = Parameter("resultat", "Variable où écrire le résultat")

register_action(
    "decision.evaluer",
    evaluate_decision,
    "Évaluer une décision",
    (Parameter("decision", "Décision", required=True), RESULT),
    others="chaque autre paramètre est une entrée, qui l’emporte sur la variable du même nom",
)
register_action(
    "processus.demarrer",
    start_process,
    "Démarrer un autre processus sur les mêmes dossiers",
    (Parameter("processus", "Processus", required=True), RESULT),
    others="chaque autre paramètre est une variable du nouveau parcours",
)
register_action(
    "document.produire",
    produce_document,
    "Produire un document à partir d’un modèle et le ranger dans le dossier",
    (
        Parameter("modele", "Clé du modèle de document", required=True),
        Parameter("titre", "Titre du document ; celui du modèle par défaut"),
        ROLE,
        RESULT,
    ),
    others="chaque autre paramètre remplit `{{nom}}` dans le modèle",
)
