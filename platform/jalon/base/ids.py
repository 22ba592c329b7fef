"""Identifiers that sort by time of creation (UUID version 7, RFC 9562)."""

import secrets
import threading
import time
from uuid import UUID

_giving = threading.Lock()
_last_given = 0


def new_id() -> UUID:
    """Return a fresh UUID version 7: 48 bits of milliseconds, then random bits.

    Greater than all those this process gave before: within a millisecond, the last one and a random step more.
    """
    global _last_given
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    with _giving:
        if value <= _last_given:
            value = _last_given + 1 + secrets.randbits(32)
        _last_given = value
    return UUID(int=value)
