"""What a pack is once read: plain data, no database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jalon.base.errors import Problem
from jalon.base.json import Json, content_hash
from jalon.engines.layering import Op, write_op

Name = tuple[str, str]
"""(kind, key) of an artifact."""
Files = Mapping[str, bytes]
"""Path inside the pack, without the folders `workflows/<key>` and `forms/<key>` -> content."""
Source = Path | bytes | Files
"""A folder `workflows/<key>`, a zip, or files already read."""


@dataclass(frozen=True, slots=True)
class Signature:
    """An ed25519 signature of what a pack says: the public key that made it (32 bytes) and its value (64 bytes).

    `signer` is the name this installation knows the key by, once the signature was checked; a file never gives it.
    """

    public_key: bytes
    value: bytes
    signer: str = field(default="", compare=False)

    @property
    def fingerprint(self) -> str:
        """The 32 hexadecimal digits that two people compare to know that they speak of the same key."""
        return hashlib.sha256(self.public_key).hexdigest()[:32]


@dataclass(frozen=True)
class Pack:
    """A pack as read: `closed` and `aliases` by artifact; `overlays` by unit code, then artifact.

    `files` are those carried as they are (units, accounts, data): path inside the pack -> bytes.
    """

    key: str
    title: str
    version: str
    requires: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    closed: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[Name, Mapping[str, str]] = field(default_factory=dict)
    artifacts: Mapping[Name, Json] = field(default_factory=dict)
    overlays: Mapping[str, Mapping[Name, tuple[Op, ...]]] = field(default_factory=dict)
    scenarios: Mapping[str, Json] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    signature: Signature | None = None

    @property
    def checksum(self) -> str:
        """The digits that two packs share only if all they say is equal, whoever signed it."""
        return content_hash(self.said())

    def said(self) -> dict[str, Json]:
        """Return all that a pack says as plain data, the digests of its files for their contents."""
        return {
            "manifest": self.manifest(),
            "artifacts": {named(name): content for name, content in self.artifacts.items()},
            "overlays": {
                unit: {named(name): [write_op(op) for op in ops] for name, ops in artifacts.items()}
                for unit, artifacts in self.overlays.items()
            },
            "scenarios": dict(self.scenarios),
            "files": {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()},
        }

    def manifest(self) -> dict[str, Any]:
        """Return what pack.toml says, as plain data."""
        return {
            "key": self.key,
            "title": self.title,
            "version": self.version,
            "requires": list(self.requires),
            "vocabulary": list(self.vocabulary),
            "closed": {named(name): list(uids) for name, uids in self.closed.items()},
            "aliases": {named(name): dict(uids) for name, uids in self.aliases.items()},
        }


@dataclass(frozen=True, slots=True)
class PackReport:
    """What checking a pack found; `ok` when no problem is an error, `pack` None when it could not be read at all."""

    ok: bool
    problems: tuple[Problem, ...]
    pack: Pack | None

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        key, version = (self.pack.key, self.pack.version) if self.pack else ("", "")
        problems = [problem.as_json() for problem in self.problems]
        return {"ok": self.ok, "pack": key, "version": version, "problems": problems}


def named(name: Name) -> str:
    """Write the name of an artifact as files do: `form/accueil`."""
    return "/".join(name)


def wrong(code: str, message: str, file: str = "", element: str = "", line: int | None = None) -> Problem:
    """Make the report of an error in a file of a pack."""
    return Problem(f"paquet.{code}", "error", message, file=file, element=element, line=line)


def doubtful(code: str, message: str, file: str = "", element: str = "", line: int | None = None) -> Problem:
    """Make a warning about a file of a pack."""
    return Problem(f"paquet.{code}", "warning", message, file=file, element=element, line=line)
