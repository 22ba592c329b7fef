"""Text messages: written as files, until an installation brings its operator's gateway."""

from pathlib import Path

from jalon.base.json import canonical
from jalon.gateways.smtp import key_digits


class SmsFolder:
    """Writes each text message as a JSON file; the same key gives the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, to: str, text: str, key: str) -> None:
        """Write the message."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key_digits(key)}.json"
        path.write_text(canonical({"to": to, "text": text, "key": key}), encoding="utf-8")
