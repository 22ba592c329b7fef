"""From what an administrator posts to operations on the unit's level: one builder per action, found in a registry."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from jalon.base.json import Json
from jalon.engines.layering import ABSENT, ALL, ROOT, Op
from jalon.engines.layering.atoms import same
from jalon_admin import outlines, values
from jalon_admin.labels import label_problem
from jalon_admin.looking import Situation

Posted = Mapping[str, list[str]]
"""Field -> values, as the browser sent them."""

QUESTION_TYPES: dict[str, dict[str, Json]] = {
    "text": {"type": "string", "maxLength": 200},
    "long_text": {"type": "string", "kind": "long_text", "maxLength": 2000},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "money": {"type": "number", "kind": "money", "minimum": 0},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "choice": {"type": "string"},
    "choices": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    "phone": {"type": "string", "kind": "phone"},
    "email": {"type": "string", "format": "email"},
}
"""What a question of each type is in the schema."""


@dataclass(frozen=True)
class Asked:
    """Operations to put in the draft, the item to show afterwards, what to say."""

    ops: list[Op]
    uid: str
    said: str


class Wrong(Exception):
    """What was typed is to be corrected: field -> sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("wrong")
        self.problems = dict(problems)


Builder = Callable[[Situation, Posted], Asked]
ACTIONS: dict[str, Builder] = {}


def action(name: str) -> Callable[[Builder], Builder]:
    """Put a builder in the registry."""

    def register(builder: Builder) -> Builder:
        ACTIONS[name] = builder
        return builder

    return register


@action("enregistrer")
def save(situation: Situation, posted: Posted) -> Asked:
    """Set the properties of an item that differ from what it has."""
    uid = _element(situation, posted)
    problems: dict[str, str] = {}
    homes = situation.now.atoms.homes
    ops = []
    for prop in posted.get("props", []):
        if prop not in outlines.visible_props(situation, uid):
            continue
        try:
            value = values.read(situation, uid, prop, posted.get(prop, []))
        except values.Unreadable as unreadable:
            problems[prop] = str(unreadable)
            continue
        if same(value, situation.now.atoms.value(uid, prop)):
            continue
        if prop == "label" and (problem := label_problem(situation, str(value), homes.get(uid, ROOT), uid)):
            problems[prop] = problem
        else:
            ops.append(_set(situation, uid, prop, value, _reason(posted)))
    if problems:
        raise Wrong(problems)
    return Asked(ops, uid, _("« {label} » est modifié dans le brouillon.").format(label=situation.label(uid)))


@action("fermer")
def close(situation: Situation, posted: Posted) -> Asked:
    """Close an item: it is no more offered, what holds it keeps it."""
    uid = _element(situation, posted)
    said = _("« {label} » ne sera plus proposé. Les dossiers qui l’ont déjà le gardent.")
    return Asked([_op("close", uid, posted)], uid, said.format(label=situation.label(uid)))


@action("rouvrir")
def reopen(situation: Situation, posted: Posted) -> Asked:
    """Offer an item again."""
    uid = _element(situation, posted)
    said = _("« {label} » sera de nouveau proposé.").format(label=situation.label(uid))
    return Asked([_op("reopen", uid, posted)], uid, said)


@action("monter")
def move_up(situation: Situation, posted: Posted) -> Asked:
    """Move an item one place up."""
    return _shift(situation, _one(posted, "monter") or _element(situation, posted), -1)


@action("descendre")
def move_down(situation: Situation, posted: Posted) -> Asked:
    """Move an item one place down."""
    return _shift(situation, _one(posted, "descendre") or _element(situation, posted), 1)


@action("deplacer")
def move_after(situation: Situation, posted: Posted) -> Asked:
    """Move an item after another, or first."""
    uid, after = _element(situation, posted), _one(posted, "apres")
    order = _siblings(situation, uid)
    others = [one for one in order if one != uid]
    if after and after not in others:
        raise Wrong({"apres": _("Choisissez un élément de la même partie.")})
    place = others.index(after) + 1 if after else 0
    return _moved(situation, uid, [*others[:place], uid, *others[place:]])


