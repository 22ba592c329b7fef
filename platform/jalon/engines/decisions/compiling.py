"""From the JSON model to decisions ready to run; one bad decision is refused, the others remain."""

from collections.abc import Iterator, Mapping
from typing import Any

from jalon.base.errors import Problem
from jalon.engines.decisions.model import (
    AGGREGATIONS,
    HITS,
    Column,
    CompiledDecision,
    CompiledDecisions,
    CompiledFunction,
    CompiledService,
    Model,
    Rule,
    Table,
)
from jalon.engines.expressions import Expression, ExpressionInvalid, Kind, Value, evaluate, odd_names, parse
from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.registry import find

MAX_RULES = 5000
Names = tuple[str, ...]


class _Refused(Exception):
    """A decision cannot be compiled: carries the problem."""

    def __init__(self, code: str, message: str, element: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, "error", message, element=element)


def compile_model(model: Model, file: str = "") -> CompiledDecisions:
    """Compile every decision of a model; those refused are in `problems`, as are those that require them."""
    problems: list[Problem] = []
    functions: dict[str, CompiledFunction] = {}
    decisions: dict[str, CompiledDecision] = {}
    odd = odd_names(written_names(model))
    for item in _records(model, "functions"):
        try:
            functions[str(item["id"])] = _function(item, odd)
        except _Refused as refused:
            problems.append(_placed(refused.problem, file))
    for item in _records(model, "decisions"):
        try:
            decision = _decision(item, odd)
            if decision.id in decisions:
                raise _Refused("decision.id_repete", f"L’identifiant « {decision.id} » sert deux fois.", decision.id)
            decisions[decision.id] = decision
        except _Refused as refused:
            problems.append(_placed(refused.problem, file))
        except (KeyError, TypeError, AttributeError, ValueError):
            element = str(item.get("id", ""))
            message = f"La décision « {item.get('name') or element} » est incomplète ou mal formée."
            problems.append(Problem("decision.mal_formee", "error", message, file, element))
    inputs = {str(item.get("id")): item for item in _records(model, "inputs")}
    services = {str(item.get("id")): _service(item) for item in _records(model, "services")}
    kept, refusals = _require(decisions, {*inputs, *functions, *services})
    problems += [_placed(problem, file) for problem in refusals]
    types = {str(item.get("name")): str(item.get("type") or "") for item in inputs.values()}
    known = {key: service for key, service in services.items() if kept.keys() >= {*service.outputs}}
    return CompiledDecisions(kept, tuple(problems), types, functions, known)


def _service(item: dict[str, Any]) -> CompiledService:
    words = {key: tuple(str(one) for one in item.get(key) or ()) for key in ("parameters", "outputs", "given")}
    name = str(item.get("name") or item.get("id"))
    return CompiledService(name, words["parameters"], words["outputs"], frozenset(words["given"]))


def _records(model: Model, key: str) -> list[dict[str, Any]]:
    found = model.get(key) if isinstance(model, Mapping) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def written_names(model: Model) -> Iterator[str]:
    """Return every name an expression of the model may read."""
    given = model.get("names") if isinstance(model, Mapping) else ()
    yield from (name for name in given or () if isinstance(name, str))
    for key in ("inputs", "functions", "services", "decisions"):
        for item in _records(model, key):
            yield from (item[field] for field in ("name", "variable") if isinstance(item.get(field), str))
            yield from (name for name in item.get("parameters") or () if isinstance(name, str))


def _placed(problem: Problem, file: str) -> Problem:
    return Problem(problem.code, problem.severity, problem.message, file, problem.element, problem.line)


def _decision(item: dict[str, Any], odd: Names) -> CompiledDecision:
    key = str(item["id"])
    name = str(item.get("name") or key)
    if "table" in item:
        logic: Table | Expression = _table(item["table"], key, name, odd)
    elif isinstance(item.get("literal"), str):
        logic = _read(item["literal"], "expression", key, f"La décision « {name} »", odd)
    else:
        reason = "n’a ni table ni expression que l’on sache exécuter"
        raise _Refused("decision.sans_logique", f"La décision « {name} » {reason}.", key)
    requires = tuple(str(one) for one in item.get("requires") or ())
    return CompiledDecision(key, name, str(item.get("variable") or name), str(item.get("type") or ""), requires, logic)


