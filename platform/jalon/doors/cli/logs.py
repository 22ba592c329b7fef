"""The log of a server or a worker: one line per event on the error stream, nobody's data in it."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType


class LineFormatter(logging.Formatter):
    """Writes `2026-01-05T08:00:00.000Z INFO jalon.request request id=…`, always on one line.

    An exception is its kind and its places in the code. Its text, which may quote what somebody
    typed, is written only when `texts` is true: on a developer's machine.
    """

    def __init__(self, *, texts: bool) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{at} {record.levelname} {record.name} {self._message(record)}"
        if record.exc_info and record.exc_info[0] is not None:
            line += self._exception(*record.exc_info)
        return line.replace("\r", "\\r").replace("\n", "\\n")

    def _message(self, record: logging.LogRecord) -> str:
        if record.name == "waitress" and not self._texts:
            return record.getMessage().partition(" /")[0]  # it quotes the address, which may hold a link's token
        return record.getMessage()

    def _exception(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> str:
        if self._texts:
            return "\n" + "".join(traceback.format_exception(kind, error, trace))
        places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(traceback.extract_tb(trace)))
        return f" error={kind.__name__} at {places}"


def write_logs(*, texts: bool) -> None:
    """Send what the product and its libraries log to the error stream."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(texts=texts))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("jalon").setLevel(logging.INFO)
