"""Case files: the generic file, the provenance of each value, its papers, its relations, who opened it last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Document, Identified, Table
from jalon.store.organisations import Unit
from jalon.store.processes import InstanceDossier
from jalon.store.sequence import Sequence64, next_seq

Word = String(64).with_variant(String(64, collation="C"), "postgresql")
"""A normalised word whose beginnings can be searched through the index, whatever the server's language."""


class Dossier(Identified, Table):
    """One case file; its type is a configured artifact and `data` holds what its forms bound to it.

    `audience` is unit, region or nation: a shared file belongs to the region or the nation and
    everybody who may read files below may read it.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        Index("ix_dossier_unit_type_name", "unit_id", "type", "name"),
        Index("ix_dossier_unit_birth_date", "unit_id", "birth_date"),
        Index("ix_dossier_unit_type_key", "unit_id", "type", "import_key", unique=True),
    )
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    type: Mapped[str] = mapped_column(String(64))
    audience: Mapped[str] = mapped_column(String(10), default="unit")
    status: Mapped[str] = mapped_column(String(20), default="open")
    name: Mapped[str] = mapped_column(String(300), default="")
    birth_date: Mapped[date | None]
    import_key: Mapped[str | None] = mapped_column(String(200))
    merged_into: Mapped[UUID | None] = mapped_column(default=None)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it once, from the class)


class DossierWord(Table):
    """A normalised word by which a case file is found."""

    __tablename__ = "dossier_word"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    word: Mapped[str] = mapped_column(Word, primary_key=True)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True, index=True)


class DossierChange(Identified, Table):
    """The provenance of one value: who gave it, when, through which form and task."""

    __tablename__ = "dossier_change"
    __table_args__ = (Index("ix_dossier_change_dossier_path", "dossier_id", "path", "seq"),)
    seq: Mapped[int] = mapped_column(Sequence64, default=next_seq)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(300))
    old: Mapped[Any] = mapped_column(Document)
    new: Mapped[Any] = mapped_column(Document)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    origin: Mapped[str] = mapped_column(String(20))
    form_hash: Mapped[str] = mapped_column(String(64), default="")
    task_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column()
    at: Mapped[datetime]


class DossierDocument(Identified, Table):
    """A paper kept with a case file; its bytes are found by their hash."""

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_dossier", "dossier_id", "id"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    content_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    added_by: Mapped[str] = mapped_column(String(200))
    task_id: Mapped[UUID | None]
    at: Mapped[datetime]


class DossierRelation(Identified, Table):
    """A named link from one case file to another."""

    __tablename__ = "dossier_relation"
    __table_args__ = (UniqueConstraint("from_id", "kind", "to_id"),)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    from_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class DossierVisit(Table):
    """The last time a person opened a case file, and whether they pinned it (a journal table)."""

    __tablename__ = "dossier_visit"
    __table_args__ = (Index("ix_dossier_visit_person_at", "person_id", "at"),)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    pinned: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """The units whose case files one may reach, and those above them, for shared files only."""

    units: frozenset[UUID]
    above: frozenset[UUID] = frozenset()


def in_scope(scope: Scope) -> Any:
    """Return the condition that keeps a query inside a scope."""
    shared = and_(Dossier.audience != "unit", Dossier.unit_id.in_(scope.above))
    return or_(Dossier.unit_id.in_(scope.units), shared)


def units_above(session: Session, units: Collection[UUID]) -> frozenset[UUID]:
    """Return the units strictly above these ones."""
    if not units:
        return frozenset()
    reached = session.scalars(select(Unit).where(Unit.id.in_(units))).all()
    codes = {code for unit in reached for code in unit.codes} - {unit.code for unit in reached}
    return frozenset(session.scalars(select(Unit.id).where(Unit.code.in_(codes))))


def dossier(session: Session, scope: Scope | None, dossier_id: UUID) -> Dossier | None:
    """Return one case file of a scope; a scope of None is the system's own."""
    query = select(Dossier).where(Dossier.id == dossier_id)
    return session.scalar(query if scope is None else query.where(in_scope(scope)))


def dossiers_of_run(session: Session, root_id: UUID) -> dict[str, Dossier]:
    """Return the case files of a run by role."""
    query = select(InstanceDossier.role, Dossier).join(Dossier, Dossier.id == InstanceDossier.dossier_id)
    rows = session.execute(query.where(InstanceDossier.instance_id == root_id))
    return {row.role: row.Dossier for row in rows}


def dossiers_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Dossier]:
    """Return case files by id, whatever their unit: the caller already checked what they hang from."""
    if not ids:
        return {}
    return {found.id: found for found in session.scalars(select(Dossier).where(Dossier.id.in_(ids)))}


def dossiers_in_scope(session: Session, scope: Scope | None, ids: Collection[UUID]) -> Sequence[Dossier]:
    """Return those of these case files that are in a scope, by name; a scope of None is the system's own."""
    if not ids:
        return []
    query = select(Dossier).where(Dossier.id.in_(ids)).order_by(Dossier.name, Dossier.id)
    return session.scalars(query if scope is None else query.where(in_scope(scope))).all()


def found_by_words(
    session: Session, scope: Scope, words: Sequence[str], *, birth_date: date | None, type_: str | None, limit: int
) -> Sequence[Dossier]:
    """Return the case files having, for each word, a word that begins like it; in name order."""
    query = select(Dossier).where(in_scope(scope))
    if type_:
        query = query.where(Dossier.type == type_)
    if birth_date:
        query = query.where(Dossier.birth_date == birth_date)
    for word in words:
        query = query.where(Dossier.id.in_(_having_word(scope, word)))
    return session.scalars(query.order_by(Dossier.name, Dossier.id).limit(limit)).all()


