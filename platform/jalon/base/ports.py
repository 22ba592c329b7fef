"""What the product asks of the outside; gateways implement these, tests fake them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address, already rendered; `key` makes sending it twice harmless."""

    to: str
    subject: str
    text: str
    key: str


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over, or raise: the outbox will try again."""
        ...


@runtime_checkable
class Reachable(Protocol):
    """Something outside that may be tried without any effect."""

    def reach(self) -> None:
        """Connect and leave, or raise."""
        ...


class SmsSender(Protocol):
    """Sends text messages."""

    def send(self, to: str, text: str, key: str) -> None:
        """Hand the message over, or raise."""
        ...


class FileStore(Protocol):
    """Keeps bytes by their content hash."""

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their hash."""
        ...

    def get(self, content_hash: str) -> bytes:
        """Return the bytes kept under that hash."""
        ...


class Jobs(Protocol):
    """Work to be done after this transaction commits, at least once."""

    def prepare(self) -> None:
        """Create or bring up to date what the queue keeps in the database."""
        ...

    def defer(
        self, session: Any, name: str, arguments: Mapping[str, Any], *, at: datetime | None = None, lock: str = ""
    ) -> None:
        """Record the job in the transaction of this database session; rolled back with it."""
        ...
