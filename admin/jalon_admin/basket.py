"""The drafts of a unit as one basket: what each changes, what publishing them together would do."""

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from jalon.base.errors import JalonError, Problem
from jalon.engines.layering import OpOutcome, write_op
from jalon.sandbox import Sandbox
from jalon.services import publication
from jalon.services.configuration.draftviews import Draft
from jalon.services.publication import FailingScenario, Impact
from jalon.services.worklist import count_running
from jalon.store import configuration as store
from jalon.store.configuration import Revision
from jalon.ui.request import current_actor, reading
from jalon_admin import sentences, values, words
from jalon_admin.frame import page
from jalon_admin.looking import Situation, drafts_of, look, title_of, unit_at
from jalon_admin.sessions import Session


@dataclass(frozen=True)
class Outdated:
    """A change made before a level above changed the same thing: the three values."""

    outcome: OpOutcome
    label: str
    old: str
    new: str
    mine: str


@dataclass(frozen=True)
class DraftView:
    """One draft ready to be drawn."""

    draft: Draft
    situation: Situation
    kind_name: str
    lines: list[sentences.Line]
    technical: str
    outdated: list[Outdated]
    needs_reader: bool
    written_by_me: bool


@dataclass(frozen=True)
class Refusal:
    """Why publishing was refused: the sentence, what is to be corrected by field, errors, scenarios that fail."""

    message: str = ""
    problems: dict[str, str] | None = None
    errors: tuple[Problem, ...] = ()
    failing: tuple[FailingScenario, ...] = ()


def show(unit: str, refusal: Refusal | None = None) -> str:
    """Render the basket of a unit; scenarios are played when the address asks for it."""
    refused = refusal or Refusal()
    session, actor = reading(), current_actor()
    at = unit_at(session, actor, unit)
    drafts = drafts_of(session, [at.id])
    views = [_view(session, unit, one) for one in drafts]
    today = store.today(session, at.id)
    day = _asked_day(today)
    played = "scenarios" in request.args
    impact, impact_refused = _impact(session, drafts, day, played=played)
    return page(
        "draft.html",
        at,
        (_("Brouillon"), ""),
        views=views,
        impact=impact,
        impact_refused=impact_refused,
        played=played,
        refused=refused,
        problems=refused.problems or {},
        day=request.values.get("date") or day.strftime("%d/%m/%Y"),
        today=today,
        effective=day,
        classes=words.change_classes(),
        readers=_readers(session),
        in_review=any(one.draft.in_review for one in views),
        needs_reader=any(one.needs_reader for one in views),
        blocked=any(one.needs_reader and one.written_by_me for one in views),
    )


def _readers(session: Session) -> dict[str, str]:
    """Return the name of each artifact by what the impact calls it (kind/key)."""
    kinds = words.kind_names()
    return {
        f"{one.kind}/{one.key}": f"{kinds.get(one.kind, one.kind)} « {title_of(one)} »"
        for one in store.artifacts(session)
    }


def _view(session: Session, unit: str, draft: Draft) -> DraftView:
    situation = look(session, current_actor(), unit, draft.kind, draft.key)
    revision = session.get_one(Revision, draft.id)
    outdated = [
        Outdated(
            one,
            situation.label(one.op.uid),
            values.shown(situation, one.op.uid, one.prop, one.old_base),
            values.shown(situation, one.op.uid, one.prop, one.new_base),
            values.shown(situation, one.op.uid, one.prop, one.local),
        )
        for one in draft.outdated
    ]
    return DraftView(
        draft,
        situation,
        words.kind_names().get(draft.kind, draft.kind),
        sentences.lines_of(situation, draft),
        json.dumps([write_op(op) for op in draft.new_ops], ensure_ascii=False, indent=2),
        outdated,
        draft.in_review or publication.needs_second_reader(session, draft.unit_id),
        publication.has_written(revision, current_actor()),
    )


def _impact(session: Session, drafts: list[Draft], day: date, *, played: bool) -> tuple[Impact | None, str]:
    """Return what publishing would do, or why it cannot be told."""
    if not drafts:
        return None, ""
    ids: list[UUID] = [one.id for one in drafts]
    try:
        seen = publication.impact(
            session,
            current_actor(),
            ids,
            effective_from=day,
            count_running=count_running,
            workshop=Sandbox if played else None,
        )
    except JalonError as refusal:
        return None, refusal.text(_)
    return seen, ""


def _asked_day(today: date) -> date:
    try:
        return values.day(request.values.get("date", ""))
    except values.Unreadable:
        return today
