"""Documents made of records: an object, and lists or maps of records that a property names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, AtomsBuilder, Item
from jalon.engines.layering.kinds.base import Adapter, is_closed
from jalon.engines.layering.model import ROOT

SHAPE: Final = "_shape"
"""Technical property of the artifact: which collections its document has, and what is not a record there."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Where records are found in a document.

    `key`: the property of the document that holds them ("" = the document itself). `by`: the property that names a
    record, "" when the collection is a map keyed by name. `prefix`: put before the name to make the uid.
    `container`: the container they live in. `bare`: for a map of plain values, the property that takes the value.
    """

    key: str
    by: str = ""
    prefix: str = ""
    container: str = ROOT
    bare: str = ""


class Records(Adapter):
    """A kind whose documents are records; `collections` says where."""

    collections: ClassVar[tuple[Collection, ...]] = ()
    leaves_closed_out: ClassVar[bool] = False

    def explode(self, document: Json) -> Atoms:
        """Return one item per record, and `.` for the artifact's own properties."""
        if not isinstance(document, dict):
            document = {}
        builder = AtomsBuilder()
        shape: dict[str, Json] = {}
        taken = {collection.key for collection in self.collections}
        own = {} if "" in taken else {key: value for key, value in document.items() if key not in taken}
        builder.add(ROOT, "", own)
        for collection in self.collections:
            builder.container(collection.container)
            held = document if collection.key == "" else document.get(collection.key)
            if held is None:
                continue
            others = []
            for name, record, index in _records(held, collection):
                uid = f"{collection.prefix}{name}" if isinstance(name, str) and name else ""
                if not uid or not isinstance(record, dict) or uid in builder.items:
                    others.append([index, name, record])
                    continue
                builder.add(uid, collection.container, self.read_record(record, collection))
            shape[collection.key] = others
        if shape:
            own[SHAPE] = shape
        return builder.done()

    def assemble(self, atoms: Atoms) -> Json:
        """Put the records back where they were."""
        own = dict(atoms.items.get(ROOT, {}))
        shape = own.pop(SHAPE, {})
        document: dict[str, Json] = dict(own)
        for collection in self.collections:
            uids = [uid for uid in atoms.children(collection.container) if uid.startswith(collection.prefix)]
            if self.leaves_closed_out:
                uids = [uid for uid in uids if not is_closed(self, atoms.items[uid])]
            if collection.key not in shape and not uids:
                continue
            records = [(uid.removeprefix(collection.prefix), atoms.items[uid]) for uid in uids]
            held = self._held(records, shape.get(collection.key, []), collection)
            if collection.key == "":
                document.update(held)
            else:
                document[collection.key] = held
        return document

    def _held(self, records: list[tuple[str, Item]], others: list[Any], collection: Collection) -> Json:
        if collection.by:
            written = [self.write_record(name, item, collection) for name, item in records]
            for index, _, record in others:
                written.insert(index, record)
            return written
        if collection.bare:
            values: dict[str, Json] = {name: item[collection.bare] for name, item in records if collection.bare in item}
        else:
            values = {name: self.write_record(name, item, collection) for name, item in records}
        values.update({name: record for _, name, record in others})
        return values

    def read_record(self, record: dict[str, Json], collection: Collection) -> dict[str, Json]:
        """Return the properties of a record without its name."""
        return {key: value for key, value in record.items() if key != collection.by}

    def write_record(self, name: str, item: Item, collection: Collection) -> Json:
        """Return the record of an item."""
        named = {collection.by: name} if collection.by else {}
        return {**named, **item}


def _records(held: Json, collection: Collection) -> Iterator[tuple[Json, Json, int]]:
    """Yield (name, record, position) for each record of a collection."""
    if collection.by and isinstance(held, list):
        for index, record in enumerate(held):
            name = record.get(collection.by) if isinstance(record, dict) else None
            yield name, record, index
    elif not collection.by and isinstance(held, dict):
        for index, (name, record) in enumerate(held.items()):
            yield name, {collection.bare: record} if collection.bare else record, index
