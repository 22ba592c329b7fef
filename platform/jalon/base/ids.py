"""Identifiers that sort by time of creation (UUID version 7, RFC 9562)."""

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a fresh UUID version 7: 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)
