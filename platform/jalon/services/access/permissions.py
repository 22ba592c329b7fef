"""The permissions there are, and the one check made everywhere before anything is shown or done."""

from uuid import UUID

from jalon.base.actor import Actor
from jalon.base.errors import Forbidden, NotFound
from jalon.base.i18n import fr

PERMISSIONS: dict[str, str] = {
    "tache.voir": fr("voir les tâches"),
    "tache.terminer": fr("remplir et terminer les tâches"),
    "tache.attribuer": fr("attribuer les tâches"),
    "dossier.voir": fr("consulter les dossiers"),
    "dossier.creer": fr("créer des dossiers"),
    "dossier.modifier": fr("modifier les dossiers"),
    "dossier.exporter": fr("exporter des dossiers"),
    "dossier.exceptionnel": fr("ouvrir un dossier hors de son périmètre, avec un motif"),
    "processus.demarrer": fr("démarrer un processus"),
    "processus.annuler": fr("annuler un processus en cours"),
    "processus.migrer": fr("faire passer des parcours en cours à une nouvelle version"),
    "configuration.voir": fr("consulter la configuration"),
    "configuration.modifier": fr("modifier la configuration"),
    "configuration.publier": fr("publier la configuration"),
    "configuration.verrouiller": fr("verrouiller la configuration des niveaux inférieurs"),
    "compte.voir": fr("consulter les comptes"),
    "compte.gerer": fr("inviter des personnes et demander des rôles"),
    "compte.approuver": fr("approuver les rôles demandés par une autre personne"),
    "audit.voir": fr("consulter le journal d’audit"),
    "incident.voir": fr("consulter les incidents"),
    "incident.gerer": fr("relancer ou clore les incidents"),
    "atelier.jouer": fr("essayer des formulaires et des processus dans l’atelier"),
    "rapport.voir": fr("consulter les rapports"),
}
"""Code -> what it allows, as the end of « le droit de … »."""


def require(actor: Actor, permission: str, unit_id: UUID | None, *, hide: bool = False) -> None:
    """Pass if the actor holds the permission at the unit (None: anywhere), else raise Forbidden.

    With `hide`, a unit outside all the actor's scope answers NotFound: its very existence is not told.
    """
    assert permission in PERMISSIONS, permission
    if actor.kind == "system":
        return
    held = actor.units_for(permission)
    if (unit_id in held) if unit_id is not None else held:
        return
    if hide and unit_id is not None and unit_id not in scope(actor):
        raise NotFound(id=unit_id)
    raise Forbidden(permission=PERMISSIONS[permission])


def scope(actor: Actor) -> frozenset[UUID]:
    """Return every unit where the actor holds a role."""
    return frozenset[UUID]().union(*(grant.reach for grant in actor.grants))
