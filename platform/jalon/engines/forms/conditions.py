"""Conditions of rules: judged here, described in French, and handed to the browser where it can judge them.

`frontend/src/conditions.js` judges the same subset; `tests/engines/forms/condition_vectors.json` holds both to it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jalon.base.json import canonical
from jalon.engines.forms.kinds import KINDS
from jalon.engines.forms.model import Element, Form, Group, Question, Rule, Section
from jalon.engines.forms.schemas import validator_for
from jalon.engines.forms.texts import same

ListValues = Mapping[str, Sequence[Mapping[str, Any]]]


class _Absent:
    """No answer."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()
"""The value of a question without an answer: it meets no condition but negative ones."""

Judge = Callable[[Any, Any, Mapping[str, Any]], bool]


def holds(schema: Any, value: Any) -> bool:
    """Tell whether a value meets a condition; `ABSENT` stands for no answer.

    An absent answer meets no positive keyword (`const`, `enum`, `minimum`…): only `not`, and what combines it.
    """
    if isinstance(schema, bool):
        return schema
    if not schema:
        return True
    beyond = [keyword for keyword in schema if keyword not in _JUDGES and keyword not in _SILENT]
    if beyond:
        return value is not ABSENT and _valid(schema, value)
    return all(_JUDGES[keyword](expected, value, schema) for keyword, expected in schema.items() if keyword in _JUDGES)


def _valid(schema: Any, value: Any) -> bool:
    """Judge what lies beyond the subset; a condition that calls itself for ever is not met."""
    try:
        return bool(validator_for(schema, ours=True).is_valid(value))
    except RecursionError:
        return False


def in_subset(schema: Any) -> bool:
    """Tell whether the browser can judge a condition."""
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, Mapping) or any(key not in _JUDGES and key not in _SILENT for key in schema):
        return False
    inner: list[Any] = [schema[key] for key in ("not", "contains") if key in schema]
    for key in ("allOf", "anyOf"):
        inner.extend(schema.get(key, ()))
    inner.extend(dict(schema.get("properties", {})).values())
    return all(in_subset(part) for part in inner)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(expected: Any, value: Any, _: Mapping[str, Any]) -> bool:
    names = [expected] if isinstance(expected, str) else expected
    found = {
        "string": isinstance(value, str),
        "number": _number(value),
        "integer": _number(value) and float(value).is_integer(),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, Mapping),
        "null": value is None,
    }
    return any(found.get(name, False) for name in names)


def _bound(compare: Callable[[Any, Any], bool], fits: Callable[[Any], bool], size: Callable[[Any], Any]) -> Judge:
    def judge(expected: Any, value: Any, _: Mapping[str, Any]) -> bool:
        return value is not ABSENT and (not fits(value) or compare(size(value), expected))

    return judge


def _contains(expected: Any, value: Any, schema: Mapping[str, Any]) -> bool:
    if value is ABSENT:
        return False
    if not isinstance(value, list):
        return True
    count = sum(holds(expected, item) for item in value)
    return bool(schema.get("minContains", 1) <= count <= schema.get("maxContains", len(value)))


def _properties(expected: Mapping[str, Any], value: Any, _: Mapping[str, Any]) -> bool:
    if value is ABSENT:
        return False
    if not isinstance(value, Mapping):
        return True
    return all(holds(part, value[name]) for name, part in expected.items() if name in value)


def _required(expected: list[str], value: Any, _: Mapping[str, Any]) -> bool:
    return value is not ABSENT and (not isinstance(value, Mapping) or all(name in value for name in expected))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _itself(value: Any) -> Any:
    return value


_JUDGES: dict[str, Judge] = {
    "const": lambda expected, value, _: value is not ABSENT and same(value, expected),
    "enum": lambda expected, value, _: value is not ABSENT and any(same(value, each) for each in expected),
    "type": _type,
    "required": _required,
    "properties": _properties,
    "contains": _contains,
    "minimum": _bound(lambda a, b: a >= b, _number, _itself),
    "maximum": _bound(lambda a, b: a <= b, _number, _itself),
    "exclusiveMinimum": _bound(lambda a, b: a > b, _number, _itself),
    "exclusiveMaximum": _bound(lambda a, b: a < b, _number, _itself),
    "minLength": _bound(lambda a, b: a >= b, _text, len),
    "maxLength": _bound(lambda a, b: a <= b, _text, len),
    "minItems": _bound(lambda a, b: a >= b, _list, len),
    "maxItems": _bound(lambda a, b: a <= b, _list, len),
    "not": lambda expected, value, _: not holds(expected, value),
    "allOf": lambda expected, value, _: all(holds(part, value) for part in expected),
    "anyOf": lambda expected, value, _: any(holds(part, value) for part in expected),
}
_SILENT = frozenset({"title", "description", "$comment", "minContains", "maxContains", "examples", "default"})


