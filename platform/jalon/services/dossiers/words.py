"""How case files are found: words without accents, telephone numbers, dates, short numbers."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from jalon.services.dossiers.paths import leaves, pattern_of

MOST_WORDS = 200
LONGEST_WORD = 64
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_DATE = re.compile(r"\b(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\b")
_NUMBER = re.compile(r"\+?\d(?:[\d .\-/]{4,}\d)")
_NUMBER_ALONE = re.compile(rf"(?<!\w){_NUMBER.pattern}(?!\w)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed in the search box, understood."""

    words: tuple[str, ...]
    birth_date: date | None = None


def folded(text: str) -> str:
    """Return a text in small letters without accents, ligatures spelled out."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("ß", "ss")
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return [word[:LONGEST_WORD] for word in _SEPARATORS.split(folded(text)) if word]


def numbers_of(text: str) -> list[str]:
    """Return the long numbers of a text, without separators; a French number also in its national form."""
    found = []
    for match in _NUMBER.findall(text):
        digits = re.sub(r"\D", "", match)
        found.append(digits)
        if match.startswith("+33") or (digits.startswith("33") and len(digits) == 11):
            found.append("0" + digits[2:].removeprefix("0"))
    return found


def index_words(dossier_id: UUID, name: str, data: Mapping[str, Any], patterns: Iterable[str]) -> set[str]:
    """Return the words a case file is found by: its name, the searched values, the end of its number."""
    wanted = set(patterns)
    found = dict.fromkeys([*words_of(name), dossier_id.hex[-8:]])
    for path, value in leaves(data):
        pattern = pattern_of(path)
        if value is not None and any(pattern == one or pattern.startswith(one + ".") for one in wanted):
            texts = [str(item) for item in value] if isinstance(value, list) else [str(value)]
            for text in texts:
                found |= dict.fromkeys([*numbers_of(text), *words_of(text)])
    return set(list(found)[:MOST_WORDS])


def understood(text: str) -> Wanted:
    """Read what a person typed: a date is a birth date, a long number alone a word, the rest beginnings of words."""
    born = None
    match = _DATE.search(text)
    if match:
        try:
            born = date(int(match[3]), int(match[2]), int(match[1]))
            text = text[: match.start()] + " " + text[match.end() :]
        except ValueError:
            born = None
    numbers = _NUMBER_ALONE.findall(text)
    for number in numbers:
        text = text.replace(number, " ")
    digits = [re.sub(r"\D", "", number) for number in numbers]
    return Wanted(tuple(dict.fromkeys([*words_of(text), *digits]))[:8], born)
