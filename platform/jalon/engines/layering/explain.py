"""Why an atom has its value, who may change it, and what happens without one's own change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jalon.engines.layering.fold import ORDER, effect, items_lock, lock_on
from jalon.engines.layering.kinds import Adapter, adapter
from jalon.engines.layering.model import ALL, ITEMS, NO_FACTS, Broken, Facts, Level, Lock, Op, Policy, Step, Value
from jalon.engines.layering.refusals import lock_sentence
from jalon.engines.layering.resolve import in_force, resolve
from jalon.engines.layering.resolved import Parent, Resolved, start
from jalon.engines.layering.restricting import may_narrow, only_restricts
from jalon.engines.layering.wording import capital, french_date, shown, unit_name

Standing = Literal["inherited", "changed", "added", "locked"]


@dataclass(frozen=True)
class Explanation:
    """One atom explained to the unit of the last level.

    `standing`: locked wins over the others. `editable`: whether this unit may change it (narrowing only when
    `policy` is restrict). `without_mine`: the value if this unit removed its change; `broken_without`: invariants
    that would then fail. `sentences`: the same in French, one per step, the lock last.
    """

    uid: str
    prop: str
    value: Value
    standing: Standing
    policy: Policy
    editable: bool
    steps: tuple[Step, ...]
    sentences: tuple[str, ...]
    inherited: Value
    lock: Lock | None
    without_mine: Value
    broken_without: tuple[Broken, ...]


def explain(
    kind: str,
    base: Parent,
    levels: Sequence[Level],
    uid: str,
    prop: str,
    *,
    at: str | None = None,
    facts: Facts = NO_FACTS,
    titles: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Explanation:
    """Explain an atom to the unit of the last level; `titles` maps unit codes to the names people know."""
    found = adapter(kind)
    root = start(kind, base, facts)
    counted = [level for level in levels if in_force(level, at)]
    unit = levels[-1].unit if levels else ""
    above = resolve(kind, root, [level for level in counted if level.unit != unit], at, facts=facts, aliases=aliases)
    now = resolve(kind, root, counted, at, facts=facts, aliases=aliases)
    rest = [_without(found, level, uid, prop) if level.unit == unit else level for level in counted]
    without = resolve(kind, root, rest, at, facts=facts, aliases=aliases)
    steps = now.origin(uid, prop)
    lock = lock_on(above, uid, prop, found.closing)
    if prop == ITEMS:
        lock = lock or items_lock(above, uid, {})
    is_added = now.owners.get(uid) == unit and bool(unit)
    policy = found.prop(uid, prop).policy
    narrows = lock is not None and only_restricts(lock) and prop not in (ALL, ITEMS) and may_narrow(found, uid, prop)
    if (is_added and found.owner_is_free(prop)) or prop in (ORDER, ITEMS):
        policy = "free"
    if narrows and policy != "locked":
        policy = "restrict"
    is_held = (lock is not None and not narrows) or policy == "locked"
    inherited = above.atoms.value(uid, prop)
    is_changed = any(step.unit == unit for step in steps) and bool(unit)
    standing: Standing = "added" if is_added else "changed" if is_changed else "inherited"
    return Explanation(
        uid,
        prop,
        _value(now, uid, prop),
        "locked" if is_held else standing,
        "locked" if is_held else policy,
        not is_held,
        steps,
        _sentences(found, now, uid, prop, steps, lock, titles),
        inherited,
        lock,
        _value(without, uid, prop),
        tuple(sorted(without.errors - now.errors, key=lambda problem: (problem.element, problem.code))),
    )


def _value(resolved: Resolved, uid: str, prop: str) -> Value:
    if prop == ORDER:
        home, before = resolved.atoms.place(uid)
        return {"in": home, "after": before}
    return resolved.atoms.value(uid, prop)


def _without(found: Adapter, level: Level, uid: str, prop: str) -> Level:
    """Return the level without what it does to one atom; without an item it adds, nothing it does to it."""
    return replace(level, ops=tuple(op for op in level.ops if not _writes(found, op, uid, prop)))


def _writes(found: Adapter, op: Op, uid: str, prop: str) -> bool:
    if op.uid != uid:
        return False
    if prop == "":
        return True
    if op.verb == "move_after":
        return prop == ORDER
    if op.verb in ("lock", "unlock"):
        return (op.prop or ALL) in (prop, ALL)
    written = effect(found, op)
    return written is not None and written[0] == prop


def _sentences(
    found: Adapter,
    now: Resolved,
    uid: str,
    prop: str,
    steps: tuple[Step, ...],
    lock: Lock | None,
    titles: Mapping[str, str] | None,
) -> tuple[str, ...]:
    item = now.atoms.items.get(uid, {})
    said = [_sentence(found, item, prop, step, titles) for step in steps]
    if lock is not None:
        said.append(capital(lock_sentence(lock, titles)))
    elif found.prop(uid, prop).policy == "locked" and prop not in ("", ORDER, ITEMS) and uid not in now.owners:
        said.append("Donnée technique ou légale : elle ne se modifie pas localement.")
    return tuple(said)


def _sentence(
    found: Adapter,
    item: Mapping[str, Value],
    prop: str,
    step: Step,
    titles: Mapping[str, str] | None,
) -> str:
    value = found.shown(prop, step.value, item) or shown(step.value)
    if not step.unit:
        return f"Au départ : {value}."
    if prop in ("", ORDER):
        value = "ajout" if prop == "" else "déplacement"
    said = f"{unit_name(step.unit, titles)}"
    if day := french_date(step.at):
        said += f", depuis le {day}"
    if step.author:
        said += f", par {step.author}"
    said += f" : {value}"
    if step.reason:
        said += f", parce que : {step.reason}"
    if step.legal:
        said += f" (référence : {step.legal})"
    return f"{said}."
