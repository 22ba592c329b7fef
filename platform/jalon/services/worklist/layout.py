"""How one's day is laid out: by job profile, as the unit configured it.

The page « ma-journee-<role> », else « ma-journee », gives a text of welcome and the order of the blocks, each with a
title of its own if need be; a level may move, rename or hide them like any other content.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.store.configuration import current_content

BLOCKS = (
    "alertes",
    "retard",
    "aujourdhui",
    "brouillons",
    "ensuite",
    "absences",
    "nouveautes",
    "dossiers",
    "incidents",
)
"""What one's day is made of, in the order it has unless configured otherwise."""


@dataclass(frozen=True, slots=True)
class DayLayout:
    """The blocks to show as (name, title), the title empty when it is the usual one, and the text above them."""

    blocks: tuple[tuple[str, str], ...]
    welcome: str = ""


def day_layout(session: Session, actor: Actor) -> DayLayout:
    """Return the layout of the first job profile that has one."""
    for grant in actor.grants:
        found = current_content(session, "page", f"ma-journee-{grant.role}", unit_id=grant.unit)
        if found is not None:
            return _laid_out(found)
    if actor.grants:
        found = current_content(session, "page", "ma-journee", unit_id=actor.grants[0].unit)
        if found is not None:
            return _laid_out(found)
    return DayLayout(tuple((name, "") for name in BLOCKS))


def _laid_out(page: Mapping[str, Any]) -> DayLayout:
    """Read a page: a block it does not name comes last, so that nothing new is lost."""
    given: Sequence[Mapping[str, Any]] = page.get("blocks") or ()
    named = {str(one.get("uid")): one for one in given}
    order = [*(name for name in named if name in BLOCKS), *(name for name in BLOCKS if name not in named)]
    shown = [name for name in order if not (named.get(name) or {}).get("hidden")]
    titles = {name: str(one.get("title") or "") for name, one in named.items()}
    return DayLayout(tuple((name, titles.get(name, "")) for name in shown), str(page.get("body") or ""))
