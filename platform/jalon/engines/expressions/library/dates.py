"""Functions on dates, times and durations."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from jalon.engines.expressions.moments import read_date, read_length, read_moment, read_time
from jalon.engines.expressions.numbers import whole
from jalon.engines.expressions.registry import Unfit, bring, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Months, Value

_time = partial(builtin, family="temps")

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
MOIS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre")  # fmt: skip


def _integer(value: Value) -> int:
    count = whole(value) if type(value) is Decimal else None
    if count is None:
        raise Unfit("des nombres entiers sont attendus.", "fonction.type")
    return count


@_time(
    "date", "from: any", "month: any?", "day: any?",
    fr="Une date, à partir d’un texte ISO 8601, d’une date et heure, ou de l’année, du mois et du jour.",
    en="A date, from ISO 8601 text, a date and time, or year, month and day.",
    example='date("2026-01-31")', result="date(2026, 1, 31)",
)  # fmt: skip
def _date(_: Run, start: Value, month: Value = None, day: Value = None) -> Value:
    if start is None:
        return None
    if month is not None or day is not None:
        try:
            return date(_integer(start), _integer(month), _integer(day))
        except (ValueError, OverflowError) as error:
            raise Unfit("cette date n’existe pas.") from error
    return read_date(start) if type(start) is str and len(start) == 10 else bring("date", start)


@_time(
    "time", "from: any", "minute: any?", "second: any?", "offset: any?", aliases=("heure",),
    fr="Une heure, à partir d’un texte, d’une date et heure, ou des heures, minutes et secondes.",
    en="A time, from text, a date and time, or hours, minutes and seconds.",
    example='time("09:30:00")', result="time(9, 30, 0)",
)  # fmt: skip
def _clock(_: Run, start: Value, minute: Value = None, second: Value = None, offset: Value = None) -> Value:
    if start is None:
        return None
    if type(start) is Decimal:
        found = f"{_integer(start):02d}:{_integer(minute):02d}:{_integer(second or Decimal(0)):02d}"
        made = read_time(found)
        if type(offset) is timedelta and abs(offset) < timedelta(hours=24):
            sign, minutes = "-" if offset < timedelta() else "+", abs(offset) // timedelta(minutes=1)
            made = read_time(f"{found}{sign}{minutes // 60:02d}:{minutes % 60:02d}")
        return made
    if type(start) is date:
        return time()
    return bring("time", start)


@_time(
    "date and time", "from: any", "time: any?", aliases=("date et heure",),
    fr="Une date et heure, à partir d’un texte ISO 8601, ou d’une date et d’une heure.",
    en="A date and time, from ISO 8601 text, or from a date and a time.",
    example='date and time("2026-01-31T09:00:00").hour', result="9",
)  # fmt: skip
def _date_and_time(_: Run, start: Value, clock: Value = None) -> Value:
    if start is None:
        return None
    if clock is not None:
        return datetime.combine(bring("date", start), bring("time", clock))
    if type(start) is str:
        return read_moment(start)
    return start if type(start) is datetime else datetime.combine(bring("date", start), time())


@_time(
    "duration", "from: any", aliases=("duree",),
    fr="Une durée écrite en ISO 8601, en mois (P1Y6M) ou en jours et heures (P10DT2H).",
    en="A duration written in ISO 8601, in months (P1Y6M) or days and hours (P10DT2H).",
    example='date("2026-01-31") + duration("P1M")', result='date("2026-02-28")',
)  # fmt: skip
def _duration(_: Run, text: Value) -> Value:
    if text is None or type(text) in {timedelta, Months}:
        return text
    if type(text) is not str:
        raise Unfit("un texte est attendu.", "fonction.type")
    return read_length(text)


def _full_months(start: date, end: date) -> int:
    """Count the whole months between two dates, negative when the second comes first."""
    if end < start:
        return -_full_months(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


@_time(
    "years and months duration", "from: date", "to: date", aliases=("duree en annees et mois",),
    fr="Les mois entiers entre deux dates.", en="The whole months between two dates.",
    example='years and months duration(date("2024-01-15"), date("2026-03-14"))', result='duration("P2Y1M")',
)  # fmt: skip
def _years_and_months(_: Run, start: date, end: date) -> Value:
    return Months(_full_months(start, end))


@_time(
    "age", "date de naissance: date", "date: date?",
    fr="L’âge en années révolues à une date (aujourd’hui si elle est omise).",
    en="The age in full years at a date (today when left out).",
    example='age(date("2008-02-29"), date("2026-02-28"))', result="17",
)  # fmt: skip
def _age(run: Run, birth: date, at: date | None = None) -> Value:
    """Count years turned: someone born on 29 February turns a year on 1 March of a common year."""
    at = at or run.instant("today")
    if at is None:
        return None
    if at < birth:
        raise Unfit("la naissance est après la date.")
    return Decimal(at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day)))


@_time(
    "today", fr="La date du jour dans le fuseau de l’unité.", en="Today’s date in the zone of the unit.",
    example="today() = aujourdhui", result="true",
)  # fmt: skip
def _today(run: Run) -> Value:
    return run.instant("today")


@_time(
    "now", fr="La date et l’heure du moment.", en="The present date and time.",
    example="now() = maintenant", result="true",
)  # fmt: skip
def _now(run: Run) -> Value:
    return run.instant("maintenant")


def _names(name: str, alias: str, words: tuple[str, ...], mots: tuple[str, ...], part: str, fr: str, en: str) -> None:
    """Register the English and the French function that name a part of a date."""
    day = 'date("2026-07-14")'

    def index(moment: date) -> int:
        return moment.weekday() if part == "day" else moment.month - 1

    at = index(date(2026, 7, 14))

    @_time(name, "date: date", fr=f"{fr}, en anglais.", en=f"{en}, in English.", example=f"{name}({day})",
           result=f'"{words[at]}"')  # fmt: skip
    def _english(_: Run, moment: date) -> Value:
        return words[index(moment)]

    @_time(alias, "date: date", fr=f"{fr}, en français.", en=f"{en}, in French.", example=f"{alias}({day})",
           result=f'"{mots[at]}"')  # fmt: skip
    def _french(_: Run, moment: date) -> Value:
        return mots[index(moment)]


_names("day of week", "jour de la semaine", DAYS, JOURS, "day", "Le nom du jour", "The name of the day")
_names("month of year", "nom du mois", MONTHS, MOIS, "month", "Le nom du mois", "The name of the month")


@_time(
    "day of year", "date: date", aliases=("numero du jour",),
    fr="Le numéro du jour dans l’année.", en="The number of the day in the year.",
    example='day of year(date("2026-02-01"))', result="32",
)  # fmt: skip
def _day_of_year(_: Run, day: date) -> Value:
    return Decimal(day.timetuple().tm_yday)


@_time(
    "week of year", "date: date", aliases=("numero de semaine",),
    fr="Le numéro de la semaine (ISO 8601).", en="The number of the week (ISO 8601).",
    example='week of year(date("2026-01-01"))', result="1",
)  # fmt: skip
def _week_of_year(_: Run, day: date) -> Value:
    return Decimal(day.isocalendar().week)


@_time(
    "last day of month", "date: date", aliases=("fin de mois",),
    fr="Le dernier jour du mois de cette date.", en="The last day of the month of this date.",
    example='last day of month(date("2026-02-10"))', result='date("2026-02-28")',
)  # fmt: skip
def _last_day(_: Run, day: date) -> Value:
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)
