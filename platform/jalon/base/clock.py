"""The time, as an argument: nothing else in the product asks the machine what time it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands still until somebody moves it: tests, demo and sandbox."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock stands at."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Stand at a later instant; an earlier one is ignored, time never goes back."""
        self._now = max(self._now, instant.astimezone(UTC))

    def move_by(self, delta: timedelta) -> None:
        """Stand `delta` later."""
        self.move_to(self._now + delta)


def civil_date(instant: datetime, zone: str) -> date:
    """Return the date on the wall in `zone` at that instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def instant_text(instant: datetime) -> str:
    """Write an instant as UTC ISO 8601 text that sorts like time, such as 2026-01-05T08:00:00.000000Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_from(text: str) -> datetime:
    """Read an ISO 8601 instant; one without an offset is taken as UTC."""
    value = datetime.fromisoformat(text)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
