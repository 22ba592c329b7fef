"""Repetitions that run as instances of their own: they see and write the variables of the instance they are part of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jalon.engines.processes import State, load
from jalon.engines.processes.repeats import RESULT
from jalon.runtime.correlation import PLACE
from jalon.runtime.protocol import InstanceRecord, RunStore


@dataclass(frozen=True, slots=True)
class Outer:
    """The variables around a repetition, nearest first, and the instance each belongs to."""

    values: tuple[dict[str, Any], ...] = ()
    owners: tuple[InstanceRecord, ...] = ()

    def written(self, indexes: set[int]) -> list[InstanceRecord]:
        """Return the instances whose variables were written, the outermost first."""
        found = {self.owners[index].id: self.owners[index] for index in sorted(indexes, reverse=True)}
        return list(found.values())


def is_apart(record: InstanceRecord) -> bool:
    """Tell whether an instance is one repetition of an activity of its parent."""
    return PLACE in record.variables.get("0", {})


def outer_of(store: RunStore, record: InstanceRecord) -> Outer:
    """Return what surrounds a repetition; nothing for any other instance."""
    if record.parent is None or not is_apart(record):
        return Outer()
    parent = store.get_instance(record.parent)
    return Outer() if parent is None else around(store, parent, record.variables["0"][PLACE])


def around(store: RunStore, parent: InstanceRecord, place: int) -> Outer:
    """Return the variables seen from a scope of an instance, those around that instance included."""
    values = chain(load(parent.state), parent.variables, place)
    above = outer_of(store, parent)
    return Outer((*values, *above.values), (*(parent for _ in values), *above.owners))


def chain(state: State, variables: dict[str, dict[str, Any]], place: int) -> list[dict[str, Any]]:
    """Return the variables in sight from a scope, nearest first; those of the instance itself are always there."""
    variables.setdefault("0", {})
    found = []
    while place >= 0:
        if str(place) in variables:
            found.append(variables[str(place)])
        known = state.scopes.get(place)
        place = known.parent if known else -1
    return found


def visible(store: RunStore, record: InstanceRecord) -> dict[str, Any]:
    """Return the variables of an instance and those it sees around it, the nearest winning."""
    found: dict[str, Any] = {}
    for values in reversed((record.variables.get("0", {}), *outer_of(store, record).values)):
        found.update(values)
    return {name: value for name, value in found.items() if not name.startswith("#")}


def results(store: RunStore, parent: UUID, number: int) -> Mapping[int, Any]:
    """Return what each completed repetition gave, by its index from 0."""
    held = store.completed_variables(parent, number)
    return {values["loopCounter"] - 1: values.get(RESULT) for values in held}
