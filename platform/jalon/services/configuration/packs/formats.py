"""Which file of a pack holds which artifact, how it is read and how it is written."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jalon.base.errors import ContentRefused, Problem
from jalon.base.json import Json, NotJson, read_json
from jalon.engines import decisions
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration.packs.manifest import quoted, read_toml
from jalon.services.configuration.packs.model import Files, Name, wrong

FOLDERS = {
    "dossier-types": "dossier-type",
    "roles": "roles",
    "deadlines": "deadlines",
    "messages": "message",
    "pages": "page",
    "documents": "document",
    "indicators": "indicator",
    "connectors": "connector",
}
"""Folder of JSON artifacts -> their kind."""
FALLBACKS = {"list": "lists", "decision": "decisions", "process": "processes", "parameters": "parameters"}
"""Folder of a kind that usually has its own format, for what that format cannot say."""
LIST_COLUMNS = ("code", "label", "parent", "closed", "rolls_up_to", "help")
_YES, _NO = ("1", "true", "oui", "x"), ("0", "false", "non")
_TITLE = re.compile(r"#\s*title\s*:\s*(.*)")
_KEY = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*", re.IGNORECASE)
Read = tuple[dict[Name, Json], list[Problem]]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: the pattern of its path, and how it becomes an artifact."""

    pattern: re.Pattern[str]
    read: Callable[[str, str, Files, str], Read]


def read_artifacts(files: Files, pack_key: str) -> tuple[dict[Name, Json], dict[Name, str], list[Problem], set[str]]:
    """Return the artifacts of these files, the file of each, the problems, and the paths that were read."""
    found: dict[Name, Json] = {}
    origins: dict[Name, str] = {}
    problems: list[Problem] = []
    used: set[str] = set()
    for path in sorted(files):
        for one in FORMATS:
            matched = one.pattern.fullmatch(path)
            if matched is None:
                continue
            used.add(path)
            key = matched["key"] if "key" in one.pattern.groupindex else pack_key
            if _KEY.fullmatch(key) is None or len(key) > 120:
                problems.append(
                    wrong("nom_de_fichier", f"« {path} » : le nom attend lettres, chiffres et tirets.", path)
                )
                break
            artifacts, wrongs = one.read(path, key, files, matched.groupdict().get("folder") or "")
            problems += wrongs
            for name, content in artifacts.items():
                if name in found:
                    message = f"« {path} » et « {origins[name]} » définissent le même élément « {name[1]} »."
                    problems.append(wrong("element_double", message, path, name[1]))
                found[name], origins[name] = content, path
            break
    return found, origins, problems, used


def write_artifact(name: Name, content: Json, pack_key: str) -> dict[str, bytes]:
    """Return the files of an artifact: its usual format when it says everything, JSON otherwise."""
    kind, key = name
    write = _WRITERS.get(kind)
    if write is not None:
        files = write(key, content)
        if files:
            back, _, problems, _ = read_artifacts(files, pack_key)
            if not problems and back == {name: content}:
                return files
    folder = FALLBACKS.get(kind) or next(folder for folder, of_kind in FOLDERS.items() if of_kind == kind)
    return {f"{folder}/{key}.json": pretty(content)}


