"""The number of the last publication, and what is remembered of the configuration until the next one."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from jalon.store.base import Table

EPOCH_SEEN = "epoch"
"""Where a session keeps the number of the last publication, as its transaction saw it."""

MOST_REMEMBERED = 100_000
"""How many answers one process remembers between two publications."""

Known = dict[tuple[Hashable, ...], Any]
"""What was asked of the configuration, such as (kind, key, path of the unit, day), and the answer."""

_known: WeakKeyDictionary[Engine, tuple[int, Known]] = WeakKeyDictionary()


class ConfigurationEpoch(Table):
    """One row whose number grows with each publication: a computation made before it is void."""

    __tablename__ = "configuration_epoch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(default=0)


def epoch(session: Session) -> int:
    """Return the number of the last publication."""
    return session.scalar(select(ConfigurationEpoch.number)) or 0


def advance_epoch(session: Session, seen: int) -> bool:
    """Start a new epoch if the present one is still the one seen; tell whether it was.

    From here on the transaction remembers nothing: it changes what holds, and may yet be undone.
    """
    session.connection()
    session.info[EPOCH_SEEN] = (session.get_transaction(), None)
    if session.get(ConfigurationEpoch, 1) is None:
        session.add(ConfigurationEpoch(id=1, number=0))
        session.flush()
    query = update(ConfigurationEpoch).where(ConfigurationEpoch.id == 1, ConfigurationEpoch.number == seen)
    moved = query.values(number=seen + 1).returning(ConfigurationEpoch.number)
    return session.scalar(moved.execution_options(synchronize_session="fetch")) is not None


def forget() -> None:
    """Forget what was resolved: the database at hand is no longer the one it was read from."""
    _known.clear()


def remembered(session: Session) -> Known | None:
    """Return what was resolved since the last publication, to read and to add to; None where one is being made."""
    transaction, number = session.info.get(EPOCH_SEEN, (None, None))
    if transaction is None or transaction is not session.get_transaction():
        number = epoch(session)
        session.info[EPOCH_SEEN] = (session.get_transaction(), number)
    if number is None:
        return None
    engine = session.get_bind().engine
    last, known = _known.get(engine, (-1, {}))
    if last != number or len(known) >= MOST_REMEMBERED:
        known = {}
        _known[engine] = (number, known)
    return known
