"""Narrowing tests: does the second value accept no more than the first? ABSENT asks nothing."""

from typing import Final

from jalon.base.json import Json, canonical
from jalon.engines.layering.model import ABSENT, Value

OBLIGATIONS: Final = ("none", "statistics", "scheme", "step", "save")
"""From the mildest: asked for statistics, to enter a scheme, to finish the step, even to save."""


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def at_most(old: Value, new: Value) -> bool:
    """A maximum may only come down."""
    return _is_number(new) and (old is ABSENT or (_is_number(old) and new <= old))


def at_least(old: Value, new: Value) -> bool:
    """A minimum may only go up."""
    return _is_number(new) and (old is ABSENT or (_is_number(old) and new >= old))


def only_appears(old: Value, new: Value) -> bool:
    """A rule that cannot be compared may only appear."""
    return old is ABSENT and new is not ABSENT


def only_true(old: Value, new: Value) -> bool:
    """A demand may be added, not lifted."""
    return new is True and old in (ABSENT, False)


def fewer(old: Value, new: Value) -> bool:
    """A list of accepted values may only lose some."""
    if not isinstance(new, list):
        return False
    return old is ABSENT or (isinstance(old, list) and {canonical(v) for v in new} <= {canonical(v) for v in old})


def fewer_constants(old: Value, new: Value) -> bool:
    """The same for values written as `oneOf` of constants; their titles are free."""
    offered = constants(new)
    if offered is None:
        return False
    if old is ABSENT:
        return True
    before = constants(old)
    return before is not None and {canonical(v) for v in offered} <= {canonical(v) for v in before}


def constants(one_of: Value) -> list[Json] | None:
    """Return the constants of a `oneOf`, None when it holds anything else."""
    if not isinstance(one_of, list):
        return None
    if not all(isinstance(branch, dict) and "const" in branch for branch in one_of):
        return None
    return [branch["const"] for branch in one_of]


def fewer_in_items(old: Value, new: Value) -> bool:
    """The values of a plain list: fewer of them, all else equal."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    rest_old = {key: value for key, value in old.items() if key not in ("enum", "oneOf")}
    rest_new = {key: value for key, value in new.items() if key not in ("enum", "oneOf")}
    if canonical(rest_old) != canonical(rest_new):
        return False
    enum_old, enum_new = old.get("enum", ABSENT), new.get("enum", ABSENT)
    one_old, one_new = old.get("oneOf", ABSENT), new.get("oneOf", ABSENT)
    return (enum_old == enum_new or fewer(enum_old, enum_new)) and (
        one_old == one_new or fewer_constants(one_old, one_new)
    )


def more_demanding(old: Value, new: Value) -> bool:
    """An obligation may only get stricter."""
    return obligation_rank(new) >= obligation_rank(old) >= 0


def obligation_rank(value: Value) -> int:
    """Return how strict an obligation is, -1 when it is unknown."""
    if value is ABSENT:
        return 0
    return OBLIGATIONS.index(value) if value in OBLIGATIONS else -1
