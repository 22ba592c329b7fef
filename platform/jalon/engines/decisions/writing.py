"""From the JSON model to DMN 1.3 XML."""

import re
from typing import Any

from lxml import etree

from jalon.base.errors import ContentRefused, Problem
from jalon.engines.decisions.model import Model

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_ID = re.compile(r"[^\w.-]")


def to_dmn(model: Model) -> bytes:
    """Write the JSON model as DMN 1.3; reading it back gives an equal model.

    Raises ContentRefused for an id or a character that XML does not accept.
    """
    prefixes: dict[Any, str] = {None: NAMESPACE}  # no prefix: the default namespace
    root = etree.Element(f"{{{NAMESPACE}}}definitions", nsmap=prefixes)
    root.set("namespace", "urn:jalon:dmn:1")
    _name(root, model.get("id") or "definitions", model.get("name") or "")
    if model.get("names"):
        held = _add(root, "itemDefinition")
        held.set("name", "_names")
        for name in model["names"]:
            _add(held, "itemComponent").set("name", _clean(name))
    inputs = {item["id"] for item in model.get("inputs") or ()}
    functions = {item["id"] for item in model.get("functions") or ()}
    for item in model.get("inputs") or ():
        element = _add(root, "inputData")
        _name(element, item["id"], item["name"])
        _variable(element, item["id"], item["name"], item.get("type") or "")
    for item in model.get("functions") or ():
        _function(root, item)
    for item in model.get("decisions") or ():
        _decision(root, item, inputs, functions)
    for item in model.get("services") or ():
        _service(root, item, {one["name"]: one["id"] for one in (*(model.get("inputs") or ()), *model["decisions"])})
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        etree.SubElement(element, f"{{{NAMESPACE}}}text").text = _clean(text)
    return element


def _name(element: etree._Element, key: str, name: str) -> None:
    element.set("id", _identifier(key))
    element.set("name", _clean(name))


def _variable(parent: etree._Element, key: str, name: str, declared: str) -> None:
    element = _add(parent, "variable")
    _name(element, f"{key}_variable", name)
    if declared:
        element.set("typeRef", _clean(declared))


def _function(root: etree._Element, item: dict[str, Any]) -> None:
    element = _add(root, "businessKnowledgeModel")
    _name(element, item["id"], item["name"])
    logic = _add(element, "encapsulatedLogic")
    for parameter in item.get("parameters") or ():
        _add(logic, "formalParameter").set("name", _clean(parameter))
    if "table" in item:
        _table(logic, item["table"], item["id"])
    else:
        _add(logic, "literalExpression", item.get("literal") or "")


def _service(root: etree._Element, item: dict[str, Any], ids: dict[str, str]) -> None:
    element = _add(root, "decisionService")
    _name(element, item["id"], item["name"])
    given = set(item.get("given") or ())
    wanted = [("outputDecision", key) for key in item.get("outputs") or ()]
    wanted += [("inputDecision", key) for key in item.get("given") or ()]
    keys = [ids.get(name, name) for name in item.get("parameters") or ()]
    wanted += [("inputData", key) for key in keys if key not in given]
    for tag, key in wanted:
        _add(element, tag).set("href", f"#{_identifier(key)}")


def _decision(root: etree._Element, item: dict[str, Any], inputs: set[str], functions: set[str]) -> None:
    element = _add(root, "decision")
    _name(element, item["id"], item["name"])
    _variable(element, item["id"], item.get("variable") or item["name"], item.get("type") or "")
    required = list(item.get("requires") or ())
    for one in sorted(required, key=lambda key: key in functions):  # the schema wants knowledge last
        known = one in functions
        holder = _add(element, "knowledgeRequirement" if known else "informationRequirement")
        kind = "requiredKnowledge" if known else "requiredInput" if one in inputs else "requiredDecision"
        _add(holder, kind).set("href", f"#{_identifier(one)}")
    if "table" in item:
        _table(element, item["table"], item["id"])
    else:
        _add(element, "literalExpression", item.get("literal") or "")


def _table(parent: etree._Element, table: dict[str, Any], key: str) -> None:
    element = _add(parent, "decisionTable")
    element.set("id", f"{_identifier(key)}_table")
    element.set("hitPolicy", table.get("hit") or "UNIQUE")
    if table.get("aggregation"):
        element.set("aggregation", table["aggregation"])
    for column in table.get("inputs") or ():
        _input(element, column)
    for column in table.get("outputs") or ():
        _output(element, column)
    for row in table.get("rules") or ():
        _rule(element, row)


def _input(table: etree._Element, column: dict[str, Any]) -> None:
    element = _add(table, "input")
    element.set("id", _identifier(column["id"]))
    if column.get("label"):
        element.set("label", _clean(column["label"]))
    expression = _add(element, "inputExpression", column.get("expression") or "")
    if column.get("type"):
        expression.set("typeRef", _clean(column["type"]))
    if column.get("values"):
        _add(element, "inputValues", column["values"])


def _output(table: etree._Element, column: dict[str, Any]) -> None:
    element = _add(table, "output")
    element.set("id", _identifier(column["id"]))
    for key, attribute in (("name", "name"), ("label", "label"), ("type", "typeRef")):
        if column.get(key):
            element.set(attribute, _clean(column[key]))
    if column.get("values"):
        _add(element, "outputValues", column["values"])
    if column.get("default"):
        _add(element, "defaultOutputEntry", column["default"])


def _rule(table: etree._Element, row: dict[str, Any]) -> None:
    element = _add(table, "rule")
    element.set("id", _identifier(row["id"]))
    if row.get("note"):
        etree.SubElement(element, f"{{{NAMESPACE}}}description").text = _clean(row["note"])
    for cell in row.get("when") or ():
        _add(element, "inputEntry", cell)
    for cell in row.get("then") or ():
        _add(element, "outputEntry", cell)


def _clean(text: str) -> str:
    if _NOT_XML.search(text):
        message = "Un texte contient un caractère qui ne s’écrit pas en XML."
        raise ContentRefused([Problem("decision.caractere", "error", message)])
    return text


def _identifier(key: str) -> str:
    """Return an id that XML accepts, refusing one that would have to change."""
    if not key or _NOT_ID.search(key) or not (key[0].isalpha() or key[0] == "_"):
        message = f"« {key} » ne peut pas être un identifiant : lettres, chiffres et _ seulement, une lettre d’abord."
        raise ContentRefused([Problem("decision.identifiant", "error", message, element=key)])
    return key
