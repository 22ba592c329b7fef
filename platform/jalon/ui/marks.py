"""Beside each question of a filled form: what is new, which level changed it and why, where it is changed (A1, A15)."""

from collections.abc import Mapping

from flask import current_app, get_template_attribute, url_for
from markupsafe import Markup

from jalon.base.actor import Actor
from jalon.engines.forms import Form, Question
from jalon.services import configuration
from jalon.services.configuration import Mark
from jalon.store.database import Session
from jalon.store.organisations import Unit

CONSOLE = "console.artifact"
"""Where a question is changed; a deployment may leave the console out."""


def beside(
    session: Session,
    actor: Actor,
    form: Form,
    form_key: str,
    unit: Unit,
    extras: Mapping[str, Markup] | None = None,
) -> dict[str, Markup]:
    """Return what to draw beside the questions, by uid, after the `extras` already there.

    The lists and the console are only linked to for people who may change the configuration of the unit.
    """
    found = dict(extras or {})
    lists = {one.list_key for one in form.every_question() if one.list_key}
    known = configuration.marks(session, form_key, unit.id, lists)
    may_change = actor.may("configuration.modifier", unit.id) and CONSOLE in current_app.view_functions
    draw = get_template_attribute("web/mark.html", "mark")
    for question in form.every_question():
        own, of_list = known.get(question.uid, Mark()), known.get(f"list:{question.list_key}", Mark())
        if own.news or own.level or of_list.news or may_change:
            links = _links(question, form_key, unit) if may_change else {}
            drawn = Markup(draw(own, of_list, links, question.label))  # noqa: S704 (a macro escapes what it is given)
            found[question.uid] = found.get(question.uid, Markup()) + drawn
    return found


def _links(question: Question, form_key: str, unit: Unit) -> dict[str, str]:
    code, uid = unit.code, question.uid
    links = {"field": url_for(CONSOLE, unit=code, kind="form", key=form_key, element=uid, _anchor="element")}
    if question.list_key:
        links["list"] = url_for(CONSOLE, unit=unit.code, kind="list", key=question.list_key, ajouter=1, _anchor="ajout")
    return links