def pretty(content: Json) -> bytes:
    """Write JSON for people: two spaces, accents kept."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def json_file(path: str, data: bytes) -> tuple[Json, list[Problem]]:
    """Read a JSON file of a pack."""
    try:
        return read_json(data), []
    except NotJson as error:
        line = re.search(r"ligne (\d+)", str(error.facts.get("reason", "")))
        message = f"« {path} » n’est pas du JSON lisible : {error.facts.get('reason')}."
        return None, [wrong("json_illisible", message, path, line=int(line[1]) if line else None)]


def _document(kind: str) -> Callable[[str, str, Files, str], Read]:
    def read(path: str, key: str, files: Files, _folder: str) -> Read:
        content, problems = json_file(path, files[path])
        if not problems and not isinstance(content, dict):
            problems = [wrong("json_objet", f"« {path} » attend un objet JSON.", path)]
        return ({}, problems) if problems else ({(kind, key): content}, [])

    return read


def _named_document(path: str, key: str, files: Files, folder: str) -> Read:
    kinds = FOLDERS | {of: kind for kind, of in FALLBACKS.items()}
    return _document(kinds[folder])(path, key, files, folder)


def _form(path: str, key: str, files: Files, _folder: str) -> Read:
    schema, problems = json_file(path, files[path])
    ui: Json = {}
    ui_path = path.removesuffix(".schema.json") + ".ui.json"
    if ui_path in files:
        ui, wrongs = json_file(ui_path, files[ui_path])
        problems = [*problems, *wrongs]
    for one, content in ((path, schema), (ui_path, ui)):
        if not problems and not isinstance(content, dict):
            problems = [wrong("json_objet", f"« {one} » attend un objet JSON.", one)]
    return ({}, problems) if problems else ({("form", key): {"schema": schema, "ui": ui}}, [])


def _layout(path: str, key: str, files: Files, _folder: str) -> Read:
    if f"{path.removesuffix('.ui.json')}.schema.json" in files:
        return {}, []
    return {}, [wrong("presentation_seule", f"« {path} » n’a pas de schéma « {key}.schema.json » à côté.", path)]


def _list(path: str, key: str, files: Files, _folder: str) -> Read:
    try:
        text = files[path].decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [wrong("csv_illisible", f"« {path} » n’est pas en UTF-8.", path)]
    lines = text.splitlines(keepends=True)
    titled = _TITLE.match(lines[0]) if lines else None
    title = titled[1].strip() if titled else ""
    reader = csv.DictReader(io.StringIO("".join(lines[1:] if titled else lines), newline=""), strict=True)
    first = 2 if titled else 1
    values: list[dict[str, Json]] = []
    problems: list[Problem] = []
    try:
        columns = reader.fieldnames or []
        unknown = [column for column in columns if column not in LIST_COLUMNS]
        if "code" not in columns or "label" not in columns or unknown:
            message = f"« {path} » attend les colonnes {', '.join(LIST_COLUMNS)} (code et label obligatoires)."
            return {}, [wrong("csv_colonnes", message, path, line=first)]
        for row in reader:
            line = reader.line_num + first - 1
            value, problem = _list_value(row, path, line)
            if problem is not None:
                problems.append(problem)
            values.append(value)
    except csv.Error as error:
        return {}, [
            wrong("csv_illisible", f"« {path} » n’est pas un CSV lisible ({error}).", path, line=reader.line_num)
        ]
    codes = Counter(str(value.get("code")) for value in values)
    for code in (code for code, times in codes.items() if times > 1):
        problems.append(wrong("code_double", f"« {path} » : le code « {code} » est répété.", path, code))
    content: dict[str, Json] = {"title": title, "values": values} if titled else {"values": values}
    return {("list", key): content}, problems


def _list_value(row: Mapping[Any, Any], path: str, line: int) -> tuple[dict[str, Json], Problem | None]:
    value: dict[str, Json] = {column: text for column in LIST_COLUMNS if (text := row.get(column))}
    closed = str(value.pop("closed", "non")).strip().lower()
    if closed in _YES:
        value["closed"] = True
    wrongs = (
        ("csv_ligne", None in row or None in row.values(), "le nombre de cellules ne va pas."),
        ("csv_ferme", closed not in _YES + _NO, "closed attend oui ou non."),
        ("csv_vide", not value.get("code") or not value.get("label"), "code et label sont obligatoires."),
    )
    for code, is_wrong, message in wrongs:
        if is_wrong:
            return value, wrong(code, f"« {path} », ligne {line} : {message}", path, line=line)
    return value, None


def _write_list(key: str, content: Json) -> dict[str, bytes]:
    if set(content) - {"title", "values"} or not isinstance(content.get("values"), list):
        return {}
    stream = io.StringIO(newline="")
    if "title" in content:
        stream.write(f"# title: {content['title']}\n")
    writer = csv.DictWriter(stream, LIST_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for value in content["values"]:
        if not isinstance(value, dict):
            return {}
        writer.writerow({**value, "closed": "oui" if value.get("closed") is True else ""})
    return {f"lists/{key}.csv": stream.getvalue().encode()}


def _parameters(path: str, key: str, files: Files, _folder: str) -> Read:
    content, problems = read_toml(files[path], path)
    return ({}, problems) if problems else ({("parameters", key): _plain(content)}, [])


def _plain(value: Any) -> Json:
    """Return TOML values as JSON: dates become ISO texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _write_parameters(_key: str, content: Json) -> dict[str, bytes]:
    lines: list[str] = []
    for uid, parameter in content.items():
        if not isinstance(parameter, dict) or re.fullmatch(r"[A-Za-z0-9_-]+", uid) is None:
            return {}
        lines.append(f"[{uid}]")
        lines += [f"{name} = {_toml(value)}" for name, value in parameter.items() if name != "values"]
        values = parameter.get("values", [])
        if not isinstance(values, list) or not all(isinstance(dated, dict) for dated in values):
            return {}
        for dated in values:
            lines += [f"[[{uid}.values]]", *(f"{name} = {_toml(value)}" for name, value in dated.items())]
        lines.append("")
    return {"parameters.toml": "\n".join(lines).encode()}


