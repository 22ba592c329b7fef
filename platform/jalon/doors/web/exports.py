"""Exports: what was answered to a form during a period, as a table."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from jalon.base.errors import JalonError
from jalon.doors.web.papers import sealed
from jalon.services import reporting
from jalon.services.dossiers import safe_name
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, reading, transaction

bp = Blueprint("exports", __name__, url_prefix="/exports")

MONTH = timedelta(days=30)


@bp.get("")
@permission("dossier.exporter")
def choose() -> ResponseReturnValue:
    """Choose a form and a period."""
    return _show(*_period(request.args))


@bp.post("")
@permission("dossier.exporter")
def answers() -> ResponseReturnValue:
    """Give the table of the answers, to be saved."""
    first, last = _period(request.form)
    key = request.form.get("formulaire", "")
    if not key:
        return _show(first, last, gettext("Choisissez un formulaire.")), 422
    try:
        with transaction() as session:
            table = reporting.answers_csv(session, current_actor(), key, **_bounds(first, last))
    except JalonError as refusal:
        return _show(first, last, refusal.text(gettext)), refusal.status
    name = safe_name(f"{key}-{first.isoformat()}-{last.isoformat()}.csv")
    return sealed(name, "text/csv", "\ufeff" + table)  # the mark tells spreadsheets that accents are UTF-8


def _show(first: date, last: date, message: str = "") -> str:
    found = reporting.forms_answered(reading(), current_actor(), **_bounds(first, last))
    return render_template("dossiers/exports.html", found=found, first=first, last=last, message=message)


def _period(given: Mapping[str, str]) -> tuple[date, date]:
    """Return the days asked for; those that cannot be read are the last thirty."""
    today = now().astimezone(_zone()).date()
    last = _day(given, "au") or today
    first = _day(given, "du") or last - MONTH
    return min(first, last), max(first, last)


def _day(given: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(given.get(name, ""))
    except ValueError:
        return None


def _bounds(first: date, last: date) -> dict[str, datetime]:
    start, end = datetime.combine(first, time(), _zone()), datetime.combine(last, time(), _zone())
    return {"since": start, "until": end + timedelta(days=1)}


def _zone() -> ZoneInfo:
    return ZoneInfo(g.get("zone") or "Europe/Paris")
