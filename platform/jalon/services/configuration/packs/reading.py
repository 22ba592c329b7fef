"""From files to a pack, with everything that is wrong in them."""

import re
from collections.abc import Mapping
from dataclasses import replace

from jalon.base.errors import ContentRefused, Problem
from jalon.base.json import Json
from jalon.engines.layering import Op, read_overlay
from jalon.services.configuration.errors import PackUnreadable
from jalon.services.configuration.packs.archives import gather
from jalon.services.configuration.packs.formats import json_file, read_artifacts
from jalon.services.configuration.packs.manifest import FILE, Manifest, read_manifest
from jalon.services.configuration.packs.model import Name, Pack, Source, wrong
from jalon.services.configuration.packs.signing import SIGNATURE, read_signature

_OVERLAY = re.compile(r"overlays/([a-z][a-z0-9_]*)\.json")
_SCENARIO = re.compile(r"scenarios/([^/]+)\.json")


def read_pack(source: Source) -> Pack:
    """Read a pack from its folder `workflows/<key>`, a zip or files by path; raises PackUnreadable."""
    pack, _, problems = load(source)
    if pack is None or any(problem.severity == "error" for problem in problems):
        raise PackUnreadable(problems)
    return pack


def load(source: Source) -> tuple[Pack | None, dict[Name, str], list[Problem]]:
    """Return the pack as far as it can be read, the file of each artifact, and every problem of reading."""
    files, problems = gather(source)
    if problems:
        return None, {}, problems
    manifest, wrongs = read_manifest(files.pop(FILE, b""))
    problems += wrongs
    signature, wrongs = read_signature(files.pop(SIGNATURE, None))
    problems += wrongs
    overlays, scenarios, used = _overlays_and_scenarios(files, problems)
    artifacts, origins, wrongs, read = read_artifacts(
        {path: data for path, data in files.items() if path not in used}, manifest.key
    )
    problems += wrongs
    carried = {path: data for path, data in files.items() if path not in used and path not in read}
    pack = _pack(manifest, artifacts, overlays, scenarios, carried)
    return replace(pack, signature=signature), origins, problems


def _pack(
    manifest: Manifest,
    artifacts: Mapping[Name, Json],
    overlays: Mapping[str, Mapping[Name, tuple[Op, ...]]],
    scenarios: Mapping[str, Json],
    files: Mapping[str, bytes],
) -> Pack:
    return Pack(
        key=manifest.key,
        title=manifest.title,
        version=manifest.version,
        requires=manifest.requires,
        vocabulary=manifest.vocabulary,
        closed=manifest.closed,
        aliases=manifest.aliases,
        artifacts=artifacts,
        overlays=overlays,
        scenarios=scenarios,
        files=files,
    )


def _overlays_and_scenarios(
    files: Mapping[str, bytes], problems: list[Problem]
) -> tuple[dict[str, Mapping[Name, tuple[Op, ...]]], dict[str, Json], set[str]]:
    overlays: dict[str, Mapping[Name, tuple[Op, ...]]] = {}
    scenarios: dict[str, Json] = {}
    used = set()
    for path in sorted(files):
        overlay, scenario = _OVERLAY.fullmatch(path), _SCENARIO.fullmatch(path)
        if overlay is None and scenario is None:
            continue
        used.add(path)
        content, wrongs = json_file(path, files[path])
        problems += wrongs
        if wrongs:
            continue
        if overlay is not None:
            overlays[overlay[1]] = _overlay(content, path, overlay[1], problems)
        elif scenario is not None:
            scenarios[scenario[1]] = content
    return overlays, scenarios, used


def _overlay(content: Json, path: str, unit: str, problems: list[Problem]) -> Mapping[Name, tuple[Op, ...]]:
    try:
        overlay = read_overlay(content, path)
    except ContentRefused as error:
        problems += error.problems
        return {}
    if overlay.unit != unit:
        message = f"« {path} » parle de la structure « {overlay.unit} » : le nom du fichier doit être le même."
        problems.append(wrong("surcharge_structure", message, path))
    found: dict[Name, tuple[Op, ...]] = {}
    for text, ops in overlay.artifacts.items():
        kind, _, key = text.partition("/")
        found[(kind, key)] = tuple(ops)
    return found
