"""Case files as answers: which ones are offered to a person, by name, and which may not be named."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.base.i18n import fr
from jalon.engines.forms import Form, needs
from jalon.engines.forms.checking import answered
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.questions import DOSSIERS
from jalon.services import dossiers
from jalon.store.dossiers import Dossier

MOST = 200
NOT_YOURS = fr("Ce dossier n’existe pas, ou n’est pas accessible d’ici : choisissez-en un autre.")

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Lists = dict[str, list[dict[str, Any]]]


def dossier_lists(session: Session, actor: Actor, form: Form, data: Mapping[str, Any], about: Dossier | None) -> Lists:
    """Return the case files a form proposes, by list key: those of its type, else those opened last or tied.

    The ones already answered are there too, by their name when the actor may read them.
    """
    if not _asks_dossiers(form):
        return {}
    held = {value for _, value in _references(form, data)}
    found: Lists = {}
    for key in {question.list_key for question in form.every_question() if question.kind == "dossier"}:
        kind = key.removeprefix(DOSSIERS)
        if kind:
            offered = list(dossiers.listed(session, actor, kind, limit=MOST))
        else:
            offered = [one for one, _ in dossiers.recent(session, actor)]
            offered += [other for _, other in dossiers.related(session, actor, about)] if about else []
        offered += [one for one in _readable(session, actor, held).values() if not kind or one.type == kind]
        names = {str(one.id): one.name for one in offered}
        found[key] = [{"code": code, "label": name} for code, name in sorted(names.items(), key=lambda one: one[1])]
    return found


def dossier_names(session: Session, actor: Actor, form: Form, *answers: Mapping[str, Any]) -> Lists:
    """Return the names of the case files that answers refer to, by list key.

    Those the actor may not read are left out: they are shown by a neutral word.
    """
    if not _asks_dossiers(form):
        return {}
    held = {value for data in answers for _, value in _references(form, data)}
    found = dossiers.read_some(session, actor, [UUID(one) for one in held if _ID.fullmatch(one)])
    names = [{"code": str(one.id), "label": one.name} for one in found]
    return {question.list_key: names for question in form.every_question() if question.kind == "dossier"}


def strange_dossiers(
    session: Session, actor: Actor, form: Form, data: Mapping[str, Any], stored: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong, by JSON pointer, with answers that name a case file out of the actor's reach."""
    if not _asks_dossiers(form):
        return {}
    before = {value for _, value in _references(form, stored)}
    named = [(where, value) for where, value in _references(form, data) if value not in before]
    known = _readable(session, actor, {value for _, value in named})
    return {where: NOT_YOURS for where, value in named if value not in known}


def _asks_dossiers(form: Form) -> bool:
    return any(kind == "dossier" for _, kind in needs(form).lookups)


def _references(form: Form, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for question, keys, value in answered(form, data):
        if question.kind == "dossier" and isinstance(value, str) and value:
            yield pointer(keys), value


def _readable(session: Session, actor: Actor, ids: set[str]) -> dict[str, Dossier]:
    """Return the case files of these numbers that the actor may read: few, each asked for by itself."""
    found = {}
    for one in ids:
        try:
            found[one] = dossiers.read(session, actor, UUID(one))
        except (ValueError, NotFound):
            continue
    return found
