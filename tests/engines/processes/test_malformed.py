"""Thousands of spoilt files of every kind: each is answered, soon, with words."""

import io
import random
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.processes.conformance.suite import MODELS
from jalon.runtime.deployment import Report
from jalon.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
SUFFIXES = (".bpmn", ".dmn", ".schema.json", ".ui.json", ".csv", ".toml")


def sources() -> list[tuple[str, bytes]]:
    shipped = [
        path for folder in ("workflows", "forms") for path in sorted((ROOT / folder).rglob("*")) if path.is_file()
    ]
    found = [(path.name, path.read_bytes()) for path in shipped if path.name.endswith(SUFFIXES)]
    found += [(f"{number}.bpmn", model.files[0]) for number, model in enumerate(MODELS[:80])]
    return [(name, content) for name, content in found if len(content) < 60_000]


def packs() -> list[bytes]:
    found = []
    for key in ("accueil", "allocations", "reseau"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for folder in ("workflows", "forms"):
                for path in sorted((ROOT / folder / key).rglob("*")):
                    if path.is_file() and path.stat().st_size < 30_000:
                        archive.writestr(f"{folder}/{key}/{path.relative_to(ROOT / folder / key)}", path.read_bytes())
        if len(buffer.getvalue()) > 100:
            found.append(buffer.getvalue())
    return found


def spoil(content: bytearray, generator: random.Random) -> None:
    where = generator.randrange(len(content) or 1)
    match generator.randrange(8):
        case 0:
            del content[where : where + generator.randint(1, 40)]
        case 1:
            content[where:where] = generator.randbytes(3)
        case 2:
            content[where:where] = content[where : where + generator.randint(1, 200)]
        case 3:
            del content[where:]
        case 4:
            content[where : where + 1] = generator.choice([b"<", b">", b"&", b'"', b"\x00", b"{", b"]", b",", b"\xff"])
        case 5:
            old, new = generator.choice(
                [(b'"', b"'"), (b"id=", b"name="), (b": ", b"; "), (b"true", b"[]"), (b",", b"")]
            )
            content[:] = content.replace(old, new, generator.randint(1, 3))
        case 6:
            content[where:where] = generator.choice(
                [b"(" * 300, b"[" * 300, b"9" * 400, b"\\u0000", "é\u202e".encode()]
            )
        case _:
            other = generator.randrange(len(content) or 1)
            content[where : where + 20], content[other : other + 20] = (
                content[other : other + 20],
                content[where : where + 20],
            )


def spoil_many(count: int, seed: int) -> str:
    generator = random.Random(seed)
    files, zipped = sources(), packs()
    slowest, refused, accepted, placed = 0.0, 0, 0, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        is_pack = bool(zipped) and number % 25 == 0
        name, source = ("pack.zip", generator.choice(zipped)) if is_pack else generator.choice(files)
        content = bytearray(source)
        for _ in range(generator.randint(1, 5)):
            spoil(content, generator)
        began = time.process_time()  # other work on the machine is not a hang
        report: Report = Sandbox().check_pack(bytes(content)) if is_pack else Sandbox().deploy({name: bytes(content)})
        slowest = max(slowest, time.process_time() - began)
        accepted += report.ok
        refused += not report.ok
        for problem in report.problems:
            assert problem.code, (number, name)
            assert len(problem.message) > 10, (number, name, problem)
        errors = [problem for problem in report.problems if problem.severity == "error"]
        placed += any(problem.element or problem.line or problem.file or is_pack for problem in errors)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert slowest < 2
    assert grown < 256
    assert placed == refused
    return f"{count} spoilt files: {refused} refused, {accepted} still valid, slowest {slowest:.2f} s, +{grown:.0f} MB"


@pytest.mark.req("R17")
def test_three_hundred_spoilt_files() -> None:
    print(spoil_many(300, seed=1))


@pytest.mark.drill
@pytest.mark.req("R17")
def test_thousands_of_spoilt_files(figure: Callable[..., None]) -> None:
    figure(seen=spoil_many(2500, seed=2))
