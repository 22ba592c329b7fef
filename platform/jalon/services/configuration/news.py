"""What changed lately for a unit, whichever level changed it: « Nouveau » for two weeks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.engines.layering import ChangeClass, Difference, Value, differences
from jalon.services.configuration import levels
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store import publication as releases
from jalon.store.publication import Release

NEWS_DAYS = 14
"""How long a change is news."""
MOST_RELEASES = 200
MOST_COMPARED = 500
_compared: dict[tuple[str, str, str], tuple[Difference, ...]] = {}
"""The differences between two contents never change: pages ask for the same ones."""


@dataclass(frozen=True, slots=True)
class RecentChange:
    """One property that changed for a unit from the day `since`; `level` is the unit that decided, None for a pack."""

    kind: str
    key: str
    uid: str
    prop: str
    old: Value
    new: Value
    change: ChangeClass
    sentence: str
    level: UUID | None
    author: str
    reason: str
    since: date
    release: int


def recent_changes(
    session: Session, unit_id: UUID, since: date | None = None, *, names: Collection[tuple[str, str]] | None = None
) -> list[RecentChange]:
    """Return what a unit sees changed since that day (two weeks ago), of these artifacts (kind, key) when given.

    What was changed and changed back since is not news; what a pack brings for the first time is not either.
    """
    unit = levels.known_unit(session, unit_id)
    today = store.today(session, unit_id)
    first = since or today - timedelta(days=NEWS_DAYS)
    zone = store.zone_of(session, unit_id)
    line = [*reversed([str(one.id) for one in organisations.ancestors(session, unit)]), None]
    moves: dict[tuple[str, str], dict[str | None, list[tuple[Release, dict[str, str]]]]] = {}
    for release in reversed(releases.starting_since(session, first, MOST_RELEASES)):
        for flip in release.flips:
            starts = max(date.fromisoformat(flip["from"]), civil_date(release.at, zone))
            if not first <= starts <= today or flip["unit"] not in line:
                continue
            name = (flip["kind"], flip["key"])
            if names is None or name in names:
                moves.setdefault(name, {}).setdefault(flip["unit"], []).append((release, flip))
    found: list[RecentChange] = []
    for name, by_level in moves.items():
        artifact = store.artifact(session, *name)
        pointer = artifact and store.pointer_at(session, artifact.id, unit_id, today)
        if pointer:
            nearest = str(pointer.unit_id) if pointer.unit_id else None
            found += _told(session, name, by_level.get(nearest, []), zone)
    return found


def _told(
    session: Session, name: tuple[str, str], moves: Sequence[tuple[Release, dict[str, str]]], zone: str
) -> list[RecentChange]:
    """Return the net changes of a content over its moves, each with the last release that made it."""
    moves = [move for move in moves if move[1]["old"]]
    if not moves:
        return []
    net = {(one.uid, one.prop): one for one in _differences(session, name[0], moves[0][1]["old"], moves[-1][1]["new"])}
    last: dict[tuple[str, str], tuple[Release, dict[str, str]]] = {}
    for release, flip in moves:
        for one in _differences(session, name[0], flip["old"], flip["new"]):
            last[(one.uid, one.prop)] = (release, flip)
    found = []
    for atom, one in net.items():
        release, flip = last.get(atom, moves[-1])
        starts = max(date.fromisoformat(flip["from"]), civil_date(release.at, zone))
        found.append(
            RecentChange(
                *name,
                one.uid,
                one.prop,
                one.old,
                one.new,
                one.change,
                one.sentence,
                release.unit_id,
                release.author,
                release.reason,
                starts,
                release.number,
            )
        )
    return found


def _differences(session: Session, kind: str, old: str, new: str) -> tuple[Difference, ...]:
    if old == new:
        return ()
    known = _compared.get((kind, old, new))
    if known is not None:
        return known
    contents = snapshots.contents(session, [old, new])
    if old not in contents or new not in contents:
        return ()
    while len(_compared) >= MOST_COMPARED:
        _compared.pop(next(iter(_compared)), None)
    _compared[(kind, old, new)] = tuple(differences(kind, contents[old], contents[new]))
    return _compared[(kind, old, new)]
