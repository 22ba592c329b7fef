"""The web application people use all day: sign-in, tasks, case files, runs, links."""

from flask import Flask
from flask_babel import lazy_gettext

from jalon.doors.web import (
    correcting,
    dossiers,
    entry,
    exports,
    filling,
    followup,
    general,
    handing,
    identity,
    migrations,
    operations,
    papers,
    partner,
    problems,
    runs,
    twins,
    worklist,
    workshop,
)
from jalon.ui.permissions import SIGNED_IN
from jalon.ui.shell import add_navigation

PAGES = (
    general,
    identity,
    worklist,
    handing,
    filling,
    correcting,
    dossiers,
    twins,
    entry,
    papers,
    exports,
    runs,
    operations,
    migrations,
    followup,
    partner,
    workshop,
    problems,
)

TASKS, FILES = ("worklist", "filling", "correcting", "handing"), ("dossiers", "twins", "papers")
"""Which pages belong to « Tâches » and to « Dossiers » in the navigation."""


def register(app: Flask) -> None:
    """Add the pages to the application."""
    for module in PAGES:
        app.register_blueprint(module.bp)
    app.before_request_funcs.setdefault(None, [])[:0] = [identity.load_actor, identity.pending_second_factor]
    add_navigation(app, lambda: str(lazy_gettext("Ma journée")), "worklist.my_day", SIGNED_IN, 10, [])
    add_navigation(app, lambda: str(lazy_gettext("Tâches")), "worklist.inbox", "tache.voir", 20, TASKS)
    add_navigation(app, lambda: str(lazy_gettext("Dossiers")), "dossiers.search", "dossier.voir", 30, FILES)
    add_navigation(app, lambda: str(lazy_gettext("Démarrer")), "runs.choose", "processus.demarrer", 40, ["entry"])
    add_navigation(app, lambda: str(lazy_gettext("Exporter")), "exports.choose", "dossier.exporter", 50)
    add_navigation(app, lambda: str(lazy_gettext("Atelier")), "workshop.choose", "atelier.jouer", 60)
    add_navigation(app, lambda: str(lazy_gettext("Exploitation")), "operations.incidents", "incident.voir", 70)