def _function(item: dict[str, Any], odd: Names) -> CompiledFunction:
    key, name, parameters = str(item["id"]), str(item.get("name") or item["id"]), tuple(item.get("parameters") or ())
    if "table" in item:
        return CompiledFunction(name, _table(item["table"], key, name, odd), parameters)
    source = f"function({', '.join(parameters)}) {item.get('literal') or ''}"
    return CompiledFunction(name, _read(source, "expression", key, f"La fonction « {name} »", odd), parameters)


def free_names(table: dict[str, Any], odd: Names = ()) -> list[str]:
    """Return the names the expressions and cells of a table read or call, in alphabetical order."""
    sources: list[tuple[str, Kind]] = [(column["expression"], "expression") for column in table["inputs"]]
    for row in table["rules"]:
        sources += [(cell, "unary_tests") for cell in row["when"]]
        sources += [(cell, "expression") for cell in row["then"]]
    found: set[str] = set()
    for source, kind in sources:
        try:
            expression = parse(source or "null", kind, odd)
        except ExpressionInvalid:
            continue  # said when the table is compiled
        found |= {name.partition(".")[0] for name in expression.names} | set(_called(expression.tree))
    return sorted(found - {"?"})


def _called(root: n.Node) -> Iterator[str]:
    left = [root]
    while left:
        node = left.pop()
        if isinstance(node, n.Call) and isinstance(node.function, n.Name) and find(node.function.name) is None:
            yield node.function.name
        left += n.children(node)


def _table(table: dict[str, Any], key: str, name: str, odd: Names) -> Table:
    hit, aggregation = _policy(table, key, name)
    inputs = tuple(_input(column, key, name, at, odd) for at, column in enumerate(table.get("inputs") or (), 1))
    outputs = tuple(_output(column, key, name, at, odd) for at, column in enumerate(table.get("outputs") or (), 1))
    if not outputs:
        raise _Refused("decision.sans_sortie", f"La table « {name} » n’a pas de colonne de sortie.", key)
    if len(outputs) > 1 and len({column.name for column in outputs}) < len(outputs):
        raise _Refused("decision.sortie_repetee", f"Deux sorties de la table « {name} » ont le même nom.", key)
    if aggregation and len(outputs) > 1:
        reason = f"agrège ({aggregation}) plusieurs sorties : gardez une seule sortie"
        raise _Refused("decision.agregation_multiple", f"La table « {name} » {reason}.", key)
    if hit in {"PRIORITY", "OUTPUT ORDER"} and not any(column.ranked for column in outputs):
        reason = "classe ses résultats : donnez les valeurs possibles d’une sortie, la plus importante d’abord"
        raise _Refused("decision.priorite_absente", f"La table « {name} » {reason}.", key)
    rows = table.get("rules") or ()
    if len(rows) > MAX_RULES:
        raise _Refused("decision.trop_de_regles", f"La table « {name} » dépasse {MAX_RULES} règles.", key)
    rules = tuple(_rule(row, len(inputs), len(outputs), name, at, odd) for at, row in enumerate(rows, 1))
    return Table(hit, aggregation, inputs, outputs, rules)


def _policy(table: dict[str, Any], key: str, name: str) -> tuple[str, str | None]:
    """Return the hit policy and aggregation, read from words, letters (`U`) or letter and sign (`C+`)."""
    hit = str(table.get("hit") or "UNIQUE").strip().upper()
    aggregation = table.get("aggregation") or None
    if len(hit) == 2 and hit[0] == "C":
        hit, aggregation = "COLLECT", AGGREGATIONS.get(hit[1], hit[1])
    hit = HITS.get(hit, hit)
    if hit not in HITS.values():
        raise _Refused("decision.politique_inconnue", f"La table « {name} » a une politique inconnue : {hit}.", key)
    if aggregation not in {None, *AGGREGATIONS.values()}:
        raise _Refused("decision.politique_inconnue", f"La table « {name} » agrège par {aggregation}, inconnu.", key)
    return hit, aggregation if hit == "COLLECT" else None


def _input(column: dict[str, Any], key: str, name: str, at: int, odd: Names) -> Column:
    identifier = str(column.get("id") or f"{key}_input_{at}")
    source = str(column.get("expression") or "")
    where = f"La colonne {at} de la table « {name} »"
    label = str(column.get("label") or source)
    expression = _read(source, "expression", identifier, where, odd)
    values = _read(str(column["values"]), "unary_tests", identifier, where, odd) if column.get("values") else None
    return Column(identifier, label, str(column.get("type") or ""), expression, values)


