"""What is published for a unit: contents, the closure of a form, parameters, options, processes, decisions."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.json import Json
from jalon.engines.layering.kinds import adapter
from jalon.engines.layering.kinds.process_xml import OPTION
from jalon.services.configuration.errors import ArtifactUnknown
from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.epochs import remembered


@dataclass(frozen=True, slots=True)
class Configured:
    """An artifact as a unit has it: `content` is shared by all readers and never changed."""

    kind: str
    key: str
    hash: str
    content: Json


@dataclass(frozen=True, slots=True)
class FormClosure:
    """A form with the lists it refers to, under the hash a task can pin: list key -> its values."""

    hash: str
    key: str
    schema: dict[str, Any]
    ui: dict[str, Any]
    lists: dict[str, list[dict[str, Any]]]
    manifest: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A published process as a list of processes shows it."""

    key: str
    title: str
    pack: str
    version: str


def content(session: Session, kind: str, key: str, unit_id: UUID | None = None, on: date | None = None) -> Configured:
    """Return an artifact as a unit has it that day (today in its zone); raises ArtifactUnknown."""
    found = store.hash_named(session, kind, key, unit_id, on or store.today(session, unit_id))
    if found is None:
        raise ArtifactUnknown(kind=kind, key=key)
    return Configured(kind, key, found, snapshots.content(session, found))


def form_closure(session: Session, form_key: str, unit_id: UUID | None = None, on: date | None = None) -> FormClosure:
    """Return a form and its lists as a unit has them that day; writes nothing, see `keep_closure`.

    Shared by all readers until the next publication, and never changed.
    """
    day = on or store.today(session, unit_id)
    known = remembered(session)
    asked = ("closure", form_key, store.path_of(session, unit_id), day)
    if known is None:
        return _resolved(session, form_key, unit_id, day)
    if asked not in known:
        known[asked] = _resolved(session, form_key, unit_id, day)
    found: FormClosure = known[asked]
    return found


def _resolved(session: Session, form_key: str, unit_id: UUID | None, on: date) -> FormClosure:
    form = content(session, "form", form_key, unit_id, on)
    lists = {}
    for key in list_keys(form.content):
        try:
            lists[key] = content(session, "list", key, unit_id, on)
        except ArtifactUnknown:
            continue  # a form may outlive a list; the question then offers nothing
    manifest = {"key": form_key, "form": form.hash, "lists": {key: found.hash for key, found in lists.items()}}
    values = {key: found.content["values"] for key, found in lists.items()}
    closure_hash = snapshots.hash_of("closure", manifest)
    return FormClosure(closure_hash, form_key, form.content["schema"], form.content.get("ui") or {}, values, manifest)


def keep_closure(session: Session, closure: FormClosure) -> str:
    """Keep a closure so that `closure_by_hash` finds it for ever, and return its hash: what pinning a task does."""
    return snapshots.keep(session, "closure", closure.key, closure.manifest)


def closure_by_hash(session: Session, closure_hash: str) -> FormClosure:
    """Return a closure kept earlier, whatever has been published since; raises ArtifactUnknown."""
    found = closures_by_hash(session, [closure_hash])
    if closure_hash not in found:
        raise ArtifactUnknown(kind="closure", key=closure_hash)
    return found[closure_hash]


def closures_by_hash(session: Session, hashes: Collection[str]) -> dict[str, FormClosure]:
    """Return closures kept earlier by hash, in two queries at most; those nobody kept are left out."""
    manifests = snapshots.contents(session, hashes)
    wanted = {one for manifest in manifests.values() for one in (manifest["form"], *manifest["lists"].values())}
    found = snapshots.contents(session, wanted)
    return {one: _closure(one, manifest, found) for one, manifest in manifests.items()}


def _closure(closure_hash: str, manifest: dict[str, Any], found: dict[str, Json]) -> FormClosure:
    form = found[manifest["form"]]
    lists = {key: found[one]["values"] for key, one in manifest["lists"].items()}
    return FormClosure(closure_hash, manifest["key"], form["schema"], form.get("ui") or {}, lists, manifest)


def list_keys(form: Json) -> list[str]:
    """Return the keys of the lists a form refers to, in reading order."""
    found: list[str] = []
    pending = [form.get("schema")]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            key = node.get("x-jalon-list")
            if isinstance(key, str) and key not in found:
                found.append(key)
            pending.extend(reversed(node.values()))
        elif isinstance(node, list):
            pending.extend(reversed(node))
    return found


def parameters(session: Session, unit_id: UUID | None = None, on: date | None = None) -> dict[str, Any]:
    """Return the value of every parameter of every pack for a unit that day; one without a value yet is left out."""
    day = on or store.today(session, unit_id)
    values: dict[str, Any] = {}
    for artifact in store.artifacts(session, "parameters"):
        pointer = store.pointer_at(session, artifact.id, unit_id, day)
        described = snapshots.content(session, pointer.hash) if pointer else None
        for uid, parameter in (described or {}).items():
            dated = value_on(parameter, day)
            if dated is not None:
                values[uid] = dated["value"]
    return values


def value_on(parameter: dict[str, Any], day: date) -> dict[str, Any] | None:
    """Return the dated value of a parameter in force that day: {"from", "value", "source"}."""
    past = [dated for dated in parameter.get("values", []) if dated.get("from", "") <= day.isoformat()]
    return max(past, key=lambda dated: str(dated.get("from", "")), default=None)


def options(session: Session, process_key: str, unit_id: UUID | None = None, on: date | None = None) -> dict[str, Any]:
    """Return the toggles of a process as a unit has set them: what expressions read as `option.<uid>`."""
    items = adapter("process").explode(process(session, process_key, unit_id, on).content).items
    return {uid.removeprefix(OPTION): item.get("default") for uid, item in items.items() if uid.startswith(OPTION)}


def process(session: Session, key: str, unit_id: UUID | None = None, on: date | None = None) -> Configured:
    """Return a process as a unit has it: `content["bpmn"]` holds its XML; raises ArtifactUnknown."""
    return content(session, "process", key, unit_id, on)


def decision(session: Session, name: str, unit_id: UUID | None = None, on: date | None = None) -> Configured:
    """Return the model of the DMN file that is called so or holds a decision of that id; raises ArtifactUnknown."""
    if store.artifact(session, "decision", name) is not None:
        return content(session, "decision", name, unit_id, on)
    for artifact in store.artifacts(session, "decision"):
        found = content(session, "decision", artifact.key, unit_id, on)
        if any(name in (one.get("id"), one.get("name")) for one in found.content.get("decisions", [])):
            return found
    raise ArtifactUnknown(kind="decision", key=name)


def process_keys(session: Session) -> list[ProcessInfo]:
    """Return the published processes, by key: what `jalon process list` shows."""
    versions = {pack.key: pack.version for pack in store.packs(session)}
    return [
        ProcessInfo(artifact.key, artifact.title or artifact.key, artifact.pack, versions.get(artifact.pack, ""))
        for artifact in store.artifacts(session, "process")
    ]
