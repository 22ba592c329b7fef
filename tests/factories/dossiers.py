"""Case files and their types, as the tests need them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from factories.publishing import publish
from jalon.base.actor import SYSTEM, Actor
from jalon.services import dossiers
from jalon.store.dossiers import Dossier
from jalon.store.organisations import Unit

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)

PERSON = {
    "title": "Personne",
    "plural": "Personnes",
    "name": 'string join([identite.prenom, identite.nom], " ")',
    "search": ["identite.prenom", "identite.nom", "contact.telephone"],
    "birth_date": "identite.naissance",
    "sections": [
        {"title": "Identité", "paths": ["identite.prenom", "identite.nom", "identite.naissance"]},
        {"title": "Contact", "paths": ["contact.telephone"]},
    ],
    "labels": {
        "identite.prenom": "Prénom",
        "identite.nom": "Nom",
        "identite.naissance": "Date de naissance",
        "contact.telephone": "Téléphone",
        "experiences.employeur": "Employeur",
    },
    "audience": "unit",
}
ORGANISATION = {
    "title": "Organisme",
    "name": "nom",
    "search": ["nom"],
    "sections": [{"title": "Organisme", "paths": ["nom"]}],
    "labels": {"nom": "Nom"},
    "audience": "region",
}


def publish_types(session: Session) -> None:
    """Publish a type kept by each unit (`personne`) and one shared in a region (`organisme`)."""
    publish(session, "dossier-type", "personne", PERSON)
    publish(session, "dossier-type", "organisme", ORGANISATION)


def make_dossier(
    session: Session, unit: Unit, actor: Actor = SYSTEM, type_key: str = "personne", **values: Any
) -> Dossier:
    """A case file at a unit; values by path, `__` for the dots."""
    given = {"identite.prenom": "Léa", "identite.nom": "Martin"} if type_key == "personne" else {"nom": "Organisme"}
    given |= {path.replace("__", "."): value for path, value in values.items()}
    return dossiers.create(session, actor, type_key, unit.id, given, now=NOW)
