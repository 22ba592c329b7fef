"""What the form editor says in the browser, in the language of the person."""

from typing import Any

from flask_babel import gettext as _


def phrases() -> dict[str, Any]:
    """Return the sentences of the editor by name."""
    return {**_places(), **_properties(), **_conditions(), **_adding(), **_work()}


def _places() -> dict[str, str]:
    return {
        "outline": _("Plan du formulaire"),
        "keys": _("Flèches pour parcourir, Alt + flèches pour déplacer, Inser pour ajouter."),
        "position": _("position {place} sur {count}"),
        "place": _("« {label} » : position {place} sur {count}."),
        "drag": _("Faire glisser pour déplacer"),
        "up": _("Monter « {label} »"),
        "down": _("Descendre « {label} »"),
        "moveAfter": _("Déplacer après…"),
        "after": _("après « {label} »"),
        "inside": _("au début de « {label} »"),
        "first": _("en premier"),
        "addHere": _("Ajouter ici"),
        "addAfter": _("Ajouter ici, après « {label} »"),
        "hidden": _("Masqué"),
        "preview": _("Aperçu"),
        "marked": _("APERÇU : rien n’est enregistré"),
        "width": _("Largeur"),
        "desktop": _("Ordinateur"),
        "phone": _("Téléphone"),
        "edit": _("Modifier"),
        "editField": _("Modifier ce champ"),
        "addValueHere": _("Ajouter une valeur à cette liste"),
    }


def _properties() -> dict[str, str]:
    return {
        "properties": _("Propriétés"),
        "choose": _("Choisissez un élément dans le plan ou dans l’aperçu."),
        "drafted": _("En brouillon"),
        "required": _("(obligatoire)"),
        "narrow": _("Ce niveau peut resserrer, pas élargir."),
        "inherited": _("Hérité : « {value} »"),
        "restore": _("Rétablir"),
        "restoreAll": _("Rétablir tout ce qui est hérité"),
        "giveUp": _("Retirer cet ajout"),
        "origin": _("D’où vient cette valeur ?"),
        "fixed": _("Ce qui ne se change pas ici ({count})"),
        "plain": _("Ouvrir la page simple de cet élément"),
        "hide": _("Masquer"),
        "show": _("Afficher de nouveau"),
        "yes": _("Oui"),
        "no": _("Non"),
        "listOf": _("Liste « {title} »"),
        "addValue": _("Ajouter une valeur à cette liste"),
        "add": _("Ajouter"),
        "openList": _("Ouvrir la liste"),
    }


def _conditions() -> dict[str, str]:
    return {
        "condition": _("Condition d’affichage"),
        "always": _("S’affiche toujours."),
        "written": _("Cette condition a été écrite par un concepteur : elle se lit ici, et se remplace."),
        "showIf": _("Afficher si"),
        "addCondition": _("Ajouter une condition"),
        "removeCondition": _("Retirer cette condition"),
        "part": _("Condition {rank}"),
        "link": _("Lien avec la condition précédente"),
        "and": _("et"),
        "or": _("ou"),
        "question": _("Question"),
        "chooseQuestion": _("Choisir la question"),
        "comparison": _("Comparaison"),
        "value": _("Réponse attendue"),
        "chooseValue": _("Choisir la réponse"),
        "orElse": _("ou bien…"),
        "remove": _("Retirer"),
        "pathsGood": _("Parcours possibles : tout peut s’afficher"),
        "pathsFound": _("Parcours possibles : {count} à revoir"),
        "pathsBlock": _("Une question que rien n’affiche empêche de publier."),
        "unsure": _("« {label} » : trop de cas pour tout essayer."),
        "see": _("Voir"),
    }


def _adding() -> dict[str, str]:
    return {
        "newQuestion": _("Nouvelle question"),
        "label": _("Libellé"),
        "nearly": _("« {label} » existe déjà : reprenez-la plutôt"),
        "known": _("Déjà posées dans le réseau"),
        "take": _("Reprendre « {label} »"),
        "shared": _("Si le dossier connaît déjà la réponse, elle est proposée : elle n’est pas demandée deux fois."),
        "asked": _("Ce formulaire demande déjà cette donnée : « {label} ». L’ajouter la ferait demander deux fois."),
        "type": _("Type de réponse"),
        "list": _("Liste des réponses possibles"),
        "chooseList": _("Choisir la liste"),
        "answer": _("Réponse"),
        "personal": _("Donnée personnelle"),
        "purpose": _("À quoi sert cette donnée"),
        "kept": _("Conservée"),
        "addToDraft": _("Ajouter au brouillon"),
        "cancel": _("Renoncer"),
    }


def _work() -> dict[str, Any]:
    return {
        "work": _("Travail en cours"),
        "undo": _("Annuler"),
        "redo": _("Refaire"),
        "review": _("Relire et publier ({count})"),
        "nothing": _("Aucun changement"),
        "others": _("Aussi dans ce brouillon : {names}"),
        "followed": _("Le brouillon a été mis à jour : {name} l’a modifié."),
        "clash": _("Deux modifications en même temps"),
        "theirs": _("Ce qui vient d’être fait"),
        "mine": _("Ce que vous alliez faire"),
        "keepMine": _("Ajouter aussi mon changement"),
        "keepTheirs": _("Garder le brouillon tel qu’il est"),
        "status": {
            "saved": _("Brouillon enregistré"),
            "saving": _("Enregistrement…"),
            "offline": _("Pas encore enregistré : le serveur ne répond pas. Nouvel essai dans un instant."),
            "signedOut": _("Votre session est fermée : reconnectez-vous dans un autre onglet, rien n’est perdu."),
        },
    }
