"""Working days, in the calendar the caller gives."""

from datetime import date
from decimal import Decimal
from functools import partial

from jalon.engines.expressions.calendar import WorkingCalendar
from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Value

_time = partial(builtin, family="temps")
DAY_COST = 20  # a year of public holidays takes about a millisecond to work out


def _calendar(run: Run, days: int) -> WorkingCalendar:
    run.spend(abs(days) * DAY_COST)
    if run.calendar is None:
        raise Unfit("aucun calendrier de jours travaillés n’a été fourni.", "calendrier.absent")
    return run.calendar


@_time(
    "jours ouvres", "date: date", "n: integer", aliases=("working days",),
    fr="La date située n jours ouvrés plus tard : du lundi au vendredi, hors jours fériés et fermetures.",
    en="The date n working days later: Monday to Friday, public holidays and closures aside.",
    example='jours ouvres(date("2026-07-13"), 1)', result='date("2026-07-15")',
)  # fmt: skip
def _worked(run: Run, day: date, count: int) -> Value:
    return _calendar(run, count).add_working_days(day, count)


@_time(
    "jours ouvrables", "date: date", "n: integer", aliases=("business days",),
    fr="La date située n jours ouvrables plus tard : du lundi au samedi, hors jours fériés et fermetures.",
    en="The date n business days later: Monday to Saturday, public holidays and closures aside.",
    example='jours ouvrables(date("2026-07-17"), 1)', result='date("2026-07-18")',
)  # fmt: skip
def _workable(run: Run, day: date, count: int) -> Value:
    return _calendar(run, count).add_working_days(day, count, saturdays=True)


@_time(
    "est ouvre", "date: date", aliases=("is working day",),
    fr="Vrai si ce jour est ouvré.", en="True when this is a working day.",
    example='est ouvre(date("2026-07-14"))', result="false",
)  # fmt: skip
def _is_worked(run: Run, day: date) -> Value:
    return _calendar(run, 1).is_working_day(day)


@_time(
    "nombre de jours ouvres", "start: date", "end: date", aliases=("count working days",),
    fr="Le nombre de jours ouvrés après une date, jusqu’à une autre comprise.",
    en="How many working days come after a date, up to and including another.",
    example='nombre de jours ouvres(date("2026-07-10"), date("2026-07-15"))', result="2",
)  # fmt: skip
def _between(run: Run, start: date, end: date) -> Value:
    return Decimal(_calendar(run, (end - start).days).working_days_between(start, end))