@action("ajouter")
def add(situation: Situation, posted: Posted) -> Asked:
    """Add an item after another."""
    label = _one(posted, "label").strip()
    problems = {}
    if not label:
        problems["label"] = _("Écrivez un libellé : les personnes n’en verraient aucun.")
    elif len(label) > 200:
        problems["label"] = _("Ce libellé est trop long : 200 caractères au plus.")
    maker = _ITEMS.get(situation.kind)
    if maker is None:
        raise Wrong({"label": _("Rien ne s’ajoute ici.")})
    item = maker(situation, posted, problems)
    if problems:
        raise Wrong(problems)
    after, container = _place(situation, posted)
    if problem := label_problem(situation, label, container):
        raise Wrong({"label": problem})
    uid = new_uid(situation, label, container)
    op = Op(id="", verb="add", uid=uid, value=item, container=container, after=after, reason=_reason(posted))
    children = situation.now.atoms.children(container)
    wanted = list(children)
    wanted.insert(wanted.index(after) + 1 if after in wanted else (0 if after == "" else len(wanted)), uid)
    said = _("« {label} » est ajouté au brouillon, à la position {place} sur {count}.")
    ops = [op] if situation.kind == "decision" else arranged(situation, [op], container, wanted)
    return Asked(ops, uid, said.format(label=label, place=wanted.index(uid) + 1, count=len(wanted)))


@action("ajouter-regle")
def add_rule(situation: Situation, posted: Posted) -> Asked:
    """Add a rule to a decision table, before the one that accepts everything."""
    container = _one(posted, "dans")
    cells = {prop: text[0].strip() or "-" for prop, text in posted.items() if prop.startswith("cell:") and text}
    note = _one(posted, "note").strip()
    if all(text == "-" for text in cells.values()):
        raise Wrong({next(iter(cells), "note"): _("Remplissez au moins une condition ou un résultat.")})
    if not note:
        raise Wrong({"note": _("Dites en quelques mots à quoi sert cette règle.")})
    uid = new_uid(situation, note[:40], container)
    op = Op(id="", verb="add", uid=uid, value={**cells, "note": note}, container=container, reason=_reason(posted))
    return Asked([op], uid, _("La règle est ajoutée au brouillon."))


@action("dater")
def add_dated_value(situation: Situation, posted: Posted) -> Asked:
    """Give a parameter a value from a date on."""
    uid = _element(situation, posted)
    item = situation.now.atoms.items[uid]
    problems: dict[str, str] = {}
    value: Json = None
    since = ""
    try:
        since = values.day(_one(posted, "depuis")).isoformat()
    except values.Unreadable as unreadable:
        problems["depuis"] = str(unreadable)
    try:
        value = _typed(item, _one(posted, "valeur").strip())
    except values.Unreadable as unreadable:
        problems["valeur"] = str(unreadable)
    source = _one(posted, "source").strip()
    if not source:
        problems["source"] = _("Dites d’où vient cette valeur : texte, décision, délibération…")
    if problems:
        raise Wrong(problems)
    held: Any = item.get("values")
    kept = [one for one in (held if isinstance(held, list) else []) if one.get("from") != since]
    dated = sorted([*kept, {"from": since, "value": value, "source": source}], key=lambda one: str(one["from"]))
    op = Op(id="", verb="set", uid=uid, prop="values", value=dated, reason=_reason(posted) or source)
    return Asked([op], uid, _("La valeur est ajoutée au brouillon."))


@action("verrouiller")
def lock(situation: Situation, posted: Posted) -> Asked:
    """Forbid the levels below to change a property, with the reason they will read."""
    uid, prop = _element(situation, posted), _one(posted, "prop") or ALL
    problems: dict[str, str] = {}
    reason = _one(posted, "motif").strip()
    if not reason:
        problems["motif"] = _("Un verrou se justifie : sa raison sera montrée à chaque niveau.")
    review = None
    if _one(posted, "revoir").strip():
        try:
            review = values.day(_one(posted, "revoir")).isoformat()
        except values.Unreadable as unreadable:
            problems["revoir"] = str(unreadable)
    mode = _one(posted, "mode")
    until = None
    if mode == "grandfather":
        try:
            until = values.day(_one(posted, "jusqu-au")).isoformat()
        except values.Unreadable as unreadable:
            problems["jusqu-au"] = str(unreadable)
    if problems:
        raise Wrong(problems)
    op = Op(
        id="",
        verb="lock",
        uid=uid,
        prop=prop,
        reason=reason,
        legal=_one(posted, "reference").strip(),
        review=review,
        mode=mode if mode in ("force", "grandfather") else "conflicts",
        until=until,
    )
    return Asked([op], uid, _("Le verrou est dans le brouillon : il prendra effet à la publication."))


