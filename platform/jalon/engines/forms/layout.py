"""Read the JSON Forms UI schema: scopes, titles, rules."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote

from jalon.engines.forms.model import Rule
from jalon.engines.forms.shapes import NotAskable

ELEMENT_TYPES = frozenset(
    {"VerticalLayout", "HorizontalLayout", "Group", "Categorization", "Category", "Control", "Label"}
)
EFFECTS = ("SHOW", "HIDE", "ENABLE", "DISABLE")
MAX_NESTED = 4
_LINKS: dict[str, Literal["and", "or"]] = {"AND": "and", "OR": "or"}


def scope_path(scope: Any) -> tuple[str, ...]:
    """Return the property names of a scope such as `#/properties/adresse/properties/ville`."""
    if not isinstance(scope, str) or not (scope == "#" or scope.startswith("#/")):
        raise NotAskable(f"la portée « {scope} » n’est pas de la forme #/properties/…")
    pieces = [unquote(piece).replace("~1", "/").replace("~0", "~") for piece in scope.split("/")[1:]]
    if len(pieces) % 2 or any(piece != "properties" for piece in pieces[::2]):
        raise NotAskable(f"la portée « {scope} » n’est pas de la forme #/properties/…")
    return tuple(pieces[1::2])


def title_of(node: Mapping[str, Any]) -> str:
    """Return the label of a group, category or text."""
    label = node.get("label")
    if isinstance(label, Mapping):
        label = label.get("text")
    return label if isinstance(label, str) else ""


def read_rule(rule: Any, base: tuple[str, ...]) -> Rule:
    """Read a rule; inside rows its scope starts at the row, as in JSON Forms."""
    if (
        not isinstance(rule, Mapping)
        or str(rule.get("effect")) not in EFFECTS
        or not isinstance(rule.get("condition"), Mapping)
    ):
        raise NotAskable("une règle a besoin d’un effet (SHOW, HIDE, ENABLE, DISABLE) et d’une condition")
    return _condition(rule["effect"], rule["condition"], base)


def _condition(effect: Any, condition: Mapping[str, Any], base: tuple[str, ...], depth: int = 0) -> Rule:
    """Read a condition; JSON Forms holds several together as `{"type": "AND" | "OR", "conditions": [...]}`."""
    link = _LINKS.get(str(condition.get("type")))
    if link is not None and "conditions" in condition:
        inner = condition["conditions"]
        if not isinstance(inner, list) or not inner or depth == MAX_NESTED:
            raise NotAskable("des conditions réunies par « et » ou « ou » forment une liste non vide, peu profonde")
        if not all(isinstance(one, Mapping) for one in inner):
            raise NotAskable("chacune des conditions réunies est un objet")
        return Rule(effect, link=link, parts=tuple(_condition(effect, one, base, depth + 1) for one in inner))
    if isinstance(condition.get("expression"), str):
        return Rule(effect, (), True, condition["expression"])
    if "expectedValue" in condition and "schema" not in condition:
        condition = {**condition, "schema": {"const": condition["expectedValue"]}}
    if "schema" not in condition:
        raise NotAskable("la condition d’une règle a besoin d’une portée et d’un schéma")
    return Rule(effect, (*base, *scope_path(condition.get("scope"))), condition["schema"])
