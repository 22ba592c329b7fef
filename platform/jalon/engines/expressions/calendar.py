"""Working days: public holidays of a territory (library `holidays`) plus the closures of the house."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays

from jalon.engines.expressions.errors import CalendarUnknown, TemporalInvalid

TERRITORIES: dict[str, str | None] = {
    "metropole": None,
    "alsace_moselle": "57",
    "alsace": "6AE",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
    "saint_barthelemy": "BL",
    "saint_martin": "MF",
    "saint_pierre_et_miquelon": "PM",
    "nouvelle_caledonie": "NC",
    "polynesie": "PF",
    "wallis_et_futuna": "WF",
}
"""Calendar name -> subdivision code of the `holidays` library (None: mainland France)."""

MAX_WORKING_DAYS = 10_000
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked in a territory; `closures` are further days off, `opened` are worked all the same."""

    name: str = "metropole"
    closures: frozenset[date] = field(default_factory=frozenset)
    opened: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.name not in TERRITORIES:
            raise CalendarUnknown(name=self.name, choices=", ".join(TERRITORIES))

    def is_holiday(self, day: date) -> bool:
        """Tell whether the day is a public holiday or a closure."""
        return day not in self.opened and (day in self.closures or day in _public_holidays(self.name, day.year))

    def is_working_day(self, day: date, *, saturdays: bool = False) -> bool:
        """Tell whether the day is worked: Monday to Friday (`ouvré`), to Saturday with `saturdays` (`ouvrable`)."""
        if day in self.opened:
            return True
        weekday = day.weekday()
        if weekday == _SUNDAY or (weekday == _SATURDAY and not saturdays):
            return False
        return not self.is_holiday(day)

    def add_working_days(self, day: date, count: int, *, saturdays: bool = False) -> date:
        """Return the `count`-th working day after `day` (before it when negative; 0: the day itself)."""
        if abs(count) > MAX_WORKING_DAYS:
            raise TemporalInvalid(str(count), "un nombre de jours inférieur à 10 000", "15")
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        try:
            while left:
                day += step
                if self.is_working_day(day, saturdays=saturdays):
                    left -= 1
        except OverflowError as error:
            raise TemporalInvalid(str(count), "un nombre de jours possible à cette date", "15") from error
        return day

    def working_days_between(self, start: date, end: date, *, saturdays: bool = False) -> int:
        """Count the working days after `start` up to and including `end` (negative when `end` comes first)."""
        if end < start:
            return -self.working_days_between(end, start, saturdays=saturdays)
        if (end - start).days > 4 * MAX_WORKING_DAYS:
            raise TemporalInvalid(str(end), "une date assez proche", "2026-01-31")
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day, saturdays=saturdays) for day in days)


def working_calendar(name: str, closures: Collection[date] = (), opened: Collection[date] = ()) -> WorkingCalendar:
    """Return the calendar of a territory (see TERRITORIES) with the closures of the house."""
    return WorkingCalendar(name, frozenset(closures), frozenset(opened))


@lru_cache(maxsize=512)
def _public_holidays(name: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=TERRITORIES[name], years=year))
