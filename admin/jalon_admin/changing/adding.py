"""Add a question, a value, a rule, a dated value of a parameter; a new item bears the code of its unit."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from jalon.base.json import Json
from jalon.engines.layering import ROOT, Op
from jalon_admin import values
from jalon_admin.changing.asking import Asked, Posted, Wrong, action, element_of, one_of, reason_of
from jalon_admin.changing.ordering import arranged
from jalon_admin.labels import label_problem
from jalon_admin.looking import Situation

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


@action("ajouter")
def add(situation: Situation, posted: Posted) -> Asked:
    """Add an item after another."""
    label = one_of(posted, "label").strip()
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
    op = Op(id="", verb="add", uid=uid, value=item, container=container, after=after, reason=reason_of(posted))
    children = situation.now.atoms.children(container)
    wanted = list(children)
    wanted.insert(wanted.index(after) + 1 if after in wanted else (0 if after == "" else len(wanted)), uid)
    said = _("« {label} » est ajouté au brouillon, à la position {place} sur {count}.")
    ops = [op] if situation.kind == "decision" else arranged(situation, [op], container, wanted)
    return Asked(ops, uid, said.format(label=label, place=wanted.index(uid) + 1, count=len(wanted)))


@action("ajouter-regle")
def add_rule(situation: Situation, posted: Posted) -> Asked:
    """Add a rule to a decision table, before the one that accepts everything."""
    container = one_of(posted, "dans")
    cells = {prop: text[0].strip() or "-" for prop, text in posted.items() if prop.startswith("cell:") and text}
    note = one_of(posted, "note").strip()
    if all(text == "-" for text in cells.values()):
        raise Wrong({next(iter(cells), "note"): _("Remplissez au moins une condition ou un résultat.")})
    if not note:
        raise Wrong({"note": _("Dites en quelques mots à quoi sert cette règle.")})
    uid = new_uid(situation, note[:40], container)
    op = Op(id="", verb="add", uid=uid, value={**cells, "note": note}, container=container, reason=reason_of(posted))
    return Asked([op], uid, _("La règle est ajoutée au brouillon."))


@action("dater")
def add_dated_value(situation: Situation, posted: Posted) -> Asked:
    """Give a parameter a value from a date on."""
    uid = element_of(situation, posted)
    item = situation.now.atoms.items[uid]
    problems: dict[str, str] = {}
    value: Json = None
    since = ""
    try:
        since = values.day(one_of(posted, "depuis")).isoformat()
    except values.Unreadable as unreadable:
        problems["depuis"] = str(unreadable)
    try:
        value = _typed(item, one_of(posted, "valeur").strip())
    except values.Unreadable as unreadable:
        problems["valeur"] = str(unreadable)
    source = one_of(posted, "source").strip()
    if not source:
        problems["source"] = _("Dites d’où vient cette valeur : texte, décision, délibération…")
    if problems:
        raise Wrong(problems)
    held: Any = item.get("values")
    kept = [one for one in (held if isinstance(held, list) else []) if one.get("from") != since]
    dated = sorted([*kept, {"from": since, "value": value, "source": source}], key=lambda one: str(one["from"]))
    op = Op(id="", verb="set", uid=uid, prop="values", value=dated, reason=reason_of(posted) or source)
    return Asked([op], uid, _("La valeur est ajoutée au brouillon."))


def _place(situation: Situation, posted: Posted) -> tuple[str | None, str]:
    """Return (after, container) of what is added: after an item, in a container, or at the end of the first."""
    after, container = one_of(posted, "apres"), one_of(posted, "dans")
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
    item: dict[str, Json] = {"label": one_of(posted, "label").strip()}
    for name, prop in (("help", "help"), ("regroupement", "rolls_up_to"), ("parent", "parent")):
        text = one_of(posted, name).strip()
        if not text:
            continue
        if prop != "help" and text not in situation.now.atoms.items:
            problems[name] = _("Choisissez une valeur de la liste.")
        item[prop] = text
    return item


def _question(_situation: Situation, posted: Posted, problems: dict[str, str]) -> dict[str, Json]:
    kind = one_of(posted, "type")
    if kind not in QUESTION_TYPES:
        problems["type"] = _("Choisissez le type de réponse.")
        kind = "text"
    item: dict[str, Json] = {"label": one_of(posted, "label").strip(), **QUESTION_TYPES[kind]}
    if kind in ("choice", "choices"):
        key = one_of(posted, "liste").strip()
        if not key:
            problems["liste"] = _("Choisissez la liste où se trouvent les réponses.")
        item["list"] = key
    if text := one_of(posted, "help").strip():
        item["help"] = text
    for name, prop in (("donnee", "bind"), ("notion", "concept")):
        if text := one_of(posted, name).strip():
            item[prop] = text
    obligation = one_of(posted, "obligation")
    if obligation and obligation != "none":
        item["obligation"] = obligation
    sensitivity = one_of(posted, "sensibilite")
    if sensitivity not in ("none", "personal", "sensitive"):
        problems["sensibilite"] = _("Dites si la réponse est une donnée personnelle.")
    item["sensitivity"] = sensitivity
    if sensitivity in ("personal", "sensitive"):
        for name, prop, sentence in (
            ("finalite", "purpose", _("Dites à quoi sert cette donnée : elle ne peut pas être demandée sans cela.")),
            ("conservation", "retention", _("Dites combien de temps cette donnée est gardée.")),
        ):
            text = one_of(posted, name).strip()
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
