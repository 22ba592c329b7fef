"""What a draft gives once applied to what its unit inherits today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines import layering
from jalon.engines.layering import Difference, Facts, Level, Op, OpOutcome, Resolved, Value
from jalon.engines.layering.fold import ORDER, effect
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration import levels
from jalon.services.configuration.comparing import near_duplicates
from jalon.store import configuration as store
from jalon.store.configuration import Artifact, Revision
from jalon.store.organisations import Unit


@dataclass(frozen=True)
class Draft:
    """The open changes of a unit on an artifact.

    `ops` are all of the unit's, `new_ops` those the published revision does not have. `content` is the artifact with
    them; `differences` against what is published for the unit. `outdated`: changes made before a level above changed
    the same thing, to be looked at again. `warnings`: sentences, such as a label nearly the same as another.
    """

    id: UUID
    kind: str
    key: str
    unit_id: UUID
    row_version: int
    ops: tuple[Op, ...]
    new_ops: tuple[Op, ...]
    content: Json
    problems: tuple[Problem, ...]
    differences: tuple[Difference, ...]
    outdated: tuple[OpOutcome, ...]
    warnings: tuple[str, ...]
    last_author: str
    can_undo: bool
    can_redo: bool
    in_review: bool = False


@dataclass(frozen=True)
class Standpoint:
    """Where a draft is seen from: its unit today, what it inherits, what it has published, the ops set aside."""

    artifact: Artifact
    unit: Unit
    day: date
    facts: Facts
    parent: Resolved
    published_ops: tuple[Op, ...]
    published: Resolved
    aside: frozenset[str]

    def resolve(self, ops: tuple[Op, ...]) -> Resolved:
        """Return what the unit would have with these ops."""
        held = tuple(op for op in ops if op.id not in self.aside)
        level, aliases = Level(self.unit.code, held), self.artifact.aliases
        return layering.resolve(
            self.artifact.kind, self.parent, [level], self.day.isoformat(), facts=self.facts, aliases=aliases
        )

    def prop_of(self, op: Op) -> str:
        """Return the property an op writes, `order` for a place, "" for the item itself."""
        if op.verb == "move_after":
            return ORDER
        written = effect(adapter(self.artifact.kind), op)
        return written[0] if written else op.prop

    def inherited(self, op: Op) -> Value:
        """Return what the unit inherits for what an op touches."""
        if op.verb in ("add", "lock", "unlock"):
            return layering.ABSENT
        if op.verb == "move_after":
            container, after = self.parent.atoms.place(op.uid)
            return {"in": container, "after": after}
        return self.parent.atoms.value(op.uid, self.prop_of(op))


def standpoint(session: Session, revision: Revision) -> Standpoint:
    """Return where a draft is seen from."""
    artifact = session.get_one(Artifact, revision.artifact_id)
    unit = session.get_one(Unit, revision.unit_id)
    day = store.today(session, unit.id)
    facts = levels.facts_for(session, artifact.kind, artifact.key)
    chain = levels.chain_of(session, artifact, unit, day)
    parent = chain.parent(day, facts)
    published = levels.ops_of(chain.own_revision.ops) if chain.own_revision else ()
    held = {op.id for op in chain.own.ops}
    aside = frozenset(op.id for op in published if op.id not in held)
    resolved = layering.resolve(
        artifact.kind, parent, [chain.own], day.isoformat(), facts=facts, aliases=artifact.aliases
    )
    return Standpoint(artifact, unit, day, facts, parent, published, resolved, aside)


def view(session: Session, revision: Revision) -> Draft:
    """Return a draft as it stands."""
    place = standpoint(session, revision)
    kind = place.artifact.kind
    ops = levels.draft_ops(session, revision)
    known = {op.id for op in place.published_ops}
    new_ops = tuple(op for op in ops if op.id not in known)
    resolved = place.resolve(ops)
    since = revision.changes[-1]["author"] if revision.changes else revision.author
    return Draft(
        id=revision.id,
        kind=kind,
        key=place.artifact.key,
        unit_id=place.unit.id,
        row_version=revision.row_version,
        ops=ops,
        new_ops=new_ops,
        content=resolved.document,
        problems=resolved.problems,
        differences=tuple(layering.differences(kind, place.published, resolved)),
        outdated=outdated(place, ops, new_ops),
        warnings=tuple(_lookalikes(resolved, new_ops)),
        last_author=since,
        can_undo=bool(revision.changes),
        can_redo=bool(revision.undone),
        in_review=revision.state is store.RevisionState.IN_REVIEW,
    )


def outdated(place: Standpoint, ops: tuple[Op, ...], new_ops: tuple[Op, ...]) -> tuple[OpOutcome, ...]:
    """Return the new changes whose inherited value is no more the one that was seen."""
    rebased = layering.rebase(
        place.artifact.kind,
        None,
        place.parent,
        [op for op in ops if op.id not in place.aside],
        unit=place.unit.code,
        at=place.day.isoformat(),
        facts=place.facts,
        aliases=place.artifact.aliases,
    )
    new = {op.id for op in new_ops}
    # a combination that breaks a rule is a problem of the draft, not a change made above
    return tuple(one for one in rebased.conflicts if one.op.id in new and one.conflict_kind != "semantic")


def _lookalikes(resolved: Resolved, new_ops: tuple[Op, ...]) -> Iterator[str]:
    """Warn of labels nearly the same as another's."""
    for op in new_ops:
        named = op.value.get("label") if op.verb == "add" and isinstance(op.value, dict) else op.value
        if not isinstance(named, str) or (op.verb == "set" and op.prop != "label") or op.verb not in ("add", "set"):
            continue
        home = resolved.atoms.homes.get(op.uid)
        others = [
            str(item.get("label", ""))
            for uid, item in resolved.atoms.items.items()
            if uid != op.uid and resolved.atoms.homes.get(uid) == home
        ]
        for other in near_duplicates(named, others):
            yield f"« {named} » ressemble beaucoup à « {other} », qui existe déjà."
