"""Answers a question would accept, the likeliest first, guessed from its kind and its schema."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jalon.engines.forms import Question
from jalon.engines.forms.patterns import PatternRefused, matches

Lists = Mapping[str, Sequence[Mapping[str, Any]]]
MAX_DEPTH = 4
VARIANTS = 3
LEFT_OUT = frozenset({"file", "image", "computed", "info", "dossier"})
"""Kinds a machine does not answer: a file cannot be invented, a computed value is not asked."""
KNOWN_GOOD = {
    "email": ("personne@exemple.org",),
    "phone": ("05 36 49 00 10",),
    "postal_code": ("31000",),
    "commune": ("31555",),
    "nir": ("255081416802538",),
    "siren": ("732829320",),
    "siret": ("73282932000074",),
    "rna": ("W751234567",),
    "iban": ("FR7630006000011234567890189",),
    "time": ("09:30:00", "14:00:00"),
}
"""Numbers that pass their check and belong to nobody: reserved for examples and fiction."""
TEXTS = (
    "Exemple",
    "exemple",
    "EXEMPLE",
    "A",
    "A1",
    "AB123",
    "AB-123-CD",
    "https://exemple.org",
    "09:30",
    "P1M",
    "#0b5c6b",
    "2026-01",
    "01/2026",
    "2026",
    "01234567-89ab-7def-8123-456789abcdef",
    "exemple.org",
    "192.0.2.1",
    "2001:db8::1",
    "/exemple",
)
"""Texts tried against a pattern or a format, after digits of every length."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What guessing depends on: the open values of lists, the day, whom we play with."""

    lists: Lists
    now: datetime
    zone: str
    rank: int
    name: str
    known: Mapping[str, Any]


def candidates(question: Question, at: Situation, depth: int = 0) -> list[Any]:
    """Return values to try, the likeliest first; none when a machine cannot answer."""
    if question.kind in LEFT_OUT or question.computed or question.read_only:
        return []
    found: list[Any] = []
    for name in (question.bind, question.bind.removeprefix("principal."), question.uid):
        if name and name in at.known:
            found.append(at.known[name])
            break
    if "default" in question.schema:
        found.append(question.schema["default"])
    invent = INVENTORS.get(question.kind)
    if question.is_rows:
        found += _rows(question, at, depth)
    elif question.kind == "choices":
        found += _several(question, at)
    elif question.choices or question.list_key:
        found += _offered(question, at)
    elif invent is not None:
        found += invent(question, at)
    else:
        found += _texts(question, at)
    return found


def _offered(question: Question, at: Situation) -> list[Any]:
    """Return the open values of a choice; each person begins with another one."""
    if question.list_key:
        values = [value["code"] for value in at.lists.get(question.list_key, ()) if not value.get("closed")]
    else:
        values = [choice.value for choice in question.choices if not choice.closed]
    return _turned(values, at.rank)


def _turned(values: Sequence[Any], rank: int) -> list[Any]:
    turn = rank % len(values) if values else 0
    return [*values[turn:], *values[:turn]]


def _several(question: Question, at: Situation) -> list[Any]:
    values = _offered(question, at)
    fewest = max(1, int(question.schema.get("minItems") or 1))
    groups = [values[start : start + fewest] for start in range(max(1, len(values) - fewest + 1))]
    return [group for group in groups if group]


def _rows(question: Question, at: Situation, depth: int) -> list[Any]:
    """Return lists of rows: one row, or as many as the schema demands; the shorter lists come last."""
    if depth >= MAX_DEPTH:
        return []
    fewest = int(question.schema.get("minItems") or 0)
    found: list[Any] = []
    for variant in range(VARIANTS):
        rows = [_row(question, at, depth, variant, place) for place in range(max(1, fewest))]
        if all(row not in (None, {}) for row in rows):
            found.append(rows)
    return found if fewest else [*found, []]


def _row(question: Question, at: Situation, depth: int, variant: int, place: int) -> Any:
    if question.item is not None:
        options = candidates(question.item, at, depth + 1)
        return options[(variant + place) % len(options)] if options else None
    row: dict[str, Any] = {}
    for column in question.columns():
        options = candidates(column, at, depth + 1)
        if options:
            _put(row, column.path[len(question.path) + 1 :], options[min(variant, len(options) - 1)])
    return row


def _put(row: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        row = row.setdefault(step, {})
    row[path[-1]] = value


def _booleans(_question: Question, _at: Situation) -> list[Any]:
    return [True, False]


def _numbers(question: Question, _at: Situation) -> list[Any]:
    schema = question.schema
    whole = schema.get("type") == "integer" or question.kind == "integer"
    step = schema.get("multipleOf") or 1
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    first = low if low is not None else (min(1, high) if high is not None else 1)
    tries = [first, first + step, 1, 0, high, high - step if high is not None else None, step]
    found = [_multiple(one, step) for one in tries if one is not None]
    return [round(one) if whole else one for one in found]


def _multiple(value: float, step: float) -> float:
    multiple = -(-value // step) * step  # the multiple just above
    return int(multiple) if float(multiple).is_integer() else round(multiple, 6)


def _dates(_question: Question, at: Situation) -> list[Any]:
    today = at.now.astimezone(ZoneInfo(at.zone)).date()
    return [(today + timedelta(days=days)).isoformat() for days in (0, 7, 30, -1, -30, -365, -20 * 365)]


def _instants(_question: Question, at: Situation) -> list[Any]:
    local = at.now.astimezone(ZoneInfo(at.zone)).replace(hour=9, minute=30, second=0, microsecond=0)
    return [(local + timedelta(days=days)).isoformat() for days in (1, 7, -7)]


def _known(question: Question, _at: Situation) -> list[Any]:
    return list(KNOWN_GOOD[question.kind])


def _signature(_question: Question, at: Situation) -> list[Any]:
    return [at.name or "Prénom Nom"]


def _texts(question: Question, _at: Situation) -> list[Any]:
    schema = question.schema
    said = f"Exemple de réponse à « {question.label} »." if question.kind == "long_text" else "Exemple"
    tried: Iterable[str] = [said, *TEXTS, *_digits()] if "pattern" in schema or "format" in schema else [said]
    return [text for one in tried if _matches(schema, text := _sized(one, schema))]


def _digits() -> Iterator[str]:
    return ("1234567890123456789"[:length] for length in range(1, 20))


def _sized(text: str, schema: Mapping[str, Any]) -> str:
    """Return a text no longer than the schema allows, lengthened when it is too short."""
    shortest, longest = int(schema.get("minLength") or 0), schema.get("maxLength")
    if len(text) < shortest:
        text = (f"{text} " * (shortest // len(text) + 1))[:shortest]
    text = text if longest is None else text[: int(longest)]
    return f"{text[:-1]}." if text.endswith(" ") else text  # what is typed is stripped


def _matches(schema: Mapping[str, Any], text: str) -> bool:
    try:
        return "pattern" not in schema or matches(str(schema["pattern"]), text)
    except PatternRefused:
        return False


Invent = Callable[[Question, Situation], list[Any]]
INVENTORS: dict[str, Invent] = {
    "boolean": _booleans,
    "integer": _numbers,
    "decimal": _numbers,
    "money": _numbers,
    "date": _dates,
    "datetime": _instants,
    "signature": _signature,
    **dict.fromkeys(KNOWN_GOOD, _known),
}
"""Kind of question -> what invents its answers; a kind not named here takes a text."""
