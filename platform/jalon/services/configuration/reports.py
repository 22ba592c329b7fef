"""Reports on what the levels changed: age, what became useless, locks to review, the same need met several times."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import civil_date
from jalon.engines.layering import Op
from jalon.engines.layering.fold import ORDER, effect
from jalon.engines.layering.kinds import adapter
from jalon.engines.layering.restricting import RESTRICT
from jalon.services.configuration import levels
from jalon.services.configuration.comparing import plain_words
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store import publication as releases
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit


@dataclass(frozen=True, slots=True)
class LocalChange:
    """One change a unit made; `age` in days; `aside` says why it is not applied, "" when it is."""

    unit_id: UUID
    unit: str
    title: str
    kind: str
    key: str
    uid: str
    prop: str
    verb: str
    author: str
    reason: str
    made_on: date | None
    age: int
    aside: str


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock a unit put, with what it says to those below."""

    unit_id: UUID
    unit: str
    title: str
    kind: str
    key: str
    uid: str
    prop: str
    mode: str
    author: str
    reason: str
    legal: str
    review: date | None
    until: date | None
    overdue: bool
    only_restricts: bool


@dataclass(frozen=True, slots=True)
class SameNeed:
    """One thing that several units added, each for itself: « même besoin résolu plusieurs fois »."""

    kind: str
    key: str
    label: str
    added_by: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """The same in French."""
        codes = ", ".join(code for code, _ in self.added_by)
        return f"« {self.label} » a été ajouté {len(self.added_by)} fois ({self.kind}/{self.key}) : {codes}."


@dataclass
class Complexity:
    """How much a unit differs from what it inherits."""

    unit_id: UUID
    unit: str
    title: str
    changes: int = 0
    artifacts: int = 0
    additions: int = 0
    aside: int = 0
    doubts: int = 0
    oldest: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Held:
    unit: Unit
    artifact: Artifact
    op: Op
    aside: str


def local_changes(session: Session, unit_id: UUID | None = None) -> list[LocalChange]:
    """Return the changes of a unit and those below (of every unit without one), the oldest first."""
    today = _today(session, unit_id)
    found = [_local(one, today) for one in _held(session, unit_id)]
    return sorted(found, key=lambda one: (one.made_on or today, one.unit, one.kind, one.key, one.uid))


def to_clean(session: Session, unit_id: UUID | None = None) -> list[LocalChange]:
    """Return the changes that became useless: a level above made the same choice."""
    return [one for one in local_changes(session, unit_id) if one.aside == "converged"]


def locks(session: Session, unit_id: UUID | None = None) -> list[HeldLock]:
    """Return the locks of a unit and those below, the first to review first, those without a date last."""
    today = _today(session, unit_id)
    found = []
    for one in _held(session, unit_id):
        op = one.op
        if op.verb == "lock":
            review, until = _date(op.review), _date(op.until)
            overdue = review is not None and review < today
            found.append(
                HeldLock(
                    one.unit.id,
                    one.unit.code,
                    one.unit.title,
                    one.artifact.kind,
                    one.artifact.key,
                    op.uid,
                    op.prop,
                    op.mode,
                    op.author,
                    op.reason,
                    op.legal,
                    review,
                    until,
                    overdue,
                    op.value == RESTRICT,
                )
            )
    return sorted(found, key=lambda one: (one.review is None, one.review or today, one.unit, one.uid))


def same_needs(session: Session, unit_id: UUID | None = None) -> list[SameNeed]:
    """Return what at least two units added under nearly the same label, the most frequent first."""
    groups: dict[tuple[str, str, str], list[_Held]] = {}
    for one in _held(session, unit_id):
        label = label_of(one.op)
        if one.op.verb == "add" and label and not one.aside:
            groups.setdefault((one.artifact.kind, one.artifact.key, plain_words(label)), []).append(one)
    found = [
        SameNeed(kind, key, label_of(held[0].op), tuple((one.unit.code, one.op.uid) for one in held))
        for (kind, key, _), held in groups.items()
        if len({one.unit.id for one in held}) > 1
    ]
    return sorted(found, key=lambda one: (-len(one.added_by), one.kind, one.key, one.label))


