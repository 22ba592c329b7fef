"""The words people read for the states the product keeps as codes."""

from flask_babel import gettext


def run_states() -> dict[str, str]:
    """Return the state of a run, in words."""
    return {
        "running": gettext("En cours"),
        "incident": gettext("Arrêté sur un incident"),
        "completed": gettext("Terminé"),
        "terminated": gettext("Annulé"),
    }


def link_states() -> dict[str, str]:
    """Return how far an outside person has gone with a link, in words."""
    return {
        "sent": gettext("Lien envoyé"),
        "opened": gettext("Lien ouvert"),
        "started": gettext("Commencé"),
        "done": gettext("Répondu"),
        "declined": gettext("Décliné"),
        "expired": gettext("Lien expiré"),
        "revoked": gettext("Lien retiré"),
    }
