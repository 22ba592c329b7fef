"""Plays between two requests: one row each, of one person, bounded, forgotten after a day; no other table is read."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, NotFound, Stale
from jalon.base.i18n import fr
from jalon.services import access
from jalon.services.prototyping.journal import Journal, read_journal, write_journal
from jalon.store import prototypes as store
from jalon.store.prototypes import Prototype

PLAY = "atelier.jouer"
LIFE = timedelta(hours=24)
MAX_PLAYS = 5
"""Plays of one person: beginning another forgets the one touched longest ago."""
MAX_STEPS = 300
MAX_STATE = 1_000_000
MAX_FILES = 3_000_000
"""Bytes of a play, and of its files once compressed."""


class PlayTooLong(JalonError):
    """More steps, or more typed in them, than a play keeps."""

    code = "atelier.trop_long"
    message = fr("Ce parcours d’essai est trop long ({count} étapes). Exportez-le, puis recommencez.")
    status = 422


class FilesTooBig(JalonError):
    """Files that a play cannot carry."""

    code = "atelier.fichiers_trop_gros"
    message = fr("Ces fichiers sont trop gros pour l’atelier ({size} Mo, {most} Mo au plus).")
    status = 422


@dataclass(frozen=True, slots=True)
class Kept:
    """A play as it was left: `version` tells whether somebody went further since."""

    id: UUID
    unit_id: UUID | None
    files: Mapping[str, bytes]
    journal: Journal
    version: int
    expires_at: datetime


def begin(
    session: Session, actor: Actor, files: Mapping[str, bytes], journal: Journal, unit_id: UUID | None, now: datetime
) -> UUID:
    """Keep a new play and return its id; what has expired, and what is too old, is forgotten."""
    access.require(actor, PLAY, unit_id, hide=True)
    store.forget_expired(session, now)
    person = _person(actor)
    for old in store.prototypes_of(session, person, now)[MAX_PLAYS - 1 :]:
        session.delete(old)
    row = Prototype(
        person_id=person,
        unit_id=unit_id,
        process_key=journal.process[:120],
        title=journal.title[:300],
        files=_zipped(files),
        state=_written(journal),
        updated_at=now,
        expires_at=now + LIFE,
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, actor: Actor, play_id: UUID, now: datetime) -> Kept:
    """Return a play of this person; NotFound when it is another's, or its day is over."""
    row = _row(session, actor, play_id, now)
    return Kept(row.id, row.unit_id, _unzipped(row.files), read_journal(row.state), row.version, row.expires_at)


def save(session: Session, actor: Actor, play_id: UUID, journal: Journal, seen_version: int, now: datetime) -> None:
    """Keep how far a play went; Stale when it went on elsewhere since `seen_version`."""
    row = _row(session, actor, play_id, now)
    if row.version != seen_version:
        raise Stale
    row.state, row.version = _written(journal), row.version + 1
    row.process_key, row.title = journal.process[:120], journal.title[:300]
    row.updated_at, row.expires_at = now, now + LIFE
    session.flush()


def forget(session: Session, actor: Actor, play_id: UUID, now: datetime) -> None:
    """Erase a play."""
    session.delete(_row(session, actor, play_id, now))
    session.flush()


def mine(session: Session, actor: Actor, now: datetime) -> Sequence[Prototype]:
    """Return one's plays, the latest first; their files and steps are not read."""
    return store.prototypes_of(session, _person(actor), now)


def _person(actor: Actor) -> UUID:
    if actor.id is None or actor.kind != "person":
        raise NotFound
    return actor.id


def _row(session: Session, actor: Actor, play_id: UUID, now: datetime) -> Prototype:
    row = store.prototype(session, play_id, _person(actor), now)
    if row is None:
        raise NotFound(id=play_id)
    access.require(actor, PLAY, row.unit_id, hide=True)
    return row


def _written(journal: Journal) -> bytes:
    content = write_journal(journal)
    if len(journal.steps) > MAX_STEPS or len(content) > MAX_STATE:
        raise PlayTooLong(count=len(journal.steps))
    return content


def _zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    content = stream.getvalue()
    if len(content) > MAX_FILES:
        raise FilesTooBig(size=round(len(content) / 1e6, 1), most=MAX_FILES // 1_000_000)
    return content


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
