"""What every kind of artifact tells the layering engine about itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, Item, same
from jalon.engines.layering.model import ROOT, Atom, Broken, ChangeClass, Facts, Op, Policy, Value

Shape = Literal["text", "yes_no", "number", "list", "object", "any"]
_SHAPES: Final[Mapping[Shape, tuple[type, ...]]] = {
    "text": (str,),
    "yes_no": (bool,),
    "number": (int, float),
    "list": (list,),
    "object": (dict,),
    "any": (object,),
}
Narrower = Callable[[Value, Value], bool]
"""Tells whether the second value accepts no more than the first; ABSENT asks nothing."""


@dataclass(frozen=True, slots=True)
class Prop:
    """One property: its French name with its article, who may change it, and how much a change matters.

    `change` is the class of any change; without it, narrowing is constraining, widening
    compatible, and rewording the same choices cosmetic.
    """

    name: str
    policy: Policy = "free"
    change: ChangeClass | None = None
    shape: Shape = "any"
    narrower: Narrower | None = None
    legal: bool = False

    def accepts(self, value: Value) -> bool:
        """Tell whether a value has the shape this property asks for."""
        if self.shape == "number" and isinstance(value, bool):
            return False
        return isinstance(value, _SHAPES[self.shape])

    def narrows(self, old: Value, new: Value) -> bool:
        """Tell whether the new value accepts no more than the old one."""
        return same(old, new) or (self.narrower is not None and self.narrower(old, new))

    def class_of(self, old: Value, new: Value) -> ChangeClass:
        """Return how much this change matters."""
        if self.change is not None:
            return self.change
        if not self.narrows(new, old):
            return "constraining"
        return "cosmetic" if self.narrows(old, new) else "compatible"


TECHNICAL: Final = Prop("la donnée technique", "locked", "breaking")
"""What a property that its kind does not name is: readable, never changed by a level."""


class Adapter(ABC):
    """One kind of artifact; subclass it, and `@adapts("kind")` puts it in the registry.

    `closing`: the property that closing an item sets; `closing_narrows`: doing so only accepts less. `reading`: those
    that change what an item reads. `extensible`: whether a level may add items. `words`: properties that no invariant
    looks at, but its message may quote.

    The law every kind keeps: `assemble(explode(document))` is the document, whatever the order of keys.
    """

    kind: str = ""
    title: str = "l’élément de configuration"
    noun: ClassVar[str] = "élément"
    feminine: ClassVar[bool] = False
    props: ClassVar[Mapping[str, Prop]] = {}
    closing: ClassVar[str] = "closed"
    closing_narrows: ClassVar[bool] = False
    reading: ClassVar[frozenset[str]] = frozenset()
    extensible: ClassVar[bool] = True
    words: ClassVar[frozenset[str]] = frozenset({"label", "title", "help", "text", "description", "why"})

    @abstractmethod
    def explode(self, document: Json) -> Atoms:
        """Return the content of a document as atoms."""

    @abstractmethod
    def assemble(self, atoms: Atoms) -> Json:
        """Return the document these atoms make."""

    def prop(self, uid: str, prop: str) -> Prop:
        """Return what may be done with a property of an item."""
        return self.props.get(prop, TECHNICAL)

    def label(self, uid: str, item: Item) -> str:
        """Return the name people know an item by."""
        found = item.get("label") or item.get("title") or item.get("name")
        return found if isinstance(found, str) else uid

    def noun_of(self, uid: str, item: Item) -> tuple[str, bool]:
        """Return what an item is, in French, and whether the word is feminine."""
        return self.noun, self.feminine

    def default_container(self, atoms: Atoms, op: Op) -> str:
        """Return where a new item goes when its op does not say."""
        return ROOT

    def opens(self, uid: str, item: Item) -> tuple[str, ...]:
        """Return the containers a new item brings."""
        return ()

    def scopes(self, container: str, item: Item) -> tuple[str, ...]:
        """Return the containers whose locked `items` forbid adding, closing or moving this item."""
        return (container,)

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """Return why a level may not add this item, None when it may."""
        return None

    def refuse_value(self, above: Atoms, op: Op, prop: str, value: Value) -> str | None:
        """Return why this value cannot be, None when it can; also asked for the items a level owns."""
        return None

    def owner_is_free(self, prop: str) -> bool:
        """Tell whether the level that added an item may set this property without narrowing."""
        return True

    def refuse_place(self, atoms: Atoms, uid: str, container: str) -> bool:
        """Tell whether an item may not go in a container."""
        return False

    def anchor(self, above: Atoms, container: str, uid: str, item: Item, anchor: str) -> str:
        """Return the anchor to use instead of the one asked for."""
        return anchor

    def reads(self, uid: str, item: Item) -> frozenset[str]:
        """Return the uids that the check of this item looks at, whether they exist or not."""
        return frozenset()

    def spread(self, atoms: Atoms, touched: Iterable[str]) -> set[str]:
        """Return the touched items and those they carry with them, before their readers are added."""
        return set(touched)

    def check_item(self, atoms: Atoms, uid: str, facts: Facts) -> tuple[Broken, ...]:
        """Return the invariants of one item that fail; it may look at that item and at what it reads, only."""
        return ()

    def class_of_addition(self, uid: str, item: Item) -> ChangeClass:
        """Return how much a new item matters."""
        return "compatible"

    def shown(self, prop: str, value: Value, item: Item) -> str | None:
        """Return a value as people say it, None for the usual way."""
        return None

    def sentence(self, uid: str, item: Item, prop: str, old: Value, new: Value) -> str | None:
        """Return a better sentence for one difference, None for the usual one."""
        return None


_adapters: dict[str, Adapter] = {}


def adapts(kind: str, title: str) -> Callable[[type[Adapter]], type[Adapter]]:
    """Put an adapter in the registry under its kind; `title` is the French name with its article."""

    def register(found: type[Adapter]) -> type[Adapter]:
        made = found()
        made.kind, made.title = kind, title
        _adapters[kind] = made
        return found

    return register


def registered() -> Mapping[str, Adapter]:
    """Return every adapter by kind."""
    return _adapters


def broken(
    code: str,
    message: str,
    uid: str,
    atoms: Iterable[Atom],
    severity: Literal["error", "warning"] = "error",
) -> Broken:
    """Make the report of an invariant that fails at an item."""
    return Broken(f"configuration.{code}", severity, message, element=uid, atoms=frozenset(atoms))


def is_closed(adapter: Adapter, item: Item) -> bool:
    """Tell whether an item is closed (or hidden, for the kinds that hide)."""
    return item.get(adapter.closing) is True
