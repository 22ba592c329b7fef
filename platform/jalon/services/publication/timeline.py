"""What is published of one artifact, at every level and date, before a release."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.json import Json
from jalon.engines.layering import Op
from jalon.services.configuration import levels
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.configuration import Artifact, Pointer, Revision
from jalon.store.organisations import Unit


class Timeline:
    """The revisions and pointers of one artifact, read once; no unit (None) is the pack's level."""

    def __init__(self, session: Session, artifact: Artifact) -> None:
        self._session = session
        self.artifact = artifact
        self.revisions = list(store.revisions(session, artifact.id, levels.ONCE_PUBLISHED))
        self._revisions: dict[UUID | None, list[Revision]] = {}
        for revision in self.revisions:
            self._revisions.setdefault(revision.unit_id, []).append(revision)
        self._pointers: dict[UUID | None, list[Pointer]] = {}
        for pointer in store.pointers_of(session, artifact.id):
            self._pointers.setdefault(pointer.unit_id, []).append(pointer)
        self._ops: dict[UUID, tuple[Op, ...]] = {}

    def units(self) -> set[UUID]:
        """Return the units that have, or had, something of their own."""
        return {one for one in self._pointers if one is not None}

    def revision_on(self, unit_id: UUID | None, day: date) -> Revision | None:
        """Return the revision of a level in force that day."""
        found = None
        for revision in self._revisions.get(unit_id, ()):
            starts, ends = revision.effective_from, revision.effective_to
            if starts is not None and starts <= day and (ends is None or day < ends):
                found = revision
        return found

    def pointer_on(self, unit_id: UUID | None, day: date) -> Pointer | None:
        """Return the pointer of a level in force that day."""
        past = [pointer for pointer in self._pointers.get(unit_id, ()) if pointer.valid_from <= day]
        return past[-1] if past else None

    def base_on(self, day: date) -> Json | None:
        """Return the pack's content that day."""
        revision = self.revision_on(None, day)
        return None if revision is None else snapshots.content(self._session, revision.content_hash)

    def all_ops_on(self, unit_id: UUID, day: date) -> tuple[Op, ...]:
        """Return the ops of a unit that day, those set aside included."""
        revision = self.revision_on(unit_id, day)
        if revision is None:
            return ()
        if revision.id not in self._ops:
            self._ops[revision.id] = levels.ops_of(revision.ops)
        return self._ops[revision.id]

    def aside_on(self, unit_id: UUID, day: date) -> Mapping[str, str]:
        """Return the ops of a unit set aside that day, and why."""
        pointer = self.pointer_on(unit_id, day)
        return pointer.aside if pointer else {}

    def scheduled_after(self, unit_id: UUID | None, day: date) -> list[Revision]:
        """Return the revisions of a level that wait for a later date."""
        return [
            one for one in self.revisions if one.unit_id == unit_id and one.effective_from and one.effective_from > day
        ]

    def boundaries(self, after: date, ops: Iterable[Op]) -> list[date]:
        """Return the later days when something changes by itself at one level or another."""
        days = {day for one in self.revisions for day in (one.effective_from, one.effective_to) if day is not None}
        days |= {pointer.valid_from for pointers in self._pointers.values() for pointer in pointers}
        for known in self._ops.values():
            days |= _untils(known)
        return sorted(day for day in days | _untils(ops) if day > after)


def _untils(ops: Iterable[Op]) -> set[date]:
    return {date.fromisoformat(op.until) for op in ops if op.until}


def tree_of(session: Session, ids: Iterable[UUID], tops: Iterable[Unit] | None) -> list[Unit]:
    """Return these units, each after those above it; only those on the line of `tops`, above or below, when given."""
    # by the path each has in memory: a move is planned before it is made
    found = sorted(organisations.units(session, set(ids)), key=lambda unit: unit.path)
    if tops is None:
        return found
    paths = [top.path for top in tops]
    return [unit for unit in found if any(unit.path.startswith(one) or one.startswith(unit.path) for one in paths)]


def parent_in(unit_path: str, known: Mapping[str, UUID]) -> UUID | None:
    """Return the nearest of the known units (by path) above a path, None when only the pack is."""
    codes = unit_path.strip("/").split("/")[:-1]
    while codes:
        found = known.get(f"/{'/'.join(codes)}/")
        if found is not None:
            return found
        codes.pop()
    return None
