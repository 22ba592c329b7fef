"""What publishing says: impact beforehand, a release afterwards, conflicts and notices for those below."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import Problem
from jalon.engines.layering import ChangeClass, Difference, Value
from jalon.services.worklist import RunningWork as RunningWork  # counted by the worklist, told here

Choice = Literal["keep_mine", "take_new", "merge", "ask_parent"]


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as a sentence names it."""

    id: UUID
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Overriding:
    """A unit below that changed the same thing: it will keep its own value or meet a conflict."""

    unit: UnitName
    uid: str
    prop: str
    local: Value
    state: str
    message: str


class CountRunningWork(Protocol):
    """Counts the work in progress that uses an artifact at these units; the process service gives one."""

    def __call__(self, session: Session, kind: str, key: str, unit_ids: frozenset[UUID]) -> RunningWork:
        """Return the counts."""
        ...


@dataclass(frozen=True)
class ArtifactImpact:
    """What publishing would do to one artifact; `policy` says in French what running work does."""

    kind: str
    key: str
    title: str
    differences: tuple[Difference, ...]
    change: ChangeClass | None
    inheriting: tuple[UnitName, ...]
    overriding: tuple[Overriding, ...]
    conflicts: tuple[Overriding, ...]
    converged: tuple[Overriding, ...]
    readers: tuple[str, ...]
    hidden: tuple[str, ...]
    running: RunningWork
    policy: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class FailingScenario:
    """A scenario of a pack that would not hold at a level; `was_failing`: it does not hold there today either."""

    pack: str
    name: str
    title: str
    unit: UnitName
    reasons: tuple[str, ...]
    was_failing: bool

    @property
    def sentence(self) -> str:
        """The same in French."""
        return f"Scénario « {self.title} », {self.unit.title} : {' ; '.join(self.reasons)}"


@dataclass(frozen=True)
class Impact:
    """What publishing these drafts would do; give `epoch` back to `publish` so that nothing changed in between.

    Scenarios are played when a workshop is given; `scenarios_left_out` counts the results there was no time for.
    """

    epoch: int
    effective_from: date
    reached: tuple[UnitName, ...]
    artifacts: tuple[ArtifactImpact, ...]
    problems: tuple[Problem, ...]
    failing_scenarios: tuple[FailingScenario, ...] = ()
    scenarios_played: int = 0
    scenarios_left_out: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """The differences, as sentences."""
        return tuple(difference.sentence for artifact in self.artifacts for difference in artifact.differences)


@dataclass(frozen=True)
class Published:
    """A release: what moved, what became of the changes below (by state), conflicts opened, sentences to read."""

    id: UUID
    number: int
    origin: str
    state: str
    title: str
    reason: str
    author: str
    unit_id: UUID | None
    effective_from: date
    at: datetime
    flips: int
    outcomes: Mapping[str, int]
    conflicts: int
    sentences: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    retroactive: bool = False
    unchanged: bool = False


@dataclass(frozen=True)
class Waiting:
    """An act that waits for a second reader, or what became of it.

    `epoch` is what was read: give it back to approve. `outdated`: something was published since, it must be computed
    again first. `state` is waiting, approved, declined or withdrawn.
    """

    id: UUID
    act: str
    title: str
    unit: UnitName
    reason: str
    author: str
    author_id: UUID | None
    at: datetime
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    conflicts: int
    epoch: int
    outdated: bool
    state: str
    reader: str
    answer: str
    release_id: UUID | None


@dataclass(frozen=True)
class Conflict:
    """A change of a unit that a publication above made doubtful; `group` is shared by the same conflict elsewhere."""

    id: UUID
    unit: UnitName
    kind: str
    key: str
    title: str
    uid: str
    prop: str
    conflict_kind: str
    old: Value
    new: Value
    local: Value
    message: str
    applied: bool
    state: str
    group: str
    valid_from: date
    release_number: int
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing an administrator of a unit should know: kind is conflict, followed, converged or news."""

    kind: str
    sentence: str
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