def complexity(session: Session, unit_id: UUID | None = None) -> list[Complexity]:
    """Return how much each unit that changed something differs from what it inherits, the most complex first."""
    today = _today(session, unit_id)
    found: dict[UUID, Complexity] = {}
    seen: set[tuple[UUID, UUID]] = set()
    for one in _held(session, unit_id):
        mine = found.setdefault(one.unit.id, Complexity(one.unit.id, one.unit.code, one.unit.title))
        mine.changes += 1
        mine.artifacts += (one.unit.id, one.artifact.id) not in seen
        seen.add((one.unit.id, one.artifact.id))
        mine.additions += one.op.verb == "add"
        mine.aside += bool(one.aside)
        mine.oldest = max(mine.oldest, _local(one, today).age)
        mine.by_kind[one.artifact.kind] = mine.by_kind.get(one.artifact.kind, 0) + 1
    for doubt in releases.open_conflicts(session, found):
        found[doubt.unit_id].doubts += 1
    return sorted(found.values(), key=lambda one: (-one.changes, one.unit))


def label_of(op: Op) -> str:
    """Return the label of what an op adds, "" when it has none."""
    label = (op.value.get("label") or op.value.get("title")) if isinstance(op.value, dict) else ""
    return label if isinstance(label, str) else ""


def additions(
    session: Session, artifact: Artifact, unit_ids: Collection[UUID], keep: Callable[[str], bool]
) -> list[tuple[Unit, Op]]:
    """Return what these units added to an artifact under a label that `keep` accepts."""
    found = []
    for one in _of(session, artifact, None):
        if one.unit.id in unit_ids and one.op.verb == "add" and not one.aside and keep(label_of(one.op)):
            found.append((one.unit, one.op))
    return found


def _held(session: Session, unit_id: UUID | None) -> Iterator[_Held]:
    """Yield every op in force today at a unit and below, by artifact then unit."""
    ids = None
    if unit_id is not None:
        ids = organisations.subtree_ids(session, levels.known_unit(session, unit_id))
    for artifact in store.artifacts(session):
        yield from _of(session, artifact, ids)


def _of(session: Session, artifact: Artifact, ids: Collection[UUID] | None) -> Iterator[_Held]:
    day = store.today(session, None)
    current = {
        unit_id: revision
        for unit_id, revision in levels.revisions_on(session, artifact.id, day).items()
        if unit_id is not None and revision.ops and (ids is None or unit_id in ids)
    }
    if not current:
        return
    pointers = store.pointers_at(session, artifact.id, day)
    for unit in organisations.units(session, [one for one in current if one]):
        pointer = pointers.get(unit.id)
        for op in levels.ops_of(current[unit.id].ops):
            yield _Held(unit, artifact, op, str(pointer.aside.get(op.id, "")) if pointer else "")


def _local(one: _Held, today: date) -> LocalChange:
    op = one.op
    written = effect(adapter(one.artifact.kind), op)
    prop = ORDER if op.verb == "move_after" else written[0] if written else op.prop
    made_on = _date(op.at)
    age = (today - made_on).days if made_on else 0
    unit, artifact = one.unit, one.artifact
    return LocalChange(
        unit.id,
        unit.code,
        unit.title,
        artifact.kind,
        artifact.key,
        op.uid,
        prop,
        op.verb,
        op.author,
        op.reason,
        made_on,
        max(age, 0),
        one.aside,
    )


def _today(session: Session, unit_id: UUID | None) -> date:
    return store.today(session, unit_id)


def _date(text: str | None) -> date | None:
    """Return the day of a date or of an instant, None for what is neither."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return civil_date(datetime.fromisoformat(text), "UTC")
    except ValueError:
        return None
