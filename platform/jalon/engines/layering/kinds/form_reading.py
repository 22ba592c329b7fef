"""From a form to atoms: fields by path, layout elements by `options.uid`."""

from typing import Any

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, AtomsBuilder
from jalon.engines.layering.kinds.form_words import ALWAYS_HIDDEN, KEYWORDS, LAYOUT, OBLIGATION, OWN, SHOWN_RULE
from jalon.engines.layering.model import ROOT

Properties = dict[str, Json]


def explode_form(document: Json) -> Atoms:
    """Return the atoms of `{"schema", "ui"}`; fields that no Control shows live in their schema's parent."""
    schema = document.get("schema") or {}
    ui = document.get("ui")
    fields: dict[str, Properties] = {}
    root = _read_object(schema, "", fields)
    root["_document"] = {key: value for key, value in document.items() if key != "schema"}
    builder = AtomsBuilder()
    builder.add(ROOT, "", root)
    builder.container(ROOT)
    if isinstance(ui, dict):
        del root["_document"]["ui"]
        _Layout(builder, fields).read(ui, ROOT, "", "0")
    for uid, properties in fields.items():
        if uid not in builder.items:
            builder.add(uid, parent_of(uid), properties)
        if "_object" in properties or "_rows" in properties:
            builder.container(uid)
    return builder.done()


def parent_of(uid: str) -> str:
    """Return the object a field belongs to in the schema."""
    return uid.rpartition(".")[0] or ROOT


def _read_object(schema: dict[str, Any], prefix: str, fields: dict[str, Properties]) -> Properties:
    """Read the properties of an object into `fields`; return the object's own keywords."""
    own: Properties = {}
    for keyword, value in schema.items():
        if keyword not in ("properties", "required", OBLIGATION):
            own[_prop(keyword)] = value
    if "required" in schema:
        own["_required"] = schema["required"]
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        if "properties" in schema:
            own["_properties"] = properties
        return own
    own["_object"] = True
    required = schema.get("required") if isinstance(schema.get("required"), list) else []
    kept = {}
    for name, node in properties.items():
        if not isinstance(node, dict) or not _is_plain(name):
            kept[name] = node
            continue
        uid = f"{prefix}{name}"
        field: Properties = {}
        fields[uid] = field
        field.update(_read_field(node, uid, fields))
        _read_obligation(field, node, name in (required or []))
    if kept:
        own["_properties"] = kept
    return own


def _read_field(node: dict[str, Any], uid: str, fields: dict[str, Properties]) -> Properties:
    row = node.get("items")
    if isinstance(row, dict) and isinstance(row.get("properties"), dict):
        outside = _read_object({key: value for key, value in node.items() if key != "items"}, f"{uid}.", fields)
        outside["_rows"] = _read_object(row, f"{uid}.", fields)
        return outside
    return _read_object(node, f"{uid}.", fields)


def _read_obligation(field: Properties, node: dict[str, Any], is_required: bool) -> None:
    """Join `required` and the keyword; `_obligation` remembers a spelling that is not the usual one."""
    keyword = node.get(OBLIGATION)
    if keyword is None:
        if OBLIGATION in node:
            field["_obligation"] = "null"
        if is_required:
            field["obligation"] = "step"
        return
    field["obligation"] = keyword
    if is_required:
        field["_obligation"] = "both"
    elif keyword == "step":
        field["_obligation"] = "keyword"


def _prop(keyword: str) -> str:
    if keyword in KEYWORDS:
        return KEYWORDS[keyword]
    return f"keyword:{keyword}" if keyword in OWN or keyword.startswith("_") else keyword


def _is_plain(name: str) -> bool:
    return bool(name) and name != ROOT and not any(mark in name for mark in "./~:")


class _Layout:
    """Reads the ui schema into the builder, container by container."""

    def __init__(self, builder: AtomsBuilder, fields: dict[str, Properties]) -> None:
        self._builder, self._fields = builder, fields

    def read(self, element: Json, container: str, prefix: str, path: str) -> None:
        if not isinstance(element, dict):
            self._builder.add(f"{LAYOUT}_{path}", container, {"_element": element})
            return
        uid = _field_of(element, prefix)
        if uid in self._fields and uid not in self._builder.items:
            self._read_control(element, uid, container, path)
        else:
            self._read_element(element, container, prefix, path)

    def _read_control(self, element: dict[str, Any], uid: str, container: str, path: str) -> None:
        field = self._fields[uid]
        control = {key: value for key, value in element.items() if key not in ("label", "rule", "options", "scope")}
        label = element.get("label")
        if isinstance(label, str):
            field["title"] = field.get("label")
            field["label"] = label
        elif label is not None:
            control["label"] = label
        _read_shown(element, field)
        field["control"] = control
        self._builder.add(uid, container, field)
        options = field.get("options")
        if "_rows" in field and isinstance(options, dict) and isinstance(options.get("detail"), dict):
            self._builder.container(uid)
            field["options"] = {key: value for key, value in options.items() if key != "detail"}
            field["_detail"] = True
            self.read(options["detail"], uid, f"{uid}.", f"{path}_d")

    def _read_element(self, element: dict[str, Any], container: str, prefix: str, path: str) -> None:
        item = {key: value for key, value in element.items() if key not in ("elements", "rule", "options")}
        _read_shown(element, item)
        options = element.get("options")
        given = options.get("uid") if isinstance(options, dict) else None
        uid = f"{LAYOUT}{given}"
        if not isinstance(given, str) or not _is_plain(given) or given.startswith("_") or uid in self._builder.items:
            uid = f"{LAYOUT}_{path}"
        self._builder.add(uid, container, item)
        elements = element.get("elements")
        if isinstance(elements, list):
            item["_elements"] = True
            self._builder.container(uid)
            for number, child in enumerate(elements):
                self.read(child, uid, prefix, f"{path}_{number}")
        elif "elements" in element:
            item["_elements"] = {"raw": elements}


def _read_shown(element: dict[str, Any], item: Properties) -> None:
    """Read options and rule; the rule that always hides is the property `hidden`."""
    if "options" in element:
        item["options"] = element["options"]
    rule = element.get("rule")
    if rule == ALWAYS_HIDDEN:
        item["hidden"] = True
        options = element.get("options")
        if isinstance(options, dict) and SHOWN_RULE in options:
            item["rule"] = options[SHOWN_RULE]
            rest = {key: value for key, value in options.items() if key != SHOWN_RULE}
            item["options"] = rest
            if not rest:
                del item["options"]
    elif "rule" in element:
        item["rule"] = rule


def _field_of(element: dict[str, Any], prefix: str) -> str:
    """Return the uid of the field a Control shows, "" when it is not a Control of a plain field."""
    scope = element.get("scope")
    if element.get("type") != "Control" or not isinstance(scope, str):
        return ""
    path = path_of_scope(scope)
    return f"{prefix}{path}" if path else ""


def path_of_scope(scope: str) -> str:
    """Return the dotted path a JSON Forms scope points at, "" when it is not made of properties."""
    pieces = scope.split("/")
    if pieces[0] != "#" or len(pieces) % 2 == 0 or len(pieces) < 3:
        return ""
    if any(piece != "properties" for piece in pieces[1::2]):
        return ""
    return ".".join(pieces[2::2])
