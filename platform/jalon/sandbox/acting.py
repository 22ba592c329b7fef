"""What a workshop does of a service task when it simulates: decisions are taken, declared systems answer by example."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jalon.base.errors import NotFound
from jalon.engines.processes import ActionCall, Done, Thrown
from jalon.runtime import connectors

Decide = Callable[[str, Mapping[str, Any]], Any]
Simulation = Callable[[ActionCall], Done | Thrown]


def simulation(declared: Mapping[str, Mapping[str, Any]], decide: Decide, now: datetime) -> Simulation:
    """Return what answers the actions of a run; those that only leave a mark elsewhere give nothing back."""

    def connector(call: ActionCall) -> Done | Thrown:
        key, operation, payload = connectors.read_call(call.parameters)
        system = declared.get(key, {})
        connectors.check_call(system, key, operation, payload)
        known, title = system["operations"][operation], connectors.title_of(system, key)
        return connectors.understood(known, connectors.simulated(known, payload, title), title, now)

    def decision(call: ActionCall) -> Done:
        given = dict(call.parameters)
        name, result = str(given.pop("decision", None) or ""), str(given.pop("resultat", None) or "")
        try:
            value = decide(name, {**call.variables, **given})
        except LookupError as error:
            raise NotFound(decision=name) from error
        return Done(value if isinstance(value, dict) and not result else {result or name: value})

    known: dict[str, Simulation] = {connectors.ACTION: connector, "decision.evaluer": decision}

    def act(call: ActionCall) -> Done | Thrown:
        return known[call.action](call) if call.action in known else Done()

    return act
