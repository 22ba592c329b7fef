"""Immutable contents named by their hash: written once, read through a cache of the process."""

import json
import zlib
from collections.abc import Collection, Mapping

from sqlalchemy import LargeBinary, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.base.json import Json, content_hash, read_json
from jalon.store.base import Table

FORMAT = "1"
"""The version of the shape of contents; part of every hash."""

_CACHED = 2000
_cache: dict[str, Json] = {}


class Snapshot(Table):
    """Content under its hash, compressed, never changed."""

    __tablename__ = "snapshot"

    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)


def hash_of(kind: str, content: Json) -> str:
    """Return the hash that names a content of this kind."""
    return content_hash([kind, content], FORMAT)


def keep(session: Session, kind: str, key: str, content: Json) -> str:
    """Keep a content, once, and return its hash."""
    found = hash_of(kind, content)
    if not _kept(session, [found]):
        session.add(Snapshot(hash=found, kind=kind, key=key, content=_body(content)))
        session.flush()
    return found


def keep_all(session: Session, kind: str, key: str, named: Mapping[str, Json]) -> None:
    """Keep contents already named by their hash."""
    keep_bodies(session, kind, key, bodies(session, named))


def bodies(session: Session, named: Mapping[str, Json]) -> dict[str, bytes]:
    """Return what keeping these contents would write, by hash, those already kept left out; writes nothing."""
    known = _kept(session, named)
    return {one: _body(content) for one, content in named.items() if one not in known}


def keep_bodies(session: Session, kind: str, key: str, found: Mapping[str, bytes]) -> None:
    """Keep contents already compressed; one that somebody kept meanwhile is the same."""
    known = _kept(session, found)
    new = [{"hash": one, "kind": kind, "key": key, "content": body} for one, body in found.items() if one not in known]
    if new:
        session.execute(insert(Snapshot), new)


def _kept(session: Session, hashes: Collection[str]) -> set[str]:
    return set(session.scalars(select(Snapshot.hash).where(Snapshot.hash.in_(hashes)))) if hashes else set()


def _body(content: Json) -> bytes:
    # the hash does not look at the order of keys, readers do: a form without layout shows its fields in that order
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def content(session: Session, wanted: str) -> Json | None:
    """Return the content of that hash, None when nobody kept it; shared with other readers: never change it."""
    if wanted in _cache:
        return _cache[wanted]
    body = session.scalar(select(Snapshot.content).where(Snapshot.hash == wanted))
    return None if body is None else _remember(wanted, body)


def contents(session: Session, wanted: Collection[str]) -> dict[str, Json]:
    """Return several contents by hash, in one query at most."""
    missing = [one for one in set(wanted) if one not in _cache]
    rows = session.execute(select(Snapshot.hash, Snapshot.content).where(Snapshot.hash.in_(missing))) if missing else ()
    found = {one: _remember(one, body) for one, body in rows}
    return found | {one: _cache[one] for one in wanted if one not in found and one in _cache}


def _remember(wanted: str, body: bytes) -> Json:
    while len(_cache) >= _CACHED:
        _cache.pop(next(iter(_cache)), None)
    # a process diagram may nest deeper than what people may send; it was checked when it came in
    _cache[wanted] = read_json(zlib.decompress(body), max_depth=200)
    return _cache[wanted]
