"""When a parent changes: what becomes of the changes made below it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jalon.engines.layering.fold import active_aliases, apply_level, redirected
from jalon.engines.layering.judging import Judge
from jalon.engines.layering.model import NO_FACTS, Broken, ConflictKind, Facts, Level, Op, Refusal
from jalon.engines.layering.outcomes import OpOutcome, Rebased
from jalon.engines.layering.resolved import Parent, Resolved, start

_REFUSED: Mapping[Refusal, ConflictKind] = {
    "gone": "gone",
    "locked": "locked",
    "widens": "widens",
    "duplicate": "both_changed",
    "malformed": "type_changed",
}


def rebase(
    kind: str,
    old_parent: Parent | None,
    new_parent: Parent,
    ops: Sequence[Op],
    *,
    unit: str = "",
    at: str | None = None,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> Rebased:
    """Move a level's operations from its old parent to its new one.

    Give `Resolved` parents where there are levels above: a bare document has lost its locks. Without an old parent
    (a draft whose parent is not at hand), each op's `seen` is its old base.
    """
    old = None if old_parent is None else start(kind, old_parent, facts)
    new = start(kind, new_parent, facts)
    present = active_aliases(aliases or {}, new.atoms.items)
    judge = Judge(old, new, unit, at, ops, present)
    outcomes = [judge.outcome(op) for op in ops]
    return _settle(outcomes, new, unit, at, facts, present)


def _settle(
    outcomes: list[OpOutcome], new: Resolved, unit: str, at: str | None, facts: Facts, aliases: Mapping[str, str]
) -> Rebased:
    """Resolve again with what is kept: an invariant that now fails suspends the ops that touch it."""
    resolved = _resolve_kept(outcomes, new, unit, at, facts, aliases)
    failing = resolved.errors - new.errors if resolved.broken else frozenset()
    if not failing:
        return _rebased(outcomes, resolved, frozenset())
    _suspend(outcomes, failing, aliases)
    resolved = _resolve_kept(outcomes, new, unit, at, facts, aliases)
    if not resolved.errors - new.errors:
        return _rebased(outcomes, resolved, failing)
    for index, outcome in enumerate(outcomes):
        if outcome.applied:
            outcomes[index] = _suspended(outcome, failing)
    resolved = _resolve_kept(outcomes, new, unit, at, facts, aliases)
    return replace(_rebased(outcomes, resolved, failing), suspended_all=True)


def _rebased(outcomes: list[OpOutcome], resolved: Resolved, failing: frozenset[Broken]) -> Rebased:
    broken = tuple(sorted(failing, key=lambda problem: (problem.element, problem.code)))
    return Rebased(
        tuple(outcomes), tuple(outcome.op for outcome in outcomes if outcome.applied), resolved, False, broken
    )


def _resolve_kept(
    outcomes: list[OpOutcome], new: Resolved, unit: str, at: str | None, facts: Facts, aliases: Mapping[str, str]
) -> Resolved:
    """Apply what is kept; what the new parent refuses after all becomes a conflict, and the rest is applied again."""
    while True:
        kept = tuple(outcome.op for outcome in outcomes if outcome.applied)
        resolved = apply_level(new, Level(unit, kept), at, facts, aliases)
        refused = resolved.refused[len(new.refused) :]
        if not refused:
            return resolved
        suspended = {
            outcome.op.uid for outcome in outcomes if outcome.state == "suspended" and outcome.op.verb == "add"
        }
        for index, outcome in enumerate(outcomes):
            op = redirected(outcome.op, aliases)
            one = next((one for one in refused if one.op == op), None)
            if one is None or not outcome.applied:
                continue
            if outcome.op.uid in suspended:
                outcomes[index] = _suspended(outcome, frozenset())
            else:
                outcomes[index] = replace(
                    outcome,
                    state="conflict",
                    conflict_kind=_REFUSED[one.refusal],
                    message=one.message,
                    applied=False,
                    open=True,
                    default="adopt",
                    lock=one.lock,
                )


def _suspend(outcomes: list[OpOutcome], failing: frozenset[Broken], aliases: Mapping[str, str]) -> None:
    """Set aside the ops that touch what fails; an added item takes the ops on it along."""
    atoms = {atom for problem in failing for atom in problem.atoms}
    uids = {uid for uid, _ in atoms}
    added = set()
    for outcome in outcomes:
        op = redirected(outcome.op, aliases)
        if outcome.applied and op.verb == "add" and op.uid in uids:
            added.add(op.uid)
    for index, outcome in enumerate(outcomes):
        op = redirected(outcome.op, aliases)
        touches = (op.uid, outcome.prop) in atoms or op.uid in added or (op.verb == "move_after" and op.uid in uids)
        if outcome.applied and touches:
            outcomes[index] = _suspended(outcome, failing)


def _suspended(outcome: OpOutcome, failing: frozenset[Broken]) -> OpOutcome:
    reasons = " ".join(sorted({problem.message for problem in failing}))
    message = f"Mis de côté : avec le changement du niveau au-dessus, l’ensemble ne tient plus. {reasons}".strip()
    return replace(
        outcome,
        state="suspended",
        conflict_kind="semantic",
        message=message,
        applied=False,
        open=True,
        default="adopt",
    )
