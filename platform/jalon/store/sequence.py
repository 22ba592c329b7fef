"""Numbers that grow: the order of creation, even within one millisecond."""

import threading
import time

from sqlalchemy import BigInteger, Integer

Sequence64 = BigInteger().with_variant(Integer, "sqlite")
"""A column for such numbers."""

_counting = threading.Lock()
_last_given = 0


def next_seq() -> int:
    """Return a number greater than all those this process gave before: the clock's microseconds, or one more."""
    global _last_given
    with _counting:
        _last_given = max(_last_given + 1, time.time_ns() // 1000)
        return _last_given
