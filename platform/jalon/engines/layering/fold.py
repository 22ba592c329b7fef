"""Apply one level to what its parent has: refuse what may not be, write the rest, check what was touched."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Final

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, same
from jalon.engines.layering.kinds import Adapter, adapter
from jalon.engines.layering.kinds.base import broken
from jalon.engines.layering.model import (
    ABSENT,
    ALL,
    ITEMS,
    Atom,
    Broken,
    Facts,
    Level,
    Lock,
    Op,
    Refusal,
    Refused,
    Step,
    Value,
)
from jalon.engines.layering.placing import PlaceRefused, Shelves
from jalon.engines.layering.refusals import grandfathered, refusal_sentence
from jalon.engines.layering.resolved import Resolved
from jalon.engines.layering.restricting import firmest, is_spared, lock_problem, only_restricts

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
ORDER: Final = "order"


def apply_level(
    parent: Resolved, level: Level, at: str | None, facts: Facts, aliases: Mapping[str, str] | None = None
) -> Resolved:
    """Return what the unit of a level has."""
    if not level.ops:
        return replace(parent, unit=level.unit, depth=parent.depth + 1)
    fold = _Fold(parent, level.unit, at)
    known = active_aliases(aliases, parent.atoms.items) if aliases else None
    fold.apply([redirected(op, known) for op in level.ops] if known else level.ops, level.ops)
    return fold.done(facts)


def active_aliases(aliases: Mapping[str, str], items: Container[str]) -> dict[str, str]:
    """Return the aliases that count here: the former name is not there any more, the present one is."""
    found: dict[str, str] = {}
    for former in aliases:
        name, steps = former, 0
        while name not in items and name in aliases and steps <= len(aliases):
            name, steps = aliases[name], steps + 1
        if name != former and name in items:
            found[former] = name
    return found


def redirected(op: Op, aliases: Mapping[str, str]) -> Op:
    """Return the op with the present names of what it touches."""
    uid = aliases.get(op.uid, op.uid)
    container = None if op.container is None else aliases.get(op.container, op.container)
    after = None if op.after is None else aliases.get(op.after, op.after)
    if (uid, container, after) == (op.uid, op.container, op.after):
        return op
    return replace(op, uid=uid, container=container, after=after)


def effect(found: Adapter, op: Op) -> tuple[str, Value] | None:
    """Return the property an op writes and its value, None for ops that write none."""
    if op.verb == "set":
        return op.prop, op.value
    if op.verb == "unset":
        return op.prop, ABSENT
    if op.verb == "close":
        return found.closing, True
    if op.verb == "reopen":
        return found.closing, ABSENT
    if op.verb == "bind":
        return "bound", op.value
    return ("default", op.value) if op.verb == "toggle" else None


def lock_on(parent: Resolved, uid: str, prop: str, closing: str) -> Lock | None:
    """Return the lock that forbids writing a property, whoever asks."""
    locks = parent.locks
    if not locks:
        return None
    found = [locks.get((uid, prop)), locks.get((uid, ALL))]
    if prop in (closing, ORDER) and uid in parent.atoms.homes:
        found.append(items_lock(parent, parent.atoms.homes[uid], parent.atoms.items[uid]))
    return firmest(found)


def items_lock(parent: Resolved, container: str, item: Mapping[str, Json]) -> Lock | None:
    """Return the lock that forbids adding, closing and moving in a container."""
    return firmest(parent.locks.get((scope, ITEMS)) for scope in adapter(parent.kind).scopes(container, item))


class _Fold:
    """The work of one level: copies of what the parent has, changed op by op."""

    def __init__(self, parent: Resolved, unit: str, at: str | None) -> None:
        self._parent, self._unit, self._at = parent, unit, at
        self._adapter = adapter(parent.kind)
        self._above = parent.atoms
        self._items: dict[str, Mapping[str, Json]] = dict(parent.atoms.items)
        self._mine: dict[str, dict[str, Json]] = {}
        self._places = Shelves(self._adapter, parent.atoms, self._items, parent.depth + 1)
        self._provenance: dict[Atom, tuple[Step, ...]] = dict(parent.provenance)
        self._owners: dict[str, str] = dict(parent.owners)
        self._locks: dict[Atom, Lock] = {}
        self._unlocked: set[Atom] = set()
        self._refused: list[Refused] = []
        self._warnings: list[Broken] = []
        self._touched: set[str] = set()
        self._reread: set[str] = set()
        self._verbs: dict[str, Callable[[Op], None]] = {"lock": self._lock, "unlock": self._unlock}

    def apply(self, ops: tuple[Op, ...] | list[Op], given: tuple[Op, ...]) -> None:
        """Add first, then change, then place: within a level the order of unrelated ops does not matter."""
        added = {op.uid for op, was in zip(ops, given, strict=True) if op.verb == "add" and self._add(op, was)}
        for op in ops:
            if op.verb not in ("add", "move_after"):
                self._verbs.get(op.verb, self._change)(op)
        for op in ops:
            if op.verb == "move_after":
                self._move(op)
            elif op.verb == "add" and op.uid in added:
                self._place(op, self._places.wanted(op))

    def _refuse(self, op: Op, refusal: Refusal, detail: str = "", lock: Lock | None = None) -> None:
        item = self._items.get(op.uid, {})
        message = refusal_sentence(self._adapter, op, item, refusal, detail, lock)
        self._refused.append(Refused(self._unit, op, refusal, message, lock))

    def _is_held(self, op: Op, lock: Lock | None) -> bool:
        if lock is None or grandfathered(op, lock, self._at):
            return False
        self._refuse(op, "widens" if only_restricts(lock) else "locked", lock=lock)
        return True

    def _add(self, op: Op, given: Op) -> bool:
        if op.uid in self._items:
            if op.uid == given.uid:  # otherwise the parent adopted it under another name: nothing left to do
                self._refuse(op, "duplicate")
            return False
        value = op.value
        if not isinstance(value, dict):
            self._refuse(op, "malformed", "ses propriétés manquent")
            return False
        if detail := self._addition_problem(op, value):
            self._refuse(op, "malformed", detail)
            return False
        if self._is_held(op, items_lock(self._parent, self._places.wanted(op), value)):
            return False
        uid, unit = op.uid, self._unit
        self._mine[uid] = self._items[uid] = dict(value)
        self._owners[uid] = unit
        self._places.open(uid, value)
        for prop in ("", *value):
            shown = value if prop == "" else value[prop]
            self._provenance[(uid, prop)] = (self._step(op, shown, ABSENT),)
        self._touched.add(uid)
        self._reread.add(uid)
        return True

    def _addition_problem(self, op: Op, value: Mapping[str, Json]) -> str:
        if not self._adapter.extensible:
            return f"rien ne s’ajoute dans {self._adapter.title}"
        found = self._name_problem(op.uid) or self._value_problem(op, value)
        return found or self._adapter.refuse_addition(self._above, op, value) or ""

    def _name_problem(self, uid: str) -> str:
        name = uid.rpartition(":")[2].rpartition(".")[2]
        if not _NAME.match(name):
            return "son nom doit commencer par une minuscule, puis minuscules, chiffres et « _ »"
        if self._unit and not name.startswith(f"{self._unit}__"):
            return f"son nom doit commencer par « {self._unit}__ »"
        return ""

    def _value_problem(self, op: Op, value: Mapping[str, Json]) -> str:
        for prop, one in value.items():
            if not prop or prop.startswith("_") or prop in (ORDER, ALL):
                return f"« {prop} » n’est pas une propriété"
            if not self._adapter.prop(op.uid, prop).accepts(one):
                return f"{self._adapter.prop(op.uid, prop).name} n’a pas la forme attendue"
            if detail := self._adapter.refuse_value(self._above, op, prop, one):
                return detail
        return ""

    def _change(self, op: Op) -> None:
        written = effect(self._adapter, op)
        if op.uid not in self._items:
            self._refuse(op, "gone")
            return
        if written is None:
            self._refuse(op, "malformed", f"« {op.verb} » n’est pas une action connue")
            return
        prop, value = written
        if not prop or prop.startswith("_") or prop in (ORDER, ALL):
            self._refuse(op, "malformed", f"« {prop} » n’est pas une propriété")
            return
        known = self._above.items if op.uid in self._above.items else self._items
        above = known[op.uid].get(prop, ABSENT)
        lock = lock_on(self._parent, op.uid, prop, self._adapter.closing)
        if lock is not None and is_spared(self._adapter, lock, op.uid, prop, above, value):
            lock = None
        if self._is_held(op, lock):
            return
        rule = self._adapter.prop(op.uid, prop)
        is_mine = self._owners.get(op.uid) == self._unit and self._adapter.owner_is_free(prop)
        if rule.policy == "locked" and not is_mine and not same(above, value):
            self._refuse(op, "locked")
        elif value is not ABSENT and not rule.accepts(value):
            self._refuse(op, "malformed", f"{rule.name} n’a pas la forme attendue")
        elif detail := self._adapter.refuse_value(self._above, op, prop, value):
            self._refuse(op, "malformed", detail)
        elif rule.policy == "restrict" and not is_mine and not rule.narrows(above, value):
            self._refuse(op, "widens")
        else:
            self._write(op, prop, value)

    def _write(self, op: Op, prop: str, value: Value) -> None:
        uid = op.uid
        item = self._mine.get(uid)
        if item is None:
            item = self._mine[uid] = self._items[uid] = dict(self._items[uid])
        before: Value = item.get(prop, ABSENT)
        if value is ABSENT:
            item.pop(prop, None)
        else:
            item[prop] = value
        self._note(op, prop, value, before)
        if prop not in self._adapter.words or self._parent.broken:
            self._touched.add(uid)
        if prop in self._adapter.reading:
            self._reread.add(uid)

    def _note(self, op: Op, prop: str, value: Value, before: Value) -> None:
        key = (op.uid, prop)
        chain = self._provenance.get(key)
        if chain is None:
            chain = () if op.uid in self._owners else (Step("", "", before),)
        self._provenance[key] = (*chain, self._step(op, value, before))

    def _step(self, op: Op, value: Value, before: Value) -> Step:
        return Step(self._unit, op.id, value, before, op.author, op.reason, op.at, op.legal)

    def _move(self, op: Op) -> None:
        if op.uid not in self._items or op.uid not in self._places.homes:
            self._refuse(op, "gone")
            return
        if self._is_held(op, lock_on(self._parent, op.uid, ORDER, self._adapter.closing)):
            return
        container = self._places.wanted(op)
        if self._is_held(op, items_lock(self._parent, container, self._items[op.uid])):
            return
        home, before = self._places.place_above(op.uid)
        self._place(op, container)
        self._note(op, ORDER, {"in": container, "after": op.after}, {"in": home, "after": before})

    def _place(self, op: Op, container: str) -> None:
        try:
            lost = self._places.put(op, container)
        except PlaceRefused:
            lost = "sa place n’est pas possible : il reste où il était"
        self._touched.add(op.uid)
        if lost:
            label = self._adapter.label(op.uid, self._items[op.uid])
            message = f"« {label} » : {lost}."
            self._warnings.append(broken("place_perdue", message, op.uid, [(op.uid, ORDER)], "warning"))

    def _lock(self, op: Op) -> None:
        prop = op.prop or ALL
        if op.uid not in self._items and op.uid not in self._places.shelves:
            self._refuse(op, "gone")
        elif detail := lock_problem(self._adapter, op):
            self._refuse(op, "malformed", detail)
        else:
            self._locks[(op.uid, prop)] = Lock(self._unit, op)

    def _unlock(self, op: Op) -> None:
        key = (op.uid, op.prop or ALL)
        lock = self._parent.locks.get(key)
        if lock is not None and lock.unit != self._unit:
            self._refuse(op, "locked", lock=lock)
        else:
            self._unlocked.add(key)

    def done(self, facts: Facts) -> Resolved:
        """Return the result, checking only what was touched and what looks at it."""
        parent = self._parent
        atoms = Atoms(self._items, self._places.homes, self._places.shelves)
        readers = self._new_readers(atoms)
        affected = self._adapter.spread(atoms, self._touched)
        if readers:
            affected.update(*(readers[uid] for uid in affected & readers.keys()))
        failing = dict(parent.broken)
        for uid in affected:
            found = self._adapter.check_item(atoms, uid, facts)
            if found:
                failing[uid] = found
            else:
                failing.pop(uid, None)
        locks = dict(parent.locks)
        for key, lock in self._locks.items():
            # a lock from above stays, it is the one to explain, unless it let narrow and this one does not
            locks[key] = firmest([locks.get(key), lock]) or lock
        for key in self._unlocked:
            locks.pop(key, None)
        return Resolved(
            parent.kind,
            atoms,
            self._provenance,
            (*parent.refused, *self._refused) if self._refused else parent.refused,
            locks,
            self._owners,
            failing,
            (*parent.warnings, *self._warnings) if self._warnings else parent.warnings,
            readers,
            parent.depth + 1,
            self._unit,
        )

    def _new_readers(self, atoms: Atoms) -> Mapping[str, frozenset[str]]:
        readers: dict[str, frozenset[str]] | None = None
        for uid in self._reread:
            before = self._above.items.get(uid)
            old = frozenset() if before is None else self._adapter.reads(uid, before)
            new = self._adapter.reads(uid, atoms.items[uid])
            if old == new:
                continue
            if readers is None:
                readers = dict(self._parent.readers)
            for name in old - new:
                readers[name] = readers.get(name, frozenset()) - {uid}
            for name in new - old:
                readers[name] = readers.get(name, frozenset()) | {uid}
        return self._parent.readers if readers is None else readers
