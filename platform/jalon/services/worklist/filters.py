"""Filters people keep under a name: nothing but the end of an address, so they can be shared as well."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound, Refused
from jalon.base.i18n import fr
from jalon.store import filters as store
from jalon.store.filters import SavedFilter

MOST = 20
LONGEST = 500


class FilterRefused(Refused):
    """A filter without a name, with nothing in it, or one too many."""

    code, message = "filtre.refuse", fr("Ce filtre ne peut pas être gardé : {reason}.")


def keep_filter(session: Session, actor: Actor, name: str, asked: Mapping[str, str], now: datetime) -> SavedFilter:
    """Keep what a list of tasks is asked for under a name; the same name again replaces it."""
    name, query = " ".join(name.split())[:60], filter_text(asked)
    if actor.id is None:
        raise NotFound
    if not name:
        raise FilterRefused(reason=fr("donnez-lui un nom"))
    if not query or len(query) > LONGEST:
        raise FilterRefused(reason=fr("choisissez d’abord ce que la liste doit garder"))
    known = {one.name: one for one in store.filters_of(session, actor.id)}
    if name not in known and len(known) >= MOST:
        raise FilterRefused(reason=fr("vous en avez déjà vingt, oubliez-en un"))
    kept = known.get(name) or SavedFilter(person_id=actor.id, name=name, created_at=now)
    kept.query = query
    session.add(kept)
    session.flush()
    return kept


def filter_text(asked: Mapping[str, str]) -> str:
    """Return what a list is asked for as the end of an address, always written the same way."""
    return urlencode(sorted(asked.items()))


def forget_filter(session: Session, actor: Actor, filter_id: UUID) -> str:
    """Forget one of one's filters and return its name; NotFound for somebody else's."""
    found = store.filter_of(session, actor.id, filter_id) if actor.id else None
    if found is None:
        raise NotFound(id=filter_id)
    session.delete(found)
    session.flush()
    return found.name


def filters_of(session: Session, actor: Actor) -> Sequence[SavedFilter]:
    """Return the filters one keeps, by name."""
    return store.filters_of(session, actor.id) if actor.id else []
