"""Processes, forms and tasks, as the tests need them."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from factories.dossiers import publish_types
from factories.publishing import publish
from jalon.base.actor import Actor, Grant
from jalon.base.ids import new_id
from jalon.store.dossiers import Dossier
from jalon.store.organisations import Unit
from jalon.store.processes import Instance, InstanceDossier
from jalon.store.worklist import NO_DEADLINE, Task

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)

WORKER = ("tache.voir", "tache.terminer", "dossier.voir", "dossier.creer", "dossier.modifier", "processus.demarrer")

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:jalon="urn:jalon:bpmn:1" targetNamespace="urn:essai" id="d">'
)

MEETING_FORM = {
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Entretien",
        "properties": {
            "nom": {"type": "string", "title": "Nom", "x-jalon-bind": "identite.nom"},
            "age": {"type": "integer", "title": "Âge", "minimum": 0},
            "suivi": {"type": "boolean", "title": "Souhaite un suivi"},
            "detail": {"type": "string", "title": "Détail"},
        },
        "required": ["nom", "age"],
    },
    "ui": {
        "type": "VerticalLayout",
        "elements": [
            {"type": "Control", "scope": "#/properties/nom", "options": {"uid": "c_nom"}},
            {"type": "Control", "scope": "#/properties/age", "options": {"uid": "c_age"}},
            {"type": "Control", "scope": "#/properties/suivi", "options": {"uid": "c_suivi"}},
            {
                "type": "Control",
                "scope": "#/properties/detail",
                "options": {"uid": "c_detail"},
                "rule": {
                    "effect": "SHOW",
                    "condition": {"scope": "#/properties/suivi", "schema": {"const": True}},
                },
            },
        ],
    },
}
ANSWER_FORM = {
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Réponse",
        "properties": {"accord": {"type": "boolean", "title": "Accord", "x-jalon-bind": "accord.reponse"}},
        "required": ["accord"],
    },
    "ui": {},
}
ROLES = {
    "roles": {
        "agent": {"label": "Agent", "permissions": list(WORKER), "reach": "unit", "second_factor": False},
        "chef": {"label": "Responsable", "permissions": list(WORKER), "reach": "unit", "second_factor": False},
        "dehors": {"label": "Partenaire", "permissions": ["tache.terminer"], "reach": "unit", "external": True},
    }
}
LINK_MAIL = {"subject": "{{unite}} : {{titre}}", "text": "Bonjour {{nom}}, {{pourquoi}} {{lien}} avant le {{echeance}}"}
CODE_MAIL = {"subject": "Code {{code}}", "text": "Bonjour {{nom}}, code {{code}}."}
RECEIPT_MAIL = {"subject": "Reçu", "text": "Bonjour {{nom}}, réponse reçue le {{date}}."}


def process(key: str, body: str, title: str = "Parcours", **attributes: str) -> dict[str, Any]:
    """A published process around the flow elements of a test; attributes belong to the jalon namespace."""
    words = "".join(f' jalon:{name}="{value}"' for name, value in attributes.items())
    bpmn = f'{HEAD}<process id="{key}" name="{title}" isExecutable="true"{words}>{body}</process></definitions>'
    return {"bpmn": bpmn, "title": title, "options": {}, "slots": {}}


def line(*elements: str) -> str:
    """Elements one after the other, between a start and an end: each is XML with an id, without flows."""
    ids = ["debut", *[element.split('id="', 1)[1].split('"', 1)[0] for element in elements], "fin"]
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(pairwise(ids))
    )
    return f'<startEvent id="debut"/>{"".join(elements)}<endEvent id="fin"/>{flows}'


def user_task(name: str, form: str = "entretien", role: str = "agent", **attributes: str) -> str:
    """A task of people."""
    words = "".join(f' jalon:{key}="{value}"' for key, value in attributes.items())
    filled = f' jalon:form="{form}"' if form else ""
    return f'<userTask id="{name}" name="{name.capitalize()}" jalon:role="{role}"{filled}{words}/>'


def action(name: str, action_name: str, **parameters: str) -> str:
    """A service task that asks for a named action; parameters are expressions, `__` for the dots."""
    words = "".join(
        f"<jalon:param name=\"{key.replace('__', '.')}\" expression='{value}'/>" for key, value in parameters.items()
    )
    inside = f'<extensionElements><jalon:action name="{action_name}">{words}</jalon:action></extensionElements>'
    return f'<serviceTask id="{name}" name="{name.capitalize()}">{inside}</serviceTask>'


def publish_basics(session: Session) -> None:
    """Publish types of case files, roles, two forms and the mails of links."""
    publish_types(session)
    publish(session, "roles", "roles", ROLES)
    publish(session, "form", "entretien", MEETING_FORM)
    publish(session, "form", "reponse", ANSWER_FORM)
    publish(session, "message", "lien-partenaire", LINK_MAIL)
    publish(session, "message", "accuse-reception", RECEIPT_MAIL)
    publish(session, "message", "code-lien", CODE_MAIL)


def worker(*units: Unit, role: str = "agent", name: str = "Amina K.", more: tuple[str, ...] = ()) -> Actor:
    """Somebody who holds a role at these units and does its tasks."""
    reach = frozenset(unit.id for unit in units)
    grants = tuple(Grant(role, unit.id, frozenset((*WORKER, *more)), reach) for unit in units[:1])
    return Actor(id=new_id(), name=name, grants=grants, roles=frozenset({role}))


def make_task(
    session: Session,
    unit: Unit,
    dossier: Dossier | None = None,
    *,
    role: str | None = "agent",
    due_at: datetime | None = None,
    **words: Any,
) -> Task:
    """An open task of a run that no runtime moves: for lists and pages."""
    process_hash = publish(session, "process", "essai", process("essai", line(user_task("t"))))
    run: UUID = new_id()
    session.add(
        Instance(
            id=run,
            unit_id=unit.id,
            process_key="essai",
            process_hash=process_hash,
            status="running",
            root_id=run,
            conversation=str(run),
            version=1,
            started_at=NOW,
            state=b"{}",
            variables={"0": {}},
        )
    )
    session.flush()
    if dossier is not None:
        session.add(InstanceDossier(instance_id=run, role="principal", dossier_id=dossier.id))
    facts: dict[str, Any] = {
        "id": new_id(),
        "instance_id": run,
        "root_id": run,
        "token": 1,
        "element": "t",
        "title": "Recevoir la personne",
        "kind": "userTask",
        "unit_id": unit.id,
        "opened_at": NOW,
        "rank": 1,
        "role": role,
        "form": "entretien",
        "state": "ready",
        "due_at": due_at,
        "urgent_at": due_at or NO_DEADLINE,
    }
    task = Task(**(facts | words))
    session.add(task)
    session.flush()
    return task
