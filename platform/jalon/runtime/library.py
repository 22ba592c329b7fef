"""Where the coordinator finds programs, and a library in memory."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from jalon.base.errors import NotFound
from jalon.engines.processes import Program


class Library(Protocol):
    """Where programs come from; services answer from publications, the sandbox from what was deployed."""

    def program(self, process_key: str, process_hash: str) -> Program:
        """Return that version; raises NotFound."""
        ...

    def latest(self, process_key: str, unit: str) -> Program:
        """Return the version a new run of that unit uses; raises NotFound."""
        ...

    def called(self, caller: Program, name: str, unit: str) -> Program | None:
        """Return what a call activity of `caller` runs: a process key or `slot:<id>` (None: the slot is empty)."""
        ...

    def started_by(self, kind: str, name: str, unit: str) -> Sequence[tuple[Program, str]]:
        """Return (program, start event) of the latest processes a message or signal of that name starts."""
        ...


class MemoryLibrary:
    """Programs in a dictionary; the last added of a key is the latest, earlier ones stay for their runs."""

    def __init__(self, programs: Iterable[Program] = ()) -> None:
        self._versions: dict[tuple[str, str], Program] = {}
        self._latest: dict[str, Program] = {}
        for program in programs:
            self.add(program)

    def add(self, program: Program) -> None:
        """Make a program the latest of its key."""
        self._versions[program.key, program.hash] = program
        self._latest[program.key] = program

    def with_more(self, programs: Iterable[Program]) -> "MemoryLibrary":
        """Return a library with these besides, each the latest of its key."""
        more = MemoryLibrary()
        more._versions, more._latest = dict(self._versions), dict(self._latest)
        for program in programs:
            more.add(program)
        return more

    def keys(self) -> list[str]:
        """Return the keys of the executable processes."""
        return list(self._latest)

    def programs(self) -> list[Program]:
        """Return every version kept, latest ones last."""
        return [*self._versions.values(), *self._latest.values()]

    def program(self, process_key: str, process_hash: str) -> Program:
        """Return that version; raises NotFound."""
        found = self._versions.get((process_key, process_hash))
        if found is None:
            raise NotFound(process=process_key)
        return found

    def latest(self, process_key: str, unit: str) -> Program:  # noqa: ARG002 - the protocol's; one for all
        """Return the version a new run uses; raises NotFound."""
        found = self._latest.get(process_key)
        if found is None:
            raise NotFound(process=process_key)
        return found

    def called(self, caller: Program, name: str, unit: str) -> Program | None:
        """Return the called process; a slot runs its default."""
        if name.startswith("slot:"):
            slot = next((slot for slot in caller.slots if slot.get("id") == name[5:]), None)
            if slot is None:
                raise NotFound(process=name)
            chosen = slot.get("bound") or slot.get("default") or ""
            return self.latest(chosen, unit) if chosen else None
        return self.latest(name, unit)

    def started_by(self, kind: str, name: str, unit: str) -> Sequence[tuple[Program, str]]:  # noqa: ARG002 - the protocol's; one for all
        """Return who starts on that message or signal."""
        return starters(self._latest.values(), kind, name)


def starters(programs: Iterable[Program], kind: str, name: str) -> list[tuple[Program, str]]:
    """Return (program, start) for each start event that a message or signal of that name triggers."""
    return [
        (program, start)
        for program in programs
        for start in program.containers[""].triggered
        for definition in program.nodes[start].definitions
        if definition.kind == kind and (definition.name == name or name in definition.ids)
    ]
