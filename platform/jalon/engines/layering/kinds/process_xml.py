"""Read from a BPMN file what a level may change, and write those changes back into it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from lxml import etree

from jalon.base.errors import ContentRefused, Problem
from jalon.base.json import Json
from jalon.engines.layering.kinds.process_parameters import PARAM, expression_of, value_of

BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
JALON: Final = "{urn:jalon:bpmn:1}"
OPTION, SLOT = "option:", "slot:"
MAX_CHARACTERS: Final = 5_000_000

Properties = Mapping[str, Json]

_PROCESS: Final = {"label": "name", "dossier_type": f"{JALON}dossierType", "start_roles": f"{JALON}startRoles"}
_STEP: Final = {
    "label": "name",
    "title": f"{JALON}title",
    "why": f"{JALON}why",
    "form": f"{JALON}form",
    "role": f"{JALON}role",
    "recipient": f"{JALON}recipient",
    "decision": f"{JALON}decision",
}
_LANE: Final = {"role": "name"}
_OPTION: Final = {"label": "label", "type": "type", "choices": "choices", "default": "default"}
_PARAM: Final = {"label": "label", "type": "type", "choices": "choices", "value": "expression"}
_SLOT: Final = {"label": "label", "allowed": "allowed", "bound": "default"}
_STEPS: Final = frozenset(
    f"{BPMN}{name}"
    for line in (
        "task userTask manualTask serviceTask scriptTask businessRuleTask sendTask receiveTask callActivity subProcess",
        "transaction adHocSubProcess startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent",
        "exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway complexGateway",
    )
    for name in line.split(" ")
)


@lru_cache(maxsize=256)
def read_process(xml: str) -> Mapping[str, Properties]:
    """Return the items of a BPMN file in document order; raises ContentRefused when it is not XML we read."""
    found: dict[str, Properties] = {}
    for element in _tree(xml).iter():
        named = _named(element)
        if named is None or named[0] in found:
            continue
        uid, attributes = named
        item: dict[str, Json] = {
            prop: _value(prop, text, element)
            for prop, name in attributes.items()
            if (text := element.get(name)) is not None
        }
        item["element"] = etree.QName(element).localname
        found[uid] = item
    return found


def write_process(xml: str, items: Mapping[str, Properties]) -> str:
    """Return the file with the properties of `items`; the same text when nothing differs."""
    before = read_process(xml)
    changed = {uid for uid, item in items.items() if uid in before and dict(item) != dict(before[uid])}
    if not changed:
        return xml
    root = _tree(xml)
    for element in list(root.iter()):
        named = _named(element)
        if named is None or named[0] not in changed:
            continue
        uid, attributes = named
        changed.discard(uid)
        _write_element(element, attributes, before[uid], items[uid])
        if uid.startswith(SLOT) and before[uid].get("bound") != items[uid].get("bound"):
            _bind(root, uid, str(items[uid].get("bound") or ""))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8").decode()


def _write_element(
    element: etree._Element, attributes: Mapping[str, str], before: Properties, after: Properties
) -> None:
    for prop, name in attributes.items():
        if before.get(prop) == after.get(prop):
            continue
        value = after.get(prop)
        if value is None:
            element.attrib.pop(name, "")
        else:
            element.set(
                name, expression_of(value) if element.tag == f"{JALON}param" and prop == "value" else _text(value)
            )


def _bind(root: etree._Element, slot: str, key: str) -> None:
    """Make every call of a slot call the process it is bound to; `jalon:slot` remembers the slot."""
    name = slot.removeprefix(SLOT)
    for call in root.iter(f"{BPMN}callActivity"):
        if call.get("calledElement") == slot or call.get(f"{JALON}slot") == name:
            call.set("calledElement", key or slot)
            call.set(f"{JALON}slot", name)


def _named(element: etree._Element) -> tuple[str, Mapping[str, str]] | None:
    """Return the uid of an element that is an item, and the attribute of each of its properties."""
    tag, name = element.tag, element.get("id")
    if tag == f"{JALON}param":
        uid = _open_parameter(element)
        return (uid, _PARAM) if uid else None
    if not isinstance(tag, str) or not name:
        return None
    if tag == f"{JALON}option":
        return f"{OPTION}{name}", _OPTION
    if tag == f"{JALON}slot":
        return f"{SLOT}{name}", _SLOT
    if tag == f"{BPMN}process":
        return name, _PROCESS
    if tag == f"{BPMN}lane":
        return name, _LANE
    return (name, _STEP) if tag in _STEPS else None


def _open_parameter(element: etree._Element) -> str:
    """Return the uid of a parameter of a service task that levels may set, empty for one they may not."""
    step = next(element.iterancestors(f"{BPMN}serviceTask"), None)
    if step is None or not step.get("id") or not element.get("name") or element.get("open") != "true":
        return ""
    return f"{PARAM}{step.get('id')}:{element.get('name')}"


def _value(prop: str, text: str, element: etree._Element) -> Json:
    if prop == "value":
        return value_of(element.get("type") or "expression", text)
    if prop in ("choices", "allowed"):
        return text.split()
    if prop == "default" and element.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tree(xml: str) -> etree._Element:
    """Parse with entities and network off."""
    if "<!DOCTYPE" in xml:
        message = "Ce fichier BPMN contient une déclaration DOCTYPE, qui n’est pas acceptée."
        raise ContentRefused([Problem("configuration.bpmn_doctype", "error", message)])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        if len(xml) > MAX_CHARACTERS:
            raise ValueError("le fichier est trop grand")
        return etree.fromstring(xml.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        message = f"Ce fichier BPMN n’est pas lisible : {error}."
        raise ContentRefused([Problem("configuration.bpmn_illisible", "error", message, line=line)]) from error