@action("deverrouiller")
def unlock(situation: Situation, posted: Posted) -> Asked:
    """Take back a lock of this level; one of a level above is refused by the service."""
    uid, prop = _element(situation, posted), _one(posted, "prop") or ALL
    op = Op(id="", verb="unlock", uid=uid, prop=prop, reason=_reason(posted))
    return Asked([op], uid, _("Le verrou sera levé à la publication."))


def _set(situation: Situation, uid: str, prop: str, value: Any, reason: str) -> Op:
    if situation.kind == "process" and prop == "default":
        return Op(id="", verb="toggle", uid=uid, value=value, reason=reason)
    if situation.kind == "process" and prop == "bound":
        return Op(id="", verb="bind", uid=uid, value="" if value is ABSENT else value, reason=reason)
    if value is ABSENT:
        return Op(id="", verb="unset", uid=uid, prop=prop, reason=reason)
    return Op(id="", verb="set", uid=uid, prop=prop, value=value, reason=reason)


def _op(verb: Any, uid: str, posted: Posted) -> Op:
    return Op(id="", verb=verb, uid=uid, reason=_reason(posted))


def _one(posted: Posted, name: str) -> str:
    found = posted.get(name) or [""]
    return found[0]


def _reason(posted: Posted) -> str:
    return _one(posted, "motif").strip()


def _element(situation: Situation, posted: Posted) -> str:
    uid = _one(posted, "element")
    if uid not in situation.now.atoms.items:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    return uid


def _siblings(situation: Situation, uid: str) -> list[str]:
    return situation.now.atoms.children(situation.now.atoms.homes.get(uid, ROOT))


def _shift(situation: Situation, uid: str, step: int) -> Asked:
    if uid not in situation.now.atoms.items:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    order = _siblings(situation, uid)
    place = order.index(uid)
    target = min(max(place + step, 0), len(order) - 1)
    others = [one for one in order if one != uid]
    return _moved(situation, uid, [*others[:target], uid, *others[target:]])


def _moved(situation: Situation, uid: str, wanted: list[str]) -> Asked:
    container = situation.now.atoms.homes.get(uid, ROOT)
    place = wanted.index(uid)
    ops = []
    if wanted != _siblings(situation, uid):
        first = Op(id="", verb="move_after", uid=uid, container=container, after=wanted[place - 1] if place else "")
        ops = arranged(situation, [first], container, wanted)
    said = _("« {label} » : position {place} sur {count}.")
    return Asked(ops, uid, said.format(label=situation.label(uid), place=place + 1, count=len(wanted)))


def arranged(situation: Situation, ops: list[Op], container: str, wanted: list[str]) -> list[Op]:
    """Return the ops, and the moves of its neighbours that are needed for the order asked for.

    What hangs on an item follows it, and two items that hang on the same one keep an order of their own:
    the item out of place, or the one that took its place, is then hung in turn on its right neighbour.
    """
    found = list(ops)
    for _step in range(len(wanted)):
        order = _simulated(situation, found, container)
        broken = next((place for place, uid in enumerate(wanted) if order[place : place + 1] != [uid]), None)
        if broken is None:
            break
        moved = {op.uid for op in found if op.verb == "move_after"}
        waiting = [uid for uid in (wanted[broken], *order[broken : broken + 1]) if uid in wanted and uid not in moved]
        if not waiting:
            break  # the engine has its reasons: a lock, or a row that must stay last
        place = wanted.index(waiting[0])
        after = wanted[place - 1] if place else ""
        found.append(Op(id="", verb="move_after", uid=waiting[0], container=container, after=after))
    return found


def _simulated(situation: Situation, ops: Sequence[Op], container: str) -> list[str]:
    moved = {op.uid for op in ops if op.verb == "move_after"}
    kept = [op for op in situation.ops if not (op.verb == "move_after" and op.uid in moved)]
    named = [replace(op, id=f"essai-{number}") for number, op in enumerate(ops)]
    return situation.with_ops([*kept, *named]).atoms.children(container)


