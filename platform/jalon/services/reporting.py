"""Answers as a table for a spreadsheet: labels people know, cells that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import Refused
from jalon.base.i18n import fr
from jalon.engines.forms import Form, display, safe_cell
from jalon.services import access, audit, configuration, forms
from jalon.store import worklist as store
from jalon.store.organisations import units

EXPORT = "dossier.exporter"
MOST_ROWS = 500
"""How many rows one export may hold: taking everything at once is what a thief does (S16)."""


class TooMuchToExport(Refused):
    """More rows than one export may hold."""

    code = "export.trop_grand"
    message = fr("Cet export dépasse {most} lignes. Choisissez une période plus courte.")


def answers_csv(session: Session, actor: Actor, form_key: str, *, since: datetime, until: datetime) -> str:
    """Return the answers given to a form where the actor may export, one line each, as CSV with `;`.

    Questions of every version of the form are columns, in the order they are met; answers are shown with
    the version they were given to. Raises Forbidden, and TooMuchToExport beyond what one export may hold.
    """
    access.require(actor, EXPORT, None)
    places = actor.units_for(EXPORT)
    found = store.submissions_for(session, places, form_key, since=since, until=until, limit=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise TooMuchToExport(most=MOST_ROWS)
    titles = {unit.id: unit.title for unit in units(session, places)}
    columns: dict[str, str] = {}
    lines: list[tuple[list[str], dict[str, str]]] = []
    for given, task in found:
        closure = configuration.closure_by_hash(session, given.form_hash)
        form = forms.compiled(closure)
        columns = {**dict(_questions(form)), **columns}
        head = [given.at.isoformat(timespec="minutes"), titles.get(given.unit_id, ""), task.title, given.actor_name]
        lines.append((head, _shown(form, given.data, closure.lists)))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in ["Le", "Structure", "Étape", "Par", *columns.values()]])
    for head, answers in lines:
        writer.writerow([safe_cell(cell) for cell in [*head, *(answers.get(uid, "") for uid in columns)]])
    for unit_id in {given.unit_id for given, _ in found}:
        rows = sum(given.unit_id == unit_id for given, _ in found)
        audit.record(session, actor, "reponses.exportees", unit_id=unit_id, form=form_key, rows=rows)
    return out.getvalue()


def _questions(form: Form) -> Iterator[tuple[str, str]]:
    for question in form.questions:
        if question.kind != "info":
            yield question.uid, question.label


def _shown(form: Form, data: dict[str, Any], lists: Any) -> dict[str, str]:
    shown = {}
    for question in form.questions:
        value: Any = data
        for step in question.path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            shown[question.uid] = display(question, value, lists)
    return shown
