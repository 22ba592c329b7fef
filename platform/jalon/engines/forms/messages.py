"""What each JSON Schema keyword says to a person, in French, and how to fix the answer."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema import ValidationError

from jalon.base.i18n import fr

FORMAT_MESSAGES = {
    "date": fr("Écrivez une date qui existe, sous la forme JJ/MM/AAAA, par exemple 12/03/2008."),
    "time": fr("Écrivez une heure sous la forme HH:MM, par exemple 09:30."),
    "date-time": fr("Écrivez une date et une heure, par exemple 12/03/2026 09:30."),
    "duration": fr("Écrivez une durée ISO 8601, par exemple P7D (sept jours) ou PT2H (deux heures)."),
    "email": fr("Écrivez une adresse électronique complète, par exemple nom@exemple.fr."),
    "idn-email": fr("Écrivez une adresse électronique complète, par exemple nom@exemple.fr."),
    "uri": fr("Écrivez une adresse complète, par exemple https://exemple.fr."),
    "phone": fr("Écrivez un numéro de téléphone à 10 chiffres, par exemple 06 12 34 56 78, ou avec l’indicatif (+33)."),
    "postal_code": fr("Écrivez les 5 chiffres du code postal, par exemple 31000."),
    "commune": fr("Écrivez le code INSEE de la commune, 5 caractères, par exemple 31555 ou 2A004."),
    "nir": fr("Écrivez les 15 chiffres du numéro de sécurité sociale, clé comprise ; vérifiez les deux derniers."),
    "siren": fr("Écrivez les 9 chiffres du SIREN, tels qu’ils figurent sur l’avis de situation."),
    "siret": fr("Écrivez les 14 chiffres du SIRET, tels qu’ils figurent sur l’avis de situation."),
    "rna": fr("Écrivez le numéro RNA : la lettre W suivie de 9 chiffres, par exemple W751234567."),
    "iban": fr("Recopiez l’IBAN en entier, par exemple FR76 puis 23 caractères ; un chiffre semble faux."),
}

_TYPES = {
    "string": "un texte",
    "integer": "un nombre entier, sans virgule",
    "number": "un nombre",
    "boolean": "Oui ou Non",
    "array": "une liste",
    "object": "un groupe de réponses",
    "null": "une réponse vide",
}


def pointer(path: Iterable[object]) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(piece).replace("~", "~0").replace("/", "~1") for piece in path)


def sentence_for(error: ValidationError) -> str:
    """Return the French sentence for a jsonschema error."""
    say = _SENTENCES.get(str(error.validator))
    return say(error.validator_value, error.instance) if say else fr("Cette réponse n’est pas acceptée : modifiez-la.")


def number_text(value: Any) -> str:
    """Write a number as in French: comma, no needless zero."""
    return re.sub(r"\.0$", "", str(value)).replace(".", ",")


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n < 2 else many}"


def _type(types: Any, _: Any) -> str:
    names = [types] if isinstance(types, str) else list(types)
    return f"Donnez {' ou '.join(_TYPES.get(name, name) for name in names)}."


def _enum(values: Any, _: Any) -> str:
    shown = ", ".join(f"« {value} »" for value in list(values)[:8] if value is not None)
    return f"Choisissez une des réponses proposées : {shown}{'…' if len(values) > 8 else ''}."


def _const(value: Any, _: Any) -> str:
    if value is True:
        return "Cochez cette case pour continuer."
    return f"La seule réponse acceptée est « {value} »."


def _min_length(n: int, value: Any) -> str:
    return f"Écrivez au moins {_count(n, 'caractère', 'caractères')} (il y en a {len(value)})."


def _max_length(n: int, value: Any) -> str:
    return f"Raccourcissez ce texte : {_count(n, 'caractère', 'caractères')} au plus (il y en a {len(value)})."


def _multiple(step: Any, _: Any) -> str:
    if str(step) in {"0.01", "0.1"}:
        places = len(str(step)) - 2
        return f"Écrivez au plus {_count(places, 'chiffre', 'chiffres')} après la virgule."
    return f"Écrivez un multiple de {number_text(step)}."


def _format(name: Any, _: Any) -> str:
    return FORMAT_MESSAGES.get(str(name), f"Écrivez une valeur de la forme « {name} ».")


def _contains(_: Any, __: Any) -> str:
    return fr("Il manque dans cette liste une réponse attendue, ou il y en a trop : vérifiez-la.")


def _fixed(sentence: str) -> Callable[[Any, Any], str]:
    return lambda _value, _instance: sentence


_SENTENCES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _fixed(fr("Répondez à cette question : elle est obligatoire.")),
    "dependentRequired": _fixed(fr("Répondez à cette question : une autre réponse la rend obligatoire.")),
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _fixed(fr("Cette réponse n’a pas la forme attendue : relisez l’aide de la question.")),
    "format": _format,
    "minimum": lambda n, _: f"Donnez un nombre supérieur ou égal à {number_text(n)}.",
    "maximum": lambda n, _: f"Donnez un nombre inférieur ou égal à {number_text(n)}.",
    "exclusiveMinimum": lambda n, _: f"Donnez un nombre supérieur à {number_text(n)}.",
    "exclusiveMaximum": lambda n, _: f"Donnez un nombre inférieur à {number_text(n)}.",
    "multipleOf": _multiple,
    "minItems": lambda n, value: f"Donnez au moins {_count(n, 'réponse', 'réponses')} (il y en a {len(value)}).",
    "maxItems": lambda n, value: f"Gardez au plus {_count(n, 'réponse', 'réponses')} (il y en a {len(value)}).",
    "uniqueItems": _fixed(fr("Supprimez les réponses en double.")),
    "contains": _contains,
    "minProperties": lambda n, _: f"Répondez à {_count(n, 'question', 'questions')} au moins.",
    "maxProperties": lambda n, _: f"Répondez à {_count(n, 'question', 'questions')} au plus.",
    "propertyNames": _fixed(fr("Un nom de champ n’est pas accepté ici.")),
    "additionalProperties": _fixed(fr("Ce champ n’existe pas dans le formulaire : retirez-le.")),
    "unevaluatedProperties": _fixed(fr("Ce champ n’existe pas dans le formulaire : retirez-le.")),
    "unevaluatedItems": _fixed(fr("Cette liste contient une réponse de trop : retirez-la.")),
    "items": _fixed(fr("Cette liste contient une réponse de trop : retirez-la.")),
    "not": _fixed(fr("Cette réponse fait partie de celles qui sont exclues : choisissez-en une autre.")),
    "anyOf": _fixed(fr("Ces réponses ne vont pas ensemble, ou il en manque une : complétez ou corrigez.")),
    "oneOf": _fixed(fr("Ces réponses ne vont pas ensemble : gardez une seule des possibilités.")),
    "if": _fixed(fr("Cette réponse ne va pas avec une autre : corrigez l’une des deux.")),
    "None": _fixed(fr("Ce champ n’est pas attendu ici : retirez-le.")),
}
