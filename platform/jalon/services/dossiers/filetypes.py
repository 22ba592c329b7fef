"""What a file really is, read from its bytes: only a closed list of harmless types is accepted, one type at a time."""

import io
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from jalon.base.errors import Refused
from jalon.base.i18n import fr

LONGEST_NAME = 120
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 20_000
MOST_ENTRIES = 2_000
MOST_INFLATED = 200 * 1024 * 1024
HIGHEST_RATIO = 200
"""How much larger than itself an entry of an office document may become."""

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FORBIDDEN = re.compile(r'[<>:"|?*;]')
_PROGRAMS = re.compile(rb"<script|<html|<!doctype\s+html|<svg[\s>]|<\?php|<iframe", re.IGNORECASE)
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")


class FileRefused(Refused):
    """A file that is not kept, with the reason in words."""

    code, message = "fichier.refuse", fr("« {name} » n’est pas accepté : {reason}.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One accepted type: its media type, the endings of names that announce it, and what checks it to the end.

    `check` returns what is wrong with a file that begins as one of this type, empty when nothing is.
    """

    media_type: str
    endings: tuple[str, ...]
    check: Callable[[bytes], str]


def sniff(name: str, content: bytes) -> Kind:
    """Return the type of a file whose name and content agree; FileRefused otherwise."""
    shown = safe_name(name)
    if not content:
        raise FileRefused(name=shown, reason=fr("il est vide"))
    kind = _kind_of(content)
    ending = shown.rpartition(".")[2].lower() if "." in shown else ""
    if kind is None or (kind is TEXT and ending not in TEXT.endings):
        accepted = fr("seuls PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS et TXT sont acceptés")
        raise FileRefused(name=shown, reason=accepted)
    if ending not in kind.endings:
        found = kind.endings[0].upper()
        raise FileRefused(
            name=shown, reason=f"son contenu est en réalité un fichier {found}. Renommez-le en .{found.lower()}"
        )
    wrong = kind.check(content)
    if wrong:
        raise FileRefused(name=shown, reason=wrong)
    return kind


def safe_name(name: str) -> str:
    """Return a name without folders, invisible or dangerous characters, its ending kept."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    cleaned = _FORBIDDEN.sub("_", _INVISIBLE.sub("", base)).strip(" .")
    stem, dot, ending = cleaned.rpartition(".")
    if not stem:
        return (cleaned or "fichier")[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .')}{dot}{ending}"[:LONGEST_NAME]


def _kind_of(content: bytes) -> Kind | None:
    """Return the type the first bytes announce."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return TEXT if _is_text(content) else None


def _pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-2048:]:
        return fr("ce PDF est incomplet")
    if zipfile.is_zipfile(io.BytesIO(content)) or _PROGRAMS.search(content):
        return fr("il contient deux fichiers en un")
    if _ACTIVE_PDF.search(content):
        return fr("ce PDF contient un programme ou un autre fichier. Imprimez-le en PDF, puis joignez le résultat")
    return ""


def _png(content: bytes) -> str:
    if len(content) < 33 or content[12:16] != b"IHDR":
        return fr("cette image est abîmée")
    width, height = struct.unpack(">II", content[16:24])
    place = 8
    while place + 12 <= len(content):
        length, tag = struct.unpack(">I4s", content[place : place + 8])
        place += 12 + length
        if tag == b"IEND":
            return _image(content, width, height, content[place:])
    return fr("cette image est abîmée")


def _jpeg(content: bytes) -> str:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            end = content.rfind(b"\xff\xd9")
            return _image(content, width, height, content[end + 2 :]) if end > place else fr("cette image est abîmée")
        place += 2 + length
    return fr("cette image est abîmée")


def _image(content: bytes, width: int, height: int, tail: bytes) -> str:
    if not width or not height or width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        return fr("cette image est démesurée : réduisez-la avant de la joindre")
    hidden = zipfile.is_zipfile(io.BytesIO(content)) or b"%PDF-" in tail or _PROGRAMS.search(content)
    return fr("il contient deux fichiers en un") if hidden else ""


def _office(content: bytes) -> Kind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                return next((kind for kind in (ODT, ODS) if kind.media_type == declared), None)
    # zipfile says RuntimeError of a password it lacks, NotImplementedError of a compression it does not know
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None


def _archive(content: bytes) -> str:
    """Check what a zip declares before anybody opens it: size once inflated, folders, programs, passwords."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    inflated = sum(entry.file_size for entry in entries)
    greedy = any(e.file_size > HIGHEST_RATIO * max(e.compress_size, 512) for e in entries)
    if len(entries) > MOST_ENTRIES or inflated > MOST_INFLATED or greedy:
        return fr("une fois décompressé, il serait démesuré")
    if any(entry.flag_bits & 1 for entry in entries):
        return fr("il est protégé par un mot de passe")
    names = [entry.filename for entry in entries]
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", name) or ":" in name for name in names):
        return fr("il contient des noms de fichiers dangereux")
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".bin.js")) or "Basic/" in name for name in names):
        return fr("il contient un programme (macro). Enregistrez-le sans macro")
    if not content.startswith(b"PK\x03\x04") or _after_archive(content):
        return fr("il contient deux fichiers en un")
    return ""


def _after_archive(content: bytes) -> bool:
    """Tell whether bytes follow the end of a zip and its comment."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or end + 22 > len(content):
        return True
    (comment,) = struct.unpack("<H", content[end + 20 : end + 22])
    return end + 22 + int(comment) != len(content)


def _is_text(content: bytes) -> bool:
    return not any(byte < 32 and byte not in b"\t\n\r\x0c" for byte in content[:65_536]) and b"\x00" not in content


def _text(content: bytes) -> str:
    if _PROGRAMS.search(content) or content.lstrip().startswith((b"<?xml", b"#!", b"%!")):
        return fr("ce n’est pas un simple texte")
    return ""


PDF = Kind("application/pdf", ("pdf",), _pdf)
PNG = Kind("image/png", ("png",), _png)
JPEG = Kind("image/jpeg", ("jpg", "jpeg"), _jpeg)
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), _archive)
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), _archive)
ODT = Kind("application/vnd.oasis.opendocument.text", ("odt",), _archive)
ODS = Kind("application/vnd.oasis.opendocument.spreadsheet", ("ods",), _archive)
TEXT = Kind("text/plain", ("txt",), _text)
