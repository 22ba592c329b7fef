"""Durations, cycles and civil time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jalon.engines.expressions import (
    Cycle,
    Span,
    TemporalInvalid,
    add_duration,
    add_duration_text,
    format_duration,
    parse_cycle,
    parse_duration,
    parse_instant,
)

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P1D", Span(days=1)),
        ("P1Y6M", Span(months=18)),
        ("P2W", Span(days=14)),
        ("PT1H30M", Span(microseconds=5_400_000_000)),
        ("PT0.5S", Span(microseconds=500_000)),
        ("-P1M", Span(months=-1)),
        ("P1M2DT3H", Span(1, 2, 10_800_000_000)),
    ],
)
def test_durations_are_read(text, span):
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "", "P", "1D", "PT", "P1", "p1d", "P1DT", "P-1D", "P1.5D", "P1H", "P99999999999Y", "P1D ", "PT1H1D", "P1001Y",
        "P9999999999999999999D", "٣", "P٣D", "PT1S1M",
    ],
)  # fmt: skip
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(TemporalInvalid):
        parse_duration(text)


@given(st.integers(-12000, 12000), st.integers(0, 300_000), st.integers(0, 86_400_000_000 - 1))
def test_a_duration_reads_back(months, days, micro):
    span = Span(abs(months), days, micro)
    span = -span if months < 0 else span
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize(
    ("moment", "duration", "zone", "result"),
    [
        ("2026-01-31T09:00:00", "P1M", None, "2026-02-28T09:00:00"),
        ("2024-01-31", "P1M", None, "2024-02-29"),
        ("2024-02-29", "P1Y", None, "2025-02-28"),
        ("2026-03-31", "-P1M", None, "2026-02-28"),
        ("2026-01-31", "PT1H", None, "2026-01-31T01:00:00"),
        ("2026-03-28T09:00:00+01:00", "P1D", "Europe/Paris", "2026-03-29T09:00:00+02:00"),
        ("2026-03-28T09:00:00+01:00", "PT24H", "Europe/Paris", "2026-03-29T10:00:00+02:00"),
        ("2026-03-28T02:30:00+01:00", "P1D", "Europe/Paris", "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T09:00:00+02:00", "P1D", "Europe/Paris", "2026-10-25T09:00:00+01:00"),
        ("2026-03-29T01:30:00", "PT1H", "Europe/Paris", "2026-03-29T03:30:00"),
        ("2026-01-05T08:00:00Z", "P1M", "Indian/Reunion", "2026-02-05T12:00:00+04:00"),
    ],
)
def test_durations_add_in_civil_time(moment, duration, zone, result):
    assert add_duration_text(moment, duration, zone) == result


def test_a_date_beyond_the_calendar_is_refused():
    with pytest.raises(TemporalInvalid):
        add_duration(date(9999, 12, 31), "P1D")
    with pytest.raises(TemporalInvalid):
        add_duration(datetime(1, 1, 1, tzinfo=UTC), "-P1000Y", "Europe/Paris")


civil = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1))
spans = st.builds(Span, st.integers(0, 600), st.integers(0, 2000), st.integers(0, 10**12))


@given(civil, civil, spans)
def test_adding_keeps_the_order_of_civil_moments(a, b, span):
    a, b = sorted((a, b))
    assert add_duration(a, span) <= add_duration(b, span)


@given(civil, st.integers(0, 2000), st.integers(0, 2000))
def test_a_longer_duration_never_ends_earlier(start, a, b):
    start = start.replace(tzinfo=PARIS)
    a, b = sorted((a, b))
    assert add_duration(start, Span(days=a), "Europe/Paris") <= add_duration(start, Span(days=b), "Europe/Paris")


@pytest.mark.parametrize("text", ["R3", "R/", "R3/", "R-1/P1D", "R3/P0D", "R3/PT0S", "R3/-P1D", "R3/x/P1D", "P1D", ""])
def test_what_is_not_a_cycle_is_refused(text):
    with pytest.raises(TemporalInvalid):
        parse_cycle(text)


def test_cycles():
    origin = datetime(2026, 1, 31, 9)
    assert parse_cycle("R3/PT1H") == Cycle(3, Span(microseconds=3_600_000_000))
    monthly = parse_cycle("R/P1M")
    assert [monthly.occurrence(n, origin) for n in range(3)] == [
        datetime(2026, 2, 28, 9),
        datetime(2026, 3, 31, 9),
        datetime(2026, 4, 30, 9),
    ]
    started = parse_cycle("R2/2026-01-01T00:00:00/P1D")
    assert [started.occurrence(n, origin) for n in range(3)] == [datetime(2026, 1, 1), datetime(2026, 1, 2), None]
    aware = started.occurrence(1, datetime(2025, 12, 1, tzinfo=UTC), "Europe/Paris")
    assert aware == datetime(2026, 1, 1, 23, tzinfo=UTC)
    bounded = parse_cycle("R/P1D/2026-02-02T09:00:00")
    assert [bounded.occurrence(n, origin) for n in range(3)] == [
        origin + timedelta(days=1),
        origin + timedelta(days=2),
        None,
    ]


@pytest.mark.parametrize("text", ["2026-13-01", "2026-1-1", "20260101", "2026-01-01 10:00", "2026-01-01T25:00:00", "x"])
def test_what_is_not_a_date_is_refused(text):
    with pytest.raises(TemporalInvalid):
        parse_instant(text)
