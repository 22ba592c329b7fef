"""Layered configuration: artifacts, their revisions, what is published where and from when."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.util import identity_key

from jalon.base.clock import civil_date
from jalon.base.json import Json
from jalon.store import places, snapshots
from jalon.store.base import Identified, Table
from jalon.store.database import now_of
from jalon.store.epochs import advance_epoch as advance_epoch
from jalon.store.epochs import epoch as epoch
from jalon.store.epochs import remembered
from jalon.store.organisations import Unit
from jalon.store.places import Place

DEFAULT_ZONE = "Europe/Paris"
"""The zone of a network whose root does not say."""


class RevisionState(Enum):
    """The life of a revision; superseded and withdrawn are ends."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


Read = tuple[str, str, str]
"""(kind, key, uid) of something read."""

OPEN = (RevisionState.DRAFT, RevisionState.IN_REVIEW)
LIVE = (RevisionState.SCHEDULED, RevisionState.PUBLISHED)


class Pack(Table):
    """The version of a pack that is published here."""

    __tablename__ = "pack"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    checksum: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    manifest: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class Artifact(Identified, Table):
    """A thing that can be configured: one form, one list, one process...

    `aliases` maps the uids its pack renamed to their present names; `closed` once its pack gave it up.
    """

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    pack: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(300), default="")
    aliases: Mapped[dict[str, Any]] = mapped_column(default=dict)
    closed: Mapped[bool] = mapped_column(default=False)


