"""The shape of a schema node: local references followed, `allOf` merged, nullable unwrapped."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Node = Mapping[str, Any]
MAX_FOLLOWED = 20


class NotAskable(ValueError):
    """A schema node that no field can ask: a union, no type, a reference that leads nowhere."""


def follow(root: Node, reference: str) -> Any:
    """Return what a local reference (`#`, `#/a/b`, `#anchor`) designates; NotAskable when nothing."""
    if not reference.startswith("#"):
        raise NotAskable(f"la référence « {reference} » sort du document")
    fragment = unquote(reference[1:])
    if fragment and not fragment.startswith("/"):
        return _anchored(root, fragment)
    node: Any = root
    for piece in fragment.split("/")[1:]:
        piece = piece.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and piece.isascii() and piece.isdigit() and int(piece) < len(node):
            node = node[int(piece)]
        elif isinstance(node, Mapping) and piece in node:
            node = node[piece]
        else:
            raise NotAskable(f"la référence « {reference} » ne désigne rien")
    return node


def _anchored(root: Any, name: str) -> Any:
    for node in _nodes(root):
        if name in (node.get("$anchor"), node.get("$dynamicAnchor")):
            return node
    raise NotAskable(f"la référence « #{name} » ne désigne rien")


def _nodes(value: Any) -> Iterator[Node]:
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            yield value
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def shape(root: Node, node: Any, seen: tuple[str, ...] = ()) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return one merged node and the references followed to get there.

    `allOf` and references are merged; what `then`, `else` and `dependentSchemas` add is merged as optional.
    """
    if not isinstance(node, Mapping):
        raise NotAskable("le type de ce champ manque")
    merged = {key: value for key, value in node.items() if key not in {"$ref", "$dynamicRef", "allOf"}}
    parts: list[tuple[Any, bool]] = [(part, True) for part in node.get("allOf", ())]
    parts += [(node[key], False) for key in ("then", "else") if isinstance(node.get(key), Mapping)]
    parts += [(part, False) for part in dict(node.get("dependentSchemas", {})).values() if isinstance(part, Mapping)]
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in node:
            reference = str(node[keyword])
            if reference in seen or len(seen) > MAX_FOLLOWED:
                raise NotAskable(f"la référence « {reference} » se rappelle elle-même")
            seen = (*seen, reference)
            parts.insert(0, (follow(root, reference), True))
    for part, demanded in parts:
        if isinstance(part, Mapping):
            other, seen = shape(root, part, seen)
            _merge(merged, other, demanded)
    return _without_null(root, merged, seen)


def _merge(into: dict[str, Any], other: Mapping[str, Any], demanded: bool) -> None:
    for key, value in other.items():
        if key == "properties":
            known = dict(into.get("properties", {}))
            for name, node in value.items():
                if name not in known:
                    known[name] = node
                elif isinstance(known[name], Mapping) and isinstance(node, Mapping) and demanded:
                    known[name] = {**node, **known[name]}
            into["properties"] = known
        elif key == "required":
            if demanded:
                into["required"] = [*into.get("required", ()), *value]
        elif demanded:
            into.setdefault(key, value)


def _without_null(root: Node, node: dict[str, Any], seen: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Unwrap `anyOf`/`oneOf` with null, the way generators write an optional value."""
    for keyword in ("anyOf", "oneOf"):
        branches = node.get(keyword)
        if isinstance(branches, list) and "type" not in node and len(branches) == 2:
            others = [branch for branch in branches if branch != {"type": "null"}]
            if len(others) == 1:
                inner, seen = shape(root, others[0], seen)
                rest = {key: value for key, value in node.items() if key != keyword}
                kinds = inner.get("type")
                return {**inner, **rest, "type": [*([kinds] if isinstance(kinds, str) else kinds or []), "null"]}, seen
    return node, seen


def single_type(node: Node) -> tuple[str, bool]:
    """Return the JSON type of a node and whether null is allowed; NotAskable for a union or no type at all."""
    declared = node.get("type")
    names = [declared] if isinstance(declared, str) else list(declared or ())
    nullable = "null" in names
    names = [name for name in names if name != "null"]
    if set(names) == {"integer", "number"}:
        names = ["number"]
    if len(names) == 1:
        return names[0], nullable
    if names:
        raise NotAskable(f"ce champ accepte plusieurs types ({', '.join(names)})")
    if options(node) is not None:
        return "choice", nullable
    for name, hints in _HINTS.items():
        if hints & node.keys():
            return name, nullable
    raise NotAskable("le type de ce champ manque")


_HINTS = {
    "object": {"properties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format", "x-jalon-list"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}


def options(node: Node) -> list[tuple[Any, str]] | None:
    """Return the (value, title) pairs a node lists by `enum`, `const` or `oneOf` of constants; None otherwise."""
    if isinstance(node.get("enum"), list):
        return [(value, "") for value in node["enum"]]
    if "const" in node:
        return [(node["const"], str(node.get("title", "")))] if node.get("type") != "boolean" else None
    for keyword in ("oneOf", "anyOf"):
        branches = node.get(keyword)
        if isinstance(branches, list) and branches and all(isinstance(b, Mapping) and "const" in b for b in branches):
            return [(branch["const"], str(branch.get("title", ""))) for branch in branches]
    return None
