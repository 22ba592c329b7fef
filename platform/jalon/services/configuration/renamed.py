"""Items that changed name, by a new version of a pack or a promotion: what was kept under the old one is still read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from jalon.services.configuration import levels


def equivalents(session: Session, kind: str, key: str) -> dict[str, str]:
    """Return the former names of an artifact's items with the present one, whatever the number of renamings."""
    aliases = levels.known_artifact(session, kind, key).aliases
    return {former: present_name(aliases, former) for former in aliases}


def present_name(aliases: Mapping[str, str], uid: str) -> str:
    """Return the name an item has now; itself when it never changed."""
    seen = {uid}
    while uid in aliases and aliases[uid] not in seen:
        uid = aliases[uid]
        seen.add(uid)
    return uid


def read_through(aliases: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by present name: one given under it wins over those given under former names.

    Nothing is rewritten: data follow when somebody next saves them.
    """
    found: dict[str, Any] = {}
    for uid, value in values.items():
        name = present_name(aliases, uid)
        if name == uid or name not in values:
            found[name] = value
    return found
