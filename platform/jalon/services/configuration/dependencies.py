"""Who reads what: fields read by processes and decisions, lists read by forms, parameters read by expressions."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from jalon.base.json import Json, canonical
from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration.packs.model import Name
from jalon.services.configuration.reading import list_keys

Read = tuple[str, str, str]
"""(kind, key, uid) of something read; uid `.` is the whole artifact."""

_PARAMETER: Final = re.compile(r"\bparametre\.([a-z][a-z0-9_]*)")
_WORD: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_JALON: Final = "{urn:jalon:bpmn:1}"
_SAYINGS: Final = frozenset({"id", "name", "label", f"{_JALON}title", f"{_JALON}why"})
"""Attributes that people read, not the engine."""


def reads_of(name: Name, content: Json, artifacts: Mapping[Name, Json]) -> set[Read]:
    """Return what an artifact reads among these artifacts."""
    kind = name[0]
    found: set[Read] = set()
    if kind == "form":
        found |= {("list", key, ROOT) for key in list_keys(content)}
    if kind == "process":
        found |= set(_process(content, artifacts))
    if kind in ("decision", "indicator"):
        words = set(_WORD.findall(canonical(content)))
        forms = [key for of_kind, key in artifacts if of_kind == "form"]
        found |= {("form", key, uid) for key in forms for uid in _fields(artifacts[("form", key)]) & words}
    if kind != "parameters":
        found |= set(_parameters(content, artifacts))
    return found


def _process(content: Json, artifacts: Mapping[Name, Json]) -> Iterator[Read]:
    """A process reads its forms, its decisions, and in them the fields its expressions name."""
    root = _tree(content.get("bpmn", ""))
    forms: set[str] = set()
    words: set[str] = set()
    for element in root.iter(etree.Element):
        form, decision = element.get(f"{_JALON}form"), element.get(f"{_JALON}decision")
        if form:
            forms.add(form)
        if decision:
            yield "decision", decision, ROOT
        words.update(_WORD.findall(element.text or ""))
        for attribute, value in element.attrib.items():
            if attribute not in _SAYINGS:
                words.update(_WORD.findall(str(value)))
    for key in forms:
        yield "form", key, ROOT
        if ("form", key) in artifacts:
            yield from (("form", key, uid) for uid in _fields(artifacts[("form", key)]) & words)


def _tree(xml: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(xml.encode(), parser)


def _fields(form: Json) -> set[str]:
    return {uid for uid in adapter("form").explode(form).items if uid != ROOT and ":" not in uid}


def _parameters(content: Json, artifacts: Mapping[Name, Json]) -> Iterator[Read]:
    named = set(_PARAMETER.findall(canonical(content)))
    for (kind, key), parameters in artifacts.items():
        if kind == "parameters":
            yield from ((kind, key, uid) for uid in named & set(parameters))
