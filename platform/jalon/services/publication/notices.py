"""What an administrator of a unit should know."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.services.configuration import NEWS_DAYS, followed_changes, levels
from jalon.services.publication.model import Notice
from jalon.store import organisations
from jalon.store import publication as releases
from jalon.store.database import now_of
from jalon.store.organisations import Unit
from jalon.store.places import zone_of

MOST_NEWS = 5


@dataclass(frozen=True, slots=True)
class News:
    """A publication as the people it reaches learn of it; `level` is empty when it comes with a pack."""

    title: str
    reason: str
    level: str
    at: datetime
    effective_from: date
    coming: bool


def news(session: Session, actor: Actor) -> list[News]:
    """Return what was published lately for the units one works at, by them or above, the latest first.

    Imports of packs are the business of administrators; what was taken back is no news.
    """
    units = {unit.id: unit for held in actor.grants for unit in _line(session, held.unit)}
    since = now_of(session) - timedelta(days=NEWS_DAYS)
    found = []
    for release in releases.releases(session, list(units), limit=50):
        if release.at < since or release.state == "rolled_back" or release.origin == "pack" or not release.unit_id:
            continue
        level = units[release.unit_id].title
        coming = release.effective_from > civil_date(now_of(session), zone_of(session, release.unit_id))
        found.append(News(release.title, release.reason, level, release.at, release.effective_from, coming))
    return found[:MOST_NEWS]


def _line(session: Session, unit_id: UUID) -> list[Unit]:
    """Return a unit and those above; remembered for the session."""
    known: dict[UUID, list[Unit]] = session.info.setdefault("news.lines", {})
    if unit_id not in known:
        known[unit_id] = list(organisations.ancestors(session, session.get_one(Unit, unit_id)))
    return known[unit_id]


def notices(session: Session, unit_id: UUID) -> list[Notice]:
    """Return what an administrator of a unit should know: conflicts, what it follows, changes now useless, news."""
    unit = levels.known_unit(session, unit_id)
    found = [
        Notice(
            "conflict",
            f"À vérifier : {row.message}",
            row.decided_at or now_of(session),
            {"conflict": str(row.id), "uid": row.uid, "prop": row.prop},
        )
        for row in releases.open_conflicts(session, [unit_id])
    ]
    for change in followed_changes(session, unit_id):
        facts = {"kind": change.kind, "key": change.key, "uid": change.uid, "prop": change.prop}
        at = releases.by_number(session, change.release).at
        found.append(Notice("followed", f"Vous suivez ce réglage : {change.sentence}", at, facts))
    since = now_of(session) - timedelta(days=NEWS_DAYS)
    above = [None, *(one.id for one in organisations.ancestors(session, unit) if one.id != unit_id)]
    for release in releases.releases(session, above, limit=50):
        if release.at < since or release.state == "rolled_back":
            continue
        facts = {"release": str(release.id)}
        if release.state == "scheduled":
            facts["from"] = release.effective_from.isoformat()
        found.append(Notice("news", f"{release.title} : {release.reason}", release.at, facts))
        for outcome in releases.outcomes(session, release.id):
            if outcome.unit_id == unit_id and outcome.state == "converged":
                converged = {"release": str(release.id), "uid": outcome.uid, "prop": outcome.prop}
                found.append(Notice("converged", outcome.message, release.at, converged))
    return found
