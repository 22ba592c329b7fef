"""Working days of the territories."""

from datetime import date

import pytest

from jalon.engines.expressions import CalendarUnknown, TemporalInvalid, working_calendar


def test_holidays_depend_on_the_territory():
    good_friday = date(2026, 4, 3)
    assert working_calendar("metropole").is_working_day(good_friday)
    assert not working_calendar("alsace_moselle").is_working_day(good_friday)
    assert not working_calendar("reunion").is_working_day(date(2027, 12, 20))
    assert not working_calendar("metropole").is_working_day(date(2026, 7, 14))


def test_saturdays_are_workable_but_not_worked():
    saturday = date(2026, 1, 3)
    assert not working_calendar("metropole").is_working_day(saturday)
    assert working_calendar("metropole").is_working_day(saturday, saturdays=True)


def test_working_days_skip_holidays_and_closures():
    house = working_calendar("metropole", closures=[date(2026, 5, 15)])
    assert working_calendar("metropole").add_working_days(date(2026, 5, 13), 1) == date(2026, 5, 15)
    assert house.add_working_days(date(2026, 5, 13), 1) == date(2026, 5, 18)
    assert house.add_working_days(date(2026, 5, 18), -1) == date(2026, 5, 13)
    assert house.add_working_days(date(2026, 5, 16), 0) == date(2026, 5, 16)
    assert house.working_days_between(date(2026, 5, 13), date(2026, 5, 18)) == 1
    assert house.working_days_between(date(2026, 5, 18), date(2026, 5, 13)) == -1


def test_limits_are_refused():
    with pytest.raises(CalendarUnknown) as refusal:
        working_calendar("lune")
    assert "metropole" in refusal.value.text()
    with pytest.raises(TemporalInvalid):
        working_calendar("metropole").add_working_days(date(2026, 1, 1), 10**9)
    with pytest.raises(TemporalInvalid):
        working_calendar("metropole").add_working_days(date(9999, 12, 30), 5)
