"""Timers in civil time: each fires once, on the date people expect, in the workshop and over SQL."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from engines.processes.conformance.writing import bpmn
from factories.units import make_unit
from jalon.base.clock import instant_from
from jalon.engines.processes import Ask, read_bpmn
from jalon.runtime import MemoryLibrary, MemoryStore, Runtime, Surroundings
from jalon.runtime.protocol import RunStore
from jalon.sandbox import Sandbox
from jalon.store.runs import SqlRunStore

OVERSEAS = (
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Martinique",
    "America/Guadeloupe",
    "America/Cayenne",
    "America/Miquelon",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Pacific/Marquesas",
    "Pacific/Wallis",
)


def last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


NIGHTS = [last_sunday(year, month) for year in range(2026, 2031) for month in (3, 10)]


def fired(timer: str, now: str, until: str, zone: str = "Europe/Paris") -> list[datetime]:
    """Return the civil instants at which a timer beside an open task fired, walking hour by hour."""
    box = Sandbox(now=now, zone=zone)
    diagram = bpmn(f"start s | user a | boundary b on=a {timer} non | script c do='n = 1' | end e", "s>a>e; b>c")
    assert box.deploy({"a.bpmn": diagram}).ok
    run = box.start("p")
    while datetime.fromisoformat(box.now) < datetime.fromisoformat(until):
        box.advance("PT1H")
    return [instant_from(one.at).astimezone(ZoneInfo(zone)) for one in box.passed(run) if one.element == "b"]


def civil(moments: list[datetime]) -> list[str]:
    return [moment.strftime("%Y-%m-%d %H:%M") for moment in moments]


@pytest.mark.req("R14")
@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_a_day_is_a_day_on_the_nights_the_clock_changes(night: date) -> None:
    eve = datetime(night.year, night.month, night.day, 9, tzinfo=ZoneInfo("Europe/Paris")) - timedelta(days=1)
    after = (eve + timedelta(days=2, hours=2)).isoformat()
    assert civil(fired("duration=P1D", eve.isoformat(), after)) == [f"{night} 09:00"]
    absolute = fired("duration=PT24H", eve.isoformat(), after)
    assert [moment.astimezone(UTC) for moment in absolute] == [eve.astimezone(UTC) + timedelta(hours=24)]
    assert civil(fired("cycle=R/P1D", eve.isoformat(), after)) == [
        f"{night} 09:00",
        f"{night + timedelta(days=1)} 09:00",
    ]


@pytest.mark.req("R14")
@pytest.mark.parametrize("night", NIGHTS, ids=str)
@pytest.mark.parametrize("hour", ["02:00", "02:30", "03:00"])
def test_an_hour_that_is_missing_or_comes_twice_fires_once(night: date, hour: str) -> None:
    eve = datetime(night.year, night.month, night.day, 12, tzinfo=ZoneInfo("Europe/Paris")) - timedelta(days=1)
    found = fired(f"date={night}T{hour}:00", eve.isoformat(), (eve + timedelta(days=1)).isoformat())
    assert [moment.date() for moment in found] == [night]


@pytest.mark.drill
@pytest.mark.req("R14")
def test_every_quarter_of_an_hour_of_those_nights_fires_once(figure: Callable[..., None]) -> None:
    timers = 0
    for night in NIGHTS:
        for hour, minute in ((quarter // 4, quarter % 4 * 15) for quarter in range(20)):
            eve = datetime(night.year, night.month, night.day, hour, minute, tzinfo=ZoneInfo("Europe/Paris"))
            eve -= timedelta(days=1)
            until = (eve + timedelta(days=2, hours=3)).isoformat()
            for timer, days in (
                (f"date={night}T{hour:02}:{minute:02}:00", [night]),
                ("duration=P1D", [night]),
                ("cycle=R/P1D", [night, night + timedelta(days=1)]),
            ):
                found = fired(timer, eve.isoformat(), until)
                assert [moment.date() for moment in found] == days, (night, hour, minute, timer)
                timers += len(days)
    figure(nights=len(NIGHTS), timers=timers, fired_once=timers)


@pytest.mark.req("R14")
@pytest.mark.parametrize("zone", OVERSEAS)
def test_overseas_keeps_its_own_time(zone: str) -> None:
    for night in NIGHTS[:2]:
        eve = datetime(night.year, night.month, night.day, 8, tzinfo=ZoneInfo(zone)) - timedelta(days=1)
        until = (eve + timedelta(days=2, hours=2)).isoformat()
        days = [f"{night} 08:00", f"{night + timedelta(days=1)} 08:00"]
        assert civil(fired("cycle=R/P1D", eve.isoformat(), until, zone)) == days
        assert civil(fired(f"date={night}T10:00:00", eve.isoformat(), until, zone)) == [f"{night} 10:00"]


@pytest.mark.req("R14")
@pytest.mark.parametrize(
    ("now", "duration", "due"),
    [
        ("2026-01-31T09:00:00", "P1M", "2026-02-28 09:00"),
        ("2028-01-31T09:00:00", "P1M", "2028-02-29 09:00"),
        ("2026-03-31T09:00:00", "P1M", "2026-04-30 09:00"),
        ("2026-08-31T09:00:00", "P6M", "2027-02-28 09:00"),
        ("2028-02-29T09:00:00", "P1Y", "2029-02-28 09:00"),
        ("2028-02-29T09:00:00", "P4Y", "2032-02-29 09:00"),
        ("2027-12-31T09:00:00", "P2M", "2028-02-29 09:00"),
        ("2026-12-31T23:30:00", "PT1H", "2027-01-01 00:30"),
    ],
)
def test_months_end_where_they_end(now: str, duration: str, due: str) -> None:
    box = Sandbox(now=now)
    assert box.deploy({"a.bpmn": bpmn(f"start s | catch c duration={duration} | end e", "s>c>e")}).ok
    run = box.start("p")
    waiting = box.state(run).waiting[0].due
    assert waiting is not None
    assert civil([instant_from(waiting).astimezone(ZoneInfo("Europe/Paris"))]) == [due]
    box.advance(waiting)
    assert box.trace(run) == ["s", "c", "e"]


@pytest.mark.req("R14")
def test_the_thirty_first_of_each_month() -> None:
    box = Sandbox(now="2026-01-31T09:00:00")
    diagram = bpmn("start s | user a | boundary b on=a cycle=R/P1M non | end f | end e", "s>a>e; b>f")
    assert box.deploy({"a.bpmn": diagram}).ok
    run = box.start("p")
    box.advance("P5M")
    found = [instant_from(one.at).astimezone(ZoneInfo("Europe/Paris")) for one in box.passed(run) if one.element == "b"]
    assert civil(found) == [f"2026-{day} 09:00" for day in ("02-28", "03-31", "04-30", "05-31", "06-30")]


@pytest.fixture(params=["dict", "sql"])
def store(request: pytest.FixtureRequest, session: Session) -> RunStore:
    make_unit(session, "u")
    return MemoryStore() if request.param == "dict" else SqlRunStore(session)


@pytest.mark.req("R14")
def test_a_clock_that_jumps_fires_each_timer_once(store: RunStore) -> None:
    """The clock of a server may be put forward by days, then back: what fired does not fire again."""
    clock = {"now": datetime(2026, 10, 24, 7, tzinfo=UTC)}
    program = read_bpmn({"a.bpmn": bpmn("start s | catch c duration=P1D | catch d duration=P1D | end e", "s>c>d>e")})
    library = MemoryLibrary([found.program for found in program.processes if found.program])
    around = Surroundings(lambda call: Ask(), lambda name, inputs: None, "Europe/Paris")

    def runtime() -> Runtime:
        return Runtime(store, library, lambda record: around, lambda: clock["now"])

    instance = runtime().start("p", unit="u").instance
    assert [due.at for due in store.dues()] == [datetime(2026, 10, 25, 8, tzinfo=UTC)]
    passed: list[str] = []
    for hours in (0, 30, -6, 0, 24, 1, 100, -50):
        clock["now"] += timedelta(hours=hours)
        for _ in range(3):
            events = runtime().fire_due().events
            passed += [event.element for event in events if event.kind == "passed"]
    assert passed == ["c", "d", "e"]
    assert instance is not None
    assert store.dues() == []


@pytest.mark.drill
@pytest.mark.req("R14")
def test_a_clock_that_jumps_at_random_fires_each_timer_once(store: RunStore, figure: Callable[..., None]) -> None:
    chance, jumps = random.Random(14), 300
    origin = datetime(2026, 10, 20, 7, tzinfo=UTC)
    clock = {"now": origin}
    files = [bpmn(f"start s | catch c duration=P{days}D | end e", "s>c>e", f"p{days}") for days in range(1, 40)]
    read = [found for file in files for found in read_bpmn({"a.bpmn": file}).processes]
    library = MemoryLibrary([found.program for found in read if found.program])
    around = Surroundings(lambda call: Ask(), lambda name, inputs: None, "Europe/Paris")

    def runtime() -> Runtime:
        return Runtime(store, library, lambda record: around, lambda: clock["now"])

    runs = {runtime().start(f"p{number % 39 + 1}", unit="u").instance: number % 39 + 1 for number in range(200)}
    passed: Counter[str] = Counter()
    for jump in range(jumps):
        clock["now"] += timedelta(hours=chance.uniform(-60, 80)) if jump < jumps - 1 else timedelta(days=60)
        while events := runtime().fire_due().events:
            for event in events:
                if event.kind == "passed" and event.element == "c":
                    passed[event.instance] += 1
                    assert clock["now"] - origin >= timedelta(days=runs[event.instance]), "before its date"
    assert passed == dict.fromkeys(runs, 1)
    figure(jumps=jumps, timers=len(runs), fired_once=len(passed))
