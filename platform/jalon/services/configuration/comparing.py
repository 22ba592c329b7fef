"""Where a value comes from, how two units differ, labels that are nearly the same."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines.layering import Difference, Explanation


def explain(
    session: Session, kind: str, key: str, uid: str, prop: str, unit_id: UUID, on: date | None = None
) -> Explanation:
    """Return where a value comes from, who may change it, and what removing one's change would give."""
    raise NotImplementedError


def compare(
    session: Session,
    kind: str,
    key: str,
    unit_id: UUID | None,
    other_id: UUID | None,
    on: date | None = None,
) -> list[Difference]:
    """Return how the artifact of the second unit differs from that of the first (None: the pack's own)."""
    raise NotImplementedError


def near_duplicates(label: str, others: Iterable[str]) -> list[str]:
    """Return the labels that only differ by case, accents, spaces, punctuation or a final s."""
    raise NotImplementedError
