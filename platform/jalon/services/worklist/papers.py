"""Files that answers refer to: kept with the case file of the run, and no other may be named."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.i18n import fr
from jalon.base.ports import FileStore
from jalon.engines.forms import Form, Question
from jalon.engines.forms.checking import answered
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.messages import pointer
from jalon.services import dossiers, forms
from jalon.services.dossiers import FileRefused
from jalon.services.worklist.filling import case_files_of
from jalon.services.worklist.model import TaskPage
from jalon.store import dossiers as store
from jalon.store.dossiers import Dossier, DossierDocument

FILES = frozenset({"file", "image"})
NOT_THERE = fr("Ce fichier n’est pas dans le dossier : joignez-le de nouveau.")


def keep_file(
    session: Session,
    files: FileStore,
    actor: Actor,
    page: TaskPage,
    question: Question,
    name: str,
    content: bytes,
    now: datetime,
    *,
    most_bytes: int,
) -> str | dict[str, Any]:
    """Keep a file given as an answer and return the answer that names it; FileRefused for what is not accepted."""
    dossier = case_files_of(session, page.instance).get(forms.PRINCIPAL)
    if dossier is None:
        raise FileRefused(name=name, reason=fr("ce parcours n’a pas de dossier où le ranger"))
    if question.kind == "image" and not dossiers.sniff(name, content).media_type.startswith("image/"):
        raise FileRefused(name=dossiers.safe_name(name), reason=fr("une image est attendue : PNG ou JPEG"))
    kept = dossiers.attach_to(
        session, files, actor, dossier, name, content, now, most_bytes=most_bytes, task_id=page.task.id
    )
    return {"id": str(kept.id), "name": kept.name} if question.schema.get("type") == "object" else str(kept.id)


def files_in(session: Session, form: Form | None, data: Mapping[str, Any]) -> dict[str, DossierDocument]:
    """Return the papers that answers refer to, by JSON pointer; those that do not exist are left out."""
    named = _named(form, data)
    found = store.documents_by_id(session, set(named.values()))
    return {where: found[one] for where, one in named.items() if one in found}


def strange_files(
    session: Session, form: Form, data: Mapping[str, Any], case_files: Mapping[str, Dossier]
) -> dict[str, str]:
    """Return what is wrong, by JSON pointer, with answers that name a file of another case file, or none."""
    named = _named(form, data, with_unreadable=True)
    if not named:
        return {}
    found = store.documents_by_id(session, {one for one in named.values() if one})
    own = {one.id for one in case_files.values()}
    return {where: NOT_THERE for where, one in named.items() if one not in found or found[one].dossier_id not in own}


def _named(form: Form | None, data: Mapping[str, Any], *, with_unreadable: bool = False) -> dict[str, Any]:
    if form is None or not any(question.kind in FILES for question in form.every_question()):
        return {}
    named: dict[str, UUID | None] = {}
    for question, keys, value in answered(form, data):
        if question.kind in FILES and value and value is not ABSENT:
            text = value.get("id") if isinstance(value, Mapping) else value
            try:
                named[pointer(keys)] = UUID(str(text))
            except ValueError:
                if with_unreadable:
                    named[pointer(keys)] = None
    return named
