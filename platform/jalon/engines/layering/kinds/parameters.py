"""Parameters: dated values with their source, within bounds."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any, ClassVar

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms
from jalon.engines.layering.kinds import narrowing
from jalon.engines.layering.kinds.base import Prop, adapts, broken
from jalon.engines.layering.kinds.records import Collection, Records
from jalon.engines.layering.model import ROOT, Broken, Facts, Value

_NUMBERS = ("integer", "decimal", "money")
_DECIMAL = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")


@adapts("parameters", "les paramètres")
class Parameters(Records):
    """Parameters: uid = key; the dated values are one atom, so that a date added above is never overlooked."""

    noun = "paramètre"
    collections = (Collection(""),)
    props: ClassVar[Mapping[str, Prop]] = {
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "help": Prop("l’aide", shape="text", change="cosmetic"),
        "unit": Prop("l’unité", "locked", "breaking", shape="text"),
        "type": Prop("le type", "locked", "breaking", shape="text"),
        "min": Prop("la valeur minimale", "restrict", shape="number", narrower=narrowing.at_least),
        "max": Prop("la valeur maximale", "restrict", shape="number", narrower=narrowing.at_most),
        "choices": Prop("les choix", "restrict", shape="list", narrower=narrowing.fewer),
        "values": Prop("les valeurs", change="constraining", shape="list"),
        "closed": Prop("la fermeture", shape="yes_no", change="constraining"),
    }

    def check_item(self, atoms: Atoms, uid: str, facts: Facts) -> tuple[Broken, ...]:
        """Each dated value has its date, its type, its bounds and its source; dates go up."""
        if uid == ROOT:
            return ()
        item = atoms.items[uid]
        values = item.get("values")
        if not isinstance(values, list):
            return (
                broken(
                    "parametre_sans_valeur", f"« {self.label(uid, item)} » n’a pas de valeur.", uid, [(uid, "values")]
                ),
            )
        found = [problem for value in values for problem in self._value(uid, dict(item), value)]
        dates = [value.get("from") for value in values if isinstance(value, dict)]
        if any(not isinstance(one, str) or not isinstance(two, str) or one >= two for one, two in pairwise(dates)):
            message = f"Les dates de « {self.label(uid, item)} » doivent se suivre, sans répétition."
            found.append(broken("parametre_dates", message, uid, [(uid, "values")]))
        return tuple(found)

    def _value(self, uid: str, item: dict[str, Json], dated: Any) -> list[Broken]:
        label = self.label(uid, item)
        if not isinstance(dated, dict) or "value" not in dated or not _is_date(dated.get("from")):
            message = f"Une valeur de « {label} » n’a pas de date d’effet lisible."
            return [broken("parametre_date", message, uid, [(uid, "values")])]
        value, since = dated["value"], dated["from"]
        found = []
        if not _has_type(value, item.get("type")):
            message = f"La valeur de « {label} » au {since} n’a pas le type attendu."
            found.append(broken("parametre_type", message, uid, [(uid, "values")]))
        elif not _is_within(value, item):
            message = f"La valeur de « {label} » au {since} sort des limites permises."
            found.append(
                broken("parametre_bornes", message, uid, [(uid, p) for p in ("values", "min", "max", "choices")])
            )
        if not dated.get("source"):
            message = f"La valeur de « {label} » au {since} n’indique pas sa source."
            found.append(broken("parametre_source", message, uid, [(uid, "values")], "warning"))
        return found

    def shown(self, prop: str, value: Value, item: Mapping[str, Json]) -> str | None:
        """Dated values read as « 500 depuis le 2025-04-01 »."""
        if prop != "values" or not isinstance(value, list):
            return None
        unit = f" {item['unit']}" if item.get("unit") else ""
        return ", ".join(
            f"{dated.get('value')}{unit} depuis le {dated.get('from')}" for dated in value if isinstance(dated, dict)
        )


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _has_type(value: Json, kind: Json) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and is_number
    if kind in _NUMBERS:
        return is_number or (isinstance(value, str) and _is_decimal(value))
    if kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, str) if kind in ("text", "duration") else True


def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


def _is_within(value: Json, item: Mapping[str, Json]) -> bool:
    if item.get("type") in _NUMBERS:
        number = float(value)
        low, high = item.get("min"), item.get("max")
        return (low is None or number >= float(low)) and (high is None or number <= float(high))
    choices = item.get("choices")
    return not isinstance(choices, list) or value in choices
