"""The levels of an artifact as the engine wants them: the pack's content, then each unit's changes, a given day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import NotFound
from jalon.base.json import Json
from jalon.engines.layering import Facts, Level, Op, Resolved, read_op, resolve, write_op
from jalon.engines.layering.fold import active_aliases
from jalon.engines.layering.fold import redirected as engine_redirected
from jalon.services.configuration.errors import ArtifactUnknown
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.configuration import Artifact, Pointer, Revision, RevisionState
from jalon.store.organisations import Unit

ONCE_PUBLISHED = (RevisionState.PUBLISHED, RevisionState.SCHEDULED, RevisionState.SUPERSEDED)


@dataclass(frozen=True)
class Chain:
    """What reaches a unit: the pack's content, the levels above, and the unit's own."""

    base: Json
    above: tuple[Level, ...]
    own: Level
    own_revision: Revision | None
    artifact: Artifact

    def parent(self, day: date, facts: Facts) -> Resolved:
        """Return what the unit inherits."""
        kind, aliases = self.artifact.kind, self.artifact.aliases
        return resolve(kind, self.base, self.above, day.isoformat(), facts=facts, aliases=aliases)


def known_artifact(session: Session, kind: str, key: str) -> Artifact:
    """Return an artifact, or raise ArtifactUnknown."""
    found = store.artifact(session, kind, key)
    if found is None:
        raise ArtifactUnknown(kind=kind, key=key)
    return found


def known_unit(session: Session, unit_id: UUID) -> Unit:
    """Return a unit, or raise NotFound."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound(id=unit_id)
    return found


def revisions_on(
    session: Session, artifact_id: UUID, day: date, units: Collection[UUID | None] | None = None
) -> dict[UUID | None, Revision]:
    """Return the revision of each level in force that day."""
    found: dict[UUID | None, Revision] = {}
    for revision in store.revisions(session, artifact_id, ONCE_PUBLISHED, units=units):
        starts, ends = revision.effective_from, revision.effective_to
        if starts is not None and starts <= day and (ends is None or day < ends):
            found[revision.unit_id] = revision
    return found


def chain_of(session: Session, artifact: Artifact, unit: Unit, day: date) -> Chain:
    """Return the levels that reach a unit that day, without the ops set aside."""
    line = organisations.ancestors(session, unit)
    revisions = revisions_on(session, artifact.id, day, [None, *(one.id for one in line)])
    pointers = store.pointers_at(session, artifact.id, day)
    levels = [
        Level(one.code, applied(revisions[one.id], pointers.get(one.id)) if one.id in revisions else ()) for one in line
    ]
    base = revisions.get(None)
    content = snapshots.content(session, base.content_hash) if base else None
    if content is None:
        raise ArtifactUnknown(kind=artifact.kind, key=artifact.key)
    return Chain(content, tuple(levels[:-1]), levels[-1], revisions.get(unit.id), artifact)


def redirected(chain: Chain, day: date, facts: Facts) -> Chain:
    """Return the same chain with the present names of what its ops touch, where the former ones are gone."""
    if not chain.artifact.aliases:
        return chain
    aliases = active_aliases(chain.artifact.aliases, chain.parent(day, facts).atoms.items)

    def renamed(level: Level) -> Level:
        return replace(level, ops=tuple(engine_redirected(op, aliases) for op in level.ops))

    return replace(chain, above=tuple(map(renamed, chain.above)), own=renamed(chain.own))


def applied(revision: Revision, pointer: Pointer | None) -> tuple[Op, ...]:
    """Return the ops of a revision that hold, leaving out those its pointer sets aside."""
    aside = pointer.aside if pointer else {}
    return tuple(op for op in ops_of(revision.ops) if op.id not in aside)


def ops_of(documents: Sequence[Json]) -> tuple[Op, ...]:
    """Read the ops kept in a row."""
    return tuple(read_op(document, number) for number, document in enumerate(documents, 1))


def documents_of(ops: Iterable[Op]) -> list[Json]:
    """Write ops for a row."""
    return [write_op(op) for op in ops]


def facts_for(session: Session, kind: str, key: str) -> Facts:
    """Return what the checks of an artifact must know from elsewhere: who reads it, lists, published processes."""
    readers: dict[str, tuple[str, ...]] = {}
    for one in store.readers_of(session, kind, key):
        readers[one.uid] = (*readers.get(one.uid, ()), one.reader)
    lists: Mapping[str, frozenset[str]] = {}
    published = None
    if kind == "form":
        lists = _codes_anywhere(session)
    if kind == "process":
        published = frozenset(artifact.key for artifact in store.artifacts(session, "process"))
    return Facts(read_by=readers, lists=lists, published=published)


def _codes_anywhere(session: Session) -> dict[str, frozenset[str]]:
    """Return the codes each list has at one level or another: what none of them has is wrong everywhere."""
    found: dict[str, frozenset[str]] = {}
    for key, hashes in store.hashes_of_kind(session, "list").items():
        contents = snapshots.contents(session, hashes).values()
        found[key] = frozenset(value["code"] for content in contents for value in content.get("values", []))
    return found


def latest_revision(session: Session, artifact_id: UUID, unit_id: UUID, day: date | None = None) -> Revision | None:
    """Return the revision of a unit in force that day (today in its zone): what a new draft starts from."""
    return revisions_on(session, artifact_id, day or store.today(session, unit_id), [unit_id]).get(unit_id)


def draft_ops(session: Session, draft: Revision, day: date | None = None) -> tuple[Op, ...]:
    """Return the ops of a draft as of a day; what its unit published besides is carried over."""
    mine = ops_of(draft.ops)
    if draft.unit_id is None:
        return mine
    latest = latest_revision(session, draft.artifact_id, draft.unit_id, day)
    if latest is None or latest.id == draft.based_on:
        return mine
    origin = session.get(Revision, draft.based_on) if draft.based_on else None
    return merged(ops_of(origin.ops) if origin else (), mine, ops_of(latest.ops))


def merged(origin: Sequence[Op], mine: Sequence[Op], theirs: Sequence[Op]) -> tuple[Op, ...]:
    """Return `theirs` with what `mine` took away from and added to their common origin; mine wins on one atom."""
    before, after = {op.id for op in origin}, {op.id for op in mine}
    added = [op for op in mine if op.id not in before]
    taken = {(op.verb, op.uid, op.prop) for op in added}
    kept = [op for op in theirs if op.id in after or op.id not in before]
    return (*(op for op in kept if op.id not in after - before and (op.verb, op.uid, op.prop) not in taken), *added)
