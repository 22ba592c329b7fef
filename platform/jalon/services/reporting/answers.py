"""Answers as a table for a spreadsheet: labels people know, cells that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, Refused
from jalon.base.i18n import fr
from jalon.engines.forms import Form, in_words, safe_cell
from jalon.services import access, audit, configuration, forms
from jalon.services.configuration import FormClosure
from jalon.services.worklist.lookups import dossier_names
from jalon.store import audit as journal
from jalon.store import configuration as configuration_store
from jalon.store import worklist as store
from jalon.store.database import now_of
from jalon.store.organisations import units
from jalon.store.worklist import Submission

EXPORT = "dossier.exporter"
EXPORTED = "reponses.exportees"
MOST_ROWS = 500
"""How many different answers one account may export, at once and in a day: taking everything is theft (S16)."""


class TooMuchToExport(Refused):
    """More rows than one export may hold."""

    code = "export.trop_grand"
    message = fr("Cet export dépasse {most} lignes. Choisissez une période plus courte.")


class TooMuchExported(JalonError):
    """Somebody takes away more answers than any work needs."""

    code, status = "export.quota", 429
    message = fr("Vous avez exporté {done} lignes en vingt-quatre heures ; {most} est la limite. Réessayez demain.")


@dataclass(frozen=True, slots=True)
class FormAnswered:
    """A form that was answered during a period where one may export, and how many times."""

    key: str
    title: str
    count: int


def forms_answered(session: Session, actor: Actor, *, since: datetime, until: datetime) -> list[FormAnswered]:
    """Return the forms answered where the actor may export, by title; Forbidden when that is nowhere."""
    access.require(actor, EXPORT, None)
    counts = store.answers_by_form(session, actor.units_for(EXPORT), since=since, until=until)
    found = []
    for key, count in counts.items():
        artifact = configuration_store.artifact(session, "form", key)
        found.append(FormAnswered(key, artifact.title if artifact and artifact.title else key, count))
    return sorted(found, key=lambda one: one.title)


def answers_csv(session: Session, actor: Actor, form_key: str, *, since: datetime, until: datetime) -> str:
    """Return the answers given to a form where the actor may export, one line each, as CSV with `;`.

    Questions of every version of the form are columns, in the order they are met, one that was renamed being the
    same; answers are shown with the version they were given to. Each answer exported is noted in the journal of
    readings. Raises Forbidden, TooMuchToExport beyond what one export may hold, TooMuchExported beyond what one day
    may.
    """
    access.require(actor, EXPORT, None)
    places = actor.units_for(EXPORT)
    found = store.submissions_for(session, places, form_key, since=since, until=until, limit=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise TooMuchToExport(most=MOST_ROWS)
    _within_quota(session, actor, len(found))
    titles = {unit.id: unit.title for unit in units(session, places)}
    renamed = configuration.equivalents(session, "form", form_key) if found else {}
    closures = configuration.closures_by_hash(session, {given.form_hash for given, _ in found})
    lists = {
        known.hash: {**known.lists, **_names(session, actor, known, [given for given, _ in found])}
        for known in closures.values()
    }
    columns: dict[str, str] = {}
    lines: list[tuple[list[str], dict[str, str]]] = []
    for given, task in found:
        form = forms.compiled(closures[given.form_hash])
        columns = {**configuration.read_through(renamed, dict(_questions(form))), **columns}
        head = [given.at.isoformat(timespec="minutes"), titles.get(given.unit_id, ""), task.title, given.actor_name]
        lines.append((head, configuration.read_through(renamed, _shown(form, given.data, lists[given.form_hash]))))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in ["Le", "Structure", "Étape", "Par", *columns.values()]])
    for head, answers in lines:
        writer.writerow([safe_cell(cell) for cell in [*head, *(answers.get(uid, "") for uid in columns)]])
    for unit_id in {given.unit_id for given, _ in found}:
        rows = sum(given.unit_id == unit_id for given, _ in found)
        audit.record(session, actor, EXPORTED, unit_id=unit_id, form=form_key, rows=rows)
    for given, _ in found:
        audit.access_log(session, actor, EXPORTED, unit_id=given.unit_id, target=given.id)
    return out.getvalue()


def _within_quota(session: Session, actor: Actor, rows: int) -> None:
    """Refuse what would go beyond the answers one account may take away in a day."""
    if actor.id is None:
        return
    done = journal.reads_since(session, actor.id, now_of(session) - timedelta(days=1), EXPORTED)
    if rows and done + rows > MOST_ROWS:
        raise TooMuchExported(done=done, most=MOST_ROWS)


def _names(session: Session, actor: Actor, closure: FormClosure, given: Sequence[Submission]) -> dict[str, Any]:
    answers = [one.data for one in given if one.form_hash == closure.hash]
    return dossier_names(session, actor, forms.compiled(closure), *answers)


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
            shown[question.uid] = in_words(question, value, lists)
    return shown
