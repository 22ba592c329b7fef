"""Processes the clock starts: what is due is owned by a definition, per unit, until a version changes its timer."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from jalon.base.clock import instant_from, instant_text
from jalon.engines.processes import Definition, Execution, Host, Program, Wait
from jalon.engines.processes.timing import is_iso, next_turn, schedule
from jalon.runtime.protocol import StartDue


def has_timed_starts(program: Program) -> bool:
    """Tell whether the clock starts a process."""
    return bool(_timers(program))


def planned(program: Program, unit: str, host: Host, known: Iterable[StartDue]) -> list[StartDue]:
    """Return the starts of a version at a unit: those whose timer is written as before keep their place in time.

    What is past when a version arrives does not start: a date is dropped, a cycle goes on from its next turn.
    """
    kept: Mapping[tuple[str, int], StartDue] = {(one.element, one.index): one for one in known}
    found = []
    for (element, index), definition in _timers(program):
        before = kept.get((element, index))
        if before is not None and before.text == definition.expression:
            found.append(before)
            continue
        wait = Wait(0, "timer", element)
        value = definition.expression
        if not is_iso(value):
            value = Execution.begin(program, host).compute_in(0, element, value)
        schedule(wait, value, host.now, host.zone, program.nodes[element].name or element)
        if instant_from(wait.at) > host.now or next_turn(wait, host.now, host.zone, coalesce=True):
            found.append(_due(program.key, unit, index, definition.expression, wait))
    return found


def _timers(program: Program) -> list[tuple[tuple[str, int], Definition]]:
    return [
        ((element, index), definition)
        for element in program.containers[""].triggered
        for index, definition in enumerate(program.nodes[element].definitions)
        if definition.kind == "timer"
    ]


def following(due: StartDue, host: Host) -> StartDue | None:
    """Return the next turn of a start that fired, None after the last; missed turns are one if the host says so."""
    origin = instant_text(due.origin) if due.origin else ""
    wait = Wait(0, "timer", due.element, at=instant_text(due.at), origin=origin, cycle=due.cycle, fired=due.fired)
    if not next_turn(wait, host.now, host.zone, coalesce=host.coalesce):
        return None
    return _due(due.process_key, due.unit, due.index, due.text, wait)


def _due(key: str, unit: str, index: int, text: str, wait: Wait) -> StartDue:
    origin: datetime | None = instant_from(wait.origin) if wait.origin else None
    return StartDue(key, unit, wait.element, index, text, instant_from(wait.at), origin, wait.fired, wait.cycle)
