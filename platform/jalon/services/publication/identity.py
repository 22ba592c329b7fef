"""What makes a new version the same thing as the old one: uids that stay, types that never change."""

from collections.abc import Collection, Iterator, Mapping

from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration.packs.model import Name, Pack, named, wrong

TYPES = ("type", "format", "kind", "choices_type")
"""Properties that say what a value is: a uid that changes them must be another uid."""


def refuse_lost_identity(
    name: Name, old: Json, new: Json, closed: Collection[str], aliases: Mapping[str, str]
) -> Iterator[Problem]:
    """Say which uids vanished without a word, and which changed type."""
    kind = name[0]
    found = adapter(kind)
    before, after = found.explode(old), found.explode(new)
    for uid, item in before.items.items():
        if uid == ROOT or uid.startswith("_") or uid in closed:
            continue
        present = aliases.get(uid, uid)
        label = found.label(uid, item)
        if present not in after.items:
            message = f"« {label} » ({uid}) a disparu de {named(name)} : déclarez-le dans [closed] ou [aliases]."
            yield wrong("identifiant_disparu", message, "pack.toml", uid)
            continue
        for prop in TYPES:
            if kind in ("form", "parameters", "process") and item.get(prop) != after.items[present].get(prop):
                message = (
                    f"« {label} » ({uid}) change de nature ({prop}) dans {named(name)} : donnez-lui un nouvel "
                    "identifiant, avec « replaces »."
                )
                yield wrong("identifiant_retype", message, "pack.toml", uid)


def keep_closed(kind: str, old: Json, new: Json, closed: Collection[str]) -> Json:
    """Return the new list with the values it gave up, closed: cases that hold them still show them."""
    if kind != "list" or not closed:
        return new
    present = {value.get("code") for value in new.get("values", [])}
    kept = [
        {**value, "closed": True}
        for value in old.get("values", [])
        if value.get("code") in closed and value.get("code") not in present
    ]
    return {**new, "values": [*new.get("values", []), *kept]} if kept else new


def artifact_title(name: Name, content: Json, pack: Pack) -> str:
    """Return the name people know an artifact by."""
    kind, key = name
    if kind == "form":
        title = content.get("schema", {}).get("title")
    elif kind == "process":
        title = adapter("process").explode(content).items.get(key, {}).get("label")
    elif kind == "parameters":
        title = f"Paramètres – {pack.title}"
    elif kind == "roles":
        title = "Rôles"
    else:
        title = content.get("title") or content.get("name") or content.get("subject")
    return (title if isinstance(title, str) and title else key)[:300]
