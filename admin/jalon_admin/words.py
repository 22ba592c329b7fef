"""What people read for the codes of the configuration."""

from flask_babel import gettext as _

KIND_ORDER = (
    "form",
    "list",
    "parameters",
    "decision",
    "process",
    "deadlines",
    "dossier-type",
    "roles",
    "message",
    "document",
    "page",
    "indicator",
    "connector",
)
"""Kinds as the console lists them: what is changed most often first."""


def kinds() -> dict[str, str]:
    """Return the kinds, in the plural."""
    return {
        "form": _("Formulaires"),
        "list": _("Listes"),
        "parameters": _("Paramètres"),
        "decision": _("Décisions"),
        "process": _("Processus"),
        "deadlines": _("Échéances"),
        "dossier-type": _("Types de dossier"),
        "roles": _("Rôles"),
        "message": _("Messages"),
        "document": _("Documents"),
        "page": _("Pages"),
        "indicator": _("Indicateurs"),
        "connector": _("Connecteurs"),
    }


def kind_names() -> dict[str, str]:
    """Return what one artifact of a kind is called."""
    return {
        "form": _("Formulaire"),
        "list": _("Liste"),
        "parameters": _("Paramètres"),
        "decision": _("Décision"),
        "process": _("Processus"),
        "deadlines": _("Échéances"),
        "dossier-type": _("Type de dossier"),
        "roles": _("Rôles"),
        "message": _("Message"),
        "document": _("Document"),
        "page": _("Page"),
        "indicator": _("Indicateur"),
        "connector": _("Connecteur"),
    }


def levels() -> dict[str, str]:
    """Return the levels of the tree that have a known name; another is shown as it is written."""
    return {
        "nation": _("national"),
        "region": _("région"),
        "department": _("département"),
        "departement": _("département"),
        "agency": _("structure locale"),
        "agence": _("structure locale"),
        "site": _("antenne"),
    }


def calendars() -> dict[str, str]:
    """Return the calendars of public holidays, by the territory they are of."""
    return {
        "metropole": _("Métropole"),
        "alsace_moselle": _("Alsace et Moselle"),
        "guadeloupe": _("Guadeloupe"),
        "martinique": _("Martinique"),
        "guyane": _("Guyane"),
        "reunion": _("La Réunion"),
        "mayotte": _("Mayotte"),
        "saint_barthelemy": _("Saint-Barthélemy"),
        "saint_martin": _("Saint-Martin"),
        "saint_pierre_et_miquelon": _("Saint-Pierre-et-Miquelon"),
        "nouvelle_caledonie": _("Nouvelle-Calédonie"),
        "polynesie": _("Polynésie française"),
        "wallis_et_futuna": _("Wallis-et-Futuna"),
    }


def change_classes() -> dict[str, tuple[str, str]]:
    """Return how much a change matters, with the style of its mark."""
    return {
        "cosmetic": (_("Texte ou ordre"), ""),
        "compatible": (_("Sans gêne pour la saisie"), "state-good"),
        "constraining": (_("Plus exigeant"), "state-warn"),
        "breaking": (_("Change la nature"), "state-bad"),
    }


def release_states() -> dict[str, tuple[str, str]]:
    """Return where a publication stands, with the style of its mark."""
    return {
        "published": (_("En vigueur"), "state-good"),
        "scheduled": (_("Programmée"), "state-here"),
        "rolled_back": (_("Annulée"), "state-warn"),
    }


def release_origins() -> dict[str, str]:
    """Return what a publication comes from."""
    return {
        "publication": _("Publication"),
        "pack": _("Paquet"),
        "rollback": _("Retour en arrière"),
        "decision": _("Décision d’un point à vérifier"),
        "move": _("Rattachement d’une structure"),
        "promotion": _("Reprise d’une proposition"),
    }


def conflict_kinds() -> dict[str, str]:
    """Return why a local change must be looked at again."""
    return {
        "gone": _("L’élément n’existe plus au-dessus"),
        "locked": _("Le niveau au-dessus a verrouillé"),
        "type_changed": _("L’élément a changé de nature"),
        "widens": _("Le niveau au-dessus est devenu plus strict"),
        "both_changed": _("Les deux niveaux ont changé la même chose"),
        "semantic": _("Les réglages ne vont plus ensemble"),
    }


def outcome_states() -> dict[str, str]:
    """Return what became of a change made below a publication."""
    return {
        "kept": _("gardée"),
        "converged": _("devenue inutile : le niveau au-dessus a fait le même choix"),
        "conflict": _("à vérifier"),
        "suspended": _("mise de côté"),
    }


def obligations() -> dict[str, str]:
    """Return when an answer is demanded."""
    return {
        "none": _("Facultatif"),
        "statistics": _("Demandé pour les statistiques"),
        "scheme": _("Obligatoire pour entrer dans un dispositif"),
        "step": _("Obligatoire pour terminer l’étape"),
        "save": _("Obligatoire pour enregistrer"),
    }


def sensitivities() -> dict[str, str]:
    """Return how personal an answer is."""
    return {
        "none": _("Aucune donnée personnelle"),
        "personal": _("Donnée personnelle"),
        "sensitive": _("Donnée sensible (santé, justice, origine…)"),
    }


def retentions() -> dict[str, str]:
    """Return for how long an answer is kept, after the last contact."""
    return {
        "P12M": _("12 mois après le dernier contact"),
        "P24M": _("24 mois après le dernier contact"),
        "P36M": _("36 mois après le dernier contact"),
    }


def value_types() -> dict[str, str]:
    """Return the types of answers and of parameters, in words."""
    return {
        "string": _("texte"),
        "text": _("texte"),
        "boolean": _("oui ou non"),
        "integer": _("nombre entier"),
        "number": _("nombre"),
        "decimal": _("nombre"),
        "money": _("montant en euros"),
        "duration": _("durée"),
        "choice": _("choix"),
        "array": _("plusieurs réponses"),
        "object": _("groupe de réponses"),
        "Category": _("partie du formulaire"),
        "Group": _("groupe de questions"),
        "Label": _("texte"),
    }
