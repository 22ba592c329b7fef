"""Why a token stops: each is an incident with a stable code and a French sentence."""

from jalon.base.errors import JalonError
from jalon.base.i18n import fr


class ProcessFault(JalonError):
    """A step the engine cannot take."""

    code, message, status = "processus.incident", fr("L’étape « {element} » n’a pas pu s’exécuter."), 422


class NoFlow(ProcessFault):
    """No condition is true and there is no default flow."""

    code = "processus.aucun_chemin"
    message = fr(
        "Aucune condition n’est vraie à la sortie de « {element} », et aucun chemin par défaut n’est prévu. "
        "Corrigez les variables puis réessayez, ou ajoutez un chemin par défaut."
    )


class HotLoop(ProcessFault):
    """The step budget is spent."""

    code = "processus.boucle"
    message = fr(
        "Le processus tourne sans s’arrêter : {steps} étapes automatiques d’affilée, la dernière à « {element} ». "
        "Ajoutez une tâche, une attente ou une condition de sortie dans la boucle."
    )


class Stuck(ProcessFault):
    """A join waits for a branch nothing can reach any more."""

    code = "processus.blocage"
    message = fr(
        "« {element} » attend une branche qui ne peut plus arriver. "
        "Vérifiez que la division qui précède envoie bien un jeton sur chaque branche."
    )


class AdHocUnfinished(ProcessFault):
    """Every activity of an ad hoc sub-process is done and its condition is still not true."""

    code = "processus.ad_hoc_inacheve"
    message = fr(
        "Toutes les activités de « {element} » sont faites et sa condition de fin n’est pas remplie. "
        "Corrigez les variables puis réessayez, ou passez l’étape."
    )


class TooMany(ProcessFault):
    """A multi-instance larger than allowed."""

    code = "processus.trop_de_repetitions"
    message = fr("« {element} » demande {count} répétitions ; le maximum est {maximum}.")


class BadRepeat(ProcessFault):
    """The number or the collection of a multi-instance is not one."""

    code = "processus.repetition_invalide"
    message = fr("« {element} » doit se répéter sur {expected}, mais la valeur obtenue est {value}.")


class BadTimer(ProcessFault):
    """The text of a timer is not a date, a duration or a cycle."""

    code = "processus.minuteur_invalide"
    message = fr("Le minuteur « {element} » vaut {value}, qui n’est ni une date, ni une durée, ni un cycle ISO 8601.")


class ActionFailed(ProcessFault):
    """The action of a service task failed in a way it did not foresee."""

    code = "processus.action_echouee"
    message = fr("L’action de « {element} » a échoué ({reason}). Réessayez, ou passez l’étape.")


class DecisionMissing(ProcessFault):
    """The decision a rule task names is not deployed."""

    code = "processus.decision_absente"
    message = fr("La décision « {decision} » demandée par « {element} » n’est pas déployée.")


class CallMissing(ProcessFault):
    """The process a call activity names is not deployed."""

    code = "processus.appel_inconnu"
    message = fr("Le processus « {process} » appelé par « {element} » n’est pas déployé.")


class CallTooDeep(ProcessFault):
    """Processes call one another without end."""

    code = "processus.appels_trop_profonds"
    message = fr("« {element} » dépasse {maximum} appels imbriqués : un processus s’appelle sans doute lui-même.")


class ErrorNotCaught(ProcessFault):
    """A BPMN error nobody catches."""

    code = "processus.erreur_non_interceptee"
    message = fr("L’erreur « {error} » levée à « {element} » n’est interceptée nulle part. {detail}")


class UnknownStart(JalonError):
    """The start event asked for does not exist, or several could be meant."""

    code, status = "processus.depart_a_choisir", 422
    message = fr("Le processus « {process} » ne peut pas commencer ainsi. Départs possibles : {starts}.")


class NothingThere(JalonError):
    """The token, wait or element asked for is not there (any more)."""

    code, status = "processus.element_absent", 404
    message = fr("« {element} » n’est plus en cours dans cette instance.")
