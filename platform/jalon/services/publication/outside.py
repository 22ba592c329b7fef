"""Publish without holding the database: prepare in a session that only reads, then one short transaction.

What changes what runs for others and a level wants read by somebody else is not done but asked for: these functions
return it as a `Waiting`, and `approve_with` does it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.engines.layering import ABSENT, Value
from jalon.services.configuration import Pack
from jalon.services.publication.acts import (
    Act,
    acceptance_of,
    asked_pack,
    decision_of,
    import_of,
    move_of,
    prepare_act,
    rollback_of,
)
from jalon.services.publication.conflicts import decide_conflicts
from jalon.services.publication.errors import EpochChanged, ReadingOutdated, SecondReaderNeeded
from jalon.services.publication.importing import bring_units, changes_units, import_pack, known_version, prepare_import
from jalon.services.publication.model import Choice, Published, Waiting
from jalon.services.publication.publishing import Terms, prepare
from jalon.services.publication.readings import ask, prepare_approved, settle
from jalon.services.publication.readying import Prepared
from jalon.services.publication.releasing import apply
from jalon.services.publication.reviewing import needs_second_reader
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.database import Database

ATTEMPTS = 3
"""How often what was prepared is prepared again when somebody published meanwhile."""


def publish_with(database: Database, actor: Actor, draft_ids: Sequence[UUID], **terms: Unpack[Terms]) -> Published:
    """Publish drafts; others write meanwhile. With the `epoch` of an impact, what changed since is refused."""
    attempts = ATTEMPTS if terms.get("epoch") is None else 1
    return _settled(database, actor, lambda session: prepare(session, actor, draft_ids, **terms), attempts=attempts)


def import_with(
    database: Database, actor: Actor, pack: Pack, *, effective_from: date | None = None
) -> Published | Waiting:
    """Publish a pack; others write meanwhile, unless it changes the tree of units: then all is one transaction."""
    with _reading(database) as session:
        known, whole = known_version(session, pack), changes_units(session, pack)
        root = organisations.root(session)
        waits = root is not None and needs_second_reader(session, root.id)
    if known is not None or (whole and not waits):
        with database.transaction() as session:
            return import_pack(session, actor, pack, effective_from=effective_from)
    return _done_or_asked(
        database,
        actor,
        lambda session: prepare_import(session, actor, pack, effective_from=effective_from),
        lambda session: import_of(session, pack, effective_from),
    )


def rehearse_import(
    database: Database, actor: Actor, pack: Pack, *, effective_from: date | None = None
) -> Prepared | None:
    """Compute what `import_with` would publish, None when nothing; the session is thrown away, nothing is kept.

    Raises what importing would; `demanding` tells whether a second reading would be asked for.
    """
    with database.session() as session:
        if known_version(session, pack) is not None:
            return None
        root = organisations.root(session)
        if root is None or not needs_second_reader(session, root.id):
            bring_units(session, actor, pack)
        return prepare_import(session, actor, pack, effective_from=effective_from)


def move_with(database: Database, actor: Actor, unit_id: UUID, parent_id: UUID, reason: str) -> Published | Waiting:
    """Put a unit and those below under another parent; others write meanwhile."""
    return _act_with(database, actor, move_of(unit_id, parent_id, reason))


def rollback_with(database: Database, actor: Actor, release_id: UUID, reason: str) -> Published | Waiting:
    """Undo a release; others write meanwhile."""
    return _act_with(database, actor, rollback_of(release_id, reason))


def accept_with(
    database: Database,
    actor: Actor,
    offer_id: UUID,
    *,
    reason: str,
    merged: Sequence[str] = (),
    on: date | None = None,
) -> Published | Waiting:
    """Take an offered item over; others write meanwhile."""
    return _act_with(database, actor, acceptance_of(offer_id, reason, merged, on))


def decide_with(
    database: Database,
    actor: Actor,
    conflict_ids: Sequence[UUID],
    choice: Choice,
    reason: str,
    value: Value = ABSENT,
) -> int | Waiting:
    """Decide a group of conflicts alike and return how many were; others write meanwhile."""
    if choice == "ask_parent":
        with database.transaction() as session:
            return decide_conflicts(session, actor, conflict_ids, choice, reason, value)
    done = _act_with(database, actor, decision_of(conflict_ids, choice, reason, value))
    return done if isinstance(done, Waiting) else len(dict.fromkeys(conflict_ids))


def approve_with(database: Database, reader: Actor, reading_id: UUID, epoch: int | None = None) -> Published:
    """Do what waited for this second reader exactly as it was read, or refuse; see `prepare_approved`."""
    with _reading(database) as session:
        author, act, prepared = prepare_approved(session, reader, reading_id, epoch)
        whole = act.name == "pack" and changes_units(session, asked_pack(session, act.terms)[0])
    with database.transaction() as session:
        if whole:
            if store.epoch(session) != prepared.epoch:
                raise ReadingOutdated()
            pack, day = asked_pack(session, act.terms)
            done = import_pack(session, author, pack, effective_from=day, approver=reader)
        else:
            done = apply(session, author, prepared)
        settle(session, reader, reading_id, done.id)
        return done


def _act_with(database: Database, actor: Actor, act: Act) -> Published | Waiting:
    return _done_or_asked(database, actor, lambda session: prepare_act(session, actor, act), lambda _session: act)


def _done_or_asked(
    database: Database, actor: Actor, work: Callable[[Session], Prepared], act: Callable[[Session], Act]
) -> Published | Waiting:
    """Do an act, or let it wait when a level concerned wants somebody else to read it first."""
    try:
        return _settled(database, actor, work)
    except SecondReaderNeeded:
        with _reading(database) as session:
            prepared = work(session)
        with database.transaction() as session:
            return ask(session, actor, act(session), prepared)


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
