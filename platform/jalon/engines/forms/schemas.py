"""JSON Schema 2020-12, exact, closed: no reference leaves the document, patterns run in linear time."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from itertools import islice
from types import MappingProxyType
from typing import Any

import jsonschema.exceptions
from jsonschema import ValidationError
from jsonschema.validators import Draft202012Validator, extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from jalon.base.errors import Problem
from jalon.engines.forms.formats import FORM_FORMATS, STANDARD_FORMATS
from jalon.engines.forms.messages import pointer, sentence_for
from jalon.engines.forms.patterns import PatternRefused, matches

EMPTY: Registry[Any] = Registry()
"""No other document exists, and nothing is ever fetched."""

MAX_ERRORS = 200
Errors = Iterator[ValidationError]

HIDDEN: ContextVar[Mapping[int, frozenset[str]]] = ContextVar("HIDDEN", default=MappingProxyType({}))
"""Names hidden by rules, by `id()` of the object that would hold them: they are not required there."""


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield ValidationError("pattern")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for key, value in instance.items():
            if matches(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, extra: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    declared = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key, value in instance.items():
        if key not in declared and not any(matches(pattern, key) for pattern in patterns):
            for error in validator.descend(value, extra, path=key):
                if extra is False:
                    error.validator, error.validator_value = "additionalProperties", False
                yield error


def _multiple_of(validator: Any, step: Any, instance: Any, _schema: Any) -> Errors:
    """Judge the decimal text of both numbers: 19.99 is a multiple of 0.01."""
    if not validator.is_type(instance, "number"):
        return
    try:
        exact = (Fraction(repr(instance)) / Fraction(repr(step))).denominator == 1
    except (ValueError, ZeroDivisionError):  # infinite or not a number
        exact = False
    if not exact:
        yield ValidationError("multipleOf")


def _required(validator: Any, names: list[str], instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "object"):
        excused = HIDDEN.get().get(id(instance), frozenset())
        for name in names:
            if name not in instance and name not in excused:
                yield ValidationError("required", path=[name])


def _dependent_required(validator: Any, needed: Mapping[str, list[str]], instance: Any, schema: Any) -> Errors:
    if validator.is_type(instance, "object"):
        for trigger, names in needed.items():
            if trigger in instance:
                yield from _required(validator, names, instance, schema)


def _strictly(keyword: str) -> Any:
    """Wrap a keyword that *asks* rather than demands: inside it, a hidden answer is simply absent."""
    plain = Draft202012Validator.VALIDATORS[keyword]

    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        if not HIDDEN.get():
            yield from plain(validator, value, instance, schema) or ()
            return
        if keyword == "if":
            yield from _if_strictly(validator, value, instance, schema)
            return
        token = HIDDEN.set({})
        try:
            errors = list(plain(validator, value, instance, schema) or ())
        finally:
            HIDDEN.reset(token)
        yield from (error for error in errors if not (keyword == "anyOf" and _only_hidden(error, instance)))

    return judge


def _if_strictly(validator: Any, condition: Any, instance: Any, schema: Any) -> Errors:
    token = HIDDEN.set({})
    try:
        met = validator.evolve(schema=condition).is_valid(instance)
    finally:
        HIDDEN.reset(token)
    branch = "then" if met else "else"
    if branch in schema:
        yield from validator.descend(instance, schema[branch], schema_path=branch)


def _only_hidden(error: ValidationError, instance: Any) -> bool:
    """Tell whether every branch fails only because it asks for hidden answers."""
    excused = HIDDEN.get().get(id(instance), frozenset())
    branches: dict[Any, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(cause.schema_path[0], []).append(cause)
    return bool(branches) and all(
        all(c.validator == "required" and len(c.relative_path) == 1 and c.relative_path[0] in excused for c in causes)
        for causes in branches.values()
    )


def _unevaluated_properties(validator: Any, rest: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    seen = _evaluated(validator, instance, {k: v for k, v in schema.items() if k != "unevaluatedProperties"})
    for key, value in instance.items():
        if key not in seen:
            for error in validator.descend(value, rest, path=key):
                if rest is False:
                    error.validator, error.validator_value = "unevaluatedProperties", False
                yield error


def _evaluated(validator: Any, instance: Mapping[str, Any], schema: Any) -> set[str]:
    """Return the keys that some keyword of this schema has looked at."""
    if not isinstance(schema, Mapping):
        return set()
    seen = set(schema.get("properties", {})) & set(instance)
    patterns = schema.get("patternProperties", {})
    seen |= {key for key in instance if any(matches(pattern, key) for pattern in patterns)}
    if "additionalProperties" in schema:
        seen |= set(instance)  # what it refuses is already an error
    if "unevaluatedProperties" in schema:
        rest = schema["unevaluatedProperties"]
        seen |= {key for key, value in instance.items() if _passes(validator, value, rest)}
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema:
            target = validator._resolver.lookup(schema[keyword])  # dynamic scope included
            beyond = validator.evolve(schema=target.contents, _resolver=target.resolver)
            seen |= _evaluated(beyond, instance, target.contents)
    for branch in _branches(validator, instance, schema):
        seen |= _evaluated(validator, instance, branch)
    return seen


def _branches(validator: Any, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the sub-schemas applied in place that this object meets."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            if _passes(validator, instance, branch):
                yield branch
    for trigger, branch in schema.get("dependentSchemas", {}).items():
        if trigger in instance and _passes(validator, instance, branch):
            yield branch
    if "if" in schema:
        met = _passes(validator, instance, schema["if"])
        if met:
            yield schema["if"]
        chosen = "then" if met else "else"
        if chosen in schema:
            yield schema[chosen]


def _passes(validator: Any, value: Any, schema: Any) -> bool:
    return next(validator.descend(value, schema), None) is None


_KEYWORDS = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "unevaluatedProperties": _unevaluated_properties,
    "multipleOf": _multiple_of,
    "required": _required,
    "dependentRequired": _dependent_required,
    **{keyword: _strictly(keyword) for keyword in ("if", "not", "anyOf", "oneOf", "contains")},
}
_extend: Any = extend
ClosedValidator: Any = _extend(Draft202012Validator, _KEYWORDS)


def validator_for(schema: Any, *, ours: bool = False, formats: bool = True) -> Any:
    """Return a validator of this schema; with `ours`, the formats of forms besides the standard ones."""
    checker = (FORM_FORMATS if ours else STANDARD_FORMATS) if formats else None
    return ClosedValidator(schema, registry=EMPTY, format_checker=checker)


def validate_schema(schema: Any, data: Any, formats: bool = True) -> list[Problem]:
    """Check any data against any 2020-12 schema: one problem per error, `element` is the JSON pointer in the data.

    A schema that is not one, or refers outside itself, or is not linear gives one problem coded `schema.*`.
    """
    try:
        Draft202012Validator.check_schema(schema, format_checker=STANDARD_FORMATS)
        errors = list(islice(validator_for(schema, formats=formats).iter_errors(data), MAX_ERRORS))
    except jsonschema.exceptions.SchemaError as error:
        where = pointer(error.absolute_path)
        return [Problem("schema.invalide", "error", f"Ce schéma n’est pas valide en {where or '/'}.", element=where)]
    except Unresolvable as error:
        text = f"La référence « {error.ref} » ne désigne rien dans ce document."
        return [Problem("schema.reference", "error", text)]
    except PatternRefused as error:
        return [Problem("schema.motif", "error", f"Un motif du schéma est refusé : {error}.")]
    except RecursionError:
        return [Problem("schema.recursion", "error", "Ce schéma se rappelle lui-même sans fin.")]
    return [_problem(error) for error in errors]


def _problem(error: ValidationError) -> Problem:
    return Problem(f"schema.{error.validator}", "error", sentence_for(error), element=pointer(error.absolute_path))
