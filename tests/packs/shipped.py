"""The content that travels with the product, read plainly: no engine decides here what the files say."""

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
JALON = "{urn:jalon:bpmn:1}"


@dataclass(frozen=True)
class Shipped:
    """One pack: its manifest and its files by key."""

    key: str
    manifest: dict[str, Any]
    forms: dict[str, dict[str, Any]]
    lists: dict[str, list[dict[str, str]]]
    parameters: dict[str, Any]
    processes: dict[str, ElementTree.Element]
    decisions: dict[str, ElementTree.Element]
    scenarios: dict[str, dict[str, Any]]


@cache
def packs() -> dict[str, Shipped]:
    """Return every shipped pack by key."""
    folders = sorted(path.parent for path in ROOT.glob("workflows/*/pack.toml"))
    return {folder.name: _read(folder) for folder in folders}


def _read(folder: Path) -> Shipped:
    forms = ROOT / "forms" / folder.name
    parameters = forms / "parameters.toml"
    return Shipped(
        key=folder.name,
        manifest=tomllib.loads((folder / "pack.toml").read_text("utf-8")),
        forms={path.name.removesuffix(".schema.json"): _form(path) for path in sorted(forms.glob("*.schema.json"))},
        lists={path.stem: read_list(path) for path in sorted(forms.glob("lists/*.csv"))},
        parameters=tomllib.loads(parameters.read_text("utf-8")) if parameters.is_file() else {},
        processes={path.stem: ElementTree.parse(path).getroot() for path in sorted(folder.glob("*.bpmn"))},
        decisions={path.stem: ElementTree.parse(path).getroot() for path in sorted(folder.glob("*.dmn"))},
        scenarios={path.stem: read_json(path) for path in sorted(folder.glob("scenarios/*.json"))},
    )


def read_json(path: Path) -> Any:
    """Return the content of a JSON file."""
    return json.loads(path.read_text("utf-8"))


def read_list(path: Path) -> list[dict[str, str]]:
    """Return the rows of a list, whose first line is its title."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("# title: "), path
    return list(csv.DictReader(lines[1:]))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _form(path: Path) -> dict[str, Any]:
    ui = path.with_name(path.name.replace(".schema.json", ".ui.json"))
    return {"schema": read_json(path), "ui": read_json(ui)}


def reachable(pack: Shipped) -> list[Shipped]:
    """Return the pack and those it needs, however far."""
    found = [pack]
    for one in found:
        found += [packs()[key] for key in one.manifest["pack"]["requires"] if packs()[key] not in found]
    return found


def lists_read(form: dict[str, Any]) -> set[str]:
    """Return the keys of the lists a form reads."""
    return {node["x-jalon-list"] for node in _nodes(form["schema"]) if "x-jalon-list" in node}


def _nodes(value: Any) -> list[dict[str, Any]]:
    nodes, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            nodes.append(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return nodes


def binds(form: dict[str, Any]) -> set[str]:
    """Return the paths of case files that a form reads and writes."""
    return {node["x-jalon-bind"] for node in _nodes(form["schema"]) if "x-jalon-bind" in node}


def files_of(pack: str) -> dict[str, bytes]:
    """Return the files of a pack and of those it needs, with the tree of units."""
    folders = [ROOT / side / one.key for one in reachable(packs()[pack]) for side in ("workflows", "forms")]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if "data" not in path.parts and "scenarios" not in path.parts
    }
