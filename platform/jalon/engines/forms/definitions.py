"""What a schema and a UI schema may contain at all: keywords, references, patterns, shapes."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import SchemaError

from jalon.base.errors import Problem
from jalon.base.json import canonical
from jalon.engines.forms.formats import KNOWN_FORMATS, STANDARD_FORMATS
from jalon.engines.forms.kinds import DECLARABLE
from jalon.engines.forms.languages import KEYWORD as LANGUAGES
from jalon.engines.forms.languages import unreadable
from jalon.engines.forms.layout import ELEMENT_TYPES
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.patterns import PatternRefused, compile_pattern
from jalon.engines.forms.schemas import ClosedValidator
from jalon.engines.forms.shapes import NotAskable, follow

MAX_NESTING = 64
Path = tuple[object, ...]

MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SINGLES = frozenset(
    {
        "items",
        "contains",
        "additionalProperties",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "if",
        "then",
        "else",
        "not",
        "contentSchema",
    }
)
_VALUES = frozenset(
    [
        "type",
        "enum",
        "const",
        "required",
        "dependentRequired",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minContains",
        "maxContains",
        "minProperties",
        "maxProperties",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentMediaType",
        "contentEncoding",
        "$comment",
        "$schema",
        "$id",
        "$ref",
        "$anchor",
        "$dynamicRef",
        "$dynamicAnchor",
        "$vocabulary",
    ]
)
_EXTENSIONS = "bind list obligation sensitivity purpose retention concept replaces kind computed labels languages"
EXTENSIONS = frozenset(f"x-jalon-{name}" for name in _EXTENSIONS.split())
KNOWN = MAPS | LISTS | SINGLES | _VALUES | EXTENSIONS

_CLOSED_VALUES = {
    "x-jalon-kind": DECLARABLE,
    "x-jalon-obligation": frozenset({"step", "save", "scheme", "statistics"}),
    "x-jalon-sensitivity": frozenset({"none", "personal", "sensitive"}),
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def definition_problems(schema: Any, ui: Any) -> list[Problem]:
    """Return why this schema or UI schema cannot be used at all."""
    if not isinstance(schema, Mapping):
        return [_error("formulaire.schema", (), "un formulaire est un objet JSON Schema")]
    if _too_deep(schema) or _too_deep(ui or {}):
        return [_error("formulaire.profondeur", (), f"plus de {MAX_NESTING} niveaux imbriqués")]
    problems = list(_walk(schema, schema, ()))
    if not problems:
        problems = [*_not_a_schema(schema)]
    return [*problems, *(_layout(ui, ()) if ui else ())]


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_NESTING * 2):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer if isinstance(outer, list) else ())
            if isinstance(inner, Mapping | list)
        ]
        if not level:
            return False
    return True


def _not_a_schema(schema: Any) -> Iterator[Problem]:
    """Check the shape of a schema; each of its questions once for all the forms that ask it alike."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        yield from _misshapen(schema, ())
        return
    yield from _misshapen({**schema, "properties": {}}, ())
    for name, node in properties.items():
        yield from _misshapen(node, ("properties", name))


def _misshapen(schema: Any, path: Path) -> Iterator[Problem]:
    try:
        found = _wrong_place(canonical(schema))
    except (TypeError, ValueError):  # not quite JSON: nothing to remember it by
        found = _wrong_place_of(schema)
    if found is not None:
        keyword = str(found[-1]) if found else ""
        yield _error("formulaire.schema", (*path, *found), f"la valeur de « {keyword} » n’est pas acceptée")


@lru_cache(maxsize=8192)
def _wrong_place(text: str) -> Path | None:
    return _wrong_place_of(json.loads(text))


def _wrong_place_of(schema: Any) -> Path | None:
    """Return where a schema is not one, None when it is."""
    try:
        ClosedValidator.check_schema(schema, format_checker=STANDARD_FORMATS)
    except SchemaError as error:
        return tuple(error.absolute_path)
    return None


