"""Where a value comes from, how two units differ, labels that are nearly the same."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines import layering
from jalon.engines.layering import Difference, Explanation
from jalon.services.configuration import levels
from jalon.services.configuration.reading import content
from jalon.store import configuration as store
from jalon.store import organisations


def explain(
    session: Session, kind: str, key: str, uid: str, prop: str, unit_id: UUID, on: date | None = None
) -> Explanation:
    """Return where a value comes from, who may change it, and what removing one's change would give."""
    artifact = levels.known_artifact(session, kind, key)
    unit = levels.known_unit(session, unit_id)
    day = on or store.today(session, unit_id)
    chain = levels.chain_of(session, artifact, unit, day)
    # a renamed uid is explained under its present name: the ops of each level are redirected first
    facts = levels.facts_for(session, kind, key)
    chain = levels.redirected(chain, day, facts)
    titles = {one.code: one.title for one in organisations.ancestors(session, unit)}
    return layering.explain(
        kind,
        chain.base,
        [*chain.above, chain.own],
        uid,
        prop,
        at=day.isoformat(),
        facts=facts,
        titles=titles,
    )


def compare(
    session: Session,
    kind: str,
    key: str,
    unit_id: UUID | None,
    other_id: UUID | None,
    on: date | None = None,
) -> list[Difference]:
    """Return how the artifact of the second unit differs from that of the first (None: the pack's own)."""
    one = content(session, kind, key, unit_id, on)
    other = content(session, kind, key, other_id, on)
    return [] if one.hash == other.hash else layering.differences(kind, one.content, other.content)


def near_duplicates(label: str, others: Iterable[str]) -> list[str]:
    """Return the labels that only differ by case, accents, spaces, punctuation or a final s."""
    wanted = plain_words(label)
    return [other for other in others if wanted and plain_words(other) == wanted]


@lru_cache(maxsize=32_768)  # every label of a form, each time one of them changes
def plain_words(label: str) -> str:
    """Return what two labels share when only case, accents, spaces, punctuation or a final s tell them apart."""
    words = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", label.casefold())
        if not unicodedata.combining(character)
    ).split()
    return "".join(word.removesuffix("s") if len(word) > 3 else word for word in words)
