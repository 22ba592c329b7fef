"""Packs: folders or zip files of content, read and checked without a database, and written back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines.layering import Op

Name = tuple[str, str]
"""(kind, key) of an artifact."""


@dataclass(frozen=True)
class Pack:
    """A pack as read: `closed` and `aliases` by artifact; `overlays` by unit code, then artifact.

    `files` are those carried as they are (units, personas, scenarios, data): path inside the pack -> bytes.
    """

    key: str
    title: str
    version: str
    checksum: str
    requires: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    closed: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[Name, Mapping[str, str]] = field(default_factory=dict)
    artifacts: Mapping[Name, Json] = field(default_factory=dict)
    overlays: Mapping[str, Mapping[Name, tuple[Op, ...]]] = field(default_factory=dict)
    scenarios: Mapping[str, Json] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackReport:
    """What checking a pack found; `ok` when no problem is an error."""

    ok: bool
    problems: tuple[Problem, ...]
    pack: Pack | None

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        raise NotImplementedError


def read_pack(source: Path | bytes | Mapping[str, bytes]) -> Pack:
    """Read a pack from its folder `workflows/<key>`, a zip or files by path; raises PackUnreadable with every problem."""
    raise NotImplementedError


def check_pack(source: Path | bytes | Mapping[str, bytes]) -> PackReport:
    """Read and lint a pack; never raises on its content."""
    raise NotImplementedError


def write_pack(pack: Pack) -> bytes:
    """Write a pack as a zip that `read_pack` reads back equal; the same pack gives the same bytes."""
    raise NotImplementedError


def shipped_packs() -> list[Path]:
    """Return the folders of the packs that travel with the product, those required by others first."""
    raise NotImplementedError