def _walk(root: Any, node: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(node, Mapping):
        return
    for keyword, value in node.items():
        here = (*path, keyword)
        if keyword not in KNOWN:
            yield _error("formulaire.mot_inconnu", here, f"le mot-clé « {keyword} » est inconnu")
        elif keyword in MAPS and isinstance(value, Mapping):
            for name, child in value.items():
                if keyword == "patternProperties":
                    yield from _pattern(name, here)
                yield from _walk(root, child, (*here, name))
        elif keyword in LISTS and isinstance(value, list):
            for index, child in enumerate(value):
                yield from _walk(root, child, (*here, index))
        elif keyword in SINGLES:
            yield from _walk(root, value, here)
        else:
            yield from _value(root, keyword, value, here)


def _value(root: Any, keyword: str, value: Any, path: Path) -> Iterator[Problem]:
    if keyword in {"$ref", "$dynamicRef"}:
        try:
            follow(root, str(value))
        except NotAskable as error:
            yield _error("formulaire.reference", path, str(error))
    elif keyword == "pattern" and isinstance(value, str):
        yield from _pattern(value, path)
    elif keyword == "$id" and len(path) > 1:
        yield _error("formulaire.reference", path, "un `$id` imbriqué changerait le sens des références")
    elif keyword == "$schema" and str(value).rstrip("#") != _DIALECT:
        yield _error("formulaire.dialecte", path, "seul JSON Schema 2020-12 est accepté")
    elif keyword in _CLOSED_VALUES and str(value) not in _CLOSED_VALUES[keyword]:
        known = ", ".join(sorted(_CLOSED_VALUES[keyword]))
        yield _error("formulaire.mot_inconnu", path, f"« {value} » n’est pas une valeur de {keyword} ({known})")
    elif keyword == LANGUAGES:
        yield from (_error("formulaire.langues", path, reason) for reason in unreadable(value))
    elif keyword in EXTENSIONS and keyword not in {"x-jalon-replaces", "x-jalon-labels"} and not isinstance(value, str):
        yield _error("formulaire.schema", path, f"{keyword} est un texte")
    elif keyword == "format" and isinstance(value, str) and value not in KNOWN_FORMATS:
        yield Problem(
            "formulaire.format",
            "warning",
            f"{pointer(path)} : le format « {value} » n’est pas vérifié.",
            element=pointer(path),
        )


def _pattern(pattern: str, path: Path) -> Iterator[Problem]:
    try:
        compile_pattern(pattern)
    except PatternRefused as error:
        yield _error("formulaire.motif", path, f"le motif ne s’exécute pas en temps linéaire ({error})")


def _layout(node: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(node, Mapping) or str(node.get("type")) not in ELEMENT_TYPES:
        found = node.get("type") if isinstance(node, Mapping) else node
        yield _error("formulaire.presentation", path, f"« {found} » n’est pas un élément de présentation connu", "ui")
        return
    children = node.get("elements", [])
    if not isinstance(children, list):
        yield _error("formulaire.presentation", path, "`elements` est une liste", "ui")
        return
    if not isinstance(node.get("options", {}), Mapping):
        yield _error("formulaire.presentation", path, "`options` est un objet", "ui")
        return
    for index, child in enumerate(children):
        yield from _layout(child, (*path, "elements", index))
    detail = dict(node.get("options", {})).get("detail")
    if isinstance(detail, Mapping):
        yield from _layout(detail, (*path, "options", "detail"))
    schema = dict(node.get("rule") or {}).get("condition") if isinstance(node.get("rule"), Mapping) else None
    if isinstance(schema, Mapping) and "schema" in schema:
        yield from _walk(schema["schema"], schema["schema"], (*path, "rule", "condition", "schema"))
        yield from _not_a_schema(schema["schema"])


def _error(code: str, path: Path, reason: str, root: str = "") -> Problem:
    where = root + pointer(path)
    return Problem(code, "error", f"{where or 'Le formulaire'} : {reason}.", element=where)
