"""What every page of the console shows around its content: where one is, what is under way."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from jalon.services import publication
from jalon.services.configuration.draftviews import Draft
from jalon.store import organisations
from jalon.store.organisations import Unit
from jalon.ui.request import current_actor, reading
from jalon_admin import sentences, words
from jalon_admin.looking import drafts_of
from jalon_admin.sessions import Session


@dataclass(frozen=True)
class Frame:
    """The unit at hand, those above it, its drafts and what waits for a decision."""

    unit: Unit
    line: list[Unit]
    drafts: list[Draft]
    changes: int
    conflicts: int
    offers: int
    readings: int
    may_change: bool
    may_publish: bool
    may_migrate: bool


def frame(session: Session, unit: Unit) -> Frame:
    """Return what surrounds every page about a unit."""
    actor = current_actor()
    visible = actor.units_for("configuration.voir")
    line = [one for one in organisations.ancestors(session, unit) if one.id in visible]
    drafts = drafts_of(session, [unit.id])
    return Frame(
        unit=unit,
        line=line,
        drafts=drafts,
        changes=sentences.count(drafts),
        conflicts=len(publication.conflicts(session, unit.id)),
        offers=publication.count_offered(session, unit.id),
        readings=publication.count_to_read(session, actor, unit.id)
        if actor.may("configuration.publier", unit.id)
        else 0,
        may_change=actor.may("configuration.modifier", unit.id),
        may_publish=actor.may("configuration.publier", unit.id),
        may_migrate=actor.may("processus.migrer", unit.id),
    )


def page(template: str, unit: Unit, *steps: tuple[str, str], **facts: Any) -> str:
    """Render a page of the console; `steps` are the last steps of its trail: (label, address or "")."""
    around = frame(reading(), unit)
    trail = [(_("Configuration"), url_for("console.home"))]
    trail += [(one.title, url_for("console.unit", unit=one.code)) for one in around.line]
    if not steps:
        trail[-1] = (trail[-1][0], "")
    return render_template(f"console/{template}", frame=around, unit=unit, trail=[*trail, *steps], words=words, **facts)