def _having_word(scope: Scope, word: str) -> Select[tuple[UUID]]:
    begins = and_(DossierWord.word >= word, DossierWord.word < word + "\U0010ffff")
    return select(DossierWord.dossier_id).where(DossierWord.unit_id.in_(scope.units | scope.above), begins)


def born_on(session: Session, scope: Scope, birth_date: date, type_: str, limit: int) -> Sequence[Dossier]:
    """Return the case files of a type whose person was born that day."""
    query = select(Dossier).where(in_scope(scope), Dossier.birth_date == birth_date, Dossier.type == type_)
    query = query.where(Dossier.merged_into.is_(None))
    return session.scalars(query.order_by(Dossier.name, Dossier.id).limit(limit)).all()


def born_anywhere(session: Session, birth_date: date, limit: int) -> Sequence[Dossier]:
    """Return the case files, of any unit and type, whose person was born that day."""
    query = select(Dossier).where(Dossier.unit_id.in_(select(Unit.id)), Dossier.birth_date == birth_date)
    return session.scalars(query.where(Dossier.merged_into.is_(None)).order_by(Dossier.id).limit(limit)).all()


def by_import_key(session: Session, unit_id: UUID, type_: str, keys: Collection[str]) -> dict[str, Dossier]:
    """Return the case files imported into a unit under these keys."""
    query = select(Dossier).where(Dossier.unit_id == unit_id, Dossier.type == type_, Dossier.import_key.in_(keys))
    return {str(found.import_key): found for found in session.scalars(query)}


def listed(
    session: Session, scope: Scope, type_: str | None, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Dossier]:
    """Return a page of case files in name order, after a (name, id) already seen."""
    query = select(Dossier).where(in_scope(scope), Dossier.merged_into.is_(None))
    if type_:
        query = query.where(Dossier.type == type_)
    if after:
        name, seen = after
        query = query.where(or_(Dossier.name > name, and_(Dossier.name == name, Dossier.id > seen)))
    return session.scalars(query.order_by(Dossier.name, Dossier.id).limit(limit)).all()


def changes(
    session: Session, dossier_id: UUID, *, path: str | None = None, limit: int = 200
) -> Sequence[DossierChange]:
    """Return the last changes of a case file, the latest first; of one path if given."""
    query = select(DossierChange).where(DossierChange.dossier_id == dossier_id)
    if path is not None:
        query = query.where(DossierChange.path == path)
    return session.scalars(query.order_by(DossierChange.seq.desc()).limit(limit)).all()


def changes_since(session: Session, dossier_id: UUID, version: int) -> Sequence[DossierChange]:
    """Return the changes made after a version of a case file, in order."""
    query = select(DossierChange).where(DossierChange.dossier_id == dossier_id, DossierChange.version > version)
    return session.scalars(query.order_by(DossierChange.seq)).all()


def replace_words(session: Session, found: Dossier, words: Collection[str]) -> None:
    """Make these the only words by which a case file is found."""
    rows = session.scalars(select(DossierWord).where(DossierWord.dossier_id == found.id)).all()
    known = {row.word: row for row in rows if row.unit_id == found.unit_id}
    for row in rows:
        if row.unit_id != found.unit_id or row.word not in words:
            session.delete(row)
    session.add_all(
        DossierWord(unit_id=found.unit_id, word=word, dossier_id=found.id) for word in words if word not in known
    )


def visit(session: Session, person_id: UUID, dossier_id: UUID) -> DossierVisit | None:
    """Return when a person last opened a case file."""
    return session.get(DossierVisit, (person_id, dossier_id))


def latest_changes(session: Session, dossier_ids: Collection[UUID]) -> dict[tuple[UUID, str], DossierChange]:
    """Return the last change of each path of these case files, by (dossier, path)."""
    if not dossier_ids:
        return {}
    last = select(func.max(DossierChange.seq)).where(DossierChange.dossier_id.in_(dossier_ids))
    last = last.group_by(DossierChange.dossier_id, DossierChange.path)
    query = select(DossierChange).where(DossierChange.dossier_id.in_(dossier_ids), DossierChange.seq.in_(last))
    return {(change.dossier_id, change.path): change for change in session.scalars(query)}


def visited(session: Session, scope: Scope, person_id: UUID, limit: int) -> Sequence[tuple[Dossier, bool]]:
    """Return the case files a person opened last and may still read, pinned ones first, with their pin."""
    query = (
        select(Dossier, DossierVisit.pinned)
        .join(DossierVisit, DossierVisit.dossier_id == Dossier.id)
        .where(DossierVisit.person_id == person_id, in_scope(scope), Dossier.merged_into.is_(None))
        .order_by(DossierVisit.pinned.desc(), DossierVisit.at.desc())
        .limit(limit)
    )
    return [(found, pinned) for found, pinned in session.execute(query)]


def relations(session: Session, dossier_id: UUID) -> Sequence[DossierRelation]:
    """Return the relations a case file has, in either direction."""
    either = or_(DossierRelation.from_id == dossier_id, DossierRelation.to_id == dossier_id)
    return session.scalars(select(DossierRelation).where(either).order_by(DossierRelation.id)).all()


def documents_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, DossierDocument]:
    """Return papers by id, whatever their case file: the caller checks whose they are."""
    if not ids:
        return {}
    return {found.id: found for found in session.scalars(select(DossierDocument).where(DossierDocument.id.in_(ids)))}


def documents(session: Session, dossier_id: UUID) -> Sequence[DossierDocument]:
    """Return the papers of a case file, the latest first."""
    query = select(DossierDocument).where(DossierDocument.dossier_id == dossier_id)
    return session.scalars(query.order_by(DossierDocument.id.desc())).all()
