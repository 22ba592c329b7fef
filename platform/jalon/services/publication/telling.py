"""Tell the administrators of the units a publication reaches: one mail each, whatever it holds, by a job of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.base.errors import JalonError
from jalon.services import messaging
from jalon.services.access import current_roles
from jalon.store import configuration as store
from jalon.store import jobs, organisations, people
from jalon.store.organisations import Unit
from jalon.store.publication import Release

JOB = "publication.annoncer"
NOTICE = "publication"
"""The message; a unit may have its own wording."""
TOLD = frozenset({"publication", "promotion", "rollback"})
"""Where what is told comes from; packs and moves are the work of those who would receive it."""
CHANGES = "configuration.modifier"
MOST_SENTENCES = 5


def tell_later(session: Session, release: Release) -> None:
    """Have the administrators below learn of a release once it is committed."""
    if release.origin in TOLD and release.flips:
        jobs.defer(session, JOB, {"release": str(release.id)})


def tell(session: Session, arguments: Mapping[str, Any], now: datetime) -> None:
    """Queue one mail for each administrator of a unit that a release reaches; telling twice sends nothing more."""
    release = session.get(Release, UUID(str(arguments["release"])))
    if release is None or release.state == "rolled_back":
        return
    level = session.get(Unit, release.unit_id) if release.unit_id else None
    facts = {
        "expediteur": release.author,
        "unite": level.title if level else "",
        "titre": release.title,
        "date": release.effective_from.strftime("%d/%m/%Y"),
        "motif": release.reason,
        "resume": summary(release.report.get("sentences", ())),
    }
    reached = {unit.id: unit for unit in reached_units(session, release)}
    day = civil_date(now, store.zone_of(session, release.unit_id))
    base = session.info.get("base_url", "http://127.0.0.1:8000")
    for person, unit_id, role in people.posts(session, reached, day):
        held = current_roles(session, unit_id).get(role, {})
        if person.id in (release.author_id, release.approver_id) or CHANGES not in held.get("permissions", ()):
            continue
        link = f"{base}/console/{reached[unit_id].code}/publications/{release.id}"
        mail = facts | {"nom": person.name, "lien": link}
        key = f"publication/{release.id}/{person.id}"
        try:
            messaging.queue_mail(session, to=person.email, template=NOTICE, facts=mail, unit_id=unit_id, key=key)
        except JalonError:
            continue  # an address that cannot be written to must not keep the news from the others


def reached_units(session: Session, release: Release) -> list[Unit]:
    """Return the open units below a release that now have something else than before, the highest first."""
    level = session.get(Unit, release.unit_id) if release.unit_id else None
    top = level.path if level else "/"
    everyone = {unit.id: unit for unit in organisations.units(session)}
    moved: dict[tuple[str, str], set[str | None]] = {}
    for flip in release.flips:
        moved.setdefault((flip["kind"], flip["key"]), set()).add(flip["unit"])
    found: set[UUID] = set()
    for (kind, key), flipped in moved.items():
        artifact = store.artifact(session, kind, key)
        assert artifact is not None  # artifacts are closed, never deleted
        levels = {str(one) if one else None for one in store.pointers_at(session, artifact.id, release.effective_from)}
        for unit in everyone.values():
            if unit.path.startswith(top) and unit is not level and _source(unit, everyone, levels) in flipped:
                found.add(unit.id)
    below = [everyone[one] for one in found if everyone[one].closed_at is None]
    return sorted(below, key=lambda unit: (len(unit.path), unit.path))


def _source(unit: Unit, everyone: Mapping[UUID, Unit], levels: set[str | None]) -> str | None:
    """Return the nearest level, from a unit upwards, that has a content of its own; None is what packs bring."""
    at: Unit | None = unit
    while at is not None:
        if str(at.id) in levels:
            return str(at.id)
        at = everyone.get(at.parent_id) if at.parent_id else None
    return None


def summary(sentences: list[str]) -> str:
    """Return the first sentences of what changes, and how many more there are."""
    rest = len(sentences) - MOST_SENTENCES
    more = [f"Et {rest} autres changements." if rest > 1 else "Et un autre changement."] if rest > 0 else []
    return " ".join([*sentences[:MOST_SENTENCES], *more])
