"""Files kept in a folder under the hash of their content."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from jalon.base.errors import JalonError, NotFound
from jalon.base.i18n import fr

_HASH = re.compile(r"[0-9a-f]{64}")


class FileDamaged(JalonError):
    """The bytes under a hash are no longer the ones that were put there."""

    code, message = "fichier.abime", fr("Ce fichier est endommagé. Prévenez votre administrateur.")


class FileFolder:
    """Keeps bytes by their SHA-256; the same content is stored once, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their hash."""
        content_hash = hashlib.sha256(content).hexdigest()
        path = self._path(content_hash)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        return content_hash

    def get(self, content_hash: str) -> bytes:
        """Return the bytes kept under that hash, or raise NotFound or FileDamaged."""
        path = self._path(content_hash)
        if not path.is_file():
            raise NotFound(id=content_hash)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != content_hash:
            raise FileDamaged
        return content

    def remove(self, content_hash: str) -> None:
        """Forget the bytes kept under that hash; none there is no error."""
        self._path(content_hash).unlink(missing_ok=True)

    def _path(self, content_hash: str) -> Path:
        if _HASH.fullmatch(content_hash) is None:
            raise NotFound(id=content_hash)
        return self._folder / content_hash[:2] / content_hash[2:]
