"""The page of one artifact at one unit: its items, the one being looked at, where its values come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.engines.layering import ALL, ITEMS, ROOT, Op
from jalon.engines.layering.refusals import lock_sentence
from jalon.engines.layering.restricting import RESTRICT
from jalon.engines.processes.drawing import read_drawing
from jalon.services import configuration
from jalon.store import configuration as store
from jalon.ui.permissions import permission
from jalon.ui.process_map import draw
from jalon.ui.request import current_actor, reading
from jalon_admin import changing, outlines, previews, values, words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look

ADDRESS = "/<unit>/<kind>/<key>"


@dataclass(frozen=True)
class Refusal:
    """What was refused, and what was typed: shown again so that nothing is lost."""

    message: str
    problems: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, list[str]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return what was typed in a field."""
        found = self.typed.get(name)
        return found[0] if found else default


@bp.get(ADDRESS)
@permission("configuration.voir")
def artifact(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Show an artifact as the unit has it, with the state of everything; `element` opens an item."""
    return show(look(reading(), current_actor(), unit, kind, key), request.args)


def show(situation: Situation, asked: Mapping[str, str], refusal: Refusal | None = None) -> str:
    """Render the page of an artifact; `refusal` says what a change met."""
    refusal = refusal or Refusal("")
    uid = asked.get("element", "")
    if uid and uid not in situation.now.atoms.items:
        raise NotFound(id=uid)
    preview, names = None, outlines.ListNames()
    if situation.kind == "form":
        preview = _preview(situation, uid or asked.get("apres", "") or asked.get("dans", ""))
        names = outlines.ListNames(dict(list_titles()), preview.lists if preview else {})
    rows = outlines.outline(situation, names) if situation.kind != "decision" else []
    has_settings = bool(outlines.visible_props(situation, ROOT))
    if not rows and has_settings and situation.kind != "decision":
        uid = ROOT  # a text has nothing but its own settings: they open by themselves
    adding = asked.get("ajouter", "") if situation.may_change else ""
    facts: dict[str, Any] = {
        "situation": situation,
        "here": situation.address,
        "draft_version": situation.draft.row_version if situation.draft else "",
        "rows": rows,
        "counts": outlines.counts(rows),
        "news": _news(situation),
        "refusal": refusal,
        "element": _element(situation, uid, refusal) if uid else None,
        "adding": _adding(situation, asked) if adding and situation.kind in outlines.EXTENSIBLE else None,
        "tables": outlines.tables(situation) if situation.kind == "decision" else [],
        "general": has_settings and bool(rows or situation.kind == "decision"),
        "picture": _picture(situation),
        "extensible": situation.kind in outlines.EXTENSIBLE and situation.may_change,
        "preview": preview,
        "add_lock": situation.container_lock(ROOT),
    }
    name = words.kind_names().get(situation.kind, situation.kind)
    return page("artifact.html", situation.unit, (situation.title, ""), kind_name=name, **facts)


def _news(situation: Situation) -> dict[str, str]:
    """Return what changed lately here, by item (A15)."""
    names = {(situation.kind, situation.artifact.key)}
    found: dict[str, str] = {}
    for one in configuration.recent_changes(reading(), situation.unit.id, names=names):
        found[one.uid] = f"{found.get(one.uid, '')} {one.sentence}".strip()
    return found


@bp.get(f"{ADDRESS}/origine")
@permission("configuration.voir")
def origin(unit: str, kind: str, key: str) -> ResponseReturnValue:
    """Explain where a value comes from, who may change it, and what removing one's own change would give (A4)."""
    situation = look(reading(), current_actor(), unit, kind, key)
    uid, prop = request.args.get("element", ""), request.args.get("prop", "")
    if uid not in situation.now.atoms.items and uid not in situation.parent.atoms.items:
        raise NotFound(id=uid)
    found = configuration.explain(reading(), kind, key, uid, prop, situation.unit.id)
    back = url_for(".artifact", unit=unit, kind=kind, key=key, element=uid, _anchor=uid)
    return page(
        "origin.html",
        situation.unit,
        (situation.title, back),
        (_("D’où vient cette valeur ?"), ""),
        situation=situation,
        found=found,
        uid=uid,
        prop=prop,
        standing=situation.standing(uid, prop),
        prop_name=situation.prop_name(uid, prop),
        value=values.shown(situation, uid, prop, found.value),
        without=values.shown(situation, uid, prop, found.without_mine),
        followed=any(
            (one.kind, one.key, one.uid, one.prop) == (kind, key, uid, prop)
            for one in configuration.followed(reading(), situation.unit.id)
        ),
        back=back,
    )


@dataclass(frozen=True)
class Element:
    """The item being looked at, ready to be drawn."""

    uid: str
    label: str
    noun: str
    row: outlines.Row | None
    editors: list[values.Editor]
    standing: Any
    closed: bool
    can_close: bool
    close_why: str
    order: list[tuple[str, str]]
    place: int
    locks: list[str]
    own_locks: list[tuple[str, str, str]]
    lockable: list[tuple[str, str]]
    readers: list[str]
    dated: list[outlines.DatedValue]
    dated_editable: bool
    dated_choices: list[str]


def _lock_name(situation: Situation, uid: str, prop: str, op: Op) -> str:
    name = situation.prop_name(uid, prop)
    return _("{what}, à resserrer seulement").format(what=name) if op.value == RESTRICT else name


def _element(situation: Situation, uid: str, refusal: Refusal) -> Element:
    atoms, adapter = situation.now.atoms, situation.adapter
    item = atoms.items[uid]
    siblings = atoms.children(atoms.homes.get(uid, "")) if uid in atoms.homes else []
    others = [(one, situation.label(one)) for one in siblings if one != uid]
    closing = situation.standing(uid, adapter.closing)
    props = outlines.visible_props(situation, uid)
    typed = refusal.typed if refusal.text("action") == "enregistrer" else None
    item_props = [prop for prop in props if not prop.startswith("cell:")]
    lockable = [(prop, situation.prop_name(uid, prop)) for prop in item_props]
    if situation.kind == "parameters" and uid != ROOT:
        lockable.insert(0, ("values", situation.prop_name(uid, "values")))
    if uid in atoms.homes and adapter.closing in adapter.props:
        lockable.append((adapter.closing, situation.prop_name(uid, adapter.closing)))
    if uid == ROOT or uid in atoms.shelves:
        lockable.append((ITEMS, situation.prop_name(uid, ITEMS)))
    noun, _feminine = adapter.noun_of(uid, item)
    return Element(
        uid=uid,
        label=situation.label(uid) if uid != ROOT else _("Réglages généraux"),
        noun=noun,
        row=None,
        editors=[values.editor(situation, uid, prop, refusal.problems.get(prop, ""), typed) for prop in props],
        standing=situation.item_standing(uid),
        closed=item.get(adapter.closing) is True,
        can_close=uid in atoms.homes and adapter.closing in adapter.props and closing.editable,
        close_why=closing.why,
        order=others if _is_movable(situation, uid) else [],
        place=siblings.index(uid) + 1 if uid in siblings else 0,
        locks=situation.locks_on(uid),
        own_locks=[(prop, _lock_name(situation, uid, prop, op), op.reason) for prop, op in situation.own_locks(uid)],
        lockable=[(ALL, situation.prop_name(uid, ALL)), *lockable] if situation.may_lock else [],
        readers=_readers(situation, uid),
        dated=outlines.dated_values(situation, uid) if situation.kind == "parameters" and uid != ROOT else [],
        dated_editable=situation.kind == "parameters" and situation.standing(uid, "values").editable,
        dated_choices=_dated_choices(item),
    )


def _is_movable(situation: Situation, uid: str) -> bool:
    return (
        uid in situation.now.atoms.homes
        and situation.kind in outlines.MOVABLE
        and situation.standing(uid, "order").editable
    )


def _readers(situation: Situation, uid: str) -> list[str]:
    """Return what reads an item: processes, decisions, indicators."""
    known = words.kind_names()
    found = store.readers_of(reading(), situation.kind, situation.artifact.key, [uid])
    titles = {(one.kind, one.key): one.title for one in store.artifacts(reading())} if found else {}
    names = [(one.reader_kind, titles.get((one.reader_kind, one.reader_key)) or one.reader_key) for one in found]
    return [f"{known.get(kind, kind)} « {title} »" for kind, title in names]


def _dated_choices(item: Mapping[str, Any]) -> list[str]:
    if item.get("type") == "boolean":
        return ["oui", "non"]
    return [str(one) for one in item.get("choices") or []]


@dataclass(frozen=True)
class Adding:
    """What the form of an addition needs: where it goes and what can be chosen."""

    after: str
    container: str
    where: str
    action: str
    types: list[tuple[str, str]]
    lists: list[tuple[str, str]]
    purposes: list[str]
    others: list[tuple[str, str]]
    columns: list[tuple[str, str]]
    lock: str


def _adding(situation: Situation, asked: Mapping[str, str]) -> Adding:
    atoms = situation.now.atoms
    after, container = asked.get("apres", ""), asked.get("dans", "")
    if after in atoms.items:
        where = _("après « {label} »").format(label=situation.label(after))
        container = atoms.homes.get(after, container)
    elif container in atoms.items and container != ROOT:
        where = _("au début de « {label} »").format(label=situation.label(container))
    else:
        where = _("à la fin")
    owner = container.removesuffix("/rules")
    columns = [*atoms.children(f"{owner}/inputs"), *atoms.children(f"{owner}/outputs")]
    lock = situation.container_lock(container or ROOT)
    return Adding(
        after=after,
        container=container,
        where=where,
        action="ajouter-regle" if situation.kind == "decision" else "ajouter",
        types=[(code, label) for code, label in answer_types().items() if code in changing.QUESTION_TYPES],
        lists=list_titles() if situation.kind == "form" else [],
        purposes=purposes_in(situation) if situation.kind == "form" else [],
        others=[(uid, situation.label(uid)) for uid in atoms.children(ROOT)] if situation.kind == "list" else [],
        columns=[(column, situation.label(column)) for column in columns] if situation.kind == "decision" else [],
        lock=lock_sentence(lock, situation.titles) if lock else "",
    )


def answer_types() -> dict[str, str]:
    """Return the types of answers a question may have."""
    return {
        "text": _("Texte court"),
        "long_text": _("Texte long"),
        "boolean": _("Oui ou non"),
        "choice": _("Un choix dans une liste"),
        "choices": _("Plusieurs choix dans une liste"),
        "date": _("Date"),
        "integer": _("Nombre entier"),
        "decimal": _("Nombre à virgule"),
        "money": _("Montant en euros"),
        "phone": _("Numéro de téléphone"),
        "email": _("Adresse électronique"),
    }


def list_titles() -> list[tuple[str, str]]:
    """Return the lists a question may offer: (key, title)."""
    found = [(one.key, one.title or one.key) for one in store.artifacts(reading(), "list")]
    return sorted(found, key=lambda one: one[1].casefold())


def purposes_in(situation: Situation) -> list[str]:
    """Return the purposes the questions of a form already have."""
    found = {str(item["purpose"]) for item in situation.now.atoms.items.values() if item.get("purpose")}
    return sorted(found)


def _picture(situation: Situation) -> Any:
    if situation.kind != "process":
        return None
    drawing = read_drawing(str(situation.now.document.get("bpmn", "")).encode())
    return draw(drawing, {}, situation.title) if drawing else None


def _preview(situation: Situation, uid: str) -> previews.Preview | None:
    """Return the form rendered, the section of the item at hand only; None when the draft breaks it."""
    first = uid or next(iter(situation.now.atoms.children(ROOT)), "")
    try:
        return previews.preview(reading(), situation.artifact, situation.unit, situation.unit, about=first)
    except JalonError:
        return None
