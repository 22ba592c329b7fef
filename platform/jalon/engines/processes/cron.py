"""Cron lines that are exactly an ISO 8601 cycle: each hour, each day, one day a week, one day a month."""

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ANY = frozenset({"*", "?"})


def cycle_of(line: str) -> str | None:
    """Return the cycle a cron line means, in civil time, or None when no ISO 8601 cycle is the same.

    With five fields, days of the week count from Sunday 0; with six or seven tools disagree: only names are read.
    The first of January 2024, from which cycles count, is a Monday.
    """
    fields = line.upper().split()
    if len(fields) in {6, 7}:
        second, *fields = fields
        if second not in {"0", "00"} or (len(fields) == 6 and fields.pop() not in ANY):
            return None
        numbered = False
    else:
        numbered = True
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if month not in ANY:
        return None
    every = _step(minute, 60)
    if every and hour in ANY and day in ANY and weekday in ANY:
        return f"R/2024-01-01T00:00:00/PT{every}M"
    if not _within(minute, 0, 59):
        return None
    if hour in ANY or _step(hour, 24):
        whole = day in ANY and weekday in ANY
        return f"R/2024-01-01T00:{int(minute):02}:00/PT{_step(hour, 24) or 1}H" if whole else None
    if not _within(hour, 0, 23):
        return None
    time = f"T{int(hour):02}:{int(minute):02}:00"
    if day in ANY and weekday in ANY:
        return f"R/2024-01-01{time}/P1D"
    if day in ANY:
        index = _weekday(weekday, numbered=numbered)
        return None if index is None else f"R/2024-01-{index + 1:02}{time}/P7D"
    return f"R/2024-01-{int(day):02}{time}/P1M" if weekday in ANY and _within(day, 1, 31) and int(day) <= 28 else None


def _step(text: str, whole: int) -> int | None:
    number = text.removeprefix("*/").removeprefix("0/")
    if number == text or not number.isascii() or not number.isdigit():
        return None
    return int(number) if int(number) and whole % int(number) == 0 else None


def _within(text: str, low: int, high: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 and low <= int(text) <= high


def _weekday(text: str, *, numbered: bool) -> int | None:
    if text in DAYS:
        return DAYS.index(text)
    return (int(text) - 1) % 7 if numbered and _within(text, 0, 7) else None
