"""Fold the levels onto the base: what a unit really has, and where each value comes from."""

from collections.abc import Mapping, Sequence

from jalon.engines.layering.fold import apply_level
from jalon.engines.layering.model import NO_FACTS, Facts, Level
from jalon.engines.layering.resolved import Parent, Resolved, start


def resolve(
    kind: str,
    base: Parent,
    levels: Sequence[Level],
    at: str | None = None,
    *,
    facts: Facts = NO_FACTS,
    aliases: Mapping[str, str] | None = None,
) -> Resolved:
    """Return the artifact once the levels, from the root to the unit, are applied to the base.

    `at` is a civil date (ISO): levels not in force that day are left out, and a lock that lets earlier changes
    live until a date is judged by it; without it every level counts and such changes still live.
    `aliases` maps a former uid to the present one, as pack.toml states. A level holds the ops in force: what a
    rebase suspended, or what a conflict leaves to the parent, is not given.
    """
    resolved = start(kind, base, facts)
    for level in levels:
        if in_force(level, at):
            resolved = apply_level(resolved, level, at, facts, aliases or {})
    return resolved


def in_force(level: Level, at: str | None) -> bool:
    """Tell whether a level counts that day; every level does when no day is given."""
    if at is None:
        return True
    return (level.starts is None or level.starts <= at) and (level.ends is None or at < level.ends)


def boundaries(levels: Sequence[Level], after: str) -> list[str]:
    """Return the later days when the chain changes by itself: a change must be checked at each of them."""
    dates = {day for level in levels for day in (level.starts, level.ends) if day is not None}
    untils = {op.until for level in levels for op in level.ops if op.until is not None}
    return sorted(day for day in dates | untils if day > after)
