"""When an element of a form shows, chosen in lists without a script: the plain twin of the editor's sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.engines.forms.model import Form
from jalon.services import configuration
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, reading, transaction
from jalon_admin import outlines
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Wrong
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look
from jalon_admin.views.editor import conditions
from jalon_admin.views.editor.state import list_values

CONDITION = "/<unit>/form/<key>/condition"


@dataclass(frozen=True)
class Line:
    """One comparison being chosen: which question, how, with what."""

    number: int
    on: str
    comparison: str
    given: list[str]
    comparisons: list[tuple[str, str]]
    choices: list[tuple[str, str]]
    several: bool
    is_number: bool


@bp.get(CONDITION)
@permission("configuration.voir")
def condition(unit: str, key: str) -> ResponseReturnValue:
    """Show the condition of an element; what is in the query replaces what is kept, line by line."""
    return _show(look(reading(), current_actor(), unit, "form", key), request.args.to_dict(flat=False))


@bp.post(CONDITION)
@permission("configuration.modifier")
def condition_change(unit: str, key: str) -> ResponseReturnValue:
    """Put the condition in the draft, or show the page again with what was refused."""
    actor, posted = current_actor(), request.form.to_dict(flat=False)
    try:
        with transaction() as session:
            situation = look(session, actor, unit, "form", key)
            asked = ACTIONS["condition"](situation, posted)
            if asked.ops:
                draft = configuration.open_draft(session, actor, situation.unit.id, "form", key)
                configuration.change_draft(session, actor, draft.id, asked.ops, number_posted("version", 1))
    except Wrong as wrong:
        return _again(unit, key, posted, _("Certaines réponses sont à corriger."), 422, wrong.problems)
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _again(unit, key, posted, refusal.text(_), refusal.status, {})
    flash(asked.said or _("Rien n’a changé."))
    return redirect(url_for(".artifact", element=asked.uid, _anchor=asked.uid, **situation.address), code=303)


def _again(
    unit: str, key: str, posted: Mapping[str, list[str]], message: str, status: int, problems: Mapping[str, str]
) -> tuple[str, int]:
    return _show(look(reading(), current_actor(), unit, "form", key), posted, message, problems), status


def _show(
    situation: Situation,
    asked: Mapping[str, list[str]],
    message: str = "",
    problems: Mapping[str, str] | None = None,
) -> str:
    uid = (asked.get("element") or [""])[0]
    form = outlines.compiled_form(situation.now.document)
    if form is None or uid not in situation.now.atoms.items:
        raise NotFound(id=uid)
    known = conditions.read_rule(form, situation.now.atoms.value(uid, "rule"))
    offered = conditions.offered(form, uid)
    back = url_for(".artifact", element=uid, _anchor=uid, **situation.address)
    return page(
        "editor_condition.html",
        situation.unit,
        (situation.title, url_for(".artifact", **situation.address)),
        (_("Condition d’affichage"), ""),
        situation=situation,
        here=situation.address,
        uid=uid,
        label=situation.label(uid),
        standing=situation.standing(uid, "rule"),
        known=known,
        link=(asked.get("lien") or [known.link if known else "et"])[0],
        lines=_lines(situation, form, uid, asked, known),
        questions=[(one.uid, one.label) for one in offered],
        message=message,
        problems=problems or {},
        back=back,
    )


def _lines(
    situation: Situation,
    form: Form,
    uid: str,
    asked: Mapping[str, list[str]],
    known: conditions.Condition | None,
) -> list[Line]:
    """Return the lines asked for, else those kept, and an empty one to go on."""
    parts = [conditions.Part(one.on, one.comparison, one.given) for one in known.parts] if known else []
    if any(name.startswith("sur-") for name in asked):
        parts = [_asked(asked, number) for number in range(conditions.MAX_PARTS) if asked.get(f"sur-{number}", [""])[0]]
    lists = list_values(reading(), situation)
    questions = {one.uid: one for one in conditions.offered(form, uid)}
    found = []
    for number, part in enumerate([*parts, conditions.Part("", "")][: conditions.MAX_PARTS]):
        question = questions.get(part.on)
        fitting = conditions.FITTING[conditions.sort_of(question)] if question else ()
        words = conditions.comparisons()
        found.append(
            Line(
                number,
                part.on,
                part.comparison if part.comparison in fitting else (fitting[0] if fitting else ""),
                [str(one) for one in part.given],
                [(code, words[code]) for code in fitting],
                conditions.choices_of(question, lists) if question else [],
                question is not None and conditions.sort_of(question) != "boolean",
                question is not None and conditions.sort_of(question) == "number",
            )
        )
    return found


def _asked(asked: Mapping[str, list[str]], number: int) -> conditions.Part:
    def first(name: str) -> str:
        return (asked.get(f"{name}-{number}") or [""])[0]

    return conditions.Part(first("sur"), first("comparaison"), tuple(asked.get(f"valeur-{number}") or ()))
