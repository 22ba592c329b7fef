"""What a file is, told from its content; reading never raises."""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jalon.base.errors import JalonError, Problem
from jalon.base.json import read_json
from jalon.engines.processes.source import BPMN, Unreadable, local, namespace, read_xml

FileKind = Literal[
    "bpmn",
    "dmn",
    "schema",
    "ui",
    "list",
    "parameters",
    "connector",
    "overlay",
    "units",
    "pack",
    "scenario",
    "other",
    "unreadable",
]
_LAYOUTS = frozenset({"VerticalLayout", "HorizontalLayout", "Group", "Categorization", "Category", "Control", "Label"})
_SUFFIXES = (".schema.json", ".ui.json", ".json", ".csv", ".toml", ".bpmn", ".dmn", ".xml")


@dataclass(frozen=True, slots=True)
class Known:
    """A file and what it holds: bytes for diagrams, plain data for the rest; `key` names the artifact."""

    kind: FileKind
    key: str
    content: Any
    problems: tuple[Problem, ...] = ()


def read_file(name: str, content: bytes) -> Known:
    """Tell what a file is and read it."""
    key = file_key(name)
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe")[:1]
    try:
        if head == b"<":
            return _xml(name, key, content)
        if head in {b"{", b"["} and not name.endswith((".toml", ".csv")):
            kind, value = _json(content)
            return Known(kind, key, value)
        return _text(name, key, content)
    except Unreadable as refusal:
        return Known("unreadable", key, None, (refusal.problem,))
    except JalonError as error:
        return Known("unreadable", key, None, (Problem("fichier.illisible", "error", error.text(), name),))


def file_key(name: str) -> str:
    """Return the key a file name gives: its last part without what tells its format."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return next((last.removesuffix(suffix) for suffix in _SUFFIXES if last.endswith(suffix)), last)


def _xml(name: str, key: str, content: bytes) -> Known:
    root = read_xml(content, name)
    space = namespace(root)
    if "/DMN/" in space or (local(root) == "definitions" and "/DMN" in space):
        return Known("dmn", key, content)
    if space == BPMN or local(root) == "definitions":
        return Known("bpmn", key, content)
    message = f"Ce fichier XML (racine « {local(root)[:60]} ») n’est ni un processus BPMN ni une décision DMN."
    return Known("unreadable", key, None, (Problem("fichier.inconnu", "error", message, name, "", _line(root)),))


def _line(root: Any) -> int | None:
    return root.sourceline if isinstance(root.sourceline, int) else None


def _json(content: bytes) -> tuple[FileKind, Any]:
    value = read_json(content)
    if not isinstance(value, dict):
        return "other", value
    if "artifacts" in value and "unit" in value:
        return "overlay", value
    if "steps" in value:
        return "scenario", value
    if value and all(isinstance(one, dict) and isinstance(one.get("values"), list) for one in value.values()):
        return "parameters", value
    if isinstance(value.get("operations"), dict) and isinstance(value.get("url"), str):
        return "connector", value
    if isinstance(value.get("schema"), dict):
        return "schema", value
    if isinstance(value.get("values"), list) and "title" in value and "properties" not in value:
        return "list", value
    if value.get("type") in _LAYOUTS or ("elements" in value and "properties" not in value):
        return "ui", {"ui": value}
    if value.keys() & {"properties", "$schema", "$ref", "allOf", "required", "$defs"} or value.get("type") == "object":
        return "schema", {"schema": value}
    return "other", value


def _text(name: str, key: str, content: bytes) -> Known:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unknown(name, key)
    if name.endswith(".toml"):
        try:
            table = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            message = f"Ce fichier TOML n’est pas lisible : {str(error)[:200]}."
            return Known("unreadable", key, None, (Problem("fichier.illisible", "error", message, name),))
        return Known("pack" if "pack" in table else "parameters", key, table)
    if name.endswith(".csv"):
        return _csv(name, key, text)
    return _unknown(name, key)


def _unknown(name: str, key: str) -> Known:
    message = (
        "Ce fichier n’est ni un diagramme BPMN, ni une décision DMN, ni un formulaire, ni une liste. "
        "Vérifiez qu’il est complet."
    )
    return Known("unreadable", key, None, (Problem("fichier.inconnu", "error", message, name),))


def _csv(name: str, key: str, text: str) -> Known:
    lines = text.splitlines()
    title = key
    if lines and lines[0].startswith("#"):
        title = lines.pop(0).lstrip("# ").removeprefix("title:").strip() or key
    try:
        rows = [dict(row) for row in csv.DictReader(io.StringIO("\n".join(lines)))]
    except csv.Error as error:
        message = f"Ce fichier CSV n’est pas lisible : {str(error)[:200]}."
        return Known("unreadable", key, None, (Problem("fichier.illisible", "error", message, name),))
    header = set(rows[0]) if rows else set((lines[0] if lines else "").split(","))
    if {"code", "level"} <= header:
        return Known("units", key, rows)
    if {"code", "label"} <= header:
        values = [
            {column: _cell(column, value) for column, value in row.items() if isinstance(column, str) and value}
            for row in rows
        ]
        return Known("list", key, {"title": title, "values": values})
    return Known("other", key, rows)


def _cell(column: str, value: Any) -> Any:
    return str(value).strip().lower() in {"1", "true", "oui", "vrai", "x"} if column == "closed" else value


def parameter_values(tables: Mapping[str, Any], day: str) -> dict[str, Any]:
    """Return the value of each parameter in force on a civil date (ISO)."""
    found: dict[str, Any] = {}
    for uid, table in tables.items():
        values = table.get("values") if isinstance(table, dict) else None
        for dated in values if isinstance(values, list) else ():
            if isinstance(dated, dict) and str(dated.get("from", "")) <= day:
                found[uid] = dated.get("value")
    return found