def _place(situation: Situation, posted: Posted) -> tuple[str | None, str]:
    """Return (after, container) of what is added: after an item, in a container, or at the end of the first."""
    after, container = _one(posted, "apres"), _one(posted, "dans")
    atoms = situation.now.atoms
    if after and after in atoms.homes:
        return after, atoms.homes[after]
    if container and (container in atoms.shelves):
        return (None, container) if after != "" or "apres" not in posted else ("", container)
    found = situation.adapter.default_container(atoms, Op(id="", verb="add", uid="x", value={}))
    return None, found


def new_uid(situation: Situation, label: str, container: str) -> str:
    """Return a uid of this level, made from a label, that nothing has or ever had."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_") or "element"
    rows = _rows_of(situation, container)
    base = f"{rows}{situation.unit.code}__{slug}"
    uid, number = base, 2
    taken = {*situation.now.atoms.items, *situation.parent.atoms.items, *(op.uid for op in situation.ops)}
    while uid in taken:
        uid, number = f"{base}_{number}", number + 1
    return uid


def _rows_of(situation: Situation, container: str) -> str:
    """Return the prefix of a question added inside a repeated group, "" elsewhere."""
    if situation.kind != "form":
        return ""
    atoms, step = situation.now.atoms, container
    while step and step != ROOT:
        if "_rows" in atoms.items.get(step, {}):
            return f"{step}."
        step = atoms.homes.get(step, "")
    return ""


def _list_value(situation: Situation, posted: Posted, problems: dict[str, str]) -> dict[str, Json]:
    item: dict[str, Json] = {"label": _one(posted, "label").strip()}
    for name, prop in (("help", "help"), ("regroupement", "rolls_up_to"), ("parent", "parent")):
        text = _one(posted, name).strip()
        if not text:
            continue
        if prop != "help" and text not in situation.now.atoms.items:
            problems[name] = _("Choisissez une valeur de la liste.")
        item[prop] = text
    return item


def _question(_situation: Situation, posted: Posted, problems: dict[str, str]) -> dict[str, Json]:
    kind = _one(posted, "type")
    if kind not in QUESTION_TYPES:
        problems["type"] = _("Choisissez le type de réponse.")
        kind = "text"
    item: dict[str, Json] = {"label": _one(posted, "label").strip(), **QUESTION_TYPES[kind]}
    if kind in ("choice", "choices"):
        key = _one(posted, "liste").strip()
        if not key:
            problems["liste"] = _("Choisissez la liste où se trouvent les réponses.")
        item["list"] = key
    if text := _one(posted, "help").strip():
        item["help"] = text
    obligation = _one(posted, "obligation")
    if obligation and obligation != "none":
        item["obligation"] = obligation
    sensitivity = _one(posted, "sensibilite")
    if sensitivity not in ("none", "personal", "sensitive"):
        problems["sensibilite"] = _("Dites si la réponse est une donnée personnelle.")
    item["sensitivity"] = sensitivity
    if sensitivity in ("personal", "sensitive"):
        for name, prop, sentence in (
            ("finalite", "purpose", _("Dites à quoi sert cette donnée : elle ne peut pas être demandée sans cela.")),
            ("conservation", "retention", _("Dites combien de temps cette donnée est gardée.")),
        ):
            text = _one(posted, name).strip()
            if not text:
                problems[name] = sentence
            item[prop] = text
    return item


_ITEMS: dict[str, Callable[[Situation, Posted, dict[str, str]], dict[str, Json]]] = {
    "list": _list_value,
    "form": _question,
}


def _typed(item: Mapping[str, Json], text: str) -> Json:
    """Read the value of a parameter, within its bounds; raises Unreadable."""
    if not text:
        raise values.Unreadable(_("Écrivez la valeur."))
    kind = item.get("type")
    if kind in ("integer", "decimal", "money"):
        found = values.number(text)
        if kind == "integer" and not isinstance(found, int):
            raise values.Unreadable(_("Écrivez un nombre entier."))
        low, high = item.get("min"), item.get("max")
        if (low is not None and float(found) < float(low)) or (high is not None and float(found) > float(high)):
            said = _("La valeur doit être entre {low} et {high}.")
            raise values.Unreadable(said.format(low=values.plain(low), high=values.plain(high)))
        return found
    if kind == "boolean":
        return text == "oui"
    if kind == "duration":
        return values.iso_duration(text)
    choices = item.get("choices")
    if isinstance(choices, list) and text not in [str(one) for one in choices]:
        raise values.Unreadable(_("Choisissez une des valeurs permises."))
    return text
