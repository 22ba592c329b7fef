"""How a property is shown and changed: which widget, what it offers, what a browser posts back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.json import Json, canonical
from jalon.engines.layering import ABSENT, ROOT, Value
from jalon.engines.layering.atoms import same
from jalon.engines.layering.kinds.base import Prop
from jalon.engines.layering.kinds.narrowing import constants
from jalon.services.access import PERMISSIONS
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.ui.request import reading
from jalon_admin import words
from jalon_admin.looking import Situation, Standing, title_of

LONG = frozenset({"text", "body", "help", "description", "why", "legal"})
"""Properties that people write in several lines."""
_LONG = 70
_DURATION = re.compile(r"(PT|P)(\d+)([YMWDH])")
_SAID = re.compile(r"(\d+)\s*(jours?|semaines?|mois|ans?|années?|heures?|h|minutes?)")
_UNITS = {
    "j": ("P", "D"),
    "s": ("P", "W"),
    "mo": ("P", "M"),
    "a": ("P", "Y"),
    "h": ("PT", "H"),
    "mi": ("PT", "M"),
}
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Unreadable(Exception):
    """What was typed cannot be read: the sentence says how to write it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose in an editor."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Editor:
    """One property ready to be drawn: `widget` is text, long, number, yes_no, select, boxes, lines or none.

    `text` is what its field holds, `shown` the same for reading, `inherited` what removing the change would give.
    """

    prop: str
    name: str
    widget: str
    text: str
    shown: str
    inherited: str
    standing: Standing
    choices: list[Choice] = field(default_factory=list)
    required: bool = False
    error: str = ""


def shown(situation: Situation, uid: str, prop: str, value: Value) -> str:
    """Return a value as a person reads it."""
    if value is ABSENT or value is None or value == "":
        return _("rien")
    if prop == "obligation":
        return words.obligations().get(str(value), str(value))
    if prop == "sensitivity":
        return words.sensitivities().get(str(value), str(value))
    if prop == "retention":
        return words.retentions().get(str(value), str(value))
    if prop == "type" and situation.kind in ("form", "parameters"):
        offers = situation.kind == "form" and isinstance(situation.now.atoms.value(uid, "list"), str)
        return words.value_types().get("choice" if offers and value == "string" else str(value), str(value))
    if prop == "list" and situation.kind == "form":
        found = store.artifact(reading(), "list", str(value))
        return title_of(found) if found else str(value)
    if prop == "rolls_up_to" and situation.kind == "list":
        return situation.label(str(value))
    if prop == "second_reader" and isinstance(value, list):
        return ", ".join(level_name(one) for one in value) or _("aucun")
    if prop == "reach":
        return _("la structure seule") if value == "unit" else _("la structure et celles qui en dépendent")
    item = situation.now.atoms.items.get(uid, {})
    said = situation.adapter.shown(prop, value, item)
    return said if said is not None else plain(value)


def plain(value: Value) -> str:
    """Return a JSON value without quotes."""
    if value is ABSENT or value is None:
        return _("rien")
    if isinstance(value, bool):
        return _("Oui") if value else _("Non")
    if isinstance(value, int | float):
        return f"{value}".replace(".", ",")
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(plain(one) for one in value) or _("rien")
    if isinstance(value, Mapping) and "in" in value:
        return _("place changée")
    if isinstance(value, Mapping) and isinstance(value.get("label") or value.get("title"), str):
        return str(value.get("label") or value.get("title"))
    return canonical(value)


def measured(item: Mapping[str, Json], value: Value) -> str:
    """Return the value of a parameter with its unit, a duration in words."""
    if item.get("type") == "duration" and isinstance(value, str):
        return duration(value)
    unit = f" {item['unit']}" if item.get("unit") else ""
    return f"{plain(value)}{unit}"


