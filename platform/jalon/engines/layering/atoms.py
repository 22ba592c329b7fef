"""Content as atoms: properties by uid, and the order of the items of each container."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from jalon.base.json import Json
from jalon.engines.layering.model import ABSENT, Value

FIRST: Final = ""
"""The anchor of what is placed before the first item."""
LAST: Final = "$"
"""The anchor of what is placed at the end of a container."""

Item = Mapping[str, Json]
"""The properties of one item; a property without a value is not there."""


@dataclass(frozen=True)
class Shelf:
    """The order of one container: the base's items in sequence, and those hung after an anchor by a level.

    `hung` maps an anchor to (depth of the level, uid) pairs: a parent's items come first, then by uid.
    """

    spine: tuple[str, ...] = ()
    hung: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    @cached_property
    def sequence(self) -> tuple[str, ...]:
        """The uids in order."""
        if not self.hung:
            return self.spine
        found: list[str] = []
        stack = [LAST, *reversed(self.spine), FIRST]
        while stack:
            uid = stack.pop()
            if uid not in (FIRST, LAST):
                found.append(uid)
            if uid in self.hung:
                stack.extend(hanging for _, hanging in reversed(self.hung[uid]))
        return tuple(found)

    @cached_property
    def neighbours(self) -> Mapping[str, str]:
        """The item just before each item, "" before the first."""
        return dict(zip(self.sequence, (FIRST, *self.sequence), strict=False))

    def anchor_of(self, uid: str) -> str | None:
        """Return what this item hangs on; None when it stands in the base's sequence or is not here."""
        for anchor, hanging in self.hung.items():
            for _, other in hanging:
                if other == uid:
                    return anchor
        return None

    def hangs_on(self, uid: str, other: str) -> bool:
        """Tell whether `uid` is `other` or hangs on it, however far."""
        if other not in self.hung:
            return uid == other
        step: str | None = uid
        while step is not None:
            if step == other:
                return True
            step = self.anchor_of(step)
        return False

    def without(self, uid: str) -> "Shelf":
        """Return the shelf once this item has left; what hangs on it keeps hanging there."""
        if uid in self.spine:
            return Shelf(tuple(other for other in self.spine if other != uid), self.hung)
        anchor = self.anchor_of(uid)
        if anchor is None:
            return self
        kept = tuple(pair for pair in self.hung[anchor] if pair[1] != uid)
        return Shelf(self.spine, {**self.hung, anchor: kept})

    def hang(self, uid: str, anchor: str, depth: int) -> "Shelf":
        """Return the shelf with this item hung after an anchor by a level of that depth."""
        pairs = (*self.hung.get(anchor, ()), (depth, uid))
        return Shelf(self.spine, {**self.hung, anchor: tuple(sorted(pairs))})


@dataclass(frozen=True, slots=True)
class Atoms:
    """The content of an artifact: uid -> properties, where each item lives, and the order of each container."""

    items: Mapping[str, Item]
    homes: Mapping[str, str]
    shelves: Mapping[str, Shelf]

    def value(self, uid: str, prop: str) -> Value:
        """Return one property, ABSENT when the item or the property is not there."""
        item = self.items.get(uid)
        return ABSENT if item is None else item.get(prop, ABSENT)

    def children(self, container: str) -> list[str]:
        """Return the items of a container, in order; one that moved away left its place, not itself."""
        shelf = self.shelves.get(container)
        return [uid for uid in shelf.sequence if self.homes.get(uid) == container] if shelf else []

    def place(self, uid: str) -> tuple[str, str]:
        """Return the container of an item and the item just before it ("" when it is the first)."""
        home = self.homes.get(uid, "")
        shelf = self.shelves.get(home)
        return home, shelf.neighbours.get(uid, FIRST) if shelf else FIRST


class AtomsBuilder:
    """Collects the items of a document in their order: what `explode` uses."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Json]] = {}
        self._homes: dict[str, str] = {}
        self._spines: dict[str, list[str]] = {}

    def add(self, uid: str, container: str, properties: dict[str, Json]) -> None:
        """Put an item at the end of a container; the artifact itself has container ""."""
        self.items[uid] = properties
        if container:
            self._homes[uid] = container
            self._spines.setdefault(container, []).append(uid)

    def container(self, container: str) -> None:
        """Declare a container, even an empty one."""
        self._spines.setdefault(container, [])

    def done(self) -> Atoms:
        """Return the atoms."""
        shelves = {container: Shelf(tuple(spine)) for container, spine in self._spines.items()}
        return Atoms(self.items, self._homes, shelves)


def same(one: Value, other: Value) -> bool:
    """Tell whether two JSON values are equal: 1 equals 1.0 but not true, the order of keys does not matter."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
