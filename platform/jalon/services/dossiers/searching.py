"""Find case files by what a person remembers, and notice those that look alike."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.dossiers.paths import with_value
from jalon.services.dossiers.scopes import scope_of
from jalon.services.dossiers.types import displayed_name, dossier_type
from jalon.services.dossiers.words import numbers_of, understood, words_of
from jalon.store import dossiers as store
from jalon.store.dossiers import Dossier, Scope


def search(
    session: Session, actor: Actor, text: str, *, type_key: str | None = None, limit: int = 20
) -> Sequence[Dossier]:
    """Return the case files having all these words: accents ignored, any order, beginnings suffice.

    A date JJ/MM/AAAA is a birth date; a telephone number or the end of a case file's number is a word.
    """
    wanted = understood(text)
    scope = scope_of(session, actor)
    if scope is None or (not wanted.words and wanted.birth_date is None):
        return []
    return store.found_by_words(session, scope, wanted.words, birth_date=wanted.birth_date, type_=type_key, limit=limit)


def possible_duplicates(
    session: Session, actor: Actor, type_key: str, unit: UUID, values: Mapping[str, Any], now: datetime, limit: int = 5
) -> list[tuple[Dossier, tuple[str, ...]]]:
    """Return the case files these values resemble, with the reasons, the likeliest first; never beyond one's scope."""
    scope = scope_of(session, actor) or Scope(frozenset({unit}))
    kind = dossier_type(session, type_key, unit)
    data: dict[str, Any] = {}
    for path, value in values.items():
        data = with_value(data, path, value)
    name = words_of(displayed_name(kind, data, now)) if kind.name else []
    candidates: dict[UUID, tuple[Dossier, list[str]]] = {}

    def propose(found: Sequence[Dossier], reason: str) -> None:
        for one in found:
            candidates.setdefault(one.id, (one, []))[1].append(reason)

    born = values.get(kind.birth_date) if kind.birth_date else None
    if isinstance(born, str) and len(born) == 10:
        near = store.born_on(session, scope, date.fromisoformat(born), type_key, 20)
        same = [one for one in near if _near(name, words_of(one.name))]
        propose(same, "même date de naissance et nom voisin")
    if len(name) > 1:
        alike = store.found_by_words(session, scope, name, birth_date=None, type_=type_key, limit=limit)
        propose(alike, "même nom")
    for path in kind.search:
        for number in numbers_of(str(values.get(path) or ""))[:1]:
            alike = store.found_by_words(session, scope, [number], birth_date=None, type_=type_key, limit=limit)
            propose(alike, f"même {kind.label_of(path).lower()}")
    ranked = sorted(candidates.values(), key=lambda found: -len(found[1]))
    return [(one, tuple(reasons)) for one, reasons in ranked[:limit]]


def _near(some: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether two names share a word, or two words that differ by a letter or so: Delmas, Dellmas."""
    if set(some) & set(others):
        return True
    return any(SequenceMatcher(None, one, other).ratio() >= 0.8 for one in some for other in others)
