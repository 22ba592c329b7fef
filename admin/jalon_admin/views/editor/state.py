"""What the form editor works on, as JSON: the outline, how everything stands, what can be chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from jalon.base.errors import JalonError
from jalon.engines import forms
from jalon.engines.forms.model import Form, Question
from jalon.engines.forms.paths import possible_paths
from jalon.engines.layering.kinds.form_words import LAYOUT
from jalon.services import configuration
from jalon.services.configuration import FormClosure
from jalon.store import configuration as store
from jalon_admin import outlines, values
from jalon_admin.looking import Situation, Standing
from jalon_admin.sessions import Session
from jalon_admin.views.editor import conditions

Lists = Mapping[str, Sequence[Mapping[str, Any]]]


def state_of(session: Session, situation: Situation) -> dict[str, Any]:
    """Return all of it: `items` by uid in the order of `order`, `version` of the draft, `lists` by key."""
    form = outlines.compiled_form(situation.now.document)
    lists = list_values(session, situation)
    known = store.artifacts(session, "list")
    titles = {one.key: one.title or one.key for one in known}
    drafted = {one.artifact_id: one.row_version for one in store.drafts_of(session, [situation.unit.id])}
    versions = {one.key: drafted[one.id] for one in known if one.id in drafted}
    rows = outlines.outline(situation, outlines.ListNames(titles, lists))
    names = _html_names(form) if form else {}
    draft = situation.draft
    return {
        "version": draft.row_version if draft else "",
        "canUndo": bool(draft and draft.can_undo),
        "canRedo": bool(draft and draft.can_redo),
        "changes": len(draft.differences) if draft else 0,
        "mayChange": situation.may_change,
        "warnings": list(draft.warnings) if draft else [],
        "problems": _problems(situation),
        "order": [row.uid for row in rows],
        "items": {row.uid: _item(situation, row, form, names, lists) for row in rows},
        "lists": {
            key: _list(situation, key, titles.get(key, key), found, versions.get(key, ""))
            for key, found in lists.items()
        },
        "paths": _paths(form, lists),
    }


def closure_of(session: Session, situation: Situation) -> FormClosure:
    """Return the form and its lists as the unit would have them if its drafts were published."""
    at, key = situation.unit.id, situation.artifact.key
    drafts = [one.id for one in store.drafts_of(session, [at])]
    if not drafts:
        return configuration.form_closure(session, key, at)
    return configuration.preview(session, situation.actor, drafts, at).form_closure(key)


def list_values(session: Session, situation: Situation) -> Lists:
    """Return the values of the lists the form offers; none while the draft breaks the form."""
    try:
        return closure_of(session, situation).lists
    except JalonError:
        return {}


def _item(situation: Situation, row: outlines.Row, form: Form | None, names: Mapping[str, str], lists: Lists) -> Any:
    atoms, uid = situation.now.atoms, row.uid
    item = atoms.items[uid]
    closing = situation.standing(uid, situation.adapter.closing)
    question = form.by_uid.get(uid) if form else None
    rule = situation.standing(uid, "rule")
    return {
        "uid": uid,
        "label": row.label,
        "noun": situation.adapter.noun_of(uid, item)[0],
        "depth": row.depth,
        "container": row.container,
        "place": row.place,
        "siblings": row.siblings,
        "heading": row.heading,
        "closed": row.closed,
        "movable": row.movable,
        "canClose": closing.editable,
        "canAdd": situation.may_change and situation.container_lock(uid if row.heading else row.container) is None,
        "standing": _standing(row.standing),
        "locks": situation.locks_on(uid),
        "html": names.get(uid, ""),
        "list": question.list_key if question else "",
        "sort": conditions.sort_of(question) if question and not question.is_rows else "",
        "choices": conditions.choices_of(question, {}) if question and not question.list_key else [],
        "condition": _condition(situation, uid, form),
        "conditionStanding": _standing(rule),
        "sentence": _sentence(form, uid, lists),
        "props": [_prop(situation, uid, prop) for prop in outlines.visible_props(situation, uid)],
    }


def _standing(one: Standing) -> dict[str, Any]:
    found: dict[str, Any] = {"state": one.state, "words": one.words}
    for name, value in (("why", one.why), ("drafted", one.drafted), ("mine", one.mine), ("narrow", one.narrow)):
        if value:
            found[name] = value
    if one.editable:
        found["editable"] = True
    return found


def _prop(situation: Situation, uid: str, prop: str) -> dict[str, Any]:
    one = values.editor(situation, uid, prop)
    found: dict[str, Any] = {
        "prop": prop,
        "name": one.name,
        "widget": one.widget,
        "text": one.text,
        "standing": _standing(one.standing),
    }
    if one.standing.state == "changed":
        found["inherited"] = one.inherited
    if one.widget == "none":
        found["shown"] = one.shown
    if one.choices:
        found["choices"] = [[choice.code, choice.label, choice.chosen] for choice in one.choices]
    if one.required:
        found["required"] = True
    return found


def _condition(situation: Situation, uid: str, form: Form | None) -> Any:
    found = conditions.read_rule(form, situation.now.atoms.value(uid, "rule")) if form else None
    if found is None:
        return None
    parts = [{"on": one.on, "comparison": one.comparison, "given": list(one.given)} for one in found.parts]
    return {"link": found.link, "parts": parts, "readable": found.readable}


def _sentence(form: Form | None, uid: str, lists: Lists) -> str:
    element = element_of(form, uid) if form else None
    return forms.sentence(form, element, lists) if form and element is not None else ""


def element_of(form: Form, uid: str) -> Any:
    """Return the element of a compiled form that an item of its outline is."""
    if not uid.startswith(LAYOUT):
        return form.by_uid.get(uid)
    name = uid.removeprefix(LAYOUT)
    stack: list[Any] = list(form.sections)
    while stack:
        element = stack.pop()
        if not isinstance(element, Question) and element.uid == name:
            return element
        stack.extend(getattr(element, "elements", ()))
    return None


def _html_names(form: Form) -> dict[str, str]:
    """Return the id of each element in the page that shows the form."""
    found = {one.uid: one.name for one in form.every_question() if "*" not in one.path}
    for section in form.sections:
        found[f"{LAYOUT}{section.uid}"] = f"section-{section.uid}"
        stack: list[Any] = list(section.elements)
        while stack:
            element = stack.pop()
            if not isinstance(element, Question):
                found[f"{LAYOUT}{element.uid}"] = f"e-{element.uid}"
                stack.extend(getattr(element, "elements", ()))
    return found


def _list(
    situation: Situation, key: str, title: str, found: Sequence[Mapping[str, Any]], version: int | str
) -> dict[str, Any]:
    """Return what is offered of a list; `version` is that of its draft, "" when it has none."""
    address = url_for("console.artifact", unit=situation.unit.code, kind="list", key=key)
    open_values = [[str(one["code"]), str(one.get("label"))] for one in found if not one.get("closed")]
    return {"title": title, "values": open_values, "address": address, "version": version}


def _problems(situation: Situation) -> list[str]:
    found = list(situation.draft.problems) if situation.draft else []
    return [problem.message for problem in found if problem.severity == "error"]


def _paths(form: Form | None, lists: Lists) -> dict[str, Any]:
    if form is None:
        return {"never": [], "dead": [], "unsure": []}
    found = possible_paths(form, lists)
    return {
        "never": [{"uid": uid_of(form, one.uid), "sentence": one.sentence} for one in found.never],
        "dead": [{"uid": uid_of(form, one.uid), "sentence": one.sentence} for one in found.dead],
        "unsure": list(found.unsure),
    }


def uid_of(form: Form, uid: str) -> str:
    """Return the uid of an element as the outline names it."""
    return uid if uid in form.by_uid else f"{LAYOUT}{uid}"