def _toml(value: Json) -> str:

    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)


def _process(path: str, key: str, files: Files, _folder: str) -> Read:
    try:
        text = files[path].decode("utf-8-sig")
        atoms = adapter("process").explode({"bpmn": text})
    except UnicodeDecodeError:
        return {}, [wrong("bpmn_illisible", f"« {path} » n’est pas en UTF-8.", path)]
    except ContentRefused as error:
        return {}, [_placed(problem, path) for problem in error.problems]
    processes = [uid for uid, item in atoms.items.items() if item.get("element") == "process"]
    if not processes:
        return {}, [wrong("bpmn_sans_processus", f"« {path} » ne contient aucun processus.", path)]
    return {("process", key if key in processes else processes[0]): {"bpmn": text}}, []


def _write_process(key: str, content: Json) -> dict[str, bytes]:
    text = content.get("bpmn")
    return {f"{key}.bpmn": text.encode()} if isinstance(text, str) and set(content) == {"bpmn"} else {}


def _decision(path: str, key: str, files: Files, _folder: str) -> Read:
    model, problems = decisions.from_dmn(files[path], path)
    if not model:
        return {}, list(problems) or [wrong("dmn_illisible", f"« {path} » n’est pas un fichier DMN lisible.", path)]
    return {("decision", key): model}, list(problems)


def _write_decision(key: str, content: Json) -> dict[str, bytes]:
    return {f"{key}.dmn": decisions.to_dmn(content)}


def _placed(problem: Problem, file: str) -> Problem:
    return Problem(problem.code, problem.severity, problem.message, file, problem.element, problem.line)


_DOCUMENT_FOLDERS = "|".join([*FOLDERS, *FALLBACKS.values()])
FORMATS = (
    Format(re.compile(r"(?P<key>[^/]+)\.schema\.json"), _form),
    Format(re.compile(r"(?P<key>[^/]+)\.ui\.json"), _layout),
    Format(re.compile(r"lists/(?P<key>[^/]+)\.csv"), _list),
    Format(re.compile(r"parameters\.toml"), _parameters),
    Format(re.compile(r"(?P<key>[^/]+)\.bpmn"), _process),
    Format(re.compile(r"(?P<key>[^/]+)\.dmn"), _decision),
    Format(re.compile(rf"(?P<folder>{_DOCUMENT_FOLDERS})/(?P<key>[^/]+)\.json"), _named_document),
)
_WRITERS: dict[str, Callable[[str, Json], dict[str, bytes]]] = {
    "list": _write_list,
    "parameters": _write_parameters,
    "process": _write_process,
    "decision": _write_decision,
    "form": lambda key, content: {
        f"{key}.schema.json": pretty(content.get("schema")),
        f"{key}.ui.json": pretty(content.get("ui")),
    },
}
