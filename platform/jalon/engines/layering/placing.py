"""Place the items of one level: containers, anchors, and what to do when one is lost."""

from collections.abc import Mapping

from jalon.base.json import Json
from jalon.engines.layering.atoms import FIRST, LAST, Atoms, Shelf
from jalon.engines.layering.kinds import Adapter
from jalon.engines.layering.model import ROOT, Op


class PlaceRefused(Exception):
    """The item cannot go there; it stays where it was."""


class Shelves:
    """Homes and shelves of one level, copied from its parent when first changed."""

    def __init__(self, found: Adapter, above: Atoms, items: Mapping[str, Mapping[str, Json]], depth: int) -> None:
        self._adapter, self._above, self._items, self._depth = found, above, items, depth
        self.homes: dict[str, str] = dict(above.homes)
        self.shelves: dict[str, Shelf] = dict(above.shelves)

    def open(self, uid: str, item: Mapping[str, Json]) -> None:
        """Open the containers that a new item brings."""
        for container in self._adapter.opens(uid, item):
            self.shelves.setdefault(container, Shelf())

    def wanted(self, op: Op) -> str:
        """Return the container an op asks for: named, else its anchor's, else where it is, else the kind's."""
        if op.container is not None:
            return op.container
        if op.after and op.after in self.homes:
            return self.homes[op.after]
        if op.uid in self.homes:
            return self.homes[op.uid]
        return self._adapter.default_container(self._above, op)

    def place_above(self, uid: str) -> tuple[str, str]:
        """Return the container and the neighbour an item had at its parent level."""
        return self._above.place(uid)

    def put(self, op: Op, container: str) -> str:
        """Place an item; return what went wrong in French, "" when nothing did. Raises PlaceRefused."""
        uid, lost = op.uid, ""
        if container not in self.shelves and not (container in self._items or container == ROOT):
            lost = "son groupe n’existe plus, il est placé à la fin"
            container = self.homes.get(uid) or self._adapter.default_container(self._above, op)
        if self._is_inside(container, uid) or self._adapter.refuse_place(self._atoms(), uid, container):
            if uid in self.homes:
                raise PlaceRefused
            lost = "il ne peut pas être placé là, il est placé à la fin"
            container = self._adapter.default_container(self._above, op)
        shelf = self.shelves.get(container, Shelf())
        if uid in self.homes:
            shelf = shelf.without(uid)
        anchor = LAST if op.after is None else op.after
        if anchor not in (FIRST, LAST) and (self.homes.get(anchor) != container or anchor == uid):
            lost = lost or "le repère qui précédait n’est plus là, il est placé à la fin"
            anchor = LAST
        anchor = self._adapter.anchor(self._above, container, uid, self._items[uid], anchor)
        if anchor not in (FIRST, LAST) and (shelf.hangs_on(anchor, uid) or self.homes.get(anchor) != container):
            lost = lost or "chacun était placé après l’autre, il est placé à la fin"
            anchor = LAST
        self.shelves[container] = shelf.hang(uid, anchor, self._depth)
        self.homes[uid] = container
        return lost

    def _atoms(self) -> Atoms:
        return Atoms(self._items, self.homes, self.shelves)

    def _is_inside(self, container: str, uid: str) -> bool:
        step, visited = container, 0
        while step and visited <= len(self.homes):
            if step == uid:
                return True
            step, visited = self.homes.get(step, ""), visited + 1
        return False
