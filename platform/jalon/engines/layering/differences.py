"""What changed between two versions of an artifact, as French sentences with their class."""

from collections.abc import Iterable
from dataclasses import dataclass

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.model import ChangeClass, Value
from jalon.engines.layering.resolve import Resolved


@dataclass(frozen=True, slots=True)
class Difference:
    """One atom that differs: prop "" is the item itself (added or removed), `order` its place."""

    uid: str
    prop: str
    old: Value
    new: Value
    change: ChangeClass
    sentence: str


def differences(kind: str, old: Json | Atoms | Resolved, new: Json | Atoms | Resolved) -> list[Difference]:
    """Return every difference in reading order."""
    raise NotImplementedError


def highest_class(found: Iterable[Difference]) -> ChangeClass | None:
    """Return the heaviest class among the differences, None when there is none."""
    raise NotImplementedError
