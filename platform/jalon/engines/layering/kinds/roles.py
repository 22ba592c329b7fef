"""Roles: a level may take rights away, never give them."""

from collections.abc import Mapping
from typing import ClassVar

from jalon.engines.layering.atoms import Atoms, Item
from jalon.engines.layering.kinds import narrowing
from jalon.engines.layering.kinds.base import Prop, adapts
from jalon.engines.layering.kinds.records import Collection, Records
from jalon.engines.layering.model import ABSENT, ROOT, Op, Value

_TOO_WIDE = "ce rôle aurait plus de droits que tous les rôles définis au-dessus"


def _grants(old: Value, new: Value) -> bool:
    return narrowing.fewer([] if old is ABSENT else old, new)


def _reach(_old: Value, new: Value) -> bool:
    return new == "unit"


def _fewer_roles(old: Value, new: Value) -> bool:
    return narrowing.fewer([] if old is ABSENT else old, new)  # absent means none, not all


def _more_levels(old: Value, new: Value) -> bool:
    return narrowing.fewer(new, [] if old is ABSENT else old)  # what a level above has read twice stays so


@adapts("roles", "les rôles")
class Roles(Records):
    """Roles: every grant is `restrict`; a role added below is within one that its parents know."""

    noun = "rôle"
    closing_narrows = True
    collections = (Collection("roles"),)
    props: ClassVar[Mapping[str, Prop]] = {
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "help": Prop("l’aide", shape="text", change="cosmetic"),
        "permissions": Prop("les droits", "restrict", shape="list", narrower=_grants),
        "reach": Prop("la portée", "restrict", shape="text", narrower=_reach),
        "second_factor": Prop("la double authentification", "restrict", shape="yes_no", narrower=narrowing.only_true),
        "may_grant": Prop("les rôles qu’il permet d’attribuer", "restrict", shape="list", narrower=_fewer_roles),
        "external": Prop("le caractère externe", "locked", "breaking", shape="yes_no"),
        "closed": Prop("la fermeture", shape="yes_no", change="constraining"),
        "second_reader": Prop(
            "les niveaux où une publication demande une seconde lecture",
            "restrict",
            "compatible",
            shape="list",
            narrower=_more_levels,
        ),
    }

    def owner_is_free(self, prop: str) -> bool:
        """Adding a role gives no right to widen it afterwards."""
        return prop in ("label", "help", "closed")

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """A new role must fit within one of the parent's."""
        return None if any(_fits(item, known) for uid, known in above.items.items() if uid != ROOT) else _TOO_WIDE


def _fits(role: Item, known: Item) -> bool:
    granted, allowed = role.get("permissions", []), known.get("permissions", [])
    if not isinstance(granted, list) or not isinstance(allowed, list):
        return False
    reach = role.get("reach", "unit")
    return (
        (granted == allowed or narrowing.fewer(allowed, granted))
        and (reach == "unit" or reach == known.get("reach", "unit"))
        and _fewer_roles(known.get("may_grant", ABSENT), role.get("may_grant", []))
        and (role.get("second_factor") is True or known.get("second_factor", ABSENT) is not True)
        and role.get("external", False) == known.get("external", False)
    )
