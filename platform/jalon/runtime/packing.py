"""A run as bytes: what is needed to take it up again elsewhere, its trace left out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

from jalon.base.clock import instant_from, instant_text
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.base.json import NotJson, read_json
from jalon.engines.processes import load
from jalon.runtime.library import Library
from jalon.runtime.memory import MemoryStore
from jalon.runtime.protocol import (
    BufferedMessage,
    DueRecord,
    EventRecord,
    IncidentRecord,
    InstanceRecord,
    Subscription,
    TaskRecord,
)

FORMAT = "jalon-run-1"
_KINDS: dict[str, Any] = {
    "instances": InstanceRecord,
    "tasks": TaskRecord,
    "dues": DueRecord,
    "subscriptions": Subscription,
    "messages": BufferedMessage,
    "incidents": IncidentRecord,
    "ends": EventRecord,
}


class RunUnreadable(JalonError):
    """Bytes that are not a saved run, or whose process is not deployed here."""

    code, message, status = (
        "instance.illisible",
        fr("Cette instance enregistrée ne peut pas être reprise : {reason}."),
        422,
    )


def pack(store: MemoryStore, instances: Iterable[UUID], root: UUID) -> bytes:
    """Write some instances of one run with all that hangs on them."""
    family = set(instances)
    records = [record for number in family if (record := store.get_instance(number)) is not None]
    content: dict[str, Sequence[Any]] = {
        "instances": sorted(records, key=lambda record: record.depth),
        "tasks": [task for task in store.open_tasks(root=root) if task.instance in family],
        "dues": [due for due in store.dues() if due.instance in family],
        "subscriptions": [found for found in store.all_subscriptions() if found.instance in family],
        "messages": store.all_messages(),
        "incidents": [one for one in store.open_incidents(root=root) if one.instance in family],
        "ends": [event for event in store.events(root=root, kind="ended") if event.instance in family],
    }
    written = {name: [asdict(record) for record in found] for name, found in content.items()}
    return json.dumps({"format": FORMAT, **written}, default=_write, ensure_ascii=False).encode()


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(type(value).__name__)


def unpack(store: MemoryStore, library: Library, content: bytes) -> UUID:
    """Take up a saved run in a store; return the id of its first instance. A run already there gets new ids."""
    try:
        data = read_json(content)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise RunUnreadable(reason="ce n’est pas une instance enregistrée")
        records = {name: [_read(kind, item) for item in data[name]] for name, kind in _KINDS.items()}
        for record in records["instances"]:
            library.program(record.process_key, record.process_hash)
            load(record.state)
    except (NotJson, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunUnreadable(reason="le contenu est abîmé") from error
    if not records["instances"]:
        raise RunUnreadable(reason="elle est vide")
    first: UUID = records["instances"][0].id
    if store.get_instance(first) is not None:
        content = _renamed(content, records)
        return unpack(store, library, content)
    _keep(store, records)
    return first


def _renamed(content: bytes, records: dict[str, list[Any]]) -> bytes:
    """Give every record of a saved run a new id, so that the run it was saved from goes on beside it."""
    text = content.decode()
    for name in ("instances", "tasks", "messages", "incidents"):
        for record in records[name]:
            text = text.replace(str(record.id), str(new_id()))
    return text.encode()


def _keep(store: MemoryStore, records: dict[str, list[Any]]) -> None:
    for record in records["instances"]:
        store.add_instance(record)
        store.set_dues(record.id, [due for due in records["dues"] if due.instance == record.id])
        store.set_subscriptions(record.id, [found for found in records["subscriptions"] if found.instance == record.id])
    for task in records["tasks"]:
        store.add_task(task)
    known = {message.id for message in store.all_messages()}
    for message in records["messages"]:
        if message.id not in known:
            store.add_message(message)
    for incident in records["incidents"]:
        store.add_incident(incident)
    store.add_events(records["ends"])


def _read(kind: Any, item: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{one.name: _value(str(hints[one.name]), item[one.name]) for one in fields(kind)})


def _value(hint: str, value: Any) -> Any:
    if value is None:
        return None
    if "UUID" in hint:
        return UUID(value)
    if "datetime" in hint:
        return instant_from(value)
    if "bytes" in hint:
        return value.encode()
    return value
