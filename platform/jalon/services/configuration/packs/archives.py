"""Where the files of a pack come from: folders, or a zip read within bounds."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from jalon.base.errors import Problem
from jalon.base.resources import resource_folder
from jalon.services.configuration.packs.model import Files, Source, wrong

MAX_FILES = 2_000
MAX_FILE = 8_000_000
MAX_TOTAL = 40_000_000
MAX_RATIO = 200
"""Uncompressed over compressed size of one file; texts of ours stay under 30."""
_SMALL = 100_000  # a short repetitive text may compress very well: no danger in that
_MANIFEST = "pack.toml"
_SIDES = re.compile(r"(?:.*/)?(?:workflows|forms)/[^/]+/(.+)")
_IGNORED = re.compile(r"(^|/)(\.|__MACOSX|__pycache__)|~$")


def gather(source: Source) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the files of a pack by path inside it, and the problems met; never raises on content."""
    if isinstance(source, Path):
        return _folder(source)
    if isinstance(source, bytes):
        files, problems = _unzip(source)
        return (files, problems) if problems else _inside(files)
    return _inside(source)


def shipped_packs() -> list[Path]:
    """Return the folders of the packs that travel with the product, by name; importing sorts them by need."""
    return sorted(manifest.parent for manifest in resource_folder("workflows").glob(f"*/{_MANIFEST}"))


def _folder(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Read `workflows/<key>` and, beside it, `forms/<key>`."""
    if not (folder / _MANIFEST).is_file():
        return {}, [wrong("sans_description", f"Le dossier « {folder.name} » n’a pas de fichier pack.toml.", _MANIFEST)]
    sides = [("workflows", folder)]
    forms = folder.parent.parent / "forms" / folder.name
    if folder.parent.name == "workflows" and forms.is_dir():
        sides.append(("forms", forms))
    files: dict[str, bytes] = {}
    for side, root in sides:
        for path in sorted(root.rglob("*")):
            relative = path.relative_to(root).as_posix()
            if path.is_symlink() or not path.is_file() or _IGNORED.search(relative):
                continue
            if path.stat().st_size > MAX_FILE or len(files) >= MAX_FILES:
                return {}, [_too_big(relative)]
            files[f"{side}/{folder.name}/{relative}"] = path.read_bytes()
    return _inside(files)


def _inside(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Problem]]:
    """Take away the folders around the pack: `workflows/<key>/`, `forms/<key>/`, or that of pack.toml."""
    manifests = [path for path in files if path == _MANIFEST or path.endswith(f"/{_MANIFEST}")]
    if len(manifests) != 1:
        sentence = "plusieurs" if manifests else "aucun"
        return {}, [wrong("sans_description", f"Un paquet a un seul fichier pack.toml ; {sentence} ici.", _MANIFEST)]
    root = manifests[0].removesuffix(_MANIFEST)
    found: dict[str, bytes] = {}
    problems = []
    for path, data in files.items():
        side = _SIDES.fullmatch(path)
        if side is not None and (not root or _SIDES.fullmatch(manifests[0])):
            inside = side[1]
        elif path.startswith(root):
            inside = path.removeprefix(root)
        else:
            problems.append(wrong("hors_du_paquet", f"Le fichier « {path} » est hors du dossier du paquet.", path))
            continue
        if _IGNORED.search(inside):
            continue
        if inside in found:
            problems.append(wrong("fichier_double", f"Deux fichiers du paquet s’appellent « {inside} ».", inside))
        found[inside] = data
    return found, problems


def _unzip(data: bytes) -> tuple[dict[str, bytes], list[Problem]]:
    """Read a zip within bounds of count, size, ratio and names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive)
    # zipfile says RuntimeError of a password it lacks, NotImplementedError of a compression it does not know
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        return {}, [wrong("zip_illisible", f"Ce fichier zip ne peut pas être lu ({type(error).__name__}).")]
    except (ValueError, OSError, UnicodeDecodeError, OverflowError):
        return {}, [wrong("zip_illisible", "Ce fichier zip est abîmé.")]


def _members(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[Problem]]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        return {}, [wrong("zip_trop_de_fichiers", f"Ce zip contient plus de {MAX_FILES} fichiers.")]
    files: dict[str, bytes] = {}
    total = 0
    for member in members:
        refusal = _refuse_name(member)
        if refusal is None and member.filename in files:
            refusal = wrong("fichier_double", f"Le zip contient deux fois « {member.filename} ».", member.filename)
        if refusal is not None:
            return {}, [refusal]
        content, too_much = _read(archive, member)
        total += len(content)
        if too_much or total > MAX_TOTAL:
            return {}, [_too_big(member.filename)]
        files[member.filename] = content
    return files, []


def _refuse_name(member: zipfile.ZipInfo) -> Problem | None:
    name = member.filename
    parts = name.split("/")
    shown = name[:80].encode("utf-8", "replace").decode()
    if len(name) > 300 or any(ord(character) < 32 for character in name) or "\\" in name or ":" in name:
        return wrong("zip_nom", f"Le nom « {shown} » n’est pas accepté dans un paquet.", shown)
    if name.startswith("/") or ".." in parts or "" in parts or "." in parts:
        return wrong("zip_nom", f"Le nom « {shown} » sort du dossier du paquet.", shown)
    if stat.S_ISLNK(member.external_attr >> 16):
        return wrong("zip_lien", f"« {shown} » est un lien : un paquet ne contient que des fichiers.", shown)
    if member.flag_bits & 0x1:
        return wrong("zip_chiffre", f"« {shown} » est protégé par un mot de passe.", shown)
    return None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bytes, bool]:
    """Return the content of a file, and whether it is more than we accept; the declared size may lie."""
    with archive.open(member) as stream:
        content = stream.read(MAX_FILE + 1)
    heavy = len(content) > _SMALL and len(content) > MAX_RATIO * max(member.compress_size, 1)
    return content, len(content) > MAX_FILE or heavy


def _too_big(path: str) -> Problem:
    return wrong("trop_gros", f"Le paquet est trop gros, ou trop compressé pour être honnête (à « {path} »).", path)


__all__ = ["MAX_FILE", "MAX_FILES", "MAX_TOTAL", "Files", "gather", "shipped_packs"]
