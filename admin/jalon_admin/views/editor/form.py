"""The form editor: one page, a small JSON interface behind it; every change is a change of the shared draft."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.errors import JalonError
from jalon.engines import forms
from jalon.services import configuration
from jalon.services.configuration import DraftChanged
from jalon.services.configuration.presence import be_present, leave
from jalon.ui.display import clock_time
from jalon.ui.forms import render
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, reading, transaction
from jalon_admin import sentences, words
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Asked, Wrong
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look, unit_at
from jalon_admin.previews import section_of
from jalon_admin.sessions import Session
from jalon_admin.views.artifact import answer_types, list_titles, purposes_in
from jalon_admin.views.editor.catalogue import known_questions
from jalon_admin.views.editor.conditions import FITTING, comparisons
from jalon_admin.views.editor.guessing import guess_type
from jalon_admin.views.editor.phrases import phrases
from jalon_admin.views.editor.state import closure_of, state_of

FORM = "/<unit>/form/<key>/editeur"


@bp.get(FORM)
@permission("configuration.voir")
def form_editor(unit: str, key: str) -> ResponseReturnValue:
    """Show the editor; without a script, the page leads to the pages that do the same."""
    situation = look(reading(), current_actor(), unit, "form", key)
    back = url_for(".artifact", **situation.address)
    told = {
        "addresses": _addresses(situation),
        "words": _words(situation),
        "chosen": request.args.get("element", ""),
    }
    return page(
        "editor.html",
        situation.unit,
        (situation.title, back),
        (_("Éditeur"), ""),
        situation=situation,
        here=situation.address,
        told=json.dumps(told, ensure_ascii=False),
    )


@bp.get(f"{FORM}/etat")
@permission("configuration.voir")
def form_state(unit: str, key: str) -> ResponseReturnValue:
    """Return all the editor works on."""
    session = reading()
    return _json(state_of(session, look(session, current_actor(), unit, "form", key)))


@bp.get(f"{FORM}/apercu")
@permission("configuration.voir")
def form_fragment(unit: str, key: str) -> ResponseReturnValue:
    """Return the part of the form where an element stands, as people will see it."""
    session = reading()
    situation = look(session, current_actor(), unit, "form", key)
    try:
        closure = closure_of(session, situation)
        form = forms.compile_form(closure.schema, closure.ui)
    except JalonError as refusal:
        return _json({"section": "", "html": "", "message": refusal.text(_)})
    section = section_of(form, request.args.get("element", "")) or form.sections[0].uid
    return _json({"section": section, "html": render(form, section=section, lists=closure.lists), "message": ""})


@bp.get(f"{FORM}/catalogue")
@permission("configuration.voir")
def form_catalogue(unit: str, key: str) -> ResponseReturnValue:
    """Return the type guessed from a label, and the questions of the network that look like it."""
    session = reading()
    situation = look(session, current_actor(), unit, "form", key)
    label = request.args.get("label", "").strip()[:200]
    found = []
    for one in known_questions(session, situation, label):
        used = ngettext("déjà dans %(num)d structure", "déjà dans %(num)d structures", one.units)
        found.append({**vars(one), "used": str(used), "typeName": answer_types().get(one.type, one.type)})
    return _json({"type": guess_type(label), "known": found})


@bp.post(FORM)
@permission("configuration.modifier")
def form_change(unit: str, key: str) -> ResponseReturnValue:
    """Put one change in the draft, of the form or of one of its lists; return the state after it."""
    actor = current_actor()
    try:
        with transaction() as session:
            before = look(session, actor, unit, "form", key)
            said, uid, warnings = _apply(session, before)
            state = state_of(session, look(session, actor, unit, "form", key))
    except Wrong as wrong:
        return _json({"message": next(iter(wrong.problems.values())), "problems": wrong.problems}, 422)
    except DraftChanged as clash:
        return _json(_clash(unit, key, clash), clash.status)
    except JalonError as refusal:
        return _json({"message": refusal.text(_), "code": refusal.code}, refusal.status)
    return _json({"said": said, "uid": uid, "warned": warnings, "state": state})


def _apply(session: Session, situation: Situation) -> tuple[str, str, list[str]]:
    """Do what was asked; return what to say, the item to show, the warnings."""
    actor, name = current_actor(), request.form.get("action", "")
    if name in ("annuler", "refaire", "retablir"):
        return _step(session, situation, name)
    at = situation
    if key := request.form.get("dans-liste"):
        at = look(session, actor, situation.unit.code, "list", key)
    builder = ACTIONS.get(name)
    if builder is None:
        raise Wrong({"action": _("Cette action n’existe pas.")})
    asked: Asked = builder(at, request.form.to_dict(flat=False))
    if not asked.ops:
        return asked.said or _("Rien n’a changé."), asked.uid, []
    draft = at.draft or configuration.open_draft(session, actor, at.unit.id, at.kind, at.artifact.key)
    version = _version() if at is situation else _version("version-liste")
    after = configuration.change_draft(session, actor, draft.id, asked.ops, version)
    known = at.draft.warnings if at.draft else ()
    return asked.said, asked.uid, [one for one in after.warnings if one not in known]


def _step(session: Session, situation: Situation, name: str) -> tuple[str, str, list[str]]:
    actor, uid = current_actor(), request.form.get("element", "")
    key = situation.artifact.key
    draft = situation.draft or configuration.open_draft(session, actor, situation.unit.id, "form", key)
    if name == "retablir":
        configuration.restore(session, actor, draft.id, uid, request.form.get("prop", ""), _version())
        return _("La valeur héritée est rétablie dans le brouillon."), uid, []
    act = configuration.undo if name == "annuler" else configuration.redo
    act(session, actor, draft.id, _version())
    said = _("La dernière modification est annulée.") if name == "annuler" else _("La modification est refaite.")
    return said, uid, []


@bp.post(f"{FORM}/presence")
@permission("configuration.voir")
def form_presence(unit: str, key: str) -> ResponseReturnValue:
    """Note who has the editor open; return who else has, since when, and the version of the draft."""
    actor = current_actor()
    with transaction() as session:
        at = unit_at(session, actor, unit)
        if request.form.get("depart"):
            leave(session, actor, at.id, "form", key)
            return _json({})
        others = be_present(session, actor, at.id, "form", key)
        draft = look(session, actor, unit, "form", key).draft
        told = {
            "others": [_("{name}, depuis {time}").format(name=one.name, time=clock_time(one.since)) for one in others],
            "version": draft.row_version if draft else "",
            "author": draft.last_author if draft else "",
        }
    return _json(told)


def _clash(unit: str, key: str, clash: DraftChanged) -> dict[str, Any]:
    """Return what a colleague did meanwhile beside what was about to be done, and the draft as it is now (R7)."""
    session = reading()
    situation = look(session, current_actor(), unit, "form", key)
    listed = request.form.get("dans-liste")
    at = look(session, current_actor(), unit, "list", listed) if listed else situation
    return {
        "message": clash.text(_),
        "theirs": [f"{sentences.op_line(at, op)} ({op.author})" for op in clash.theirs]
        or [_("Une modification annulée ou refaite.")],
        "mine": [sentences.op_line(at, op) for op in clash.mine] or [_("L’action que vous veniez de demander.")],
        "state": state_of(session, situation),
    }


def _version(name: str = "version") -> int:
    """Return the version of the draft the window shows; one that shows no draft saw none."""
    return number_posted(name, 1)


def _addresses(situation: Situation) -> dict[str, str]:
    here = {"unit": situation.unit.code, "key": situation.artifact.key}
    return {
        "state": url_for(".form_state", **here),
        "change": url_for(".form_change", **here),
        "preview": url_for(".form_fragment", **here),
        "catalogue": url_for(".form_catalogue", **here),
        "presence": url_for(".form_presence", **here),
        "plain": url_for(".artifact", **situation.address),
        "origin": url_for(".origin", **situation.address),
        "draft": url_for(".draft", unit=situation.unit.code),
    }


def _words(situation: Situation) -> dict[str, Any]:
    """Return what can be chosen in lists, in the language of the person."""
    return {
        "say": phrases(),
        "types": list(answer_types().items()),
        "lists": list_titles(),
        "purposes": purposes_in(situation),
        "obligations": list(words.obligations().items()),
        "sensitivities": list(words.sensitivities().items()),
        "retentions": list(words.retentions().items()),
        "comparisons": comparisons(),
        "fitting": FITTING,
    }


def _json(told: Mapping[str, Any], status: int = 200) -> Response:
    """Return JSON, compressed when the browser accepts it: a form of 300 questions is a large document."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(body, status, mimetype="application/json")
    if len(body) > 1024 and "gzip" in request.accept_encodings:
        response.set_data(gzip.compress(body, 5))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
