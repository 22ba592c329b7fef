"""Pages that belong to nobody in particular: home, public pages, icon, health."""

from flask import Blueprint, Response, g, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from jalon.base.resources import PACKAGE
from jalon.services import configuration
from jalon.ui.permissions import public
from jalon.ui.request import reading

bp = Blueprint("web", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """Lead to one's day, or to sign-in."""
    return redirect(url_for("worklist.my_day") if g.get("actor") else url_for("identity.sign_in"))


@bp.get("/pages/<key>")
@public
def page(key: str) -> ResponseReturnValue:
    """Show a page written as content: privacy notice, accessibility statement."""
    content = configuration.content(reading(), "page", key).content
    return render_template("web/page.html", page=content)


@bp.get("/icone.svg")
@public
def icon() -> ResponseReturnValue:
    """Return the product's mark."""
    mark = (PACKAGE / "ui/templates/layout/mark.svg").read_text(encoding="utf-8")
    drawn = mark.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#0b5c6b" ', 1)
    return Response(drawn, mimetype="image/svg+xml")


@bp.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """Tell a supervisor that the application answers and reaches its database."""
    reading().connection().exec_driver_sql("SELECT 1")
    return jsonify(status="ok")