def duration(text: str) -> str:
    """Write an ISO 8601 duration in words, or as it is when it mixes units."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return text
    count = int(found[2])
    said = {
        "PD": ngettext("%(num)d jour", "%(num)d jours", count),
        "PW": ngettext("%(num)d semaine", "%(num)d semaines", count),
        "PM": ngettext("%(num)d mois", "%(num)d mois", count),
        "PY": ngettext("%(num)d an", "%(num)d ans", count),
        "PTH": ngettext("%(num)d heure", "%(num)d heures", count),
        "PTM": ngettext("%(num)d minute", "%(num)d minutes", count),
    }
    return str(said.get(f"{found[1]}{found[3]}", text))


def iso_duration(text: str) -> str:
    """Read « 15 jours » or an ISO 8601 duration; raises Unreadable."""
    found = _SAID.fullmatch(text.strip().lower())
    if found is not None:
        before, after = next(code for stem, code in _UNITS.items() if found[2].startswith(stem))
        return f"{before}{int(found[1])}{after}"
    if re.fullmatch(r"P(?=.)(\d+[YMWD])*(T(\d+[HMS])+)?", text.strip()):
        return text.strip()
    raise Unreadable(_("Écrivez une durée, par exemple 15 jours, 24 heures ou 3 mois."))


def editor(
    situation: Situation, uid: str, prop: str, error: str = "", typed: Mapping[str, list[str]] | None = None
) -> Editor:
    """Return the editor of one property; `typed` is what was posted and refused, shown again."""
    atoms = situation.now.atoms
    value = atoms.value(uid, prop)
    standing = situation.standing(uid, prop)
    rule = situation.adapter.prop(uid, prop)
    kind, choices = _widget(situation, uid, prop, rule, value, standing)
    if not standing.editable:
        kind = "none"
    text = _text(kind, value)
    if typed is not None and prop in typed and kind not in ("none", "boxes"):
        text = typed[prop][0]
        choices = [Choice(one.code, one.label, one.code == text) for one in choices]
    return Editor(
        prop=prop,
        name=_name(situation, prop, rule),
        widget=kind,
        text=text,
        shown=shown(situation, uid, prop, value),
        inherited=shown(situation, uid, prop, standing.inherited),
        standing=standing,
        choices=choices,
        required=_is_demanded(prop, uid),
        error=error,
    )


def read(situation: Situation, uid: str, prop: str, posted: list[str]) -> Value:
    """Return the value a browser posted for a property, ABSENT for nothing; raises Unreadable."""
    value = situation.now.atoms.value(uid, prop)
    standing = situation.standing(uid, prop)
    rule = situation.adapter.prop(uid, prop)
    kind, choices = _widget(situation, uid, prop, rule, value, standing)
    text = posted[0].replace("\r\n", "\n").strip() if posted else ""
    if kind == "boxes":
        return _read_boxes(situation, uid, prop, posted)
    if kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()] or ABSENT
    if not text:
        if _is_demanded(prop, uid):
            raise Unreadable(_("Écrivez un libellé : les personnes n’en verraient aucun."))
        return "" if isinstance(standing.inherited, str) and kind in ("text", "long") else ABSENT
    if kind == "number":
        return number(text)
    if kind == "yes_no":
        return text == "oui"
    if kind == "select" and text not in {one.code for one in choices}:
        raise Unreadable(_("Choisissez une des réponses proposées."))
    if prop == "obligation" and text == "none":
        return ABSENT
    return text


def number(text: str) -> Json:
    """Read a number written in French; raises Unreadable."""
    try:
        found = Decimal(text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace(",", "."))
    except InvalidOperation as error:
        raise Unreadable(_("Écrivez un nombre, par exemple 12 ou 12,5.")) from error
    if not found.is_finite():
        raise Unreadable(_("Écrivez un nombre, par exemple 12 ou 12,5."))
    return int(found) if found == found.to_integral_value() else float(found)


def day(text: str) -> date:
    """Read a date written JJ/MM/AAAA; raises Unreadable."""
    found = _DAY.fullmatch(text.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text.strip())
    except ValueError as error:
        raise Unreadable(_("Écrivez une date sous la forme JJ/MM/AAAA, par exemple 01/09/2026.")) from error


def _name(situation: Situation, prop: str, rule: Prop) -> str:
    if prop.startswith("cell:"):
        return situation.label(prop.removeprefix("cell:"))
    name = rule.name
    for article in ("l’", "le ", "la ", "les "):
        if name.startswith(article):
            name = name.removeprefix(article)
            break
    return name[:1].upper() + name[1:]


def _is_demanded(prop: str, uid: str) -> bool:
    return prop == "label" or (prop == "title" and uid == ROOT)


def _widget(
    situation: Situation, uid: str, prop: str, rule: Prop, value: Value, standing: Standing
) -> tuple[str, list[Choice]]:
    """Return the widget of a property and what it offers."""
    item = situation.now.atoms.items.get(uid, {})
    offered = _offered(situation, uid, prop, item, value, standing)
    if offered:
        return "select", offered
    if situation.kind == "form" and prop in ("type", "list"):
        return "none", []  # what was answered would no more fit: another question replaces it
    if rule.shape == "yes_no" or (prop == "default" and item.get("type") == "boolean") or isinstance(value, bool):
        return "yes_no", []
    if rule.shape == "number" or (isinstance(value, int | float) and rule.shape == "any"):
        return "number", []
    boxes = _boxes(prop, standing.inherited if standing.narrow else value, value, rule)
    if boxes:
        return "boxes", boxes
    if isinstance(value, list) and all(isinstance(one, str) for one in value) and rule.shape in ("list", "any"):
        return "lines", []
    if rule.shape == "text" or isinstance(value, str):
        is_long = prop in LONG or (isinstance(value, str) and ("\n" in value or len(value) > _LONG))
        return ("long" if is_long else "text"), []
    return "none", []


def _offered(
    situation: Situation, uid: str, prop: str, item: Mapping[str, Json], value: Value, standing: Standing
) -> list[Choice]:
    rule = situation.adapter.prop(uid, prop)
    current = "" if value in (ABSENT, None) else str(value)
    if prop == "obligation":
        current = current or "none"
        above = standing.inherited
        found = words.obligations()
        return [
            Choice(code, label, code == current)
            for code, label in found.items()
            if code == current or not standing.narrow or rule.narrows(above, ABSENT if code == "none" else code)
        ]
    if situation.kind == "form" and prop in ("sensitivity", "retention"):
        known = words.sensitivities() if prop == "sensitivity" else words.retentions()
        return [Choice(code, label, code == current) for code, label in {current: current, **known}.items() if code]
    if prop == "rolls_up_to" and situation.kind == "list":
        others = {code: situation.label(code) for code in situation.now.atoms.children(ROOT) if code != uid}
        named = {"": _("Ne pas regrouper"), **({current: current} if current else {}), **others}
        return [Choice(code, label, code == current) for code, label in named.items()]
    if prop == "reach":
        return [Choice(code, shown(situation, uid, prop, code), code == current) for code in ("unit", "below")]
    if prop in ("default", "value") and situation.kind == "process" and isinstance(item.get("choices"), list):
        return [Choice(str(code), str(code), str(code) == current) for code in item["choices"]]
    if prop == "bound":
        codes = [str(code) for code in item.get("allowed") or []]
        empty = Choice("", _("Rien"), current == "")
        return [empty, *(Choice(code, code, code == current) for code in dict.fromkeys((*codes, current)) if code)]
    return []


def _boxes(prop: str, above: Value, value: Value, rule: Prop) -> list[Choice]:
    """Return the choices that may be taken away one by one, nothing when the property is not such a list."""
    if prop == "second_reader":
        held = value if isinstance(value, list) else []
        return [Choice(canonical(one), level_name(one), one in held) for one in organisations.levels(reading())]
    if rule.policy != "restrict" or not isinstance(above, list) or not above:
        return []
    held = [canonical(one) for one in (value if isinstance(value, list) else [])]
    if constants(above) is not None:
        kept = [canonical(one["const"]) for one in value] if isinstance(value, list) else []
        return [
            Choice(canonical(one["const"]), str(one.get("title", one["const"])), canonical(one["const"]) in kept)
            for one in above
        ]
    if not all(isinstance(one, str | int | float) for one in above):
        return []
    return [Choice(canonical(one), _right(prop, one), canonical(one) in held) for one in above]


def level_name(level: str) -> str:
    """Return the name of a level as a sentence says it."""
    return words.levels().get(level, level)


def _right(prop: str, value: Any) -> str:
    return PERMISSIONS.get(str(value), str(value)) if prop == "permissions" else str(value)


def _read_boxes(situation: Situation, uid: str, prop: str, posted: list[str]) -> Value:
    standing = situation.standing(uid, prop)
    value = situation.now.atoms.value(uid, prop)
    if prop == "second_reader":
        held = [one for one in organisations.levels(reading()) if canonical(one) in posted]
        return value if same(held, [] if value is ABSENT else value) else held
    above = standing.inherited if standing.narrow else value
    assert isinstance(above, list)
    kept: list[Json] = []
    for one in above:
        code = canonical(one["const"]) if isinstance(one, Mapping) else canonical(one)
        if code in posted:
            kept.append(one)
    return value if same(kept, value) else kept


def _text(kind: str, value: Value) -> str:
    if value is ABSENT or value is None:
        return ""
    if kind == "lines" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if kind == "yes_no":
        return "oui" if value is True else "non"
    if isinstance(value, int | float):
        return f"{value}".replace(".", ",")
    return value if isinstance(value, str) else ""
