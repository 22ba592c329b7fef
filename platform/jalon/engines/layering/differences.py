"""What changed between two versions of an artifact, as French sentences with their class."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jalon.engines.layering.atoms import Atoms, Item, same
from jalon.engines.layering.kinds import Adapter, adapter
from jalon.engines.layering.model import ABSENT, CLASSES, ROOT, ChangeClass, Value
from jalon.engines.layering.resolved import Parent, start
from jalon.engines.layering.wording import capital, shown


@dataclass(frozen=True, slots=True)
class Difference:
    """One atom that differs: prop "" is the item itself (added or removed), `order` its place."""

    uid: str
    prop: str
    old: Value
    new: Value
    change: ChangeClass
    sentence: str


def differences(kind: str, old: Parent, new: Parent) -> list[Difference]:
    """Return every difference, in reading order of the new version, removed items last."""
    found = adapter(kind)
    before, after = start(kind, old).atoms, start(kind, new).atoms
    if before is after:
        return []
    moved = _moved(before, after)
    result: list[Difference] = []
    for uid in _reading_order(after):
        if uid in before.items:
            result.extend(_changed(found, uid, before.items[uid], after.items[uid]))
            if uid in moved:
                result.append(_move(found, uid, before, after))
        else:
            result.append(_added(found, uid, after))
    result.extend(_removed(found, uid, item) for uid, item in before.items.items() if uid not in after.items)
    return result


def highest_class(found: Iterable[Difference]) -> ChangeClass | None:
    """Return the heaviest class among the differences, None when there is none."""
    return max((difference.change for difference in found), key=CLASSES.index, default=None)


def sentence_of(found: Adapter, uid: str, item: Item, prop: str, old: Value, new: Value) -> str:
    """Say one difference in French."""
    own = found.sentence(uid, item, prop, old, new)
    if own is not None:
        return own
    name = found.prop(uid, prop).name
    where = f" de « {found.label(uid, item)} »" if uid != ROOT else f" ({found.title})"
    said_old, said_new = (found.shown(prop, value, item) or shown(value) for value in (old, new))
    if old is ABSENT:
        return capital(f"{name}{where} : {said_new} (rien jusqu’ici).")
    if new is ABSENT:
        return capital(f"{name}{where} : rien désormais ({said_old} jusqu’ici).")
    return capital(f"{name}{where} : {said_new} au lieu de {said_old}.")


def _changed(found: Adapter, uid: str, before: Item, after: Item) -> Iterator[Difference]:
    if before is after:
        return
    for prop in dict.fromkeys((*before, *after)):
        old, new = before.get(prop, ABSENT), after.get(prop, ABSENT)
        if same(old, new) or prop in _SILENT:
            continue
        change = found.prop(uid, prop).class_of(old, new)
        if prop == found.closing:
            change = "constraining" if new is True else "compatible"
        named = {**after, "label": before.get("label", after.get("label"))} if prop == "label" else after
        yield Difference(uid, prop, old, new, change, sentence_of(found, uid, named, prop, old, new))


_SILENT = frozenset({"_required", "_given", "_has", "_shape"})
"""Notes of ours that no person or program sees."""


def _added(found: Adapter, uid: str, atoms: Atoms) -> Difference:
    item = atoms.items[uid]
    noun, feminine = found.noun_of(uid, item)
    _, before = atoms.place(uid)
    where = f", après « {found.label(before, atoms.items[before])} »" if before in atoms.items else ""
    sentence = f"Nouve{'lle' if feminine else 'au'} {noun} « {found.label(uid, item)} »{where}."
    return Difference(uid, "", ABSENT, dict(item), found.class_of_addition(uid, item), sentence)


def _removed(found: Adapter, uid: str, item: Item) -> Difference:
    noun, feminine = found.noun_of(uid, item)
    sentence = f"{'La' if feminine else 'Le'} {noun} « {found.label(uid, item)} » disparaît."
    if noun[0] in "aeéiou":
        sentence = f"L’{noun} « {found.label(uid, item)} » disparaît."
    return Difference(uid, "", dict(item), ABSENT, "breaking", sentence)


def _move(found: Adapter, uid: str, before: Atoms, after: Atoms) -> Difference:
    old, new = before.place(uid), after.place(uid)
    label = found.label(uid, after.items[uid])
    where = f"après « {found.label(new[1], after.items[new[1]])} »" if new[1] in after.items else "en premier"
    if old[0] != new[0] and new[0] in after.items and new[0] != ROOT:
        where += f", dans « {found.label(new[0], after.items[new[0]])} »"
    places = [{"in": home, "after": neighbour} for home, neighbour in (old, new)]
    return Difference(uid, "order", places[0], places[1], "cosmetic", f"« {label} » est maintenant placé {where}.")


def _reading_order(atoms: Atoms) -> list[str]:
    """Return every item: as a person meets them, then those that live nowhere."""
    found: list[str] = []
    waiting = [ROOT]
    while waiting:
        uid = waiting.pop()
        if uid in atoms.items:
            found.append(uid)
        inner = [child for container in _containers(atoms, uid) for child in atoms.children(container)]
        waiting.extend(reversed(inner))
    seen = set(found)
    return [*found, *(uid for uid in atoms.items if uid not in seen)]


def _containers(atoms: Atoms, uid: str) -> list[str]:
    """Return the containers an item opens: its own, and those named after it."""
    return [name for name in (uid, f"{uid}/inputs", f"{uid}/outputs", f"{uid}/rules") if name in atoms.shelves]


def _moved(before: Atoms, after: Atoms) -> set[str]:
    """Return the fewest items whose move explains the new order."""
    moved = {uid for uid, home in after.homes.items() if uid in before.homes and before.homes[uid] != home}
    for container, shelf in after.shelves.items():
        if container not in before.shelves or shelf is before.shelves[container]:
            continue
        old = {uid: rank for rank, uid in enumerate(before.children(container))}
        common = [uid for uid in after.children(container) if uid in old]
        moved.update(set(common) - _longest_rising(common, old))
    return moved


def _longest_rising(uids: list[str], rank: dict[str, int]) -> set[str]:
    """Return the largest set of uids that kept their relative order."""
    tails: list[int] = []
    last: list[str] = []
    previous: dict[str, str | None] = {}
    for uid in uids:
        position = bisect_left(tails, rank[uid])
        tails[position : position + 1] = [rank[uid]]
        last[position : position + 1] = [uid]
        previous[uid] = last[position - 1] if position else None
    kept: set[str] = set()
    step = last[-1] if last else None
    while step is not None:
        kept.add(step)
        step = previous[step]
    return kept
