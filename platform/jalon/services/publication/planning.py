"""Compute a release of one artifact without writing: every level below resolved again, at every future date."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines.forms.labelling import UNCLEAR
from jalon.engines.layering import Facts, Level, Op, OpOutcome, Resolved, differences, rebase, resolve
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration import levels
from jalon.services.configuration.linting import LINTS, lint_artifact
from jalon.services.publication.timeline import Timeline, parent_in, tree_of
from jalon.store import snapshots
from jalon.store.configuration import Artifact, Revision
from jalon.store.organisations import Unit

Level_ = UUID | None
"""A unit, or None for the pack."""


@dataclass(frozen=True)
class Change:
    """What a release sets at one level: the whole content for the pack, all its ops for a unit.

    `fresh`: written for the parent as it will be, so that nothing in it can be outdated. `revived`: ops set aside
    that apply again.
    """

    unit: Unit | None
    ops: tuple[Op, ...] = ()
    content: Json = None
    draft: Revision | None = None
    fresh: bool = False
    revived: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def level(self) -> Level_:
        """The unit's id, None for the pack."""
        return self.unit.id if self.unit else None


@dataclass(frozen=True)
class Flip:
    """A pointer to move: what a level has from a date on."""

    level: Level_
    valid_from: date
    hash: str
    old_hash: str
    resolved: Resolved
    aside: Mapping[str, str]


