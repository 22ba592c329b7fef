"""Values pasted from a spreadsheet: what each row would add, change or leave, and why one is refused."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from jalon.base.json import Json
from jalon.engines.layering import ROOT, Op
from jalon.services.configuration.comparing import plain_words
from jalon_admin.changing import new_uid
from jalon_admin.looking import Situation
from jalon_admin.views.editor.guessing import plain_text

MAX_ROWS = 1000
COLUMNS = {
    "code": "code",
    "libelle": "label",
    "label": "label",
    "intitule": "label",
    "valeur": "label",
    "nom": "label",
    "aide": "help",
    "help": "help",
    "regroupement": "rolls_up_to",
    "compter avec": "rolls_up_to",
    "rolls up to": "rolls_up_to",
}
"""Head of a column, without capitals or accents -> property."""


@dataclass
class PastedRow:
    """One row: its line, what it says, `outcome` added, changed, same or refused, the reason or a warning."""

    line: int
    code: str
    label: str
    outcome: str
    why: str = ""
    before: str = ""
    ops: list[Op] = field(default_factory=list)


def read_paste(situation: Situation, text: str) -> list[PastedRow]:
    """Return what each pasted row would do to a list of values."""
    atoms = situation.now.atoms
    by_label = {plain_words(str(atoms.items[uid].get("label", ""))): uid for uid in atoms.children(ROOT)}
    found: list[PastedRow] = []
    seen: set[str] = set()
    last = (atoms.children(ROOT) or [None])[-1]
    for line, cells in _rows(text):
        row = _judge(situation, line, cells, by_label, last)
        key = plain_words(row.label)
        if row.outcome != "refused" and key in seen:
            row = PastedRow(line, row.code, row.label, "refused", _("Ce libellé est déjà plus haut dans le collage."))
        seen.add(key)
        if row.outcome == "added":
            taken = {one.code for one in found}
            base, number = row.code, 2
            while row.code in taken:
                row.code, number = f"{base}_{number}", number + 1
            row.ops = [Op(**{**_fields(row.ops[0]), "uid": row.code, "after": last})]
            last = row.code
        found.append(row)
        if len(found) == MAX_ROWS:
            break
    return found


def _fields(op: Op) -> dict[str, Any]:
    return {"id": "", "verb": op.verb, "value": op.value, "container": op.container}


def _judge(
    situation: Situation, line: int, cells: Mapping[str, str], by_label: Mapping[str, str], last: str | None
) -> PastedRow:
    atoms = situation.now.atoms
    code, label = cells.get("code", ""), cells.get("label", "")
    own = f"{situation.unit.code}__{code}"
    uid = code if code in atoms.homes else own if code and own in atoms.homes else ""
    if not label:
        return PastedRow(line, code, label, "refused", _("Il n’y a pas de libellé."))
    if len(label) > 200:
        return PastedRow(line, code, label, "refused", _("Ce libellé est trop long : 200 caractères au plus."))
    if code and not re.fullmatch(r"[a-z][a-z0-9_]*", code):
        return PastedRow(line, code, label, "refused", _("Un code s’écrit en minuscules, chiffres et tirets bas."))
    rolls_up_to = cells.get("rolls_up_to", "")
    if rolls_up_to and rolls_up_to not in atoms.items:
        return PastedRow(line, code, label, "refused", _("La valeur de regroupement n’existe pas dans la liste."))
    if not uid and not code:
        near = by_label.get(plain_words(label), "")
        if near and situation.label(near) == label:
            uid = near
    if uid:
        return _changed(situation, line, uid, cells)
    return _added(situation, line, cells, by_label, last)


def _changed(situation: Situation, line: int, uid: str, cells: Mapping[str, str]) -> PastedRow:
    ops = []
    for prop in ("label", "help"):
        if prop not in cells or cells[prop] == str(situation.now.atoms.items[uid].get(prop, "")):
            continue
        standing = situation.standing(uid, prop)
        if not standing.editable:
            return PastedRow(line, uid, cells["label"], "refused", standing.why or standing.words)
        ops.append(Op(id="", verb="set", uid=uid, prop=prop, value=cells[prop]))
    outcome = "changed" if ops else "same"
    return PastedRow(line, uid, cells["label"], outcome, "", situation.label(uid), ops)


def _added(
    situation: Situation, line: int, cells: Mapping[str, str], by_label: Mapping[str, str], last: str | None
) -> PastedRow:
    code, label = cells.get("code", ""), cells["label"]
    if situation.container_lock(ROOT) is not None:
        return PastedRow(line, code, label, "refused", _("Ce niveau ne peut rien ajouter à cette liste."))
    uid = new_uid(situation, code or label, ROOT)
    item: dict[str, Json] = {prop: cells[prop] for prop in ("label", "help", "rolls_up_to") if cells.get(prop)}
    near = by_label.get(plain_words(label), "")
    warning = _("Ressemble à « {label} », qui existe déjà.").format(label=situation.label(near)) if near else ""
    op = Op(id="", verb="add", uid=uid, value=item, container=ROOT, after=last)
    return PastedRow(line, uid, label, "added", warning, "", [op])


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by property); without a line of heads, a row is a label, or a code and a label."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    delimiter = max("\t;|,", key=first.count)
    if not first.count(delimiter) or (delimiter == "," and first.count(",") > 3):
        delimiter = "\t"
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    heads: list[str] | None = None
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if heads is None:
            named = [COLUMNS.get(plain_text(cell), "") for cell in cells]
            if "label" in named:
                heads = named
                continue
            heads = ["label"] if len(cells) == 1 else ["code", "label", "help"]
        yield reader.line_num, {name: cell for name, cell in zip(heads, cells, strict=False) if name}
