"""A small artificial pack, and administrators of the network that uses it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from factories.people import actor_with
from factories.units import make_network
from jalon.base.actor import SYSTEM, Actor
from jalon.base.clock import MovableClock
from jalon.services import publication
from jalon.services.configuration import Pack
from jalon.store import organisations
from jalon.store.organisations import Unit

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)
ADMINISTRATION = (
    "configuration.voir",
    "configuration.modifier",
    "configuration.publier",
    "configuration.verrouiller",
)

MODES = {
    "title": "Modes de transport",
    "values": [
        {"code": "marche", "label": "À pied"},
        {"code": "velo", "label": "Vélo"},
        {"code": "bus", "label": "Autobus"},
    ],
}

ACCUEIL = {
    "schema": {
        "title": "Accueil",
        "type": "object",
        "properties": {
            "prenom": {"type": "string", "title": "Prénom", "maxLength": 80},
            "mode": {"type": "string", "title": "Moyen de transport", "x-jalon-list": "modes"},
            "permis": {"type": "boolean", "title": "A le permis"},
            "remarque": {"type": "string", "title": "Remarque", "maxLength": 500},
        },
        "required": ["prenom"],
    },
    "ui": {
        "type": "Categorization",
        "options": {"uid": "pages"},
        "elements": [
            {
                "type": "Category",
                "label": "Identité",
                "options": {"uid": "identite"},
                "elements": [
                    {"type": "Control", "scope": f"#/properties/{name}", "options": {"uid": name}}
                    for name in ("prenom", "mode", "permis", "remarque")
                ],
            }
        ],
    },
}

PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:jalon="urn:jalon:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:essai" id="d">
  <bpmn:process id="accueil" name="Accueillir" isExecutable="true">
    <bpmn:extensionElements>
      <jalon:option id="relecture" label="Faire relire" type="boolean" default="false"/>
    </bpmn:extensionElements>
    <bpmn:startEvent id="debut"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="debut" targetRef="remplir"/>
    <bpmn:userTask id="remplir" name="Remplir" jalon:form="accueil">
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="remplir" targetRef="choix"/>
    <bpmn:exclusiveGateway id="choix" default="f4">
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f4</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="f3" sourceRef="choix" targetRef="fin">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">permis = true</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="choix" targetRef="fin"/>
    <bpmn:endEvent id="fin"><bpmn:incoming>f3</bpmn:incoming><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""

SEUILS = {
    "delai_relance": {
        "label": "Délai de relance",
        "type": "integer",
        "min": 1,
        "max": 30,
        "unit": "jours",
        "values": [
            {"from": "2024-01-01", "value": 10, "source": "Réseau"},
            {"from": "2026-04-01", "value": 7, "source": "Réseau"},
        ],
    }
}

ROLES = {
    "roles": {
        "agent": {
            "label": "Agent",
            "permissions": ["tache.voir", "tache.terminer"],
            "reach": "unit",
            "second_factor": True,
            "external": False,
        }
    }
}

ARTIFACTS = {
    ("list", "modes"): MODES,
    ("form", "accueil"): ACCUEIL,
    ("process", "accueil"): {"bpmn": PROCESS},
    ("parameters", "essai"): SEUILS,
    ("roles", "roles"): ROLES,
}


def make_pack(version: str = "1.0.0", **changes: Any) -> Pack:
    """The pack above; `artifacts` replaces some of its contents, other words replace its other parts."""
    artifacts = {**ARTIFACTS, **changes.pop("artifacts", {})}
    return replace(Pack(key="essai", title="Essai", version=version, artifacts=artifacts), **changes)


def list_pack(version: str, *values: dict[str, Any], **changes: Any) -> Pack:
    """The pack with other values in its list."""
    return make_pack(version, artifacts={("list", "modes"): {**MODES, "values": list(values)}}, **changes)


def start(session: Session, pack: Pack | None = None) -> dict[str, Unit]:
    """A network, a clock that stands still, and the pack published."""
    session.info["clock"] = MovableClock(NOW)
    network = make_network(session)
    publication.import_pack(session, SYSTEM, pack or make_pack())
    return network


def administrator(session: Session, unit: Unit, name: str = "Amina K.") -> Actor:
    """Somebody who administers a unit and those below."""
    below = organisations.subtree_ids(session, unit)
    return actor_with(*ADMINISTRATION, units=(unit.id, *(below - {unit.id})), name=name)