class Revision(Identified, Table):
    """What one level says of an artifact: the whole content for a pack (no unit), a list of ops for a unit.

    `ops` is complete, not what changed since the revision before (`based_on`). `changes` and `undone`
    are the history of a draft: {"version", "author", "by": id, "at", "before": [ops], "after": [ops], "order": [ids]}.
    In force from `effective_from` until the day before `effective_to`, in each unit's own zone.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("artifact_id", "unit_id", "number"),)

    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    number: Mapped[int]
    state: Mapped[RevisionState] = mapped_column(default=RevisionState.DRAFT)
    content_hash: Mapped[str] = mapped_column(String(32), default="")
    ops: Mapped[list[Any]] = mapped_column(default=list)
    changes: Mapped[list[Any]] = mapped_column(default=list)
    undone: Mapped[list[Any]] = mapped_column(default=list)
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("revision.id"), default=None)
    effective_from: Mapped[date | None] = mapped_column(default=None)
    effective_to: Mapped[date | None] = mapped_column(default=None)
    author_id: Mapped[UUID | None] = mapped_column(default=None)
    author: Mapped[str] = mapped_column(String(200), default="")
    approver_id: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    legal: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(default=1)
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"), index=True, default=None)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Pointer(Identified, Table):
    """What an artifact is at a level from a date on: no unit = as the pack says; no row = as the level above.

    `vector` names the revisions it was made from, `provenance` the atoms that differ from the pack,
    `aside` the ops that are not applied and why: {op id: converged | conflict kind}.
    """

    __tablename__ = "pointer"
    __table_args__ = (
        UniqueConstraint("artifact_id", "unit_id", "valid_from"),
        # NULLs are all different to a unique constraint: the pack's own pointers need their own index
        Index(
            "uq_pointer_base",
            "artifact_id",
            "valid_from",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
    )

    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date]
    hash: Mapped[str] = mapped_column(ForeignKey("snapshot.hash"))
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    vector: Mapped[list[Any]] = mapped_column(default=list)
    aside: Mapped[dict[str, Any]] = mapped_column(default=dict)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))


class Dependency(Table):
    """What reads an item, as a person would name it: "kind/key" of the reader, kind and key of what is read."""

    __tablename__ = "dependency"

    reader_kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    reader_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    uid: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)

    @property
    def reader(self) -> str:
        """The reader as a person would name it."""
        return f"{self.reader_kind}/{self.reader_key}"


def zone_of(session: Session, unit_id: UUID | None) -> str:
    """Return the zone of a unit: its own, else that of the nearest unit above that says (no unit: the root's)."""
    found = places.place_known(session, unit_id) if unit_id else None
    if found is not None:
        return found.zone
    query = select(Unit.zone).where(Unit.zone != "", Unit.parent_id.is_(None)).order_by(Unit.path).limit(1)
    return session.scalar(query) or DEFAULT_ZONE


def today(session: Session, unit_id: UUID | None) -> date:
    """Return the date on the wall at a unit."""
    return civil_date(now_of(session), zone_of(session, unit_id))


def artifact(session: Session, kind: str, key: str) -> Artifact | None:
    """Return an artifact by kind and key."""
    return session.scalars(select(Artifact).where(Artifact.kind == kind, Artifact.key == key)).one_or_none()


def artifacts(session: Session, kind: str = "", pack: str = "", *, closed: bool = False) -> Sequence[Artifact]:
    """Return the artifacts of a kind, of a pack, or all, by kind and key; those given up only if asked for."""
    query = select(Artifact).order_by(Artifact.kind, Artifact.key)
    if kind:
        query = query.where(Artifact.kind == kind)
    if pack:
        query = query.where(Artifact.pack == pack)
    if not closed:
        query = query.where(Artifact.closed.is_(False))
    return session.scalars(query).all()


def pointer_at(session: Session, artifact_id: UUID, unit_id: UUID | None, on: date) -> Pointer | None:
    """Return what holds for a unit that day: its own pointer or that of the nearest level above."""
    query = _nearest(session, unit_id, on).where(Pointer.artifact_id == artifact_id)
    return session.scalars(query).one_or_none()


def pointer_named(session: Session, kind: str, key: str, unit_id: UUID | None, on: date) -> Pointer | None:
    """Return the same for an artifact by its name."""
    query = _nearest(session, unit_id, on).join(Artifact, Artifact.id == Pointer.artifact_id)
    return session.scalars(query.where(Artifact.kind == kind, Artifact.key == key)).one_or_none()


def hash_named(session: Session, kind: str, key: str, unit_id: UUID | None, on: date) -> str | None:
    """Return the hash of what an artifact is for a unit that day; remembered until the next publication."""
    known = remembered(session)
    asked = (kind, key, path_of(session, unit_id), on)
    if known is None or asked not in known:
        query = _nearest(session, unit_id, on).join(Artifact, Artifact.id == Pointer.artifact_id)
        query = query.where(Artifact.kind == kind, Artifact.key == key)
        found: str | None = session.scalar(query.with_only_columns(Pointer.hash))
        if known is None:
            return found
        known[asked] = found
    return known[asked]


def path_of(session: Session, unit_id: UUID | None) -> str:
    """Return the path of a unit as this session has it, when it has it in hand; an unknown unit is nowhere."""
    if unit_id is None:
        return ""
    in_hand = session.identity_map.get(identity_key(Unit, unit_id))
    found: Unit | Place | None = in_hand or places.place_known(session, unit_id)
    return found.path if found else ""


def _nearest(session: Session, unit_id: UUID | None, on: date) -> Select[Pointer]:
    unit = session.get(Unit, unit_id) if unit_id else None
    level = or_(Pointer.unit_id.is_(None), Unit.code.in_(unit.codes)) if unit else Pointer.unit_id.is_(None)
    query = select(Pointer).outerjoin(Unit, Unit.id == Pointer.unit_id).where(Pointer.valid_from <= on, level)
    return query.order_by(func.coalesce(func.length(Unit.path), 0).desc(), Pointer.valid_from.desc()).limit(1)


def pointers_at(session: Session, artifact_id: UUID, on: date) -> dict[UUID | None, Pointer]:
    """Return the pointer in force that day at each level that has its own."""
    query = select(Pointer).where(Pointer.artifact_id == artifact_id, Pointer.valid_from <= on)
    return {pointer.unit_id: pointer for pointer in session.scalars(query.order_by(Pointer.valid_from))}


def pointers_of(session: Session, artifact_id: UUID) -> Sequence[Pointer]:
    """Return every pointer of an artifact, by date."""
    query = select(Pointer).where(Pointer.artifact_id == artifact_id)
    return session.scalars(query.order_by(Pointer.valid_from)).all()


def write_pointers(session: Session, added: list[dict[str, Any]], moved: list[dict[str, Any]]) -> None:
    """Insert and change pointers, all in two statements; those changed are named by their id."""
    if added:
        session.execute(insert(Pointer), added)
    if moved:
        ids = {one["id"] for one in moved}
        session.execute(update(Pointer), moved)
        for known in list(session.identity_map.values()):  # a bulk update leaves what the session read as it was
            if isinstance(known, Pointer) and known.id in ids:
                session.expire(known)


def current_content(
    session: Session, kind: str, key: str, unit_id: UUID | None = None, on: date | None = None
) -> Json | None:
    """Return an artifact as a unit has it that day (today in its zone), None when there is none; never change it."""
    found = hash_named(session, kind, key, unit_id, on or today(session, unit_id))
    return None if found is None else snapshots.content(session, found)


def revisions(
    session: Session,
    artifact_id: UUID,
    states: Collection[RevisionState],
    *,
    units: Collection[UUID | None] | None = None,
) -> Sequence[Revision]:
    """Return the revisions of an artifact in these states, oldest first; `units` keeps those levels only."""
    query = select(Revision).where(Revision.artifact_id == artifact_id, Revision.state.in_(states))
    if units is not None:
        named = Revision.unit_id.in_([unit for unit in units if unit is not None])
        query = query.where(or_(named, Revision.unit_id.is_(None)) if None in units else named)
    return session.scalars(query.order_by(Revision.number)).all()


def open_draft(session: Session, artifact_id: UUID, unit_id: UUID) -> Revision | None:
    """Return the draft of a unit on an artifact: there is one at most."""
    found = revisions(session, artifact_id, OPEN, units=[unit_id])
    return found[-1] if found else None


def drafts_of(session: Session, unit_ids: Collection[UUID]) -> Sequence[Revision]:
    """Return the open drafts of these units, last changed first."""
    query = select(Revision).where(Revision.unit_id.in_(unit_ids), Revision.state.in_(OPEN))
    return session.scalars(query.order_by(Revision.changed_at.desc())).all()


def adapted_by(session: Session, unit_id: UUID) -> frozenset[UUID]:
    """Return the artifacts in which a unit has changes of its own, published or waiting for their date."""
    query = select(Revision.artifact_id, Revision.ops).where(Revision.unit_id == unit_id, Revision.state.in_(LIVE))
    return frozenset(artifact_id for artifact_id, ops in session.execute(query) if ops)


def next_number(session: Session, artifact_id: UUID, unit_id: UUID | None) -> int:
    """Return the number of the next revision of a level."""
    query = select(func.max(Revision.number)).where(Revision.artifact_id == artifact_id)
    query = query.where(Revision.unit_id == unit_id if unit_id else Revision.unit_id.is_(None))
    return (session.scalar(query) or 0) + 1


def revision_history(session: Session, artifact_id: UUID, unit_id: UUID | None) -> Sequence[Revision]:
    """Return every revision of a level that was published or scheduled, newest first."""
    seen = [*LIVE, RevisionState.SUPERSEDED, RevisionState.WITHDRAWN]
    found = revisions(session, artifact_id, seen, units=[unit_id])
    return [revision for revision in reversed(found) if revision.release_id is not None]


def revisions_of_release(session: Session, release_id: UUID) -> Sequence[Revision]:
    """Return the revisions a release published, oldest first."""
    query = select(Revision).where(Revision.release_id == release_id)
    return session.scalars(query.order_by(Revision.number, Revision.id)).all()


def claim(session: Session, revision_id: UUID, row_version: int) -> bool:
    """Raise the version of a draft if it is still the one seen; tell whether it was."""
    query = (
        update(Revision)
        .where(Revision.id == revision_id, Revision.row_version == row_version, Revision.state.in_(OPEN))
        .values(row_version=row_version + 1)
    )
    return session.scalar(query.returning(Revision.id).execution_options(synchronize_session="fetch")) is not None


def readers_of(session: Session, kind: str, key: str, uids: Collection[str] | None = None) -> Sequence[Dependency]:
    """Return what reads these items of an artifact, all its items when not given."""
    query = select(Dependency).where(Dependency.kind == kind, Dependency.key == key)
    if uids is not None:
        query = query.where(Dependency.uid.in_(uids))
    return session.scalars(query.order_by(Dependency.reader_kind, Dependency.reader_key, Dependency.uid)).all()


def replace_dependencies(session: Session, reader_kind: str, reader_key: str, read: Iterable[Read]) -> None:
    """Say anew what a reader reads."""
    own = (Dependency.reader_kind == reader_kind, Dependency.reader_key == reader_key)
    session.execute(delete(Dependency).where(*own))
    for kind, key, uid in sorted(set(read)):
        session.add(Dependency(reader_kind=reader_kind, reader_key=reader_key, kind=kind, key=key, uid=uid))
    session.flush()


def hashes_of_kind(session: Session, kind: str) -> dict[str, set[str]]:
    """Return, for each artifact of a kind, the hashes its pointers show at any level and date."""
    query = select(Artifact.key, Pointer.hash).join(Artifact, Artifact.id == Pointer.artifact_id)
    found: dict[str, set[str]] = {}
    for key, one in session.execute(query.where(Artifact.kind == kind).distinct()):
        found.setdefault(key, set()).add(one)
    return found


def packs(session: Session) -> Sequence[Pack]:
    """Return the packs published here, by key."""
    return session.scalars(select(Pack).order_by(Pack.key)).all()
