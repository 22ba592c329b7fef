"""Say in French why a decision gave what it gave."""

from typing import Any

from jalon.engines.decisions.model import Decided
from jalon.engines.expressions import from_json, parse, sentence
from jalon.engines.expressions.sentences import said

_HITS = {
    "UNIQUE": "une seule règle doit répondre",
    "ANY": "toutes les règles qui répondent disent la même chose",
    "FIRST": "la première règle qui répond l’emporte",
    "PRIORITY": "la réponse la plus importante l’emporte",
    "RULE ORDER": "toutes les réponses sont gardées, dans l’ordre des règles",
    "OUTPUT ORDER": "toutes les réponses sont gardées, la plus importante d’abord",
    "COLLECT": "toutes les réponses sont gardées",
}
_SUMS = {"SUM": "leur somme", "MIN": "la plus petite", "MAX": "la plus grande", "COUNT": "leur nombre"}


def explain(decided: Decided) -> str:
    """Return the inputs, the rules that answered and why, and the result, one fact per line, last decision last."""
    lines: list[str] = []
    for step in decided.details:
        lines += _step(step)
    lines += [f"À noter : {notice.message}" for notice in decided.warnings]
    return "\n".join(lines)


def _step(step: dict[str, Any]) -> list[str]:
    lines = [f"Décision « {step['name']} » :"]
    lines += [f"- {label} : {said(from_json(value))}" for label, value in step["inputs"].items()]
    if step["hit"] is None:
        lines.append(f"- Calcul : {step['expression']}")
    else:
        policy = _HITS[step["hit"]]
        if step["aggregation"]:
            policy = f"on retient des réponses {_SUMS[step['aggregation']]}"
        lines.append(f"- Dans cette table, {policy}.")
        lines += [_rule(step, rule) for rule in step["rules"]] or ["- Aucune règle n’a répondu."]
    return [*lines, f"- Résultat : {said(from_json(step['value']))}"]


def _rule(step: dict[str, Any], rule: dict[str, Any]) -> str:
    reasons = [
        sentence(parse(cell, "unary_tests"), {"?": label})
        for label, cell in zip(step["columns"], rule["when"], strict=True)
        if cell.strip() not in {"", "-"}
    ]
    given = ", ".join(said(from_json(value)) for value in rule["then"])
    because = f"parce que {' et '.join(reasons)}" if reasons else "dans tous les cas"
    note = f" ({rule['note']})" if rule["note"] else ""
    return f"- La règle {rule['number']}{note} répond {given} {because}."
