"""Add proposed changes to those of a level: complete them, replace what they replace, refuse what may not be."""

from collections.abc import Sequence
from dataclasses import replace

from jalon.base.ids import new_id
from jalon.engines.layering import Op, Refused
from jalon.engines.layering.atoms import same
from jalon.services.configuration.draftviews import Standpoint
from jalon.services.configuration.errors import ChangeLocked, ChangeRefused

_SETTERS = frozenset({"set", "unset", "close", "reopen", "bind", "toggle"})


def propose(place: Standpoint, before: Sequence[Op], proposed: Sequence[Op], *, author: str, at: str) -> tuple[Op, ...]:
    """Return the ops of the level with those proposed; raises ChangeLocked or ChangeRefused."""
    ops = list(before)
    kept: set[str] = set()
    for one in proposed:
        if one.verb == "lock" and not one.reason.strip():
            raise ChangeRefused(
                reason="un verrou se justifie : donnez-en la raison, elle sera montrée à chaque niveau."
            )
        # the last digits are the random ones: the first are the same for changes made together
        op = replace(one, id=new_id().hex[-16:], author=author, at=at, seen=place.inherited(one))
        replaced = [other for other in ops if _replaces(place, op, other)]
        ops = [other for other in ops if other not in replaced]
        lifts = op.verb == "unlock" and any(other.verb == "lock" for other in replaced)
        if not lifts and not _is_void(place, op, ops):
            ops.append(op)
            kept.add(op.id)
    after = tuple(ops)
    for refused in place.resolve(after).refused:
        if refused.unit == place.unit.code and refused.op.id in kept:
            raise refusal(refused)
    return after


def refusal(refused: Refused) -> ChangeLocked | ChangeRefused:
    """Return the error that says why a change may not be."""
    facts = {"reason": refused.message, "kind": refused.refusal, "uid": refused.op.uid, "prop": refused.op.prop}
    if refused.refusal in ("locked", "widens"):
        lock = refused.lock
        return ChangeLocked(**facts, who=lock.unit if lock else "", why=lock.op.reason if lock else "")
    return ChangeRefused(**facts)


def _replaces(place: Standpoint, op: Op, other: Op) -> bool:
    """Tell whether a new op makes an earlier one of the same level useless."""
    if other.uid != op.uid or other.verb == "add":
        return False
    if op.verb in _SETTERS:
        return other.verb in _SETTERS and place.prop_of(op) == place.prop_of(other)
    if op.verb == "move_after":
        return other.verb == "move_after"
    return op.verb in ("lock", "unlock") and other.verb in ("lock", "unlock") and op.prop == other.prop


def _is_void(place: Standpoint, op: Op, ops: Sequence[Op]) -> bool:
    """Tell whether an op gives back what is inherited anyway: inheriting is better than repeating."""
    if op.verb == "unlock":
        return not any(uid == op.uid and prop == op.prop for uid, prop in place.parent.locks)
    if op.verb not in ("set", "toggle", "bind") or any(other.verb == "add" and other.uid == op.uid for other in ops):
        return False
    return op.uid in place.parent.atoms.items and same(op.value, op.seen)
