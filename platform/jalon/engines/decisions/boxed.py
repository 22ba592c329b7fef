"""Expressions of a DMN file as text of our language: literal ones, and boxed ones turned into literals."""

import re
from collections.abc import Callable
from typing import NamedTuple

from lxml import etree

from jalon.engines.expressions import ExpressionInvalid, Kind, parse
from jalon.engines.expressions import nodes as n

Element = etree._Element
Translate = Callable[[str, str, Kind], str]
"""(text, declared language, kind) -> text of our language; raises UnknownLanguage."""

_FEEL = re.compile(r"^$|feel", re.IGNORECASE)
_OPERATORS = [
    (re.compile(r"==="), "="), (re.compile(r"!=="), "!="), (re.compile(r"=="), "="), (re.compile(r"&&"), " and "),
    (re.compile(r"\|\|"), " or "), (re.compile(r"\bTrue\b"), "true"), (re.compile(r"\bFalse\b"), "false"),
    (re.compile(r"\bNone\b"), "null"), (re.compile(r"!(?!=)"), " not "),
]  # fmt: skip
_QUOTED = re.compile(r"'([^'\"\\]*)'|\"([^\"\\]*)\"")


class Texts(NamedTuple):
    """How the parts of a boxed expression become text: a literal; a table, as a call of the function it becomes."""

    translate: Translate
    table: Callable[[Element], str]


class Unsupported(Exception):
    """A construct that we do not execute: its French name."""


def local(element: Element) -> str:
    """Return the name of an element without its namespace, empty for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def child(element: Element, name: str) -> Element | None:
    """Return the first child of that name, or None."""
    return next((one for one in element if local(one) == name), None)


def each(element: Element, name: str) -> list[Element]:
    """Return the children of that name."""
    return [one for one in element if local(one) == name]


def text_of(element: Element | None) -> str:
    """Return what the `text` child of an element holds, without spaces around."""
    found = None if element is None else child(element, "text")
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def to_feel(text: str, language: str, kind: Kind, names: tuple[str, ...] = ()) -> tuple[str, bool]:
    """Return the text in our language and whether it was translated; raises Unsupported for a foreign one.

    Text in another language is accepted only where nothing is left to doubt: constants, names, comparisons
    and logic, without a call.
    """
    wrapped = re.fullmatch(r"[$#]\{(.*)\}", text, re.DOTALL)
    if _FEEL.search(language) and wrapped is None:
        return text.removeprefix("=").strip() if kind == "expression" and text.startswith("=") else text, False
    pieces, end = [], 0
    inner = wrapped[1] if wrapped else text
    for found in _QUOTED.finditer(inner):
        pieces += [_signs(inner[end : found.start()]), '"' + (found[1] if found[1] is not None else found[2]) + '"']
        end = found.end()
    translated = ("".join(pieces) + _signs(inner[end:])).strip()
    try:
        tree = parse(translated, kind, names).tree
    except ExpressionInvalid as error:
        raise Unsupported(language or "EL") from error
    left: list[n.Node] = [tree]
    while left:
        node = left.pop()
        negation = isinstance(node, n.Call) and node.function == n.Name("not")
        words = isinstance(node, n.Name) and " " in node.name
        if words or (isinstance(node, n.Call | n.FunctionOf | n.For | n.Filter) and not negation):
            raise Unsupported(language or "EL")
        left += n.children(node)
    return translated, True


def _signs(text: str) -> str:
    for pattern, sign in _OPERATORS:
        text = pattern.sub(sign, text)
    return text


def boxed(element: Element, texts: Texts) -> str:
    """Return a boxed expression as text; raises Unsupported with the name of what we do not execute."""
    name = local(element)
    if name not in FORMS:
        raise Unsupported(name)
    return FORMS[name](element, texts)


def is_boxed(element: Element) -> bool:
    """Tell whether an element is the logic of a decision or of a part of one."""
    return local(element) in FORMS


def _literal(element: Element, texts: Texts) -> str:
    if child(element, "importedValues") is not None:
        raise Unsupported("importedValues")
    return texts.translate(text_of(element), element.get("expressionLanguage", ""), "expression") or "null"


def _context(element: Element, texts: Texts) -> str:
    entries, result = [], False
    for entry in each(element, "contextEntry"):
        variable = child(entry, "variable")
        inner = next((one for one in entry if is_boxed(one)), None)
        value = "null" if inner is None else boxed(inner, texts)
        result = result or variable is None
        name = "result" if variable is None else variable.get("name", "")
        entries.append(f"{_quoted(name)}: {value}")
    return "{" + ", ".join(entries) + "}" + (".result" if result else "")


def _invocation(element: Element, texts: Texts) -> str:
    called = next((one for one in element if is_boxed(one)), None)
    arguments = []
    for binding in each(element, "binding"):
        parameter = child(binding, "parameter")
        inner = next((one for one in binding if is_boxed(one)), None)
        name = "" if parameter is None else parameter.get("name", "")
        arguments.append(f"{name}: {'null' if inner is None else boxed(inner, texts)}")
    function = "" if called is None else boxed(called, texts)
    return f"{function}({', '.join(arguments)})"


def _list(element: Element, texts: Texts) -> str:
    return "[" + ", ".join(boxed(one, texts) for one in element if is_boxed(one)) + "]"


def _relation(element: Element, texts: Texts) -> str:
    names = [column.get("name", "") for column in each(element, "column")]
    rows = []
    for row in each(element, "row"):
        values = [boxed(one, texts) for one in row if is_boxed(one)]
        rows.append("{" + ", ".join(f"{_quoted(k)}: {v}" for k, v in zip(names, values, strict=False)) + "}")
    return "[" + ", ".join(rows) + "]"


def _conditional(element: Element, texts: Texts) -> str:
    return f"if {_held(element, 'if', texts)} then {_held(element, 'then', texts)} else {_held(element, 'else', texts)}"


def _held(element: Element, name: str, texts: Texts) -> str:
    """Return the expression inside a named part."""
    holder = child(element, name)
    inner = None if holder is None else next((one for one in holder if is_boxed(one)), None)
    if inner is None:
        raise Unsupported(f"{local(element)} sans « {name} »")
    text = boxed(inner, texts)
    return text if local(inner) == "literalExpression" else f"({text})"


def _for(element: Element, texts: Texts) -> str:
    variable = element.get("iteratorVariable", "")
    return f"for {variable} in {_held(element, 'in', texts)} return ({_held(element, 'return', texts)})"


def _quantified(element: Element, texts: Texts) -> str:
    variable, test = element.get("iteratorVariable", ""), _held(element, "satisfies", texts)
    return f"{local(element)} {variable} in {_held(element, 'in', texts)} satisfies ({test})"


def _filter(element: Element, texts: Texts) -> str:
    return f"({_held(element, 'in', texts)})[{_held(element, 'match', texts)}]"


def _function(element: Element, texts: Texts) -> str:
    if element.get("kind", "FEEL").upper() != "FEEL":
        raise Unsupported(f"fonction {element.get('kind')}")
    body = next((one for one in element if is_boxed(one)), None)
    if body is None:
        raise Unsupported("fonction sans corps")
    parameters = ", ".join(one.get("name", "") for one in each(element, "formalParameter"))
    return f"function({parameters}) {boxed(body, texts)}"


def _table(element: Element, texts: Texts) -> str:
    return texts.table(element)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


FORMS: dict[str, Callable[[Element, Texts], str]] = {
    "literalExpression": _literal,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
    "functionDefinition": _function,
    "decisionTable": _table,
}
"""Name of a boxed expression -> how it becomes text."""
