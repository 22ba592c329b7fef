"""The administration console: one more door, which a deployment may leave out.

`url_for("console.artifact", unit=code, kind="form", key=key, _anchor=uid)` is the stable address of an item of
configuration; `element=uid` in the query opens it for a change.
"""

from flask import Flask
from flask_babel import gettext

from jalon.ui.shell import add_navigation
from jalon_admin import tables, views
from jalon_admin.blueprint import bp

__all__ = ["register", "views"]  # importing the views adds their routes to the blueprint


def register(app: Flask) -> None:
    """Add the console to the application: its pages, its reference tables, its entries in the navigation."""
    app.register_blueprint(bp)
    tables.register(app)
    add_navigation(app, lambda: gettext("Configuration"), "console.home", "configuration.voir", 60)
    add_navigation(app, lambda: gettext("Comptes"), "comptes.index_view", "compte.voir", 80)
    add_navigation(app, lambda: gettext("Journal"), "journal.index_view", "audit.voir", 90)
