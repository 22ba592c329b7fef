"""Judge a new version of a pack's artifact before it becomes the base: no known uid may vanish or change type."""

from collections.abc import Collection, Mapping

from jalon.base.errors import Problem
from jalon.engines.layering.atoms import Atoms, same
from jalon.engines.layering.kinds import adapter
from jalon.engines.layering.model import ABSENT, ROOT
from jalon.engines.layering.resolved import Parent, start


def check_reimport(
    kind: str,
    old: Parent,
    new: Parent,
    *,
    closed: Collection[str] = (),
    aliases: Mapping[str, str] | None = None,
    used: Collection[str] = (),
    file: str = "",
) -> list[Problem]:
    """Return what refuses a re-import.

    `closed` and `aliases` are what pack.toml states for this artifact; `used` holds codes that data still carry:
    an alias moves them, a closed one keeps them, nothing else may drop them.
    """
    before, after = start(kind, old).atoms, start(kind, new).atoms
    renamed = aliases or {}
    found: list[Problem] = []
    for uid, item in before.items.items():
        if uid == ROOT or _is_unnamed(uid):
            continue
        name = renamed.get(uid, uid)
        present = after.items.get(name)
        if present is None:
            if uid in closed:
                continue
            code = "code_utilise" if uid in used else "uid_disparu"
            told = ", alors que des données l’utilisent" if uid in used else ""
            message = (
                f"« {adapter(kind).label(uid, item)} » ({uid}) n’est plus là{told} : "
                "déclarez-le dans [closed] ou [aliases] de pack.toml."
            )
            found.append(Problem(f"configuration.{code}", "error", message, file, uid))
        elif not same(item.get("type", ABSENT), present.get("type", ABSENT)):
            message = (
                f"« {adapter(kind).label(uid, item)} » ({uid}) change de type : donnez un nouveau nom au champ, "
                "avec « x-jalon-replaces »."
            )
            found.append(Problem("configuration.uid_retype", "error", message, file, uid))
    return found


def carry_closed(kind: str, old: Parent, new: Parent, closed: Collection[str]) -> Atoms:
    """Return the new base with the items it declares closed, kept from the old one and closed, where they were."""
    before, after = start(kind, old).atoms, start(kind, new).atoms
    found = adapter(kind)
    items, homes, shelves = dict(after.items), dict(after.homes), dict(after.shelves)
    for uid in before.items:
        if uid not in closed or uid in items or uid not in before.homes:
            continue
        home, neighbour = before.place(uid)
        if home not in shelves:
            continue
        items[uid] = {**before.items[uid], found.closing: True}
        homes[uid] = home
        spine = list(shelves[home].spine)
        position = spine.index(neighbour) + 1 if neighbour in spine else (0 if neighbour == "" else len(spine))
        spine.insert(position, uid)
        shelves[home] = type(shelves[home])(tuple(spine), shelves[home].hung)
    return Atoms(items, homes, shelves)


def _is_unnamed(uid: str) -> bool:
    """Tell whether a uid was made from a position: such items have no identity to keep."""
    return uid.rpartition(":")[2].startswith("_")
