"""Lists of values, flat or in a hierarchy: values are closed, never deleted."""

import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from jalon.engines.layering.atoms import Atoms, Item
from jalon.engines.layering.kinds.base import Prop, adapts, broken
from jalon.engines.layering.kinds.records import Collection, Records
from jalon.engines.layering.model import ABSENT, ROOT, Broken, ChangeClass, Facts, Op, Value

_OPEN = (ABSENT, False)


@adapts("list", "la liste")
class ListOfValues(Records):
    """A list: uid = code of the value; `parent` makes the hierarchy."""

    noun, feminine = "valeur", True
    closing_narrows = True
    collections = (Collection("values", by="code"),)
    reading = frozenset({"parent", "rolls_up_to"})
    props: ClassVar[Mapping[str, Prop]] = {
        "title": Prop("le titre", shape="text", change="cosmetic"),
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "help": Prop("l’aide", shape="text", change="cosmetic"),
        "languages": Prop("les traductions", shape="object", change="cosmetic"),
        "closed": Prop("la fermeture", shape="yes_no"),
        "rolls_up_to": Prop("le regroupement statistique", "locked", "breaking", shape="text"),
        "parent": Prop("le rattachement", "locked", "breaking", shape="text"),
    }

    def scopes(self, container: str, item: Item) -> tuple[str, ...]:
        """A locked branch of the hierarchy holds for the values under it."""
        parent = item.get("parent")
        return (container, parent) if isinstance(parent, str) and parent else (container,)

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """A value without a label could not be chosen."""
        label = item.get("label")
        return None if isinstance(label, str) and label.strip() else "une valeur ajoutée doit avoir un libellé"

    def reads(self, uid: str, item: Item) -> frozenset[str]:
        """A value looks at its parent and at the value it is counted with."""
        return frozenset(v for key in self.reading if isinstance(v := item.get(key), str) and v)

    def check_item(self, atoms: Atoms, uid: str, facts: Facts) -> tuple[Broken, ...]:
        """A parent must exist, as must the value that statistics count this one with."""
        if uid == ROOT:
            return ()
        item = atoms.items[uid]
        found = []
        for prop, code, sentence in (
            ("parent", "parent_absent", "« {label} » est rattachée à « {other} », qui n’existe pas dans la liste."),
            ("rolls_up_to", "regroupement_absent", "« {label} » est comptée avec « {other} », qui n’existe pas."),
        ):
            other = item.get(prop)
            if other and other not in atoms.items:
                message = sentence.format(label=self.label(uid, item), other=other)
                found.append(broken(code, message, uid, [(uid, prop), (str(other), "")]))
        return tuple(found)

    def class_of_addition(self, uid: str, item: Item) -> ChangeClass:
        """A wider list is compatible."""
        return "compatible"

    def sentence(self, uid: str, item: Item, prop: str, old: Value, new: Value) -> str | None:
        """Closing says what happens to the cases that hold the value."""
        if prop != "closed":
            return None
        if new is True:
            return (
                f"La valeur « {self.label(uid, item)} » est fermée : elle n’est plus proposée, "
                "les dossiers qui l’ont déjà la gardent."
            )
        return f"La valeur « {self.label(uid, item)} » est de nouveau proposée." if old is True else None


def near_duplicates(atoms: Atoms, label: str) -> list[str]:
    """Return the codes whose label differs only by case, accents or punctuation."""
    wanted = _plain(label)
    return [uid for uid, item in atoms.items.items() if uid != ROOT and _plain(str(item.get("label", ""))) == wanted]


def _plain(label: str) -> str:
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    return "".join(character for character in decomposed if character.isalnum())
