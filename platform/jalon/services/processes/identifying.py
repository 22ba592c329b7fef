"""Before a new case file: the few questions that identify somebody, and who already looks like that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import FormInvalid
from jalon.base.json import content_hash
from jalon.engines.forms import Question
from jalon.engines.processes.program import Program
from jalon.services import configuration, dossiers, forms
from jalon.services.configuration import ArtifactUnknown
from jalon.services.dossiers import DossierType
from jalon.services.processes.running import allowed_program
from jalon.store.dossiers import Dossier
from jalon.store.places import zone_of

MOST_QUESTIONS = 6
KEPT = (
    "type",
    "format",
    "minLength",
    "maxLength",
    "pattern",
    "x-jalon-kind",
    "x-jalon-sensitivity",
    "x-jalon-purpose",
    "x-jalon-retention",
)
"""What an identifying question keeps of the question of a form it comes from."""


@dataclass(frozen=True)
class Identification:
    """What to ask before a case file is opened: a small form, whose answers are values of the case file."""

    process_key: str
    process_title: str
    dossier_type: DossierType
    unit_id: UUID
    hash: str
    schema: Mapping[str, Any]
    ui: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Any] = field(default_factory=dict)


Likeness = tuple[Dossier, tuple[str, ...]]
"""A case file that looks like the one about to be opened, and why."""


def identification(
    session: Session, actor: Actor, process_key: str, unit: UUID, now: datetime
) -> Identification | None:
    """Return what identifies the case file a process opens; None when it opens none or nothing identifies it.

    Raises like `start`: NotFound, Forbidden, StartRefused.
    """
    program = allowed_program(session, actor, process_key, unit, now)
    if not program.dossier_type:
        return None
    today = civil_date(now, zone_of(session, unit))
    kind = dossiers.dossier_type(session, program.dossier_type, unit, today)
    asked = {one.path: one.question for one in _bound(session, program, unit, today)}
    properties = {}
    for path in _paths(kind):
        properties[path.replace(".", "_")] = _property(kind, path, asked.get(path))
    if not properties:
        return None
    schema = {"type": "object", "title": kind.title, "properties": properties}
    named = content_hash(["identification", schema], "1")
    return Identification(program.key, program.title, kind, unit, named, schema)


def look_alikes(
    session: Session, actor: Actor, asked: Identification, answers: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], list[Likeness]]:
    """Check identifying answers; return the values of the case file they give, and the case files that resemble it.

    Raises FormInvalid. Only case files the actor may read are told.
    """
    checked = forms.check(asked, answers, now=now)
    if not checked.ok:
        raise FormInvalid(checked.errors)
    said = forms.changes_for(forms.compiled(asked), checked.data, ()).get(forms.PRINCIPAL, {})
    values = {path: value for path, value in said.items() if value not in (None, "")}
    if not values:
        return {}, []
    kind = asked.dossier_type
    return values, dossiers.possible_duplicates(session, actor, kind.key, asked.unit_id, values, now)


def _paths(kind: DossierType) -> list[str]:
    """Return the identifying paths: those of the name first, the birth date, then what is searched."""
    named = [path for path in kind.search if path in kind.name]
    in_name = sorted(named, key=kind.name.index)
    born = [kind.birth_date] if kind.birth_date else []
    return list(dict.fromkeys([*in_name, *born, *kind.search]))[:MOST_QUESTIONS]


def _property(kind: DossierType, path: str, question: Question | None) -> dict[str, Any]:
    schema = question.schema if question else {}
    own = {name: schema[name] for name in KEPT if name in schema} or {"type": "string", "maxLength": 200}
    if path == kind.birth_date:
        own["format"] = "date"
    written = (kind.labels or {}).get(path)
    label = written or (question.label if question else kind.label_of(path))
    return {**own, "title": label, "x-jalon-bind": path}


def _bound(session: Session, program: Program, unit: UUID, today: date) -> Iterator[forms.Binding]:
    """Yield the plain questions of the forms of a process that are bound to its case file, the last form first."""
    keys = list(dict.fromkeys(node.form for node in program.nodes.values() if node.form))
    for key in reversed(keys):  # the first form that asks is the last read, and the one kept
        try:
            closure = configuration.form_closure(session, key, unit, today)
        except ArtifactUnknown:
            continue
        for one in forms.bound(forms.compiled(closure)):
            plain = one.question.schema.get("type") == "string" and not one.question.list_key
            if one.role == forms.PRINCIPAL and plain:
                yield one
