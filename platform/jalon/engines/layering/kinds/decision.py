"""Decisions: rows and cells of tables as atoms; columns belong to the parent."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jalon.base.json import Json
from jalon.engines.layering.atoms import FIRST, LAST, Atoms, AtomsBuilder, Item
from jalon.engines.layering.kinds.base import TECHNICAL, Adapter, Prop, adapts
from jalon.engines.layering.model import ROOT, Op, Value

_CELL: Final = "cell:"
_CELLS: Final = Prop("la case", change="constraining", shape="text")
_PARTS: Final = ("inputs", "outputs", "rules")
_GIVEN: Final = "_given"
_KEPT: Final = "_kept"


@adapts("decision", "la règle de décision")
class Decision(Adapter):
    """A file of decisions: uid = id of the decision, column or rule; the cell of a rule is `cell:<column id>`.

    Rules live in the container `<decision>/rules`, columns in `<decision>/inputs` and `<decision>/outputs`.
    A closed rule leaves the document, its atoms stay.
    """

    noun = "règle"
    feminine = True
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop("le nom", shape="text", change="cosmetic"),
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "note": Prop("la note", shape="text", change="cosmetic"),
        "literal": Prop("la formule", shape="text", change="constraining"),
        "default": Prop("la valeur par défaut", shape="text", change="constraining"),
        "closed": Prop("la fermeture", shape="yes_no", change="constraining"),
    }

    def prop(self, uid: str, prop: str) -> Prop:
        """Cells are free; what makes the table a table is not."""
        return _CELLS if prop.startswith(_CELL) else self.props.get(prop, TECHNICAL)

    def explode(self, document: Json) -> Atoms:
        """Return decisions, columns and rules as items."""
        builder = AtomsBuilder()
        own = {key: value for key, value in document.items() if key != "decisions"}
        own[_GIVEN] = "decisions" in document
        builder.add(ROOT, "", own)
        builder.container(ROOT)
        for number, decision in enumerate(document.get("decisions") or []):
            self._explode_decision(builder, decision, f"_decision_{number}")
        return builder.done()

    def _explode_decision(self, builder: AtomsBuilder, decision: dict[str, Any], spare: str) -> None:
        uid = _uid(builder, decision.get("id"), spare)
        table = decision.get("table")
        own = {key: value for key, value in decision.items() if key != "table"}
        builder.add(uid, ROOT, own)
        if not isinstance(table, dict):
            if "table" in decision:
                own["table"] = table
            return
        own[_KEPT] = {key: value for key, value in table.items() if key not in _PARTS}
        own[_GIVEN] = [part for part in _PARTS if part in table]
        columns: dict[str, list[str]] = {}
        for part in ("inputs", "outputs"):
            container = f"{uid}/{part}"
            builder.container(container)
            columns[part] = []
            for number, column in enumerate(table.get(part) or []):
                column_uid = _uid(builder, column.get("id"), f"_{container}_{number}")
                builder.add(column_uid, container, dict(column))
                columns[part].append(column_uid)
        builder.container(f"{uid}/rules")
        for number, rule in enumerate(table.get("rules") or []):
            rule_uid = _uid(builder, rule.get("id"), f"_{uid}/rules_{number}")
            builder.add(rule_uid, f"{uid}/rules", _rule_item(rule, columns))

    def assemble(self, atoms: Atoms) -> Json:
        """Rebuild the file, rows in order."""
        own = dict(atoms.items[ROOT])
        given = own.pop(_GIVEN, False)
        decisions = [self._assemble_decision(atoms, uid) for uid in atoms.children(ROOT)]
        if decisions or given:
            own["decisions"] = decisions
        return own

    def _assemble_decision(self, atoms: Atoms, uid: str) -> dict[str, Json]:
        decision = dict(atoms.items[uid])
        if _KEPT not in decision:
            return decision
        table = dict(decision.pop(_KEPT))
        given = decision.pop(_GIVEN)
        columns = {part: atoms.children(f"{uid}/{part}") for part in ("inputs", "outputs")}
        for part, found in columns.items():
            if found or part in given:
                table[part] = [dict(atoms.items[column]) for column in found]
        rules = [
            _rule_document(rule, atoms.items[rule], columns)
            for rule in atoms.children(f"{uid}/rules")
            if atoms.items[rule].get("closed") is not True
        ]
        if rules or "rules" in given:
            table["rules"] = rules
        return {**decision, "table": table}

    def default_container(self, atoms: Atoms, op: Op) -> str:
        """The rules of the only table."""
        tables = [uid for uid in atoms.children(ROOT) if f"{uid}/rules" in atoms.shelves]
        return f"{tables[0]}/rules" if len(tables) == 1 else ROOT

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """Only rules may be added, with cells that match the columns."""
        container = op.container or above.homes.get(op.after or "") or self.default_container(above, op)
        if not container.endswith("/rules"):
            return "seule une règle s’ajoute, dans une table désignée par « in » (« <décision>/rules »)"
        owner = container.removesuffix("/rules")
        known = {*above.children(f"{owner}/inputs"), *above.children(f"{owner}/outputs")}
        for prop, value in item.items():
            if prop.startswith(_CELL) and prop.removeprefix(_CELL) not in known:
                return f"la table n’a pas de colonne « {prop.removeprefix(_CELL)} »"
            if prop.startswith(_CELL) and not isinstance(value, str):
                return "une case est un texte"
        return None

    def refuse_value(self, above: Atoms, op: Op, prop: str, value: Value) -> str | None:
        """A cell belongs to a column of its table."""
        if not prop.startswith(_CELL) or op.uid not in above.homes:
            return None
        owner = above.homes[op.uid].removesuffix("/rules")
        column = prop.removeprefix(_CELL)
        known = above.homes.get(column) in (f"{owner}/inputs", f"{owner}/outputs")
        return None if known else f"la table n’a pas de colonne « {column} »"

    def anchor(self, above: Atoms, container: str, uid: str, item: Item, anchor: str) -> str:
        """A local rule goes before the parent's last rule that accepts everything."""
        rules = [rule for rule in above.children(container) if rule != uid]
        if not container.endswith("/rules") or not rules or not _accepts_all(above.items[rules[-1]], above, container):
            return anchor
        if anchor not in (LAST, rules[-1]):
            return anchor
        return rules[-2] if len(rules) > 1 else FIRST

    def noun_of(self, uid: str, item: Item) -> tuple[str, bool]:
        """Tell rules from columns and decisions."""
        if any(key.startswith(_CELL) for key in item):
            return "règle", True
        return ("colonne", True) if "variable" not in item and _KEPT not in item else ("décision", True)


