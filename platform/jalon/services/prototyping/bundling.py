"""The files of a process as a unit sees it: what it calls, starts, asks and decides, ready for a sandbox."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import NotFound
from jalon.base.json import Json
from jalon.engines.decisions import to_dmn
from jalon.engines.processes import Node, Program
from jalon.services import configuration
from jalon.services.configuration import ArtifactUnknown
from jalon.services.configuration.packs.formats import pretty, write_artifact
from jalon.services.processes.library import SLOT, PublishedLibrary
from jalon.store import configuration as store
from jalon.store.places import place

Files = dict[str, bytes]
ALONGSIDE = {"roles": "roles", "message": "messages", "connector": "connectors"}
"""Kinds that no diagram leads to: the labels of roles, the text of messages, the simulators; with their folder."""


def bundle(session: Session, process_key: str, unit_id: UUID, on: date) -> Files:
    """Return the files, each resolved for the unit that day; raises ArtifactUnknown for an unknown process."""
    return _Bundle(session, unit_id, on).of(process_key)


class _Bundle:
    """The files found so far."""

    def __init__(self, session: Session, unit_id: UUID, on: date) -> None:
        self.session, self.unit_id, self.on = session, unit_id, on
        self.unit = place(session, unit_id).code
        self.library = PublishedLibrary(session, on)
        self.files: Files = {}

    def of(self, process_key: str) -> Files:
        """Follow everything a process leads to."""
        waiting, seen = [process_key], {process_key}
        while waiting:
            key = waiting.pop()
            found = configuration.process(self.session, key, self.unit_id, self.on)
            self.files[f"{key}.bpmn"] = str(found.content["bpmn"]).encode()
            program = self.library.latest(key, self.unit)
            self._read_by(program)
            led_to = [one for one in self._processes(program) if one not in seen]
            seen.update(led_to)
            waiting += led_to
        for artifact in store.artifacts(self.session, "parameters"):
            content = self._content("parameters", artifact.key)
            written = write_artifact(("parameters", artifact.key), content, artifact.key)
            self.files |= {f"{artifact.key}/{name}": content for name, content in written.items()}
        for kind, folder in ALONGSIDE.items():
            for artifact in store.artifacts(self.session, kind):
                self.files[f"{folder}/{artifact.key}.json"] = pretty(self._content(kind, artifact.key))
        return self.files

    def _content(self, kind: str, key: str) -> Json:
        try:
            return configuration.content(self.session, kind, key, self.unit_id, self.on).content
        except ArtifactUnknown:
            return {}  # not in force that day

    def _read_by(self, program: Program) -> None:
        """Add the forms a process shows, their lists, and the decisions it takes."""
        for node in program.nodes.values():
            try:
                if node.form:
                    self._form(node.form)
                if decided := node.decision or _evaluated(node):
                    found = configuration.decision(self.session, decided, self.unit_id, self.on)
                    self.files[f"{found.key}.dmn"] = to_dmn(found.content)
            except ArtifactUnknown:
                continue  # the report of the sandbox says so

    def _form(self, key: str) -> None:
        closure = configuration.form_closure(self.session, key, self.unit_id, self.on)
        self.files[f"{key}.schema.json"] = pretty(closure.schema)
        if closure.ui:
            self.files[f"{key}.ui.json"] = pretty(closure.ui)
        for name, values in closure.lists.items():
            self.files[f"lists/{name}.json"] = pretty({"title": name, "values": values})

    def _processes(self, program: Program) -> Iterator[str]:
        """Yield the keys of the published processes this one calls, or starts by a message or a signal."""
        for node in program.nodes.values():
            called = node.called
            if called.startswith(SLOT):
                slot = next((one for one in program.slots if one.get("id") == called.removeprefix(SLOT)), {})
                called = str(slot.get("default") or "")
            if called and not called.startswith("=") and self._published(called):
                yield called
            if node.kind in {"intermediateThrowEvent", "endEvent", "sendTask"}:
                for thrown in node.definitions:
                    if thrown.kind in {"message", "signal"} and thrown.name:
                        yield from (one.key for one, _ in self.library.started_by(thrown.kind, thrown.name, self.unit))

    def _published(self, key: str) -> bool:
        try:
            self.library.latest(key, self.unit)
        except NotFound:
            return False
        return True


def _evaluated(node: Node) -> str:
    """Return the decision a service task names in quotes, empty for another step."""
    if node.action != "decision.evaluer":
        return ""
    return next((line.expression.strip().strip('"') for line in node.assignments if line.name == "decision"), "")
