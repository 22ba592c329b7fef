"""Where an administrator arrives: the units, what can be configured, what is under way."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from jalon.services import configuration, publication
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading
from jalon_admin import words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import title_of, top_units, unit_at
from jalon_admin.sessions import Session


@dataclass(frozen=True)
class Line:
    """One artifact in the list: whether the unit has adapted it, a draft is open, something in it is new."""

    kind: str
    key: str
    title: str
    adapted: bool
    drafted: bool
    new: bool


@bp.get("")
@permission("configuration.voir")
def home() -> ResponseReturnValue:
    """Show the unit one administers; let choose when there are several."""
    units = top_units(reading(), current_actor())
    if len(units) == 1:
        return _unit(units[0])
    return render_template("console/home.html", units=units, words=words)


@bp.get("/<unit>")
@permission("configuration.voir")
def unit(unit: str) -> ResponseReturnValue:
    """Show what can be configured at a unit, and what is under way there."""
    return _unit(unit_at(reading(), current_actor(), unit))


def _unit(at: Unit) -> str:
    session, actor = reading(), current_actor()
    wanted = request.args.get("q", "").strip()
    lines = _lines(session, at)
    if wanted:
        lines = {pack: [one for one in found if _matches(wanted, one)] for pack, found in lines.items()}
    titles = {pack.key: pack.title for pack in store.packs(session)}
    packs = []
    for pack, found in lines.items():
        if found:
            kinds = _by_kind(found)
            summary = ", ".join(_counted(those) for _, those in kinds)
            packs.append((titles.get(pack, pack), kinds, sum(one.adapted for one in found), summary))
    releases = publication.history(session, at.id)
    imported = {str(one.id) for one in releases if one.origin == "pack"}
    notices = [one for one in publication.notices(session, at.id) if one.facts.get("release") not in imported]
    visible = actor.units_for("configuration.voir")
    below = [one for one in organisations.children(session, at) if one.id in visible]
    return page(
        "unit.html",
        at,
        packs=packs,
        wanted=wanted,
        total=sum(len(found) for found in lines.values()),
        below=below,
        drafts_below=_drafts_below(session, at, visible),
        title_of=title_of,
        notices=notices[:8],
        releases=releases[:6],
    )


def _drafts_below(session: Session, at: Unit, visible: frozenset[UUID]) -> list[tuple[Unit, Artifact, str]]:
    """Return the drafts of the units below: where, of what, and who began each."""
    ids = organisations.subtree_ids(session, at) & visible - {at.id}
    units = {one.id: one for one in organisations.units(session, ids)}
    known = {one.id: one for one in store.artifacts(session, closed=True)}
    return [(units[one.unit_id], known[one.artifact_id], one.author) for one in store.drafts_of(session, ids)[:20]]


def _lines(session: Session, at: Unit) -> dict[str, list[Line]]:
    """Return the artifacts by pack."""
    drafted = {one.artifact_id for one in store.drafts_of(session, [at.id])}
    adapted = store.adapted_by(session, at.id)
    new = {(one.kind, one.key) for one in configuration.recent_changes(session, at.id)}
    found: dict[str, list[Line]] = {}
    for artifact in store.artifacts(session):
        name = (artifact.kind, artifact.key)
        line = Line(*name, title_of(artifact), artifact.id in adapted, artifact.id in drafted, name in new)
        found.setdefault(artifact.pack, []).append(line)
    return found


def _by_kind(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    known = words.kinds()
    order = {kind: place for place, kind in enumerate(words.KIND_ORDER)}
    groups: dict[str, list[Line]] = {}
    for one in sorted(lines, key=lambda line: (order.get(line.kind, 99), line.title.casefold())):
        groups.setdefault(known.get(one.kind, one.kind), []).append(one)
    return list(groups.items())


def _counted(lines: list[Line]) -> str:
    """Return « 3 formulaires »; what has no singular is only named when it is alone."""
    kind, count = lines[0].kind, len(lines)
    one, several = words.kind_names().get(kind, kind).lower(), words.kinds().get(kind, kind).lower()
    if count > 1:
        return f"{count} {several}"
    return one if one == several and kind != "process" else f"1 {one}"


def _matches(wanted: str, line: Line) -> bool:
    plain = _plain(f"{line.title} {line.key}")
    return all(word in plain for word in _plain(wanted).split())


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