def _output(column: dict[str, Any], key: str, name: str, at: int, odd: Names) -> Column:
    identifier = str(column.get("id") or f"{key}_output_{at}")
    where = f"La sortie {at} de la table « {name} »"
    values = _read(str(column["values"]), "unary_tests", identifier, where, odd) if column.get("values") else None
    default = column.get("default")
    return Column(
        identifier,
        str(column.get("label") or column.get("name") or name),
        str(column.get("type") or ""),
        None,
        values,
        constants(values),
        _read(str(default), "expression", identifier, where, odd) if default not in {None, ""} else None,
        str(column.get("name") or ""),
    )


def _rule(row: dict[str, Any], inputs: int, outputs: int, name: str, at: int, odd: Names) -> Rule:
    key = str(row["id"])
    when, then = list(row.get("when") or ()), list(row.get("then") or ())
    where = f"La règle {at} de la table « {name} »"
    if len(when) != inputs or len(then) != outputs:
        raise _Refused("decision.regle_incomplete", f"{where} n’a pas une case par colonne.", key)
    return Rule(
        key,
        tuple(_read(str(cell), "unary_tests", key, where, odd) for cell in when),
        tuple(_read(str(cell).strip() or "null", "expression", key, where, odd) for cell in then),
        str(row.get("note") or ""),
    )


def _read(source: str, kind: Kind, element: str, where: str, odd: Names) -> Expression:
    try:
        return parse(source, kind, odd)
    except ExpressionInvalid as error:
        raise _Refused("decision.expression", f"{where} : {error.text()}", element) from error


def constants(values: Expression | None) -> tuple[Value, ...]:
    """Return the constants that unary tests list, in order: the ranking of the values of an output."""
    if values is None or not isinstance(values.tree, n.Tests):
        return ()
    found: list[Value] = []
    for test in values.tree.tests:
        items = test.operand.items if isinstance(test.operand, n.ListOf) else (test.operand,)
        found += [item.value for item in items if isinstance(item, n.Literal)]
    return tuple(found)


def _require(
    decisions: dict[str, CompiledDecision], others: set[str]
) -> tuple[dict[str, CompiledDecision], list[Problem]]:
    """Keep the decisions whose requirements exist, compile and do not run in a circle."""
    kept, problems = dict(decisions), []
    while True:
        lost = {key: [one for one in d.requires if one not in kept and one not in others] for key, d in kept.items()}
        lost = {key: missing for key, missing in lost.items() if missing}
        if not lost:
            break
        for key, missing in lost.items():
            name = kept.pop(key).name
            message = f"La décision « {name} » dépend de « {missing[0]} », absente ou refusée."
            problems.append(Problem("decision.dependance", "error", message, element=key))
    for key in [key for key in kept if _circular(key, kept)]:
        message = f"La décision « {kept[key].name} » dépend d’elle-même."
        problems.append(Problem("decision.cycle", "error", message, element=key))
        del kept[key]
    if len({problem.element for problem in problems}) and any(p.code == "decision.cycle" for p in problems):
        kept, more = _require(kept, others)
        problems += more
    return kept, problems


def _circular(start: str, decisions: dict[str, CompiledDecision]) -> bool:
    seen: set[str] = set()
    left = list(decisions[start].requires)
    while left:
        key = left.pop()
        if key == start:
            return True
        if key in decisions and key not in seen:
            seen.add(key)
            left += decisions[key].requires
    return False


def constant_value(expression: Expression) -> tuple[bool, Value]:
    """Return (True, value) when an expression reads no name and is simple enough to be a constant."""
    simple = not expression.names and _is_constant(expression.tree)
    return (True, evaluate(expression, {}).value) if simple else (False, None)


def _is_constant(node: n.Node) -> bool:
    match node:
        case n.Literal():
            return True
        case n.Negative(operand=one):
            return _is_constant(one)
        case n.Call(function=n.Name(name=name), arguments=arguments):
            dated = {"date", "time", "heure", "date and time", "date et heure", "duration", "duree"}
            return name in dated and all(isinstance(argument, n.Literal) for argument in arguments)
    return False
