"""« Signaler un problème », on every page, and what was reported."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.services import reporting
from jalon.ui.permissions import permission, public
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("problems", __name__)


@bp.get("/signaler")
@public
def tell() -> ResponseReturnValue:
    """Ask what is wrong."""
    return _ask(request.args)


@bp.post("/signaler")
@public
def keep() -> ResponseReturnValue:
    """Keep the report and give the code to quote."""
    try:
        with transaction() as session:
            code = reporting.report_problem(
                session,
                page=request.form.get("page", ""),
                request_id=request.form.get("ref", ""),
                text=request.form.get("texte", ""),
                now=now(),
            )
    except JalonError as refusal:
        return _ask(request.form, refusal.text(gettext)), refusal.status
    return render_template("web/problem.html", code=code, given={}, message="")


@bp.get("/signalements")
@permission("incident.voir")
def listed() -> ResponseReturnValue:
    """List what was reported, the latest first."""
    return render_template("web/problems.html", problems=reporting.problems(reading(), current_actor()))


def _ask(given: object, message: str = "") -> str:
    return render_template("web/problem.html", code="", given=given, message=message)
