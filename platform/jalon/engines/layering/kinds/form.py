"""Forms: JSON Schema and JSON Forms ui, field by field."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from jalon.base.json import Json
from jalon.engines.expressions import ExpressionInvalid, parse
from jalon.engines.layering.atoms import Atoms, Item
from jalon.engines.layering.kinds import narrowing
from jalon.engines.layering.kinds.base import Adapter, adapts, broken
from jalon.engines.layering.kinds.form_reading import explode_form, parent_of, path_of_scope
from jalon.engines.layering.kinds.form_words import LAYOUT, PROPS
from jalon.engines.layering.kinds.form_writing import assemble_form
from jalon.engines.layering.model import ABSENT, ROOT, Broken, ChangeClass, Facts, Op, Value

_CONTAINERS = frozenset({"Group", "Category", "Categorization", "VerticalLayout", "HorizontalLayout"})
_STAGES = {
    "none": "facultatif",
    "statistics": "demandé pour les statistiques",
    "scheme": "obligatoire pour entrer dans un dispositif",
    "step": "obligatoire pour terminer l’étape",
    "save": "obligatoire pour enregistrer",
}


@adapts("form", "le formulaire")
class Form(Adapter):
    """A form: uid = property path (`contact.telephone`), `layout:<options.uid>` for sections, groups and texts."""

    noun = "champ"
    props = PROPS
    closing = "hidden"
    reading = frozenset({"rule", "computed"})

    def explode(self, document: Json) -> Atoms:
        """Return the atoms of `{"schema", "ui"}`."""
        return explode_form(document)

    def assemble(self, atoms: Atoms) -> Json:
        """Return `{"schema", "ui"}`."""
        return assemble_form(atoms)

    def noun_of(self, uid: str, item: Item) -> tuple[str, bool]:
        """Tell fields, sections, groups and texts apart."""
        if not uid.startswith(LAYOUT):
            return "champ", False
        words = {"Category": ("section", True), "Group": ("groupe", False), "Label": ("texte", False)}
        return words.get(str(item.get("type")), ("élément de page", False))

    def default_container(self, atoms: Atoms, op: Op) -> str:
        """The last section of the page, or the object the field belongs to when there is no page."""
        container = parent_of(op.uid)
        if container != ROOT:
            return container
        while children := [uid for uid in atoms.children(container) if uid in atoms.shelves and uid.startswith(LAYOUT)]:
            container = children[-1]
            if atoms.items[container].get("type") != "Categorization":
                break
        return container

    def opens(self, uid: str, item: Item) -> tuple[str, ...]:
        """Sections and groups hold fields."""
        return (uid,) if uid.startswith(LAYOUT) and item.get("type") in _CONTAINERS else ()

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """A field needs a type and a label; a nested one, its object."""
        if op.uid.startswith(LAYOUT):
            return None if isinstance(item.get("type"), str) else "un élément de page ajouté doit avoir un type"
        if "type" not in item and "oneOf" not in item and "enum" not in item:
            return "un champ ajouté doit avoir un type"
        if not isinstance(item.get("label"), str) or not item["label"].strip():
            return "un champ ajouté doit avoir un libellé"
        parent = parent_of(op.uid)
        holder = above.items.get(parent, {})
        if parent != ROOT and "_object" not in holder and "_rows" not in holder:
            return f"« {parent} » n’est pas un groupe de champs"
        return None

    def refuse_value(self, above: Atoms, op: Op, prop: str, value: Value) -> str | None:
        """An obligation is one of those that exist."""
        if prop == "obligation" and value is not ABSENT and value not in narrowing.OBLIGATIONS[1:]:
            return f"« {value} » n’est pas une obligation connue"
        return None

    def refuse_place(self, atoms: Atoms, uid: str, container: str) -> bool:
        """A field of a row stays in its row."""
        return not uid.startswith(LAYOUT) and _row_of(atoms, uid) != _row_of_container(atoms, container)

    def reads(self, uid: str, item: Item) -> frozenset[str]:
        """Return the fields its rule and its formula may read."""
        found: set[str] = set()
        rule, computed = item.get("rule"), item.get("computed")
        if rule is not None:
            found.update(_read_by_rule(rule))
        if isinstance(computed, str):
            found.update(_names(computed) or ())
        if not found:
            return frozenset()
        parent = parent_of(uid)
        if parent != ROOT and not uid.startswith(LAYOUT):
            found.update({f"{parent}.{name}" for name in found})
        return frozenset(prefix for name in found for prefix in _prefixes(name))

    def spread(self, atoms: Atoms, touched: Iterable[str]) -> set[str]:
        """A section carries its fields with it."""
        found: set[str] = set()
        waiting = list(touched)
        while waiting:
            uid = waiting.pop()
            if uid not in found:
                found.add(uid)
                if uid in atoms.shelves:
                    waiting.extend(atoms.children(uid))
        return found

    def check_item(self, atoms: Atoms, uid: str, facts: Facts) -> tuple[Broken, ...]:
        """Check what combines: hidden and required, hidden and read, default and choices, bounds."""
        item = atoms.items[uid]
        found: list[Broken] = []
        hidden = _hidden_by(atoms, uid)
        if hidden:
            self._check_hidden(uid, item, hidden, facts, found)
        elif "rule" in item or "computed" in item:
            self._check_reading(atoms, uid, item, found)
        if "default" in item:
            self._check_default(uid, item, facts, found)
        for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
            if low in item and high in item and not narrowing.at_most(item[high], item[low]):
                message = f"Les limites de « {self.label(uid, item)} » ne laissent aucune réponse possible."
                found.append(broken("bornes_croisees", message, uid, [(uid, low), (uid, high)]))
        return tuple(found)

    def _check_hidden(self, uid: str, item: Item, hidden: str, facts: Facts, found: list[Broken]) -> None:
        label = self.label(uid, item)
        if item.get("obligation") in ("step", "save"):
            message = f"« {label} » est obligatoire mais n’est plus affiché : personne ne pourrait répondre."
            found.append(broken("obligatoire_et_masque", message, uid, [(uid, "obligation"), (hidden, "hidden")]))
        if uid in facts.read_by:
            message = f"« {label} » n’est plus affiché, alors qu’il est lu par : {', '.join(facts.read_by[uid])}."
            found.append(broken("masque_mais_lu", message, uid, [(uid, ""), (hidden, "hidden")]))

    def _check_reading(self, atoms: Atoms, uid: str, item: Item, found: list[Broken]) -> None:
        label = self.label(uid, item)
        for prop in ("rule", "computed"):
            if prop not in item:
                continue
            names = _read_by_rule(item[prop]) if prop == "rule" else _names(str(item[prop]))
            if names is None:
                message = f"La formule de « {label} » n’est pas lisible."
                found.append(broken("formule_illisible", message, uid, [(uid, prop)]))
                continue
            for name in sorted(names):
                other = _field_named(atoms, uid, name)
                if other is None:
                    if prop == "rule" and not isinstance(item[prop].get("condition", {}).get("expression"), str):
                        message = f"La condition de « {label} » porte sur « {name} », qui n’existe pas."
                        found.append(broken("condition_sans_champ", message, uid, [(uid, prop), (name, "")]))
                elif other != uid and (hidden := _hidden_by(atoms, other)):
                    read = self.label(other, atoms.items[other])
                    message = f"« {label} » dépend de « {read} », qui n’est plus affiché."
                    found.append(broken("masque_mais_lu", message, uid, [(uid, prop), (hidden, "hidden")]))

    def _check_default(self, uid: str, item: Item, facts: Facts, found: list[Broken]) -> None:
        default, prop = item["default"], "enum"
        offered: Iterable[Any] | None = item.get("enum")
        if "oneOf" in item:
            prop, offered = "oneOf", narrowing.constants(item["oneOf"])
        elif item.get("list") in facts.lists:
            prop, offered = "list", facts.lists[item["list"]]
        if offered is None or default is None:
            return
        wanted = default if isinstance(default, list) else [default]
        if any(value not in list(offered) for value in wanted):
            message = f"La valeur par défaut de « {self.label(uid, item)} » n’est pas parmi les choix proposés."
            found.append(broken("defaut_hors_liste", message, uid, [(uid, "default"), (uid, prop)]))

    def class_of_addition(self, uid: str, item: Item) -> ChangeClass:
        """A required field constrains, a section or a text only shows."""
        if uid.startswith(LAYOUT):
            return "cosmetic"
        return "constraining" if item.get("obligation") in ("step", "save") else "compatible"

    def shown(self, prop: str, value: Value, item: Item) -> str | None:
        """Choices read as their titles, obligations as sentences."""
        if prop == "obligation":
            return _STAGES.get("none" if value is ABSENT else str(value))
        if prop == "oneOf" and isinstance(value, list):
            return ", ".join(str(one.get("title", one.get("const"))) for one in value if isinstance(one, Mapping))
        return None

    def sentence(self, uid: str, item: Item, prop: str, old: Value, new: Value) -> str | None:
        """Say what people will see."""
        label = self.label(uid, item)
        if prop == "hidden":
            noun, feminine = self.noun_of(uid, item)
            what = f"{'La' if feminine else 'Le'} {noun} « {label} »"
            if new is True:
                return f"{what} n’est plus affiché{'e' if feminine else ''}."
            return f"{what} est de nouveau affiché{'e' if feminine else ''}." if old is True else None
        if prop == "obligation":
            before, after = self.shown(prop, old, item), self.shown(prop, new, item)
            return f"« {label} » devient {after} ({before} jusqu’ici)."
        return None


def _hidden_by(atoms: Atoms, uid: str) -> str:
    """Return the uid that hides this one: itself, a section around it, or the object it is in; "" when shown."""
    step, visited = uid, 0
    while step and step != ROOT and visited <= len(atoms.homes):
        item = atoms.items.get(step)
        if item is not None and item.get("hidden") is True:
            return step
        step, visited = atoms.homes.get(step, ""), visited + 1
    return ""


def _row_of(atoms: Atoms, uid: str) -> str:
    step = parent_of(uid)
    while step != ROOT and "_rows" not in atoms.items.get(step, {}):
        step = parent_of(step)
    return step


def _row_of_container(atoms: Atoms, container: str) -> str:
    step, visited = container, 0
    while step and step != ROOT and visited <= len(atoms.homes):
        if "_rows" in atoms.items.get(step, {}):
            return step
        step, visited = atoms.homes.get(step, ROOT), visited + 1
    return ROOT


def _prefixes(name: str) -> list[str]:
    pieces = name.split(".")
    return [".".join(pieces[:length]) for length in range(1, len(pieces) + 1)]


def _field_named(atoms: Atoms, uid: str, name: str) -> str | None:
    """Return the field a name means for this item: beside it in its object, or from the root."""
    parent = parent_of(uid)
    candidates = [name] if parent == ROOT or uid.startswith(LAYOUT) else [f"{parent}.{name}", name]
    for candidate in candidates:
        for prefix in reversed(_prefixes(candidate)):
            if prefix in atoms.items and (prefix != parent):
                return prefix
    return None


def _read_by_rule(rule: Json) -> set[str]:
    """Return the fields a rule looks at, scopes and expressions included, however nested."""
    found: set[str] = set()
    waiting = [rule.get("condition") if isinstance(rule, dict) else None]
    while waiting:
        condition = waiting.pop()
        if not isinstance(condition, dict):
            continue
        scope, expression = condition.get("scope"), condition.get("expression")
        if isinstance(scope, str):
            path = path_of_scope(scope)
            found.update({path} if path else _properties(condition.get("schema")))
        if isinstance(expression, str):
            found.update(_names(expression) or ())
        nested = condition.get("conditions")
        if isinstance(nested, list):
            waiting.extend(nested)
    return found


def _properties(schema: Json) -> set[str]:
    """Return the names a condition on the whole object looks at."""
    if not isinstance(schema, dict):
        return set()
    named, required = schema.get("properties"), schema.get("required")
    return {*(named if isinstance(named, dict) else ()), *(required if isinstance(required, list) else ())}


@lru_cache(maxsize=4096)
def _names(source: str) -> frozenset[str] | None:
    """Return what an expression reads, None when it does not parse."""
    try:
        return parse(source).names
    except ExpressionInvalid:
        return None
