"""The properties of fields and layout elements: which JSON Schema keyword each is, and what a level may do with it."""

from collections.abc import Mapping
from typing import Any, Final

from jalon.engines.layering.kinds import narrowing
from jalon.engines.layering.kinds.base import Prop

LAYOUT: Final = "layout:"
"""Namespace of the elements of the page that are not fields."""

KEYWORDS: Final[Mapping[str, str]] = {
    "title": "label",
    "description": "help",
    "x-jalon-bind": "bind",
    "x-jalon-list": "list",
    "x-jalon-sensitivity": "sensitivity",
    "x-jalon-purpose": "purpose",
    "x-jalon-retention": "retention",
    "x-jalon-concept": "concept",
    "x-jalon-replaces": "replaces",
    "x-jalon-kind": "kind",
    "x-jalon-computed": "computed",
}
"""Keyword of the schema -> property, where the names differ; other keywords keep their name."""
WORDS: Final[Mapping[str, str]] = {prop: keyword for keyword, prop in KEYWORDS.items()}
OBLIGATION: Final = "x-jalon-obligation"
OWN: Final = frozenset({*WORDS, "obligation", "hidden", "rule", "options", "control", "order"})
"""Names that are ours: a foreign keyword spelt so is kept as `keyword:<name>`."""

ALWAYS_HIDDEN: Final[dict[str, Any]] = {"effect": "HIDE", "condition": {"scope": "#", "schema": {}}}
"""The rule that hides whatever the answers: how a hidden element is written, in plain JSON Forms."""
SHOWN_RULE: Final = "rule_when_shown"
"""The option of a hidden element that keeps the rule it would otherwise have."""

PROPS: Final[Mapping[str, Prop]] = {
    "label": Prop("le libellé", shape="text", change="cosmetic"),
    "help": Prop("l’aide", shape="text", change="cosmetic"),
    "text": Prop("le texte", shape="text", change="cosmetic"),
    "options": Prop("la présentation", shape="object", change="cosmetic"),
    "x-jalon-languages": Prop("les traductions", shape="object", change="cosmetic"),
    "examples": Prop("les exemples", shape="list", change="cosmetic"),
    "obligation": Prop("l’obligation", "restrict", shape="text", narrower=narrowing.more_demanding),
    "hidden": Prop("l’affichage", shape="yes_no"),
    "rule": Prop("la condition d’affichage", shape="object", change="constraining"),
    "computed": Prop("la formule", shape="text", change="constraining"),
    "default": Prop("la valeur par défaut", change="compatible"),
    "readOnly": Prop("la lecture seule", shape="yes_no", change="constraining"),
    "enum": Prop("les choix", "restrict", shape="list", narrower=narrowing.fewer),
    "oneOf": Prop("les choix", "restrict", shape="list", narrower=narrowing.fewer_constants),
    "items": Prop("les choix", "restrict", shape="object", narrower=narrowing.fewer_in_items),
    "minimum": Prop("la valeur minimale", "restrict", shape="number", narrower=narrowing.at_least),
    "exclusiveMinimum": Prop("la valeur minimale exclue", "restrict", shape="number", narrower=narrowing.at_least),
    "maximum": Prop("la valeur maximale", "restrict", shape="number", narrower=narrowing.at_most),
    "exclusiveMaximum": Prop("la valeur maximale exclue", "restrict", shape="number", narrower=narrowing.at_most),
    "minLength": Prop("la longueur minimale", "restrict", shape="number", narrower=narrowing.at_least),
    "maxLength": Prop("la longueur maximale", "restrict", shape="number", narrower=narrowing.at_most),
    "minItems": Prop("le nombre minimal de réponses", "restrict", shape="number", narrower=narrowing.at_least),
    "maxItems": Prop("le nombre maximal de réponses", "restrict", shape="number", narrower=narrowing.at_most),
    "uniqueItems": Prop("l’unicité des réponses", "restrict", shape="yes_no", narrower=narrowing.only_true),
    "pattern": Prop("la forme attendue", "restrict", shape="text", narrower=narrowing.only_appears),
    "multipleOf": Prop("le pas", "restrict", shape="number", narrower=narrowing.only_appears),
    "type": Prop("le type", "locked", "breaking"),
    "format": Prop("le format", "locked", "constraining"),
    "const": Prop("la valeur imposée", "locked", "constraining"),
    "kind": Prop("le genre de champ", "locked", "breaking"),
    "list": Prop("la liste de valeurs", "locked", "breaking"),
    "bind": Prop("la donnée du dossier", "locked", "breaking"),
    "concept": Prop("la notion statistique", "locked", "breaking"),
    "sensitivity": Prop("la sensibilité", "locked", "constraining"),
    "purpose": Prop("la finalité", "locked", "constraining", legal=True),
    "retention": Prop("la durée de conservation", "locked", "constraining", legal=True),
    "replaces": Prop("le champ remplacé", "locked", "breaking"),
}
