"""Publish without holding the database: prepare in a session that only reads, then one short transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.layering import ABSENT, Value
from jalon.services.configuration import Pack
from jalon.services.publication.conflicts import decide_conflicts, prepare_decisions
from jalon.services.publication.errors import EpochChanged
from jalon.services.publication.importing import changes_units, import_pack, known_version, prepare_import
from jalon.services.publication.model import Choice, Published
from jalon.services.publication.moving import prepare_move
from jalon.services.publication.promoting import prepare_acceptance
from jalon.services.publication.publishing import Terms, prepare
from jalon.services.publication.readying import Prepared
from jalon.services.publication.releasing import apply
from jalon.services.publication.undoing import prepare_rollback
from jalon.store.database import Database

ATTEMPTS = 3
"""How often what was prepared is prepared again when somebody published meanwhile."""


def publish_with(database: Database, actor: Actor, draft_ids: Sequence[UUID], **terms: Unpack[Terms]) -> Published:
    """Publish drafts; others write meanwhile. With the `epoch` of an impact, what changed since is refused."""
    attempts = ATTEMPTS if terms.get("epoch") is None else 1
    return _settled(database, actor, lambda session: prepare(session, actor, draft_ids, **terms), attempts=attempts)


def import_with(database: Database, actor: Actor, pack: Pack, *, effective_from: date | None = None) -> Published:
    """Publish a pack; others write meanwhile, unless it changes the tree of units: then all is one transaction."""
    with _reading(database) as session:
        known, whole = known_version(session, pack), changes_units(session, pack)
    if known is not None or whole:
        with database.transaction() as session:
            return import_pack(session, actor, pack, effective_from=effective_from)
    return _settled(
        database, actor, lambda session: prepare_import(session, actor, pack, effective_from=effective_from)
    )


def move_with(database: Database, actor: Actor, unit_id: UUID, parent_id: UUID, reason: str) -> Published:
    """Put a unit and those below under another parent; others write meanwhile."""
    return _settled(database, actor, lambda session: prepare_move(session, actor, unit_id, parent_id, reason))


def rollback_with(database: Database, actor: Actor, release_id: UUID, reason: str) -> Published:
    """Undo a release; others write meanwhile."""
    return _settled(database, actor, lambda session: prepare_rollback(session, actor, release_id, reason))


def accept_with(
    database: Database,
    actor: Actor,
    offer_id: UUID,
    *,
    reason: str,
    merged: Sequence[str] = (),
    on: date | None = None,
) -> Published:
    """Take an offered item over; others write meanwhile."""

    def work(session: Session) -> Prepared:
        return prepare_acceptance(session, actor, offer_id, reason=reason, merged=merged, on=on)

    return _settled(database, actor, work)


def decide_with(
    database: Database,
    actor: Actor,
    conflict_ids: Sequence[UUID],
    choice: Choice,
    reason: str,
    value: Value = ABSENT,
) -> int:
    """Decide a group of conflicts alike and return how many were; others write meanwhile."""
    if choice == "ask_parent":
        with database.transaction() as session:
            return decide_conflicts(session, actor, conflict_ids, choice, reason, value)
    _settled(database, actor, lambda session: prepare_decisions(session, actor, conflict_ids, choice, reason, value))
    return len(dict.fromkeys(conflict_ids))


def _settled(
    database: Database, actor: Actor, work: Callable[[Session], Prepared], attempts: int = ATTEMPTS
) -> Published:
    """Prepare, apply, and prepare again when somebody published in between."""
    while True:
        attempts -= 1
        with _reading(database) as session:
            prepared = work(session)
        try:
            with database.transaction() as session:
                return apply(session, actor, prepared)
        except EpochChanged:
            if not attempts:
                raise


@contextmanager
def _reading(database: Database) -> Iterator[Session]:
    """A session that takes no lock and is thrown away."""
    with database.session() as session:
        session.connection(execution_options={"read_only": True})
        yield session
