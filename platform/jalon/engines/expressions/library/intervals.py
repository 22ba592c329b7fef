"""Functions that place points and intervals one against another."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.moments import read_temporal
from jalon.engines.expressions.operators import compare, equal, inside
from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Range, Value

_WRITTEN = re.compile(r"\s*(?P<open>[\[\](])(?P<low>.{0,200}?)\.\.(?P<high>.{0,200}?)(?P<close>[\[\])])\s*", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,34}(\.[0-9]{1,34})?", re.ASCII)
_QUOTED = re.compile(
    r'(?P<at>@)?"(?P<text>[^"\\]*)"|(?P<call>date|time|date and time|duration)\(\s*"(?P<inner>[^"\\]*)"\s*\)', re.ASCII
)
_interval = partial(builtin, family="intervalle")
Placed = Callable[[Run, Range, Range], bool | None]


def _as_range(value: Value) -> Range:
    """See a point as the interval that holds only it."""
    return value if type(value) is Range else Range(value, value)


def _ends_before(run: Run, a: Range, b: Range) -> bool | None:
    """Tell whether all of `a` comes before all of `b`."""
    touching = not (a.high_included and b.low_included)
    return compare(run, "<=" if touching else "<", a.high, b.low)


def _overlap(run: Run, a: Range, b: Range) -> bool | None:
    one, two = _ends_before(run, a, b), _ends_before(run, b, a)
    return None if one is None or two is None else not one and not two


def _starts_first(run: Run, a: Range, b: Range) -> bool:
    if equal(run, a.low, b.low) is True:
        return a.low_included and not b.low_included
    return compare(run, "<", a.low, b.low) is True


def _ends_first(run: Run, a: Range, b: Range) -> bool:
    if equal(run, a.high, b.high) is True:
        return b.high_included and not a.high_included
    return compare(run, "<", a.high, b.high) is True


def _same_start(run: Run, a: Range, b: Range) -> bool:
    return equal(run, a.low, b.low) is True and a.low_included == b.low_included


def _same_end(run: Run, a: Range, b: Range) -> bool:
    return equal(run, a.high, b.high) is True and a.high_included == b.high_included


def _includes(run: Run, a: Range, b: Range) -> bool | None:
    if b.low == b.high and b.low_included and b.high_included:
        return inside(run, b.low, a)
    return not _starts_first(run, b, a) and not _ends_first(run, a, b)


def _starts(run: Run, a: Range, b: Range) -> bool | None:
    return _same_start(run, a, b) and not _ends_first(run, b, a)


def _finishes(run: Run, a: Range, b: Range) -> bool | None:
    return _same_end(run, a, b) and not _starts_first(run, a, b)


def _meets(run: Run, a: Range, b: Range) -> bool | None:
    return a.high_included and b.low_included and equal(run, a.high, b.low) is True


def _coincides(run: Run, a: Range, b: Range) -> bool | None:
    return _same_start(run, a, b) and _same_end(run, a, b)


def _overlaps_before(run: Run, a: Range, b: Range) -> bool | None:
    return _overlap(run, a, b) is True and _starts_first(run, a, b) and not _ends_first(run, b, a)


def _swapped(place: Placed) -> Placed:
    return lambda run, a, b: place(run, b, a)


_PLACES: list[tuple[str, str, Placed, str, str, str, str]] = [
    ("before", "est avant", _ends_before, "finit avant que l’autre ne commence", "ends before the other starts",
     "before([1..5], [6..9])", "true"),
    ("after", "est apres", _swapped(_ends_before), "commence après la fin de l’autre", "starts after the other ends",
     "after(6, [1..5])", "true"),
    ("meets", "rejoint", _meets, "finit là où l’autre commence", "ends where the other starts",
     "meets([1..5], [5..9])", "true"),
    ("met by", "est rejoint par", _swapped(_meets), "commence là où l’autre finit", "starts where the other ends",
     "met by([5..9], [1..5])", "true"),
    ("overlaps", "chevauche", _overlap, "a une partie commune avec l’autre", "shares a part with the other",
     "overlaps([1..5], [3..8])", "true"),
    ("overlaps before", "chevauche avant", _overlaps_before, "commence avant l’autre et finit dedans",
     "starts before the other and ends inside", "overlaps before([1..5], [3..8])", "true"),
    ("overlaps after", "chevauche apres", _swapped(_overlaps_before), "commence dans l’autre et finit après",
     "starts inside the other and ends after", "overlaps after([3..8], [1..5])", "true"),
    ("includes", "comprend", _includes, "contient l’autre en entier", "holds the whole of the other",
     "includes([1..9], 4)", "true"),
    ("during", "est pendant", _swapped(_includes), "est en entier dans l’autre", "is wholly inside the other",
     "during(4, [1..9])", "true"),
    ("starts", "debute", _starts, "commence avec l’autre et finit dedans", "starts with the other, ends inside",
     "starts([1..3], [1..9])", "true"),
    ("started by", "est debute par", _swapped(_starts), "commence avec l’autre, qui finit dedans",
     "starts with the other, which ends inside", "started by([1..9], [1..3])", "true"),
    ("finishes", "termine", _finishes, "finit avec l’autre et commence dedans", "ends with the other, starts inside",
     "finishes([5..9], [1..9])", "true"),
    ("finished by", "est termine par", _swapped(_finishes), "finit avec l’autre, qui commence dedans",
     "ends with the other, which starts inside", "finished by([1..9], [5..9])", "true"),
    ("coincides", "coincide", _coincides, "est exactement l’autre", "is exactly the other",
     "coincides([1..5], [1..5])", "true"),
]  # fmt: skip
"""Name, synonym, work, French end of the sentence, English end, example and its result."""


def _register(name: str, alias: str, place: Placed, fr: str, en: str, example: str, result: str) -> None:
    @_interval(
        name, "first: any", "second: any", aliases=(alias,), example=example, result=result,
        fr=f"Vrai si le premier (intervalle ou valeur) {fr}.", en=f"True when the first (interval or value) {en}.",
    )  # fmt: skip
    def _place(run: Run, a: Value, b: Value) -> Value:
        return None if a is None or b is None else place(run, _as_range(a), _as_range(b))


@_interval(
    "range", "from: text", aliases=("intervalle",),
    fr="L’intervalle écrit dans un texte, entre deux constantes.",
    en="The interval written in a text, between two constants.", example='range("[1..5]").end', result="5",
)  # fmt: skip
def _range(run: Run, text: str) -> Value:
    found = _WRITTEN.fullmatch(text)
    if found is None or not (found["low"] or found["high"]):
        raise Unfit("ce texte n’est pas un intervalle.")
    low, high = (_constant(found[bound]) for bound in ("low", "high"))
    both = low is not None and high is not None
    if both and (type(low) is not type(high) or compare(run, "<=", low, high) is not True):
        raise Unfit("les bornes de cet intervalle ne se suivent pas.")
    return Range(low, high, found["open"] == "[", found["close"] == "]")


def _constant(text: str) -> Value:
    """Read a bound: a number, a text between quotes, or a date, time or duration after @ or by its function."""
    text = text.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    quoted = _QUOTED.fullmatch(text)
    if quoted is None:
        raise Unfit("une borne de cet intervalle n’est pas une constante.")
    if quoted["text"] is not None and not quoted["at"]:
        return quoted["text"]
    try:
        return read_temporal(quoted["inner"] or quoted["text"])
    except TemporalInvalid as error:
        raise Unfit("une borne de cet intervalle n’est pas lisible.") from error


for _row in _PLACES:
    _register(*_row)
