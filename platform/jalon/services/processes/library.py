"""Where the runtime finds programs: published diagrams, compiled once per version."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import ContentRefused, NotFound
from jalon.engines.processes.program import Program
from jalon.runtime.library import starters
from jalon.services import configuration
from jalon.services.configuration import ArtifactUnknown
from jalon.services.processes.compiling import program_of
from jalon.store import snapshots
from jalon.store.places import place_of_code

SLOT = "slot:"


class PublishedLibrary:
    """The processes published for units, as the runtime asks for them; built for one transaction."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._on = on
        self._units: dict[str, UUID] = {}

    def program(self, process_key: str, process_hash: str) -> Program:
        """Return that very version, whatever has been published since."""
        content = snapshots.content(self._session, process_hash)
        if content is None:
            raise NotFound(process=process_key)
        return program_of(process_key, process_hash, content)

    def latest(self, process_key: str, unit: str) -> Program:
        """Return the version a new run of that unit uses."""
        try:
            found = configuration.process(self._session, process_key, self._unit_id(unit), self._on)
        except ArtifactUnknown as error:
            raise NotFound(process=process_key) from error
        return program_of(process_key, found.hash, found.content)

    def called(self, caller: Program, name: str, unit: str) -> Program | None:
        """Return what a call activity runs; a slot nobody bound runs its default, or nothing."""
        if name.startswith(SLOT):
            slot = next((one for one in caller.slots if one.get("id") == name.removeprefix(SLOT)), None)
            if slot is None:
                raise NotFound(process=name)
            name = str(slot.get("default") or "")
        return self.latest(name, unit) if name else None

    def started_by(self, kind: str, name: str, unit: str) -> Sequence[tuple[Program, str]]:
        """Return (program, start event) of the processes a message or signal of that name starts."""
        programs = []
        for info in configuration.process_keys(self._session):
            try:
                programs.append(self.latest(info.key, unit))
            except (NotFound, ContentRefused):
                continue  # not published here, or documentation only
        return starters(programs, kind, name)

    def _unit_id(self, code: str) -> UUID:
        if code not in self._units:
            unit = place_of_code(self._session, code)
            if unit is None:
                raise NotFound(unit=code)
            self._units[code] = unit.id
        return self._units[code]


def content_of(session: Session, process_hash: str) -> dict[str, Any]:
    """Return the published content of a version of a process; empty when it is gone."""
    found: dict[str, Any] = snapshots.content(session, process_hash) or {}
    return found
