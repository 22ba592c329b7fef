"""The items of an artifact in their order, as the left side of its page lists them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.errors import JalonError
from jalon.base.json import Json
from jalon.engines import forms
from jalon.engines.forms.kinds import KINDS
from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds.base import is_closed
from jalon.services.configuration.reading import value_on
from jalon_admin import values, words
from jalon_admin.looking import Situation, Standing

LAYOUT = "layout:"
CONTAINERS = {"dossier-type": ("sections", "labels")}
"""Where the items of a kind live when it is not at the root."""
MOVABLE = frozenset({"list", "form", "dossier-type"})
EXTENSIBLE = frozenset({"list", "form", "decision"})


@dataclass(frozen=True)
class Row:
    """One item: `depth` how far it is indented, `place` its rank among its siblings, `heading` for what holds others.

    `first` and `last` among its siblings; `container` where something added after it would go.
    """

    uid: str
    label: str
    standing: Standing
    meta: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    depth: int = 0
    place: int = 0
    siblings: int = 0
    container: str = ""
    heading: bool = False
    closed: bool = False
    locked: bool = False
    movable: bool = False


@dataclass(frozen=True)
class ListNames:
    """What the outline of a form says of lists: their titles by key, the labels of their values by key and code."""

    titles: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def labels(self, key: str) -> dict[str, str]:
        """Return the labels of a list by code."""
        return {str(one.get("code")): str(one.get("label")) for one in self.values.get(key, ())}


def outline(situation: Situation, lists: ListNames) -> list[Row]:
    """Return the items in reading order; `lists` names the lists that questions offer."""
    is_form = situation.kind == "form"
    tell = _form(situation, lists) if is_form else _TELL.get(situation.kind, _nothing)(situation)
    found: list[Row] = []
    for container in CONTAINERS.get(situation.kind, (ROOT,)):
        found.extend(_walk(situation, container, 0, tell))
    return found


def counts(rows: list[Row]) -> str:
    """Say how many items there are."""
    items = sum(not row.heading for row in rows)
    return str(ngettext("%(num)d élément", "%(num)d éléments", items))


Tell = Callable[[str, Mapping[str, Json]], tuple[list[str], list[str]]]
"""From an item to what is said under its name, and its marks."""


def _walk(situation: Situation, container: str, depth: int, tell: Tell) -> Iterator[Row]:
    atoms = situation.now.atoms
    children = [uid for uid in atoms.children(container) if not _is_technical(situation, uid)]
    for place, uid in enumerate(children, 1):
        item = atoms.items[uid]
        holds = uid in atoms.shelves and situation.kind == "form"
        is_frame = holds and item.get("type") in ("Categorization", "VerticalLayout", "HorizontalLayout")
        if not is_frame:
            meta, marks = tell(uid, item)
            yield Row(
                uid=uid,
                label=situation.label(uid) or _("Sans titre"),
                standing=situation.item_standing(uid),
                meta=[_unbroken(one) for one in meta if one],
                marks=marks,
                depth=depth,
                place=place,
                siblings=len(children),
                container=container,
                heading=holds and uid.startswith(LAYOUT),
                closed=is_closed(situation.adapter, item),
                locked=bool(situation.locks_on(uid)),
                movable=situation.kind in MOVABLE and situation.standing(uid, "order").editable,
            )
        if holds:
            yield from _walk(situation, uid, depth if is_frame else depth + 1, tell)


def _unbroken(text: str) -> str:
    """Keep quotation marks with what they hold."""
    return text.replace("« ", "«\u00a0").replace(" »", "\u00a0»")


def _is_technical(situation: Situation, uid: str) -> bool:
    return situation.kind == "decision" and uid.startswith("_")


def _nothing(_situation: Situation) -> Tell:
    def tell(_uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        said = [str(item[prop]) for prop in ("help", "subject") if isinstance(item.get(prop), str)]
        return said[:1], []

    return tell


def _list(situation: Situation) -> Tell:
    def tell(_uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        meta = [str(item["help"])] if item.get("help") else []
        for prop, sentence in (("parent", _("Sous « {other} »")), ("rolls_up_to", _("Comptée avec « {other} »"))):
            if item.get(prop):
                meta.append(sentence.format(other=situation.label(str(item[prop]))))
        return meta, []

    return tell


def _form(situation: Situation, lists: ListNames) -> Tell:
    compiled = compiled_form(situation.now.document)

    def tell(uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        if uid.startswith(LAYOUT):
            return [], []
        meta = []
        question = compiled.by_uid.get(uid) if compiled else None
        if question is not None:
            meta.append(KINDS[question.kind].title if question.kind in KINDS else question.kind)
            if question.list_key:
                meta[-1] = f"{meta[-1]} « {lists.titles.get(question.list_key, question.list_key)} »"
        obligation = str(item.get("obligation") or "none")
        meta.append(words.obligations().get(obligation, obligation))
        if compiled and question is not None and (said := forms.sentence(compiled, question, lists.values)):
            meta.append(said)
        return meta, []

    return tell


def _parameters(situation: Situation) -> Tell:
    def tell(_uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        dated = value_on(dict(item), situation.day)
        said = values.measured(item, dated["value"]) if dated else _("pas encore de valeur")
        return [said], []

    return tell


def _process(situation: Situation) -> Tell:
    def tell(uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        noun, _feminine = situation.adapter.noun_of(uid, item)
        meta = [noun[:1].upper() + noun[1:]]
        if "default" in item and uid.startswith("option:"):
            meta.append(values.plain(item["default"]))
        if uid.startswith("slot:"):
            meta.append(str(item.get("bound") or _("rien n’y est branché")))
        if item.get("role"):
            meta.append(str(item["role"]))
        return meta, []

    return tell


def _roles(situation: Situation) -> Tell:
    def tell(uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        held = item.get("permissions")
        count = len(held) if isinstance(held, list) else 0
        meta = [
            str(ngettext("%(num)d droit", "%(num)d droits", count)),
            values.shown(situation, uid, "reach", item.get("reach", "unit")),
        ]
        return meta, []

    return tell


def _deadlines(_situation: Situation) -> Tell:
    units = {
        "jours": _("jours"),
        "ouvres": _("jours ouvrés"),
        "ouvrables": _("jours ouvrables"),
        "mois": _("mois"),
    }

    def tell(_uid: str, item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
        unit = str(item.get("unit", ""))
        return [f"{values.plain(item.get('n', 0))} {units.get(unit, unit)}"], []

    return tell


_TELL: dict[str, Callable[[Situation], Tell]] = {
    "list": _list,
    "parameters": _parameters,
    "process": _process,
    "roles": _roles,
    "deadlines": _deadlines,
}


def compiled_form(document: Json) -> forms.Form | None:
    """Return a form compiled, None while the draft makes it unreadable."""
    try:
        return forms.compile_form(document["schema"], document.get("ui") or {})
    except JalonError:
        return None


@dataclass(frozen=True)
class TableView:
    """One decision as a table of rules: columns (uid, name), rules (row, cells in column order)."""

    uid: str
    name: str
    inputs: list[tuple[str, str]]
    outputs: list[tuple[str, str]]
    rules: list[tuple[Row, list[str]]]
    formula: str = ""


def tables(situation: Situation) -> list[TableView]:
    """Return the decisions of a file, each as a table."""
    atoms = situation.now.atoms
    found = []
    for uid in atoms.children(ROOT):
        item = atoms.items[uid]
        columns: dict[str, list[tuple[str, str]]] = {
            part: [(column, situation.label(column)) for column in atoms.children(f"{uid}/{part}")]
            for part in ("inputs", "outputs")
        }
        order = [column for part in columns.values() for column, _name in part]
        rules = []
        children = atoms.children(f"{uid}/rules")
        number = 0
        for place, rule in enumerate(children, 1):
            cells = atoms.items[rule]
            is_closed = cells.get("closed") is True
            number += not is_closed  # as the messages about the table count them: a closed rule is not read
            row = Row(
                uid=rule,
                label=situation.label(rule) if is_closed else _("Règle {number}").format(number=number),
                standing=situation.item_standing(rule),
                place=place,
                siblings=len(children),
                container=f"{uid}/rules",
                closed=is_closed,
            )
            rules.append((row, [_cell(str(cells.get(f"cell:{column}", "-"))) for column in order]))
        formula = str(item.get("literal") or "")
        found.append(TableView(uid, situation.label(uid), columns["inputs"], columns["outputs"], rules, formula))
    return found


_TEXT = re.compile(r'"([^"]*)"')


def _cell(text: str) -> str:
    """Return a cell as people read it: oui, non, texts without their quotes."""
    said = {"true": _("oui"), "false": _("non"), "null": _("rien")}.get(text.strip(), text)
    return _TEXT.sub(r"\1", said)


@dataclass(frozen=True)
class DatedValue:
    """One value of a parameter: from when, whence, whether it is the one of today, whether this unit added it."""

    since: date
    value: str
    source: str
    current: bool
    inherited: bool


def dated_values(situation: Situation, uid: str) -> list[DatedValue]:
    """Return the values of a parameter, the newest first."""
    item = situation.now.atoms.items[uid]
    above = situation.standing(uid, "values").inherited
    known = [one.get("from") for one in above if isinstance(one, dict)] if isinstance(above, list) else []
    today = value_on(dict(item), situation.day)
    found = []
    listed: Any = item.get("values")
    for one in listed if isinstance(listed, list) else []:
        found.append(
            DatedValue(
                since=date.fromisoformat(one["from"]),
                value=values.measured(item, one["value"]),
                source=str(one.get("source", "")),
                current=one is today,
                inherited=one.get("from") in known and one in above,
            )
        )
    return sorted(found, key=lambda one: one.since, reverse=True)


def visible_props(situation: Situation, uid: str) -> list[str]:
    """Return the properties of an item worth showing, those people change first."""
    item = situation.now.atoms.items[uid]
    known = situation.adapter.props
    skipped = {situation.adapter.closing, "options", "control", "rule", "closed", "uniqueItems", "format", "kind"}
    found = [prop for prop in known if (prop in item or prop in _offered(situation, uid, item)) and prop not in skipped]
    found += [prop for prop in item if prop.startswith("cell:")]
    if situation.kind == "parameters":
        found = [prop for prop in found if prop != "values"]
    return found


def _offered(situation: Situation, uid: str, item: Mapping[str, Json]) -> frozenset[str]:
    """Return the properties an item may receive although it has none yet."""
    if uid == ROOT:
        return frozenset({"second_reader"} if situation.kind == "roles" else ())
    if situation.kind == "form":
        if uid.startswith(LAYOUT):
            return frozenset()
        offered = {"help", "obligation"}
        kind = item.get("type")
        if kind in ("integer", "number"):
            offered |= {"minimum", "maximum"}
        return frozenset(offered)
    return {
        "list": frozenset({"help"}),
        "parameters": frozenset({"help"}),
        "decision": frozenset({"note"}) if any(prop.startswith("cell:") for prop in item) else frozenset(),
        "process": frozenset({"bound"}) if uid.startswith("slot:") else frozenset(),
    }.get(situation.kind, frozenset())
