"""From atoms back to a form."""

from typing import Any

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, Item
from jalon.engines.layering.kinds.form_reading import parent_of
from jalon.engines.layering.kinds.form_words import ALWAYS_HIDDEN, LAYOUT, OBLIGATION, SHOWN_RULE, WORDS
from jalon.engines.layering.model import ROOT

_PRESENTATION = frozenset({"hidden", "rule", "options", "control", "obligation"})


def assemble_form(atoms: Atoms) -> Json:
    """Return `{"schema", "ui"}`; a ui is made when something needs one that had none."""
    writer = _Writer(atoms)
    root = atoms.items[ROOT]
    document = dict(root.get("_document", {}))
    document["schema"] = writer.schema_of(ROOT, root)
    elements = writer.elements(ROOT)
    if any(_is_layout(uid) or "control" in atoms.items[uid] for uid in atoms.children(ROOT)):
        first, *others = elements
        if others:
            first = {"type": "VerticalLayout", "elements": elements}
        document["ui"] = first
    elif writer.needs_layout(ROOT):
        document["ui"] = {"type": "VerticalLayout", "elements": writer.elements(ROOT, every=True)}
    return document


def _is_layout(uid: str) -> bool:
    return uid.startswith(LAYOUT)


class _Writer:
    def __init__(self, atoms: Atoms) -> None:
        self._atoms = atoms
        self._members: dict[str, list[str]] = {}
        seen: set[str] = set()
        for uid in (*self._in_order(ROOT), *atoms.items):
            if uid not in seen and uid != ROOT and not _is_layout(uid):
                seen.add(uid)
                self._members.setdefault(parent_of(uid), []).append(uid)

    def _in_order(self, container: str) -> list[str]:
        """Return the fields in reading order."""
        found: list[str] = []
        for uid in self._atoms.children(container):
            if not _is_layout(uid):
                found.append(uid)
            found.extend(self._in_order(uid))
        return found

    def schema_of(self, uid: str, item: Item) -> dict[str, Json]:
        """Return the schema of an object, its properties included."""
        schema = _keywords(item)
        rows = item.get("_rows")
        target = schema
        if isinstance(rows, dict):
            target = _keywords(rows)
            schema["items"] = target
        holder = rows if isinstance(rows, dict) else item
        members = self._members.get(uid, [])
        self._write_members(target, holder, members)
        return schema

    def _write_members(self, schema: dict[str, Json], holder: Item, members: list[str]) -> None:
        kept = holder.get("_properties")
        if isinstance(kept, dict) or members or "_object" in holder:
            written = {uid.rpartition(".")[2]: self._field(uid) for uid in members}
            schema["properties"] = {**written, **(kept or {})}
        elif "_properties" in holder:
            schema["properties"] = kept
        demanded = [uid.rpartition(".")[2] for uid in members if _is_demanded(self._atoms.items[uid])]
        before = holder.get("_required")
        if not isinstance(before, list):
            if demanded:
                schema["required"] = demanded
            elif "_required" in holder:
                schema["required"] = before
            return
        names = {uid.rpartition(".")[2] for uid in members}
        still = [name for name in before if name not in names or name in demanded]
        schema["required"] = [*still, *(name for name in demanded if name not in before)]

    def _field(self, uid: str) -> dict[str, Json]:
        item = self._atoms.items[uid]
        schema = self.schema_of(uid, item)
        obligation, spelling = item.get("obligation"), item.get("_obligation")
        if obligation is not None and (obligation != "step" or spelling in ("both", "keyword")):
            schema[OBLIGATION] = obligation
        elif spelling == "null" and obligation is None:
            schema[OBLIGATION] = None
        return schema

    def elements(self, container: str, every: bool = False) -> list[Json]:
        """Return the ui elements of a container; `every` makes a Control for fields that had none."""
        found = []
        every = every or _is_layout(container)
        for uid in self._atoms.children(container):
            item = self._atoms.items[uid]
            if _is_layout(uid):
                found.append(self._element(uid, item))
            elif every or "control" in item:
                found.append(self._group(uid, item) if self._needs_group(uid, item) else self._control(uid, item))
        return found

    def _element(self, uid: str, item: Item) -> Json:
        if "_element" in item:
            return item["_element"]
        element = {key: value for key, value in item.items() if key not in ("hidden", "rule", "options", "_elements")}
        name = uid.removeprefix(LAYOUT)
        _write_shown(element, item, {} if name.startswith("_") else {"uid": name})
        children = item.get("_elements")
        if isinstance(children, dict):
            element["elements"] = children["raw"]
        elif children or uid in self._atoms.shelves:
            element["elements"] = self.elements(uid)
        return element

    def _control(self, uid: str, item: Item) -> dict[str, Json]:
        control: dict[str, Json] = {"type": "Control", **item.get("control", {}), "scope": self._scope(uid)}
        if "title" in item:
            control["label"] = item.get("label", "")
        _write_shown(control, item, {} if "control" in item else {"uid": uid.rpartition(".")[2]})
        detail = self._detail(uid, item)
        if detail is not None:
            control["options"] = {**control.get("options", {}), "detail": detail}
        return control

    def _detail(self, uid: str, item: Item) -> Json:
        """Return the layout of the rows of a list, None when the default one will do."""
        if "_rows" not in item:
            return None
        if item.get("_detail"):
            first, *others = self.elements(uid, every=True)
            return {"type": "VerticalLayout", "elements": [first, *others]} if others else first
        if self.needs_layout(uid):
            return {"type": "VerticalLayout", "elements": self.elements(uid, every=True)}
        return None

    def needs_layout(self, container: str) -> bool:
        """Tell whether fields without a Control have something only a Control can say."""
        shelf = self._atoms.shelves.get(container)
        if shelf is not None and shelf.hung:
            return True
        children = [self._atoms.items[uid] for uid in self._atoms.children(container)]
        return any("hidden" in item or "rule" in item or "options" in item for item in children)

    def _needs_group(self, uid: str, item: Item) -> bool:
        """Tell whether the fields of an object need Controls of their own."""
        return "_rows" not in item and "_object" in item and self.needs_layout(uid)

    def _group(self, uid: str, item: Item) -> dict[str, Json]:
        group: dict[str, Json] = {"type": "Group", "label": item.get("label", "")}
        _write_shown(group, item, {"uid": uid.replace(".", "_")})
        group["elements"] = self.elements(uid, every=True)
        return group

    def _scope(self, uid: str) -> str:
        """Return the scope of a field, from the row it is in or from the root."""
        pieces = uid.split(".")
        start = 0
        for length in range(len(pieces) - 1, 0, -1):
            if "_rows" in self._atoms.items.get(".".join(pieces[:length]), {}):
                start = length
                break
        return "#" + "".join(f"/properties/{piece}" for piece in pieces[start:])


def _keywords(item: Item) -> dict[str, Json]:
    """Return the schema keywords among the properties of an item."""
    schema: dict[str, Json] = {}
    for prop, value in item.items():
        if prop.startswith("_") or prop in _PRESENTATION:
            continue
        schema[WORDS.get(prop, prop.removeprefix("keyword:"))] = value
    if "title" in item:
        del schema["title"]
        if item["title"] is not None:
            schema["title"] = item["title"]
    return schema


def _is_demanded(item: Item) -> bool:
    """Tell whether `required` names a field."""
    spelling = item.get("_obligation")
    if item.get("obligation") == "step":
        return spelling != "keyword"
    return spelling == "both" and item.get("obligation") not in (None, "none")


def _write_shown(element: dict[str, Any], item: Item, extra: dict[str, Json]) -> None:
    """Write options and rule of an element."""
    options = item.get("options")
    if extra and isinstance(options, dict | None):
        options = {**(options or {}), **extra}
    if item.get("hidden") is True:
        element["rule"] = ALWAYS_HIDDEN
        if "rule" in item:
            options = {**(options or {}), SHOWN_RULE: item["rule"]}
    elif "rule" in item:
        element["rule"] = item["rule"]
    if options is not None:
        element["options"] = options
