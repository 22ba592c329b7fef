"""What an administrator of a unit should know."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.services.configuration import NEWS_DAYS, followed_changes, levels
from jalon.services.publication.model import Notice
from jalon.store import organisations
from jalon.store import publication as releases
from jalon.store.database import now_of


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