def _uid(builder: AtomsBuilder, given: Any, spare: str) -> str:
    return given if isinstance(given, str) and given and given not in builder.items else spare


def _rule_item(rule: dict[str, Any], columns: Mapping[str, list[str]]) -> dict[str, Json]:
    """Return a rule with one property per cell; cells beyond the columns are kept aside."""
    item = {key: value for key, value in rule.items() if key not in ("when", "then")}
    for part, side in (("inputs", "when"), ("outputs", "then")):
        cells = rule.get(side)
        if cells is None:
            continue
        for column, cell in zip(columns[part], cells, strict=False):
            item[f"{_CELL}{column}"] = cell
        item[f"_{side}"] = list(cells[len(columns[part]) :])
    return item


def _rule_document(uid: str, item: Item, columns: Mapping[str, list[str]]) -> dict[str, Json]:
    rule = {key: value for key, value in item.items() if not key.startswith((_CELL, "_when", "_then"))}
    rule.pop("closed", None)
    if not uid.startswith("_"):
        rule["id"] = uid
    is_new = "_when" not in item and "_then" not in item
    for part, side, spare in (("inputs", "when", "-"), ("outputs", "then", "null")):
        given = [index for index, column in enumerate(columns[part]) if f"{_CELL}{column}" in item]
        if not is_new and not given and f"_{side}" not in item:
            continue
        width = len(columns[part]) if is_new else max(given, default=-1) + 1
        cells = [item.get(f"{_CELL}{column}", spare) for column in columns[part][:width]]
        rule[side] = [*cells, *item.get(f"_{side}", [])]
    return rule


def _accepts_all(rule: Item, atoms: Atoms, container: str) -> bool:
    inputs = atoms.children(container.removesuffix("/rules") + "/inputs")
    return all(str(rule.get(f"{_CELL}{column}", "-")).strip() in ("-", "") for column in inputs)
