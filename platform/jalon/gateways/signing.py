"""Seals on what is exchanged with another system: a shared secret, a number used once, HMAC-SHA256.

The request carries `Jalon-Nonce`, `Jalon-Date` (ISO 8601, UTC) and `Jalon-Signature`, the hexadecimal seal of five
lines: POST, path, nonce, date, SHA-256 of the body. The answer carries `Jalon-Signature`, the seal of three lines:
the nonce of the request, the HTTP status, SHA-256 of the body; so an answer kept from another exchange is refused.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

SIGNATURE = "Jalon-Signature"


@dataclass(frozen=True, slots=True)
class Signer:
    """Seals the requests of one system with its secret, and knows its answers."""

    secret: str
    now: Callable[[], datetime]

    def sealed(self, path: str, body: bytes) -> dict[str, str]:
        """Return the headers of a request, with a nonce of its own."""
        nonce, instant = secrets.token_hex(16), self.now().isoformat()
        signature = self._seal("POST", path, nonce, instant, sha256(body).hexdigest())
        return {"Jalon-Nonce": nonce, "Jalon-Date": instant, SIGNATURE: signature}

    def knows(self, signature: str, nonce: str, status: int, body: bytes) -> bool:
        """Tell whether an answer was sealed by the system for this very request."""
        wanted = self._seal(nonce, str(status), sha256(body).hexdigest())
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))

    def _seal(self, *lines: str) -> str:
        return hmac.new(self.secret.encode(), "\n".join(lines).encode(), sha256).hexdigest()