@dataclass
class Plan:
    """Everything a release would do to one artifact; `before` and `after` are those of its first day."""

    artifact: Artifact
    day: date
    changes: Mapping[Level_, Change]
    timeline: Timeline
    aliases: Mapping[str, str]
    units: Mapping[UUID, Unit] = field(default_factory=dict)
    before: dict[Level_, Resolved] = field(default_factory=dict)
    after: dict[Level_, Resolved] = field(default_factory=dict)
    flips: list[Flip] = field(default_factory=list)
    outcomes: list[tuple[Unit, date, OpOutcome]] = field(default_factory=list)
    carried: dict[UUID, tuple[Op, ...]] = field(default_factory=dict)
    refused: list[OpOutcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plan_release(
    session: Session,
    artifact: Artifact,
    changes: Sequence[Change],
    day: date,
    facts: Facts,
    *,
    aliases: Mapping[str, str] | None = None,
    old_paths: Mapping[UUID, str] | None = None,
    forgiven: Mapping[UUID, frozenset[str]] | None = None,
) -> Plan:
    """Return what publishing these changes from that day would do to an artifact.

    `old_paths` gives the paths units had before they moved, so that both chains are known. `forgiven` gives, by unit,
    ops that a release now undone had made doubtful: they apply again, and their unit is judged without a grudge.
    """
    timeline = Timeline(session, artifact)
    by_level = {change.level: change for change in changes}
    tops = None if None in by_level or old_paths else [change.unit for change in changes if change.unit]
    ids = timeline.units() | {level for level in by_level if level is not None}
    units = tree_of(session, ids, tops)
    plan = Plan(artifact, day, by_level, timeline, {**artifact.aliases, **(aliases or {})})
    plan.units = {unit.id: unit for unit in units}
    with _without_collecting():
        _Walk(plan, units, facts, old_paths or {}, forgiven or {}).run()
    return plan


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave cycles alone: all that is planned is alive until the end, and going through it again took half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Walk:
    """Resolves every level at one date after the other, keeping what the date before gave."""

    def __init__(
        self,
        plan: Plan,
        units: list[Unit],
        facts: Facts,
        old_paths: Mapping[UUID, str],
        forgiven: Mapping[UUID, frozenset[str]],
    ) -> None:
        self._forgiven = forgiven
        self._plan, self._units, self._facts = plan, units, facts
        self._kind = plan.artifact.kind
        known = {unit.path: unit.id for unit in units}
        old = {old_paths.get(unit.id, unit.path): unit.id for unit in units}
        self._parents = {unit.id: parent_in(unit.path, known) for unit in units}
        self._old_order = sorted(units, key=lambda unit: old_paths.get(unit.id, unit.path))
        self._old_parents = {unit.id: parent_in(old_paths.get(unit.id, unit.path), old) for unit in units}
        self._said: set[tuple[UUID, str, str | None]] = set()
        self._linted: dict[str, list[Problem]] = {}
        self._compared: dict[tuple[int, int], dict[str, bool]] = {}
        self._shown: dict[Level_, str] = {}

    def run(self) -> None:
        """Fill the plan."""
        plan = self._plan
        for unit in self._units:
            plan.timeline.all_ops_on(unit.id, plan.day)
        ops = [op for change in plan.changes.values() for op in change.ops]
        previous: dict[Level_, Resolved] | None = None
        for day in (plan.day, *plan.timeline.boundaries(plan.day, ops)):
            before, after = self._one_day(day, previous)
            if previous is None:
                plan.before, plan.after = before, after
            previous = after

    def _one_day(
        self, day: date, previous: dict[Level_, Resolved] | None
    ) -> tuple[dict[Level_, Resolved], dict[Level_, Resolved]]:
        before: dict[Level_, Resolved] = {}
        after: dict[Level_, Resolved] = {}
        self._base(day, before, after)
        for unit in self._old_order:
            above = before.get(self._old_parents[unit.id])
            if above is not None:
                held, aliases = self._held(unit, day)[0], self._plan.artifact.aliases
                before[unit.id] = self._resolve(above, unit, held, day, aliases)
        for unit in self._units:
            self._unit(unit, day, before, after, previous)
        return before, after

    def _base(self, day: date, before: dict[Level_, Resolved], after: dict[Level_, Resolved]) -> None:
        plan = self._plan
        content = plan.timeline.base_on(day)
        if content is not None:
            before[None] = resolve(self._kind, content, [], facts=self._facts)
        change = plan.changes.get(None)
        if change is None:
            after[None] = before[None]
            return
        waiting = plan.timeline.scheduled_after(None, plan.day)
        if any(one.effective_from and one.effective_from <= day for one in waiting):
            after[None] = before[None]  # what a later version of the pack says from its own date on still holds
            return
        after[None] = resolve(self._kind, change.content, [], facts=self._facts)
        if day == plan.day:
            plan.problems += self._lint(after[None])
        self._flip(None, day, after[None], {})

    def _unit(
        self,
        unit: Unit,
        day: date,
        before: dict[Level_, Resolved],
        after: dict[Level_, Resolved],
        previous: dict[Level_, Resolved] | None,
    ) -> None:
        plan = self._plan
        above, above_before = after[self._parents[unit.id]], before.get(self._old_parents[unit.id])
        change = plan.changes.get(unit.id)
        if change is not None:
            self._changed(unit, change, day, before, after, previous)
            return
        if above is above_before:
            after[unit.id] = before[unit.id]
            return
        forgiven = self._forgiven.get(unit.id, frozenset())
        held, aside = self._held(unit, day, forgiven)
        rebased = rebase(
            self._kind,
            above if forgiven else above_before,
            above,
            held,
            unit=unit.code,
            at=day.isoformat(),
            facts=self._facts,
            aliases=plan.aliases,
        )
        self._settle(unit, day, above, rebased.resolved, rebased.outcomes, aside, before, after)

    def _held(
        self, unit: Unit, day: date, forgiven: frozenset[str] = frozenset()
    ) -> tuple[tuple[Op, ...], dict[str, str]]:
        """Return the published ops of a unit that hold that day, and those set aside."""
        timeline = self._plan.timeline
        aside = {one: why for one, why in timeline.aside_on(unit.id, day).items() if one not in forgiven}
        return tuple(op for op in timeline.all_ops_on(unit.id, day) if op.id not in aside), aside

    def _changed(
        self,
        unit: Unit,
        change: Change,
        day: date,
        before: dict[Level_, Resolved],
        after: dict[Level_, Resolved],
        previous: dict[Level_, Resolved] | None,
    ) -> None:
        """Apply what the release sets at a unit; on its first day nothing of it may fail."""
        plan = self._plan
        above = after[self._parents[unit.id]]
        ops = self._ops_on(unit, change, day)
        ids = {op.id for op in ops}
        aside = {
            one: why
            for one, why in plan.timeline.aside_on(unit.id, day).items()
            if one in ids and one not in change.revived
        }
        held = tuple(op for op in ops if op.id not in aside)
        old_above = previous[self._parents[unit.id]] if previous else before.get(self._old_parents[unit.id])
        rebased = rebase(
            self._kind,
            above if old_above is None or (change.fresh and previous is None) else old_above,
            above,
            held,
            unit=unit.code,
            at=day.isoformat(),
            facts=self._facts,
            aliases=plan.aliases,
        )
        if previous is None:
            known = {op.id for op in plan.timeline.all_ops_on(unit.id, day)}
            own = [one for one in rebased.conflicts if one.op.id not in known or one.conflict_kind == "semantic"]
            plan.refused += [one for one in own if one.conflict_kind != "semantic"]
            plan.problems += list(rebased.broken)
            plan.problems += [one for one in self._lint(rebased.resolved) if one not in self._lint(above)]
        self._settle(unit, day, above, rebased.resolved, rebased.outcomes, aside, before, after, lint=False)

    def _ops_on(self, unit: Unit, change: Change, day: date) -> tuple[Op, ...]:
        """Return the ops of a changed unit that day: what it had scheduled for later keeps its own changes."""
        plan = self._plan
        waiting = [one for one in plan.timeline.scheduled_after(unit.id, plan.day) if one.effective_from]
        current = [one for one in waiting if one.effective_from and one.effective_from <= day]
        if not current:
            return change.ops
        scheduled = current[-1]
        origin = plan.timeline.all_ops_on(unit.id, plan.day)
        ops = levels.merged(origin, change.ops, levels.ops_of(scheduled.ops))
        plan.carried[scheduled.id] = ops
        return ops

    def _settle(
        self,
        unit: Unit,
        day: date,
        above: Resolved,
        resolved: Resolved,
        outcomes: Sequence[OpOutcome],
        aside: dict[str, str],
        before: dict[Level_, Resolved],
        after: dict[Level_, Resolved],
        *,
        lint: bool = True,
    ) -> None:
        """Keep the result of a unit; one that its kind's own checks refuse falls back on what it inherits."""
        known = before.get(unit.id, above)
        if lint and self._must_lint(unit, day, above, before):
            held = [*self._lint(above), *self._lint(known)]
            broken = [one for one in self._lint(resolved) if one not in held and one.code not in UNCLEAR]
            if broken:
                outcomes = [_set_aside(one, broken[0].message) for one in outcomes]
                resolved = replace(above, unit=unit.code)
        for one in outcomes:
            if not one.applied:
                aside[one.op.id] = one.conflict_kind or one.state
            self._say(unit, day, one)
        after[unit.id] = resolved
        self._flip(unit.id, day, resolved, aside)

    def _must_lint(self, unit: Unit, day: date, above: Resolved, before: Mapping[Level_, Resolved]) -> bool:
        """Tell whether what a unit has may have errors that neither its parent nor itself had before.

        A form is checked field by field, slowly, and each field comes from one checked version or the other, unless
        the unit and a level above both changed it; texts for people cannot make it wrong, whoever changed them. The
        rules between fields are the engine's own and are always checked.
        """
        if self._kind != "form":
            return self._kind in LINTS
        above_before = before.get(self._old_parents[unit.id])
        if above_before is None:
            return True
        moved = self._moved(above_before, above)
        found = adapter(self._kind)
        return any(
            moved.get(op.uid, False) and not (op.verb == "set" and found.prop(op.uid, op.prop).change == "cosmetic")
            for op in self._plan.timeline.all_ops_on(unit.id, day)
        )

    def _moved(self, old: Resolved, new: Resolved) -> dict[str, bool]:
        """Return the items that differ between two parents, and whether more than texts for people does."""
        key = (id(old), id(new))
        if key not in self._compared:
            found: dict[str, bool] = {}
            for one in differences(self._kind, old, new):
                found[one.uid] = found.get(one.uid, False) or one.change != "cosmetic"
            self._compared[key] = found
        return self._compared[key]

    def _say(self, unit: Unit, day: date, outcome: OpOutcome) -> None:
        key = (unit.id, outcome.op.id, outcome.conflict_kind or outcome.state)
        if key not in self._said:
            self._said.add(key)
            self._plan.outcomes.append((unit, day, outcome))

    def _resolve(
        self, parent: Resolved, unit: Unit, ops: tuple[Op, ...], day: date, aliases: Mapping[str, str]
    ) -> Resolved:
        if not ops:
            return parent
        level = Level(unit.code, ops)
        return resolve(self._kind, parent, [level], day.isoformat(), facts=self._facts, aliases=aliases)

    def _flip(self, level: Level_, day: date, resolved: Resolved, aside: Mapping[str, str]) -> None:
        plan = self._plan
        pointer = plan.timeline.pointer_on(level, day)
        new = snapshots.hash_of(self._kind, resolved.document)
        is_own_date = pointer is not None and pointer.valid_from == day
        if self._shown.get(level) == new and not is_own_date:
            return
        self._shown[level] = new
        old = pointer.hash if pointer else self._inherited(level, day)
        if old != new or pointer is None or dict(pointer.aside) != dict(aside) or level in plan.changes:
            plan.flips.append(Flip(level, day, new, old, resolved, dict(aside)))

    def _inherited(self, level: Level_, day: date) -> str:
        """Return the hash a level without a pointer of its own had from above, "" when there was nothing."""
        while level is not None:
            level = self._old_parents[level]
            pointer = self._plan.timeline.pointer_on(level, day)
            if pointer is not None:
                return pointer.hash
        return ""

    def _lint(self, resolved: Resolved) -> list[Problem]:
        """Return the errors of a content, computed once for equal contents."""
        content = resolved.document
        found = snapshots.hash_of(self._kind, content)
        if found not in self._linted:
            problems = lint_artifact(self._kind, self._plan.artifact.key, content)
            self._linted[found] = [one for one in problems if one.severity == "error"]
        return self._linted[found]


def _set_aside(outcome: OpOutcome, reason: str) -> OpOutcome:
    message = f"Mis de côté : avec le changement du niveau au-dessus, l’ensemble ne tient plus. {reason}"
    return replace(
        outcome, state="suspended", conflict_kind="semantic", message=message, applied=False, open=True, default="adopt"
    )
