"""A lock that only lets narrow: what the levels below may still write under it."""

from collections.abc import Iterable
from typing import Final

from jalon.engines.layering.atoms import same
from jalon.engines.layering.kinds import Adapter
from jalon.engines.layering.kinds.base import Narrower
from jalon.engines.layering.kinds.narrowing import only_true
from jalon.engines.layering.model import ALL, ITEMS, Lock, Op, Value

RESTRICT: Final = "restrict"
"""The value of a lock op that lets the levels below narrow; without it nothing may be written."""


def only_restricts(lock: Lock) -> bool:
    """Tell whether a lock lets the levels below narrow what it is on."""
    return lock.op.value == RESTRICT


def firmest(locks: Iterable[Lock | None]) -> Lock | None:
    """Return the lock to obey among those on one thing: one that lets nothing through before one that lets narrow."""
    found = [lock for lock in locks if lock is not None]
    return next((lock for lock in found if not only_restricts(lock)), found[0] if found else None)


def is_spared(found: Adapter, lock: Lock, uid: str, prop: str, above: Value, value: Value) -> bool:
    """Tell whether a lock lets this value be written below it: it accepts no more than the one above."""
    narrower = _narrower(found, uid, prop)
    return only_restricts(lock) and narrower is not None and (same(above, value) or narrower(above, value))


def may_narrow(found: Adapter, uid: str, prop: str) -> bool:
    """Tell whether a property is of those that can be narrowed: bounds, choices, obligations, grants, closing."""
    return prop in (ALL, ITEMS) or _narrower(found, uid, prop) is not None


def lock_problem(found: Adapter, op: Op) -> str:
    """Return why a lock op cannot be, "" when it can."""
    if op.value == RESTRICT and not may_narrow(found, op.uid, op.prop or ALL):
        return f"{found.prop(op.uid, op.prop).name} ne se compare pas : verrouillez, au lieu de laisser resserrer"
    return ""


def _narrower(found: Adapter, uid: str, prop: str) -> Narrower | None:
    if prop == found.closing and found.closing_narrows:
        return only_true
    return found.prop(uid, prop).narrower
