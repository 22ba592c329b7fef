"""Named actions: what a service task of a diagram may ask of the platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import SYSTEM
from jalon.base.errors import JalonError, NotFound
from jalon.base.i18n import fr
from jalon.engines.processes import Ask
from jalon.services import dossiers, messaging
from jalon.store import dossiers as files
from jalon.store.dossiers import Dossier
from jalon.store.processes import InstanceDossier


class ActionRefused(JalonError):
    """An action that cannot be done; the token stops with this sentence."""

    code, message, status = "action.refusee", fr("L’action « {action} » n’a pas pu être faite : {reason}."), 422


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The run that asks, and where: `key` names this very execution, so that an outside effect happens once.

    `instance_id` is the whole run, `run_id` the very instance that asks: another one in a called process.
    """

    instance_id: UUID
    run_id: UUID
    token: int
    unit_id: UUID
    unit_code: str
    element: str
    key: str
    dossiers: Mapping[str, UUID]
    variables: Mapping[str, Any]
    now: datetime


Action = Callable[[Session, ActionContext, Mapping[str, Any]], Mapping[str, Any] | Ask | None]
"""Does the work in the caller's transaction and returns the variables to write; Ask when a job does it later."""

ParameterKind = Literal["text", "path", "number", "boolean", "any"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing an action is told: an expression of the diagram gives its value."""

    name: str
    label: str
    kind: ParameterKind = "text"
    required: bool = False


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """What whoever draws a process reads about an action; `others` says what parameters of other names mean."""

    name: str
    title: str
    parameters: tuple[Parameter, ...] = ()
    others: str = ""


ACTIONS: dict[str, Action] = {}
"""The actions a diagram may name; the application adds its own."""

TITLES: dict[str, str] = {}
"""What each action does, for whoever draws a process."""

INFOS: dict[str, ActionInfo] = {}
"""What each action is told."""


def register_action(
    name: str, action: Action, title: str = "", parameters: tuple[Parameter, ...] = (), others: str = "*"
) -> None:
    """Let diagrams name an action; registering the same name again replaces it.

    `others` is empty for an action that takes no parameter but those declared.
    """
    ACTIONS[name] = action
    TITLES[name] = title
    INFOS[name] = ActionInfo(name, title, parameters, others)


def check_parameters(info: ActionInfo, given: Mapping[str, Any]) -> str:
    """Return what is wrong with what an action is told, empty when nothing is."""
    for one in info.parameters:
        value = given.get(one.name)
        if value is None:
            if one.required:
                return f"le paramètre « {one.name} » ({one.label.lower()}) est vide"
        elif not isinstance(value, _TYPES[one.kind]) or (one.kind == "number" and isinstance(value, bool)):
            return f"le paramètre « {one.name} » doit être {_WANTED[one.kind]}"
    unknown = sorted(set(given) - {one.name for one in info.parameters})
    return f"le paramètre « {unknown[0]} » n’existe pas" if unknown and not info.others else ""


_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "path": str,
    "number": (int, float),
    "boolean": bool,
    "any": object,
}
_WANTED = {"text": "un texte", "path": "un chemin du dossier", "number": "un nombre", "boolean": "vrai ou faux"}


def file_of(session: Session, context: ActionContext, role: str) -> Dossier:
    """Return the case file that plays a role in the run; refused when there is none."""
    dossier_id = context.dossiers.get(role)
    found = files.dossier(session, None, dossier_id) if dossier_id else None
    if found is None:
        raise ActionRefused(action=context.element, reason=f"aucun dossier ne tient le rôle « {role} »")
    return found


def _note(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> None:
    """Write each parameter, named by a path, in the principal case file or the one whose role starts the path."""
    by_role: dict[str, dict[str, Any]] = {}
    for name, value in parameters.items():
        role, _, path = name.partition(".")
        if path and role in context.dossiers:
            by_role.setdefault(role, {})[path] = value
        else:
            by_role.setdefault("principal", {})[name] = value
    for role, changes in by_role.items():
        found = file_of(session, context, role)
        dossiers.note(session, SYSTEM, found, changes, origin="process", now=context.now)


def _create(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Open a case file of `type`; `role` ties it to the run, the other parameters are its first values by path."""
    values = {name: value for name, value in parameters.items() if name not in {"type", "role"}}
    opened = dossiers.open_file(
        session, SYSTEM, str(parameters.get("type", "")), context.unit_id, values, origin="process", now=context.now
    )
    role = str(parameters.get("role") or "")
    if role:
        session.add(InstanceDossier(instance_id=context.instance_id, role=role, dossier_id=opened.id))
        session.flush()
    return {f"{role or 'dossier'}_id": str(opened.id)}


def _status(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> None:
    """Give a case file of the run a status."""
    found = file_of(session, context, str(parameters.get("role") or "principal"))
    dossiers.set_status(session, SYSTEM, found.id, str(parameters.get("statut", "")), context.now)


def _relate(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> None:
    """Tie two case files of the run: `de`, `vers` are roles, `lien` names the tie."""
    start = file_of(session, context, str(parameters.get("de") or "principal"))
    end = file_of(session, context, str(parameters.get("vers") or ""))
    dossiers.relate(session, SYSTEM, start, str(parameters.get("lien") or "lié à"), end, context.now)


def _mail(session: Session, context: ActionContext, parameters: Mapping[str, Any]) -> None:
    """Queue the message `modele` for the address `courriel`; the other parameters fill it."""
    address = str(parameters.get("courriel") or "")
    if "@" not in address:
        raise ActionRefused(action="message.envoyer", reason="l’adresse du destinataire est absente ou illisible")
    values = {name: "" if value is None else str(value) for name, value in parameters.items()}
    model = str(parameters.get("modele") or "")
    try:
        messaging.queue_mail(
            session, to=address, template=model, facts=values, unit_id=context.unit_id, key=f"action/{context.key}"
        )
    except NotFound as error:
        raise ActionRefused(action="message.envoyer", reason=f"le message « {model} » n’existe pas") from error


ROLE = Parameter("role", "Rôle du dossier dans le parcours ; `principal` par défaut")

register_action(
    "dossier.noter",
    _note,
    "Écrire des valeurs dans un dossier du parcours",
    others="chaque paramètre est un chemin du dossier, précédé s’il le faut du rôle : `contact.telephone`",
)
register_action(
    "dossier.creer",
    _create,
    "Ouvrir un dossier et lui donner un rôle dans le parcours",
    (
        Parameter("type", "Type du dossier", required=True),
        Parameter("role", "Rôle du nouveau dossier dans le parcours"),
    ),
    others="chaque autre paramètre est un chemin du nouveau dossier",
)
register_action(
    "dossier.statut",
    _status,
    "Changer le statut d’un dossier",
    (Parameter("statut", "Nouveau statut", required=True), ROLE),
    others="",
)
register_action(
    "dossier.relier",
    _relate,
    "Relier deux dossiers du parcours",
    (
        Parameter("vers", "Rôle du dossier d’arrivée", required=True),
        Parameter("de", "Rôle du dossier de départ ; `principal` par défaut"),
        Parameter("lien", "Nom du lien"),
    ),
    others="",
)
register_action(
    "message.envoyer",
    _mail,
    "Envoyer un courriel à partir d’un modèle",
    (
        Parameter("modele", "Clé du message", required=True),
        Parameter("courriel", "Adresse du destinataire", required=True),
    ),
    others="chaque autre paramètre remplit `{{nom}}` dans le modèle",
)
