"""Expressions on the variables in sight: nearest scope first, then the names the host gives."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jalon.engines.expressions import Expression, evaluate, from_json, parse, to_json
from jalon.engines.processes.host import Host
from jalon.engines.processes.state import ROOT, Scope

Variables = dict[str, dict[str, Any]]
"""Scope number as text -> name -> JSON value."""


@lru_cache(maxsize=4096)
def parsed(source: str) -> tuple[Expression, frozenset[str]]:
    """Return an expression and the root names it reads; raises ExpressionInvalid."""
    expression = parse(source)
    return expression, frozenset(name.split(".", 1)[0] for name in expression.names)


class Sight:
    """The variables of one instance, seen and written from a scope."""

    def __init__(
        self, variables: Variables, scopes: Mapping[int, Scope], host: Host, outer: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.variables, self._scopes, self._host, self._outer = variables, scopes, host, outer
        self.changed = False
        self.written: set[int] = set()  # which of the outer variables were: the index in `outer`

    def chain(self, scope: int) -> list[dict[str, Any]]:
        """Return the variables in sight from a scope, nearest first."""
        found = []
        while scope >= 0:
            values = self.variables.get(str(scope))
            if values is not None:
                found.append(values)
            known = self._scopes.get(scope)
            scope = known.parent if known else -1
        found.extend(self._outer)
        return found

    def visible(self, scope: int) -> dict[str, Any]:
        """Return every variable in sight, the nearest winning; engine-held lists are left out."""
        merged: dict[str, Any] = {}
        for values in reversed(self.chain(scope)):
            merged.update(values)
        return {name: value for name, value in merged.items() if not name.startswith("#")}

    def compute(self, source: str, scope: int, extra: Mapping[str, Any] | None = None) -> tuple[Any, tuple[str, ...]]:
        """Return the JSON value of an expression and the notices met; raises JalonError when out of fuel."""
        expression, roots = parsed(source)
        chain = self.chain(scope)
        names: dict[str, Any] = {}
        for root in roots:
            if extra is not None and root in extra:
                names[root] = from_json(extra[root])
                continue
            for values in chain:
                if root in values:
                    names[root] = from_json(values[root])
                    break
            else:
                if root in self._host.names:
                    names[root] = self._host.names[root]
        outcome = evaluate(expression, names, now=self._host.now, zone=self._host.zone, calendar=self._host.calendar)
        return to_json(outcome.value), tuple(notice.message for notice in outcome.warnings)

    def declare(self, scope: int, values: Mapping[str, Any]) -> None:
        """Give a scope variables of its own."""
        self.variables.setdefault(str(scope), {}).update(values)
        self.changed = True

    def write(self, scope: int, values: Mapping[str, Any]) -> None:
        """Write each name to the nearest scope that declares it, else to the process, be it another instance."""
        if not values:
            return
        chain = self.chain(scope)
        root = self._outer[-1] if self._outer else self.variables.setdefault(str(ROOT), {})
        inner = len(chain) - len(self._outer)
        for name, value in values.items():
            place = next((place for place in chain if name in place), root)
            if self._outer and (name not in place or place[name] != value):
                self.written.update(i for i, outer in enumerate(chain[inner:]) if outer is place)
            place[name] = value
        self.changed = True

    def write_path(self, scope: int, path: str, value: Any) -> None:
        """Write a name, or a place inside a structured variable (`adresse.ville`)."""
        name, *rest = path.split(".")
        if not rest:
            self.write(scope, {name: value})
            return
        held = self.visible(scope).get(name)
        copy: dict[str, Any] = dict(held) if isinstance(held, dict) else {}
        place = copy
        for part in rest[:-1]:
            inner = place.get(part)
            place[part] = dict(inner) if isinstance(inner, dict) else {}
            place = place[part]
        place[rest[-1]] = value
        self.write(scope, {name: copy})

    def drop(self, scope: int) -> None:
        """Forget the variables of a closed scope."""
        self.variables.pop(str(scope), None)
