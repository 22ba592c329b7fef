"""What the shipped packs contain survives explode and assemble unchanged, whatever it becomes."""

import csv
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jalon.base.json import canonical
from jalon.engines.layering import adapter

ROOT = Path(__file__).parents[3]
FOLDERS = {
    "dossier-types": "dossier-type",
    "roles": "roles",
    "deadlines": "deadlines",
    "messages": "message",
    "pages": "page",
    "documents": "document",
    "indicators": "indicator",
}


def shipped() -> Iterator[tuple[str, Path, Any]]:
    for schema in sorted(ROOT.glob("forms/*/*.schema.json")):
        document = {"schema": json.loads(schema.read_text("utf-8"))}
        ui = schema.with_name(schema.name.replace(".schema.", ".ui."))
        if ui.exists():
            document["ui"] = json.loads(ui.read_text("utf-8"))
        yield "form", schema, document
    for path in sorted(ROOT.glob("forms/*/lists/*.csv")):
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")]
        rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(lines)]
        yield "list", path, {"title": path.stem, "values": rows}
    for path in sorted(ROOT.glob("forms/*/parameters.toml")):
        yield "parameters", path, json.loads(json.dumps(tomllib.loads(path.read_text("utf-8")), default=str))
    for path in sorted(ROOT.glob("workflows/*/*.bpmn")):
        yield "process", path, {"bpmn": path.read_text("utf-8")}
    for folder, kind in FOLDERS.items():
        for path in sorted(ROOT.glob(f"workflows/*/{folder}/*.json")):
            yield kind, path, json.loads(path.read_text("utf-8"))


def test_every_shipped_document_survives():
    seen = 0
    for kind, path, document in shipped():
        found = adapter(kind)
        assert canonical(found.assemble(found.explode(document))) == canonical(document), path
        seen += 1
    assert seen > 100
