"""Bring rows of a table into case files through a form: what is refused says where, why and what to do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import FormInvalid
from jalon.engines.forms import Form, Question, decode
from jalon.services import access, audit, configuration, forms
from jalon.services.dossiers.keeping import create, note
from jalon.services.dossiers.scopes import CREATE, owner_of
from jalon.services.dossiers.types import dossier_type
from jalon.store import dossiers as store
from jalon.store.places import zone_of

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row left out: its line in the file, the column at fault, why, and what to do."""

    line: int
    column: str
    reason: str
    way_out: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: numbers of case files created, updated and unchanged, and the rows refused."""

    created: int
    updated: int
    unchanged: int
    refused: tuple[RefusedRow, ...]


def import_rows(
    session: Session,
    actor: Actor,
    type_key: str,
    form_key: str,
    rows: Sequence[Mapping[str, Any]],
    unit: UUID,
    *,
    key: str,
    now: datetime,
    first_line: int = 2,
) -> ImportReport:
    """Create or update one case file per row; the same rows imported twice change nothing.

    Columns are question uids, values text as a person types it (several choices separated by `|`) or
    JSON values. `key` is the column that names a row for ever. A refused row leaves the others alone.
    """
    access.require(actor, CREATE, unit)
    today = civil_date(now, zone_of(session, unit))
    closure = configuration.form_closure(session, form_key, unit, today)
    form = forms.compiled(closure)
    owner = owner_of(session, unit, dossier_type(session, type_key, unit, today).audience)
    known = store.by_import_key(session, owner, type_key, [str(row[key]) for row in rows if row.get(key)])
    created = updated = unchanged = 0
    refused: list[RefusedRow] = []
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, start=first_line):
        name = str(row.get(key) or "")
        if not name:
            way_out = "Donnez une valeur unique à cette colonne : elle permet de reconnaître la ligne."
            refused.append(RefusedRow(line, key, "Cette ligne n’a pas d’identifiant.", way_out))
            continue
        if name in seen:
            reason = f"Cet identifiant est déjà celui de la ligne {seen[name]}."
            way_out = "Gardez une seule de ces deux lignes, ou donnez-leur des identifiants différents."
            refused.append(RefusedRow(line, key, reason, way_out))
            continue
        seen[name] = line
        try:
            data = _answers(form, row)
            checked = forms.check(closure, data, now=now)
            if not checked.ok:
                raise FormInvalid(checked.errors)
        except FormInvalid as invalid:
            refused += [_refusal(form, line, pointer, reason) for pointer, reason in invalid.problems.items()]
            continue
        values = forms.changes_for(form, checked.data, ()).get(forms.PRINCIPAL, {})
        found = known.get(name)
        if found is None:
            known[name] = create(
                session, actor, type_key, unit, values, origin="import", now=now, key=name, form_hash=closure.hash
            )
            created += 1
        elif note(session, actor, found, values, origin="import", form_hash=closure.hash, now=now):
            updated += 1
        else:
            unchanged += 1
    audit.record(session, actor, "dossiers.importes", unit_id=unit, created=created, refused=len(refused))
    return ImportReport(created, updated, unchanged, tuple(refused))


def _answers(form: Form, row: Mapping[str, Any]) -> dict[str, Any]:
    """Read a row as answers: texts as a person types them, other values as they are."""
    pairs: list[tuple[str, str]] = []
    given: dict[str, Any] = {}
    for uid, value in row.items():
        question = form.by_uid.get(uid)
        if question is None or value in (None, ""):
            continue
        if isinstance(value, str) and not question.is_rows:
            pairs += [(question.name, text) for text in _texts(question, value)]
        else:
            target = given
            for step in question.path[:-1]:
                target = target.setdefault(step, {})
            target[question.key] = value
    decoded = decode(form, pairs)
    if decoded.errors:
        raise FormInvalid(decoded.errors)
    return forms.merged(decoded.data, given)


def _texts(question: Question, value: str) -> list[str]:
    if question.kind in {"multiple", "choices", "multiple_choice"} or question.schema.get("type") == "array":
        return [text.strip() for text in value.split("|") if text.strip()]
    iso = _ISO_DATE.fullmatch(value.strip())
    if question.kind == "date" and iso:
        return [f"{iso[3]}/{iso[2]}/{iso[1]}"]
    return [value]


def _refusal(form: Form, line: int, pointer: str, reason: str) -> RefusedRow:
    uid = ".".join(step for step in pointer.strip("/").split("/") if not step.isdigit())
    label = form.by_uid[uid].label if uid in form.by_uid else uid
    return RefusedRow(
        line, uid, reason, f"Corrigez « {label} » à la ligne {line}, puis importez de nouveau le fichier."
    )
