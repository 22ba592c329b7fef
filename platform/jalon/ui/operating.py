"""The words operators read: what a token does, what it waits for, what was done to many runs, how long things last."""

from datetime import timedelta

from flask_babel import gettext


def doing_words() -> dict[str, str]:
    """Return what a token is doing, by the letter of the state (docs/reference/process-state.md)."""
    return {
        "o": gettext("Tâche à faire"),
        "w": gettext("En attente"),
        "j": gettext("Attend les autres branches"),
        "s": gettext("À l’intérieur"),
        "c": gettext("Attend le processus appelé"),
        "u": gettext("Défait ce qui a été fait"),
        "i": gettext("Arrêté sur un incident"),
        "m": gettext("Attend les répétitions"),
    }


def waiting_words() -> dict[str, str]:
    """Return what a token waits for, by kind."""
    return {
        "timer": gettext("Minuteur"),
        "message": gettext("Message"),
        "signal": gettext("Signal"),
        "condition": gettext("Condition"),
    }


def act_effects() -> dict[str, str]:
    """Return what an operation on many runs does to each of them, for those who are about to ask for it."""
    return {
        "relancer": gettext("Chaque étape arrêtée est essayée de nouveau."),
        "passer": gettext("Le parcours continue comme si cette étape avait été faite."),
        "suspendre": gettext(
            "Aucune tâche ne se termine et aucun minuteur ne se déclenche avant la reprise."
            " Les messages sont gardés, les signaux passent sans effet."
        ),
        "reprendre": gettext("Les messages reçus entre-temps sont remis, les minuteurs échus se déclenchent."),
        "annuler": gettext("Ses tâches et ses minuteurs sont fermés, ses réponses restent dans le dossier."),
    }


def act_words() -> dict[str, str]:
    """Return what an operation does, as a title."""
    return {
        "relancer": gettext("Relancer les étapes arrêtées"),
        "passer": gettext("Passer les étapes arrêtées"),
        "deplacer": gettext("Aller à une autre étape"),
        "suspendre": gettext("Suspendre les parcours"),
        "reprendre": gettext("Reprendre les parcours"),
        "annuler": gettext("Annuler les parcours"),
        "corriger": gettext("Corriger des données"),
        "migrer": gettext("Passer à la nouvelle version"),
        "revenir": gettext("Revenir à la version précédente"),
    }


def result_words() -> dict[str, str]:
    """Return what became of one run of an operation."""
    return {
        "": gettext("En attente"),
        "done": gettext("Fait"),
        "refused": gettext("Refusé"),
        "failed": gettext("En échec"),
    }


def length(value: timedelta) -> str:
    """Write a duration by its two largest units: « 2 j 3 h », « 45 min », « moins d’une minute »."""
    minutes = int(value.total_seconds() // 60)
    units = [
        (minutes // 1440, gettext("{count} j")),
        (minutes // 60 % 24, gettext("{count} h")),
        (minutes % 60, gettext("{count} min")),
    ]
    largest = next((rank for rank, (count, _) in enumerate(units) if count), None)
    if largest is None:
        return gettext("moins d’une minute")
    return " ".join(text.format(count=count) for count, text in units[largest : largest + 2] if count)