def browser_rule(form: Form, rule: Rule, prefix: str = "") -> dict[str, Any] | None:
    """Return one rule as the browser judges it; None when only the server can.

    `on` is the HTML name of the field looked at, `as` how to read it: text, number, boolean, date, list or json.
    Conditions held together give `link` ("and" or "or") and `parts`, each such a rule.
    """
    if rule.parts:
        parts = [browser_rule(form, part, prefix) for part in rule.parts]
        return None if None in parts else {"effect": rule.effect, "link": rule.link, "parts": parts}
    looked_at = next((q for q in form.by_uid.values() if q.path == rule.path), None)
    if looked_at is None or looked_at.is_rows or not in_subset(rule.schema):
        return None
    name = (prefix if "*" in rule.path else "") + looked_at.name
    return {"effect": rule.effect, "on": name, "as": _reading(looked_at), "schema": rule.schema}


def _reading(question: Question) -> str:
    if question.choices and any(choice.code != choice.value for choice in question.choices):
        return "json-list" if question.kind == "choices" else "json"
    known = {"choices": "list", "integer": "number", "decimal": "number", "boolean": "boolean", "date": "date"}
    if question.kind == "money":
        return "cents" if question.schema.get("type") == "integer" else "number"
    return known.get(question.kind, "text")


def browser_rules(form: Form) -> list[dict[str, Any]]:
    """Return the rules a browser can judge alone: `[{target, effect, on, as, schema}]`.

    `target` is the uid of the element; inside rows names end with the field's own name, `*` standing for the row.
    """
    found = []
    for element, prefix in _with_rules(form):
        for rule in element.rules:
            judged = browser_rule(form, rule, prefix)
            if judged:
                found.append({"target": element.uid, **judged})
    return found


def _with_rules(form: Form) -> Iterator[tuple[Element | Section, str]]:
    stack: list[tuple[Any, str]] = [(section, "") for section in reversed(form.sections)]
    while stack:
        element, prefix = stack.pop()
        if element.rules:
            yield element, prefix
        inner = f"{prefix}{element.name}-*-" if isinstance(element, Question) else prefix
        stack.extend((child, inner) for child in reversed(getattr(element, "elements", ())))


def sentence(form: Form, element: Element | Section, lists: ListValues | None = None) -> str:
    """Say in French when an element shows: « À remplir si Permis est « Non » »; empty without a rule.

    With the values of its lists, a choice is said by its label.
    """
    if not element.rules:
        return ""
    rule = element.rules[0]
    verb = "À remplir" if isinstance(element, Question | Group) else "Affiché"
    if rule.effect in {"HIDE", "DISABLE"}:
        verb, link = f"{verb} sauf si", ""
    else:
        link = " si"
    return f"{verb}{link} {_said(form, rule, lists or {}) or 'les autres réponses le demandent'}."


def _said(form: Form, rule: Rule, lists: ListValues) -> str:
    """Say what a rule looks at, "" when it cannot be said."""
    if rule.parts:
        said = [_said(form, part, lists) for part in rule.parts]
        return (" et " if rule.link == "and" else " ou ").join(said) if all(said) else ""
    looked_at = next((q for q in form.by_uid.values() if q.path == rule.path), None)
    return f"« {looked_at.label} » {_words(looked_at, rule.schema, lists)}" if looked_at and not rule.expression else ""


def _words(question: Question, schema: Any, lists: ListValues, negated: bool = False) -> str:
    """Say a condition about one question, after its label."""
    if not isinstance(schema, Mapping):
        return "a une réponse" if schema else "n’a pas de réponse"
    if "not" in schema:
        return _words(question, schema["not"], lists, not negated)
    is_, has, contains = ("n’est pas", "n’a pas", "ne contient pas") if negated else ("est", "a", "contient")
    if "const" in schema:
        return f"{is_} {_shown(question, schema['const'], lists)}"
    if "enum" in schema:
        return f"{is_} {' ou '.join(_shown(question, value, lists) for value in schema['enum'])}"
    if "contains" in schema:
        return _words(question, schema["contains"], lists, negated).replace(f"{is_} ", f"{contains} ", 1)
    if "minimum" in schema or "exclusiveMinimum" in schema:
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        return f"{is_} {'au moins' if 'minimum' in schema else 'plus de'} {_shown(question, low, lists)}"
    if "maximum" in schema or "exclusiveMaximum" in schema:
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        return f"{is_} {'au plus' if 'maximum' in schema else 'moins de'} {_shown(question, high, lists)}"
    for keyword, link in (("allOf", " et "), ("anyOf", " ou ")):
        if keyword in schema:
            return link.join(_words(question, part, lists, negated) for part in schema[keyword])
    return f"{has} la réponse attendue"


def _shown(question: Question, value: Any, lists: ListValues) -> str:
    listed = {str(one.get("code")): str(one.get("label")) for one in lists.get(question.list_key, ())}
    if str(value) in listed:
        return f"« {listed[str(value)]} »"
    try:
        text = KINDS[question.kind].show(question, value)
    except (TypeError, ValueError):
        text = canonical(value)
    return text if _number(value) else f"« {text} »"
