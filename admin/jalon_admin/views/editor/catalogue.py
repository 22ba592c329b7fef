"""Questions already asked somewhere in the network, to be taken up rather than invented again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines import forms
from jalon.engines.forms.model import Question
from jalon.services import configuration
from jalon.services.configuration import reports
from jalon.services.configuration.comparing import plain_words
from jalon.store import configuration as store
from jalon.store import organisations
from jalon_admin.changing import QUESTION_TYPES
from jalon_admin.looking import Situation
from jalon_admin.outlines import compiled_form
from jalon_admin.sessions import Session
from jalon_admin.views.editor.guessing import plain_text

MOST = 6
_KEPT = ("list", "help", "sensitivity", "purpose", "retention", "bind", "concept")


@dataclass
class Known:
    """One question of the catalogue; `units` counts those who have it, `near` tells that its label is nearly typed.

    `bind` is where the case file keeps the answer, `asked` the question of the form at hand that already asks for it.
    """

    label: str
    type: str
    list_key: str = ""
    help: str = ""
    sensitivity: str = ""
    purpose: str = ""
    retention: str = ""
    bind: str = ""
    concept: str = ""
    asked: str = ""
    forms: list[str] = field(default_factory=list)
    units: int = 0
    near: bool = False


def known_questions(session: Session, situation: Situation, text: str) -> list[Known]:
    """Return the questions whose label looks like a text, the most used first; nothing for less than 3 letters."""
    wanted = plain_words(text)
    asked = set(plain_text(text).split())
    if len(wanted) < 3:
        return []
    everywhere = sum(unit.closed_at is None for unit in organisations.units(session))
    found: dict[tuple[str, str], Known] = {}  # two questions of one name may be about two people
    here = _asked_here(situation)
    for question, title, units in _every_question(session, situation, everywhere):
        plain = plain_words(question.label)
        if wanted not in plain and not (asked and asked <= set(plain_text(question.label).split())):
            continue
        known = found.setdefault((plain, question.bind), question)
        known.units = max(known.units, units)
        known.near = plain == wanted
        known.asked = here.get(known.bind, "")
        if title not in known.forms:
            known.forms.append(title)
    return sorted(found.values(), key=lambda one: (not one.near, -one.units, one.label))[:MOST]


def _asked_here(situation: Situation) -> dict[str, str]:
    """Return the label of the question that already asks for each place of a case file in the form at hand."""
    form, atoms = compiled_form(situation.now.document), situation.now.atoms
    questions = form.every_question() if form else ()
    return {one.bind: one.label for one in questions if one.bind and atoms.value(one.uid, "hidden") is not True}


def _every_question(session: Session, situation: Situation, everywhere: int) -> Iterator[tuple[Known, str, int]]:
    """Yield each question with its form and how many units have it: those of the forms, and local additions."""
    ids = {unit.id: unit for unit in organisations.units(session)}
    for artifact in store.artifacts(session, "form"):
        title = artifact.title or artifact.key
        added_here = set()
        for unit, op in reports.additions(session, artifact, ids, bool):
            kind = _type_of_item(op.value)
            added_here.add(op.uid)
            if kind and isinstance(op.value, dict):
                reached = sum(one.path.startswith(unit.path) and one.closed_at is None for one in ids.values())
                yield _from_item(op.value, kind), title, reached
        try:
            content = configuration.content(session, "form", artifact.key, situation.unit.id).content
            form = forms.compile_form(content["schema"], content.get("ui") or {})
        except JalonError:
            continue  # nothing is published, or nothing that can be read
        for question in form.every_question():
            if question.uid not in added_here and (kind := _type_of(question)):
                yield _from_question(question, kind), title, everywhere


def _type_of(question: Question) -> str:
    """Return the type of an addition that would ask the same, "" when none does."""
    if question.computed or (question.choices and not question.list_key):
        return ""
    if question.kind in ("choice", "choices"):
        return question.kind if question.list_key else ""
    return question.kind if question.kind in QUESTION_TYPES else ""


def _from_question(question: Question, kind: str) -> Known:
    return Known(
        question.label,
        kind,
        question.list_key,
        question.help,
        question.sensitivity,
        question.purpose,
        question.retention,
        question.bind,
        question.concept,
    )


def _type_of_item(item: Any) -> str:
    """Return the type of `changing.QUESTION_TYPES` that an added item was made from."""
    if not isinstance(item, dict):
        return ""
    if item.get("list"):
        return "choices" if item.get("type") == "array" else "choice"
    for kind, schema in QUESTION_TYPES.items():
        if all(item.get(key) == schema.get(key) for key in ("type", "format", "kind")):
            return kind
    return ""


def _from_item(item: dict[str, Any], kind: str) -> Known:
    named = [str(item.get(key) or "") for key in _KEPT]
    return Known(str(item.get("label", "")), kind, *named)
