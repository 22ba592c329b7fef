"""The decision table editor: rules in rows, what overlaps or lacks with an example, and a try with sample answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError
from jalon.engines import decisions
from jalon.engines.decisions.types import type_name
from jalon.engines.expressions import parse
from jalon.engines.layering import Op
from jalon.services import configuration
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, number_posted, reading, transaction
from jalon_admin import outlines, values
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Wrong, new_uid
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look
from jalon_admin.views.editor import cells

TABLE = "/<unit>/decision/<key>/editeur"


@dataclass(frozen=True)
class Column:
    """A column of a table: its type decides how a cell is written."""

    uid: str
    name: str
    type: str
    output: bool


@dataclass(frozen=True)
class Tried:
    """What a try gave: the rules that answered, the explanation, line by line."""

    decision: str
    matched: tuple[str, ...]
    lines: list[str]


@bp.get(TABLE)
@permission("configuration.voir")
def table_editor(unit: str, key: str) -> ResponseReturnValue:
    """Show the tables; `regle` opens a rule, `ajouter` an empty one, `essai` tries what is answered."""
    return _show(look(reading(), current_actor(), unit, "decision", key))


@bp.post(TABLE)
@permission("configuration.modifier")
def table_change(unit: str, key: str) -> ResponseReturnValue:
    """Add, change, move, close or open a rule, in the draft."""
    problems: dict[str, str] = {}
    message = ""
    try:
        with transaction() as session:
            actor = current_actor()
            situation = look(session, actor, unit, "decision", key)
            ops, said = _asked(situation)
            if ops:
                draft = configuration.open_draft(session, actor, situation.unit.id, "decision", key)
                configuration.change_draft(session, actor, draft.id, ops, number_posted("version", 1))
    except Wrong as wrong:
        problems, message, status = wrong.problems, _("Certaines réponses sont à corriger."), 422
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        message, status = refusal.text(_), refusal.status
    if message:
        return _show(look(reading(), current_actor(), unit, "decision", key), message, problems), status
    flash(said)
    return redirect(url_for(".table_editor", unit=unit, key=key, _anchor=request.form.get("table") or None), code=303)


def _asked(situation: Situation) -> tuple[list[Op], str]:
    name = request.form.get("action", "")
    if name in ("monter", "descendre", "fermer", "rouvrir"):
        asked = ACTIONS[name](situation, request.form.to_dict(flat=False))
        return asked.ops, asked.said
    if name != "regle":
        raise Wrong({"action": _("Cette action n’existe pas.")})
    uid, owner = request.form.get("element", ""), request.form.get("table", "")
    if f"{owner}/rules" not in situation.now.atoms.shelves:
        raise Wrong({"table": _("Cette table n’existe pas, ou plus, ici.")})
    written, problems = {}, {}
    for column in columns_of(situation, owner):
        try:
            written[f"cell:{column.uid}"] = cells.feel(
                request.form.get(f"cell:{column.uid}", ""), column.type, output=column.output
            )
        except values.Unreadable as unreadable:
            problems[f"cell:{column.uid}"] = str(unreadable)
    note = request.form.get("note", "").strip()
    if not uid and not note:
        problems["note"] = _("Dites en quelques mots à quoi sert cette règle.")
    if problems:
        raise Wrong(problems)
    if uid:
        held = situation.now.atoms.items.get(uid, {})
        texts = {**written, "note": note}
        ops = [
            Op(id="", verb="set", uid=uid, prop=prop, value=text)
            for prop, text in texts.items()
            if text != str(held.get(prop, "" if prop == "note" else "-"))
        ]
        return ops, _("La règle est modifiée dans le brouillon.")
    container = f"{owner}/rules"
    made = new_uid(situation, note[:40], container)
    op = Op(id="", verb="add", uid=made, value={**written, "note": note}, container=container)
    return [op], _("La règle est ajoutée au brouillon.")


def columns_of(situation: Situation, owner: str) -> list[Column]:
    """Return the columns of a table, inputs first."""
    atoms = situation.now.atoms
    return [
        Column(uid, situation.label(uid), type_name(str(atoms.items[uid].get("type", ""))), part == "outputs")
        for part in ("inputs", "outputs")
        for uid in atoms.children(f"{owner}/{part}")
    ]


def _show(situation: Situation, message: str = "", problems: Mapping[str, str] | None = None) -> str:
    model = situation.now.document
    found = [one for one in decisions.check_model(model) if not one.code.startswith("expression.")]
    tables = outlines.tables(situation)
    opened = request.values.get("element") or request.args.get("regle", "")
    owner = situation.now.atoms.homes.get(opened, "").removesuffix("/rules")
    return page(
        "editor_table.html",
        situation.unit,
        (situation.title, url_for(".artifact", **situation.address)),
        (_("Éditeur"), ""),
        situation=situation,
        here=situation.address,
        tables=tables,
        columns={one.uid: columns_of(situation, one.uid) for one in tables},
        problems_of={one.uid: _problems(situation, one.uid, found) for one in tables},
        asked={one.uid: _names(model, one.uid) for one in tables},
        opened=opened if request.form.get("action") in (None, "regle") else "",
        adding=request.args.get("ajouter", "") or (request.form.get("table", "") if problems and not opened else ""),
        owner=owner,
        typed=lambda rule, column: _typed(situation, rule, column),
        tried=_try(situation, model),
        message=message,
        problems=problems or {},
        movable=lambda rule: situation.may_change and situation.added_here(rule),
    )


def _typed(situation: Situation, rule: str, column: Column) -> str:
    """Return what a cell holds: what was typed and refused, else what is kept."""
    name = f"cell:{column.uid}"
    if name in request.form:
        return request.form[name]
    return cells.plain(str(situation.now.atoms.items.get(rule, {}).get(name, "-")), column.type)


def _problems(situation: Situation, owner: str, found: list[Any]) -> list[Any]:
    """Return what is wrong with one table: its overlaps and gaps, each with an example."""
    inside = {owner, *situation.now.atoms.children(f"{owner}/rules"), *(c.uid for c in columns_of(situation, owner))}
    return [one for one in found if one.element in inside]


def _names(model: Any, owner: str) -> list[str]:
    """Return what a try must be told: what its expressions read, but parameters and other decisions."""
    known = {str(one["id"]): one for one in model.get("decisions", [])}
    waiting, done, names = [owner], set(), {}
    given: set[str] = set()
    while waiting:
        one = known.get(waiting.pop())
        if one is None or one["id"] in done:
            continue
        done.add(one["id"])
        given |= {str(one.get(name)) for name in ("id", "name", "variable")}
        waiting.extend(str(other) for other in one.get("requires") or [])
        table = one.get("table") or {}
        sources = [str(column.get("expression") or "") for column in table.get("inputs", [])]
        sources.append(str(one.get("literal") or ""))
        for source in sources:
            names |= dict.fromkeys(_read(source))
    return [name for name in names if name.split(".")[0] not in {*given, "parametre"}]


def _read(source: str) -> list[str]:
    try:
        return sorted(str(name) for name in parse(source).names) if source else []
    except JalonError:
        return []  # said among the problems of the table


def _try(situation: Situation, model: Any) -> Tried | None:
    """Run the decision asked for with the answers of the query; the parameters are those of the unit today."""
    wanted = request.args.get("essai", "")
    if not wanted:
        return None
    inputs: dict[str, Any] = {"parametre": configuration.parameters(reading(), situation.unit.id)}
    for name in _names(model, wanted):
        step = inputs
        *path, last = name.split(".")
        for piece in path:
            step = step.setdefault(piece, {})
        step[last] = sample(request.args.get(f"a:{name}", ""))
    try:
        decided = decisions.decide(decisions.compile_model(model), wanted, inputs, now=now())
    except JalonError as refusal:
        return Tried(wanted, (), [refusal.text(_)])
    return Tried(wanted, decided.matched, decisions.explain(decided).split("\n"))


def sample(text: str) -> Any:
    """Return an answer typed for a try: yes or no, a number, a date, else a text; None when nothing is."""
    said = text.strip()
    if not said:
        return None
    if said.casefold() in ("oui", "non"):
        return said.casefold() == "oui"
    for read in (values.number, lambda day: values.day(day).isoformat()):
        try:
            return read(said)
        except values.Unreadable:
            continue
    return said
