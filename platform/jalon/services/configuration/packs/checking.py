"""What is wrong in a pack before anybody publishes it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines.layering import Level, Op, resolve
from jalon.services.configuration.linting import lint_artifact
from jalon.services.configuration.packs.model import Name, Pack, PackReport, Source, doubtful, named, wrong
from jalon.services.configuration.packs.reading import load
from jalon.services.configuration.reading import list_keys

STEPS = ("start", "complete", "advance", "send", "signal", "fail", "decide", "check")
"""The verbs of a scenario that travels with a pack."""


def check_pack(source: Source) -> PackReport:
    """Read and lint a pack; never raises on its content.

    The packs it needs are looked for beside a folder; elsewhere, what they define may be missing: a warning.
    """
    pack, origins, problems = load(source)
    if pack is not None:
        needed, is_complete = _needed(pack, source)
        for name, content in pack.artifacts.items():
            problems += lint_artifact(*name, content, origins[name])
        problems += _references(pack, origins, needed, is_complete)
        problems += [found for unit, overlay in pack.overlays.items() for found in _overlay(pack, unit, overlay)]
        problems += [found for name, scenario in pack.scenarios.items() for found in _scenario(name, scenario)]
    is_error = [problem.severity == "error" for problem in problems]
    ordered = [*(p for p in problems if p.severity == "error"), *(p for p in problems if p.severity != "error")]
    return PackReport(not any(is_error), tuple(ordered), pack)


def _needed(pack: Pack, source: Source) -> tuple[set[Name], bool]:
    """Return the names that the packs needed by this one define, and whether all of those packs were found."""
    found: set[Name] = set()
    waiting, seen = list(pack.requires), set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        folder = source.parent / key if isinstance(source, Path) else None
        other = load(folder)[0] if folder is not None and folder.is_dir() else None
        if other is None:
            return found, False
        found |= set(other.artifacts)
        waiting += other.requires
    return found, True


def _references(pack: Pack, origins: Mapping[Name, str], needed: set[Name], is_complete: bool) -> Iterator[Problem]:
    """Say which lists and processes neither this pack nor one it needs defines."""
    report = wrong if is_complete else doubtful
    known = {*pack.artifacts, *needed}
    for (kind, key), content in pack.artifacts.items():
        file = origins[(kind, key)]
        if kind == "form":
            for one in list_keys(content):
                if ("list", one) not in known:
                    message = f"Le formulaire « {key} » lit la liste « {one} », que personne ne définit."
                    yield report("liste_absente", message, file, one)
        if kind == "deadlines":
            process = content.get("process")
            if ("process", process) not in known:
                yield report("processus_absent", f"« {file} » parle du processus « {process} », absent.", file)


def _overlay(pack: Pack, unit: str, overlay: Mapping[Name, tuple[Op, ...]]) -> Iterator[Problem]:
    """Say which changes of a unit cannot be applied to the pack's own content."""
    file = f"overlays/{unit}.json"
    for name, ops in overlay.items():
        base = pack.artifacts.get(name)
        if base is None:
            message = f"« {file} » change « {named(name)} », que ce paquet ne définit pas."
            yield wrong("surcharge_inconnue", message, file, named(name))
            continue
        resolved = resolve(name[0], base, [Level(unit, ops)])
        for refused in resolved.refused:
            # the level between may have added what this op speaks of: only the import can tell
            yield doubtful("surcharge_refusee", f"« {file} » : {refused.message}", file, refused.op.uid)
        for problem in resolved.problems:
            yield Problem(problem.code, problem.severity, problem.message, file, problem.element, problem.line)


def _scenario(name: str, scenario: Json) -> Iterator[Problem]:
    file = f"scenarios/{name}.json"
    if not isinstance(scenario, dict) or not isinstance(scenario.get("steps"), list):
        yield wrong("scenario", f"« {file} » attend un objet avec un titre et des étapes (steps).", file)
        return
    for key in ("title", "process"):
        if not isinstance(scenario.get(key), str):
            yield wrong("scenario", f"« {file} » : « {key} » est obligatoire, sous forme de texte.", file, key)
    for number, step in enumerate(scenario["steps"], 1):
        verb = step.get("do") if isinstance(step, dict) else None
        if verb not in STEPS:
            message = f"« {file} », étape {number} : « do » attend l’un de {', '.join(STEPS)}."
            yield wrong("scenario_etape", message, file, str(number))
