"""What a run waits for, told from its stored state."""

from typing import NamedTuple

from jalon.engines.processes import Program, load
from jalon.runtime.protocol import InstanceRecord


class Waiting(NamedTuple):
    """One thing a run waits for; `kind`: timer, message, signal, condition or children; `due`: UTC text for a timer."""

    kind: str
    name: str
    due: str | None
    element: str
    run: str


def waiting_of(program: Program, record: InstanceRecord) -> list[Waiting]:
    """Return what one instance waits for, in the order the waits were set."""
    state = load(record.state)
    found: list[tuple[int, Waiting]] = []
    waits = [wait for token in state.tokens.values() for wait in token.waits]
    waits += [wait for scope in state.scopes.values() for wait in scope.waits]
    for wait in waits:
        name = wait.name or program.nodes[wait.element].name
        found.append((wait.id, Waiting(wait.kind, name, wait.at or None, wait.element, str(record.id))))
    for token in state.tokens.values():
        if token.doing in {"c", "m"}:
            node = program.nodes[token.element]
            found.append((token.id, Waiting("children", node.name, None, node.id, str(record.id))))
    return [waiting for _, waiting in sorted(found, key=lambda pair: pair[0])]


def watches(record: InstanceRecord) -> bool:
    """Tell whether an instance waits for a condition, so that a change outside may concern it."""
    return record.ended_at is None and b'"k":"condition"' in record.state
