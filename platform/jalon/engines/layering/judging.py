"""Judge one operation against an old and a new parent: kept, converged or in conflict."""

from collections.abc import Mapping, Sequence
from typing import Literal

from jalon.base.json import Json
from jalon.engines.layering.atoms import same
from jalon.engines.layering.fold import ORDER, effect, items_lock, lock_on, redirected
from jalon.engines.layering.kinds import adapter
from jalon.engines.layering.model import ABSENT, ALL, ConflictKind, Lock, Op, Value
from jalon.engines.layering.outcomes import OpOutcome
from jalon.engines.layering.refusals import grandfathered, lock_sentence
from jalon.engines.layering.resolved import Resolved
from jalon.engines.layering.restricting import firmest, is_spared, only_restricts
from jalon.engines.layering.wording import shown


class Judge:
    """Knows both parents and which items the level itself adds."""

    def __init__(
        self,
        old: Resolved | None,
        new: Resolved,
        unit: str,
        at: str | None,
        ops: Sequence[Op],
        aliases: Mapping[str, str],
    ) -> None:
        self._old, self._new, self._unit, self._at, self._aliases = old, new, unit, at, aliases
        self._adapter = adapter(new.kind)
        self._ops = ops
        self._own = {op.uid for op in ops if op.verb == "add"} - new.atoms.items.keys()

    def outcome(self, given: Op) -> OpOutcome:
        """Return what becomes of an op."""
        op = redirected(given, self._aliases) if self._aliases else given
        if op.verb == "add":
            return self._addition(given, op)
        if op.uid in self._own:
            return OpOutcome(given, "kept", prop=self._prop(op))
        items = self._new.atoms.items
        if op.verb in ("lock", "unlock"):
            return self._locking(given, op)
        if op.uid not in items:
            return self._gone(given, op)
        if op.verb == "move_after":
            return self._move(given, op)
        return self._change(given, op)

    def _prop(self, op: Op) -> str:
        if op.verb == "move_after":
            return ORDER
        written = effect(self._adapter, op)
        return op.prop if written is None else written[0]

    def _addition(self, given: Op, op: Op) -> OpOutcome:
        found = self._new.atoms.items.get(op.uid)
        if found is None:
            container = op.container or self._new.atoms.homes.get(op.after or "") or ""
            item = op.value if isinstance(op.value, dict) else {}
            lock = items_lock(self._new, container or self._adapter.default_container(self._new.atoms, op), item)
            if lock is not None and not grandfathered(op, lock, self._at):
                return self._locked(given, "", ABSENT, ABSENT, op.value, lock)
            return OpOutcome(given, "kept", local=op.value)
        value = self._as_changed_since(given)
        if all(same(found.get(prop, ABSENT), one) for prop, one in value.items()):
            message = "Le niveau au-dessus a repris le même ajout."
            return OpOutcome(given, "converged", None, ABSENT, dict(found), op.value, message, applied=False)
        message = f"« {self._label(op)} » existe maintenant au-dessus, avec d’autres réglages."
        return self._conflict(given, "", "both_changed", (ABSENT, dict(found), op.value), message)

    def _as_changed_since(self, added: Op) -> dict[str, Json]:
        """Return what the level made of an item it added, its other changes included."""
        value = dict(added.value) if isinstance(added.value, dict) else {}
        for op in self._ops:
            written = effect(self._adapter, op) if op.uid == added.uid and op.verb != "add" else None
            if written is not None and written[1] is ABSENT:
                value.pop(written[0], None)
            elif written is not None:
                value[written[0]] = written[1]
        return value

    def _locking(self, given: Op, op: Op) -> OpOutcome:
        prop = op.prop or ALL
        if op.uid not in self._new.atoms.items and op.uid not in self._new.atoms.shelves:
            return self._gone(given, op)
        lock = self._new.locks.get((op.uid, prop))
        if lock is not None and op.verb == "lock" and firmest([lock, Lock(self._unit, op)]) is lock:
            return OpOutcome(
                given, "converged", prop=prop, message="Déjà verrouillé au-dessus.", applied=False, lock=lock
            )
        if lock is not None and op.verb == "unlock" and lock.unit != self._unit:
            return self._locked(given, prop, ABSENT, ABSENT, ABSENT, lock)
        return OpOutcome(given, "kept", prop=prop)

    def _gone(self, given: Op, op: Op) -> OpOutcome:
        prop = self._prop(op)
        old = self._old_value(op, prop)
        written = effect(self._adapter, op)
        local = ABSENT if written is None else written[1]
        message = f"« {self._label(op)} » n’existe plus au-dessus."
        is_open = op.verb not in ("move_after", "lock", "unlock")  # nothing to decide about the place of what is gone
        return self._conflict(given, prop, "gone", (old, ABSENT, local), message, is_open=is_open)

    def _move(self, given: Op, op: Op) -> OpOutcome:
        lock = lock_on(self._new, op.uid, ORDER, self._adapter.closing)
        if lock is None and op.container is not None:
            lock = items_lock(self._new, op.container, self._new.atoms.items[op.uid])
        if lock is not None and not grandfathered(op, lock, self._at):
            return self._locked(given, ORDER, ABSENT, ABSENT, ABSENT, lock)
        return OpOutcome(given, "kept", prop=ORDER)

    def _change(self, given: Op, op: Op) -> OpOutcome:
        written = effect(self._adapter, op)
        if written is None:
            message = f"« {op.verb} » n’est pas une action connue."
            return self._conflict(given, op.prop, "type_changed", (ABSENT, ABSENT, ABSENT), message)
        prop, local = written
        old, new = self._old_value(op, prop), self._new.atoms.value(op.uid, prop)
        values = (old, new, local)
        lock = lock_on(self._new, op.uid, prop, self._adapter.closing)
        if lock is not None and is_spared(self._adapter, lock, op.uid, prop, new, local):
            lock = None
        is_held = lock is not None and not grandfathered(op, lock, self._at)
        is_same = self._same(prop, new, local)
        if is_same and (is_held or not self._same(prop, old, new)):
            message = "Le niveau au-dessus a fait le même choix : votre modification n’est plus utile."
            return OpOutcome(given, "converged", None, old, new, local, message, applied=False, prop=prop)
        rule = self._adapter.prop(op.uid, prop)
        is_own = self._new.owners.get(op.uid) == self._unit and self._adapter.owner_is_free(prop)
        if lock is not None and is_held:
            return self._locked(given, prop, *values, lock)
        if rule.policy == "locked" and not is_same and not is_own:
            message = f"{rule.name[:1].upper()}{rule.name[1:]} ne se modifie plus localement."
            return self._conflict(given, prop, "locked", values, message)
        if self._is_retyped(op):
            message = f"« {self._label(op)} » a changé de nature au-dessus."
            return self._conflict(given, prop, "type_changed", values, message)
        if rule.policy == "restrict" and not is_own and not rule.narrows(new, local):
            message = f"« {self._label(op)} » : le niveau au-dessus est devenu plus strict que votre réglage."
            return self._conflict(given, prop, "widens", values, message)
        if self._same(prop, old, new):
            return OpOutcome(given, "kept", None, old, new, local, prop=prop)
        message = (
            f"« {self._label(op)} » : le niveau au-dessus passe de {shown(old)} à {shown(new)}, "
            f"vous aviez choisi {shown(local)}."
        )
        default: Literal["keep", "adopt"] = "adopt" if rule.legal or self._is_legal(op.uid, prop) else "keep"
        return self._conflict(given, prop, "both_changed", values, message, default=default)

    def _conflict(
        self,
        op: Op,
        prop: str,
        kind: ConflictKind,
        values: tuple[Value, Value, Value],
        message: str,
        *,
        default: Literal["keep", "adopt"] = "adopt",
        is_open: bool = True,
        lock: Lock | None = None,
    ) -> OpOutcome:
        old, new, local = values
        applied = default == "keep"
        return OpOutcome(op, "conflict", kind, old, new, local, message, applied, is_open, default, lock, prop)

    def _locked(self, op: Op, prop: str, old: Value, new: Value, local: Value, lock: Lock) -> OpOutcome:
        """A lock that is forced leaves nothing to decide: the report says so."""
        message = f"« {self._label(op)} » : {lock_sentence(lock)}"
        is_open = lock.op.mode != "force"
        kind: ConflictKind = "widens" if only_restricts(lock) else "locked"
        return self._conflict(op, prop, kind, (old, new, local), message, is_open=is_open, lock=lock)

    def _old_value(self, op: Op, prop: str) -> Value:
        return op.seen if self._old is None else self._old.atoms.value(self._old_uid(op.uid), prop)

    def _old_uid(self, uid: str) -> str:
        """Return the name an item had in the old parent."""
        if self._old is None or uid in self._old.atoms.items:
            return uid
        return next((old for old, new in self._aliases.items() if new == uid and old in self._old.atoms.items), uid)

    def _same(self, prop: str, one: Value, other: Value) -> bool:
        """Not being closed and being open are the same thing."""
        if prop == self._adapter.closing:
            return (one is True) == (other is True)
        return same(one, other)

    def _is_retyped(self, op: Op) -> bool:
        if self._old is None:
            return False
        old = self._old.atoms.items.get(self._old_uid(op.uid))
        return old is not None and not same(old.get("type", ABSENT), self._new.atoms.items[op.uid].get("type", ABSENT))

    def _is_legal(self, uid: str, prop: str) -> bool:
        return bool(self._new.origin(uid, prop)[-1].legal)

    def _label(self, op: Op) -> str:
        for resolved in (self._new, self._old):
            if resolved is not None and op.uid in resolved.atoms.items:
                return self._adapter.label(op.uid, resolved.atoms.items[op.uid])
        return op.uid
