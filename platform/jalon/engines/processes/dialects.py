"""Expressions as other tools write them, translated to our language: `${a == 'x'}`, `#{…}`, `=a = "x"`, Python-like."""

import re
from dataclasses import dataclass

from jalon.base.errors import JalonError
from jalon.engines.expressions import check, parse

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[^\s\w])"""
)
_WORDS = {
    "eq": "=",
    "ne": "!=",
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "True": "true",
    "False": "false",
    "None": "null",
    "div": "/",
}
_SIGNS = {"==": "=", "&&": " and ", "||": " or "}
_VARIABLE = re.compile(r"""(?:execution|task)\.getVariable\(\s*["']([^\W\d]\w*)["']\s*\)""")
_WRAPPED = re.compile(r"\s*[$#]\{(?P<inner>[^{}]*)\}\s*", re.DOTALL)
MAX_LENGTH = 10_000


class NotTranslated(Exception):
    """Text that is not an expression of ours, nor one we know how to translate."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Translation:
    """An expression in our language; `changed` tells whether it was written in another one."""

    source: str
    changed: bool


def translate(text: str) -> Translation:
    """Return an expression in our language; raises NotTranslated with a French reason."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise NotTranslated("l’expression est trop longue")
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        return Translation(_checked(_from_juel(wrapped["inner"])), True)
    if text.startswith("=") and not text.startswith("=="):
        return Translation(_checked(text[1:].strip()), True)
    if "${" in text or "#{" in text:
        raise NotTranslated("elle mêle du texte et « ${…} »")
    try:
        return Translation(_checked(text), False)
    except NotTranslated as refusal:
        other = _from_juel(text)
        if other == text:
            raise
        try:
            return Translation(_checked(other), True)
        except NotTranslated:
            raise refusal from None


def template(text: str) -> str:
    """Return a plain text as it is, and a text that is one expression as `=expression` in our language."""
    text = text.strip()
    if _WRAPPED.fullmatch(text) or text.startswith("="):
        return "=" + translate(text).source
    if "${" in text or "#{" in text:
        raise NotTranslated("il mêle du texte et « ${…} »")
    return text


def _checked(source: str) -> str:
    if not source:
        raise NotTranslated("l’expression est vide")
    try:
        parse(source)
        wrong = [problem for problem in check(source) if problem.severity == "error"]
    except JalonError as error:
        raise NotTranslated(error.text()) from error
    except RecursionError as error:
        raise NotTranslated("elle imbrique trop de niveaux") from error
    if wrong:
        raise NotTranslated(wrong[0].message)
    return source


def _from_juel(text: str) -> str:
    text = _VARIABLE.sub(r"\1", text)
    parts: list[str] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            return text
        position = found.end()
        parts.append(_token(found))
    return _ternary(_negations(parts)).strip()


def _token(found: re.Match[str]) -> str:
    value = found[0]
    if found.lastgroup == "text" and value[0] == "'":
        return '"' + value[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    if found.lastgroup == "name":
        return _WORDS.get(value, value)
    return _SIGNS.get(value, value)


def _negations(parts: list[str]) -> list[str]:
    """Write `!x` and `!(…)`, `not x`, `empty x` as calls."""
    result: list[str] = []
    index = 0
    while index < len(parts):
        word = parts[index]
        following = index + 1
        while following < len(parts) and parts[following].isspace():
            following += 1
        if word in {"!", "not"} and following < len(parts) and (word == "!" or parts[following] != "("):
            end = _operand(parts, following)
            result += ["not(", *_negations(parts[following:end]), ")"]
            index = end
        else:
            result.append(word)
            index += 1
    return result


def _operand(parts: list[str], start: int) -> int:
    """Return where the operand that begins at `start` ends: a name, a call, or a bracket."""
    if parts[start] in {"!", "not"}:
        following = start + 1
        while following < len(parts) and parts[following].isspace():
            following += 1
        return _operand(parts, following) if following < len(parts) else following
    index = start
    if parts[index] != "(":
        index += 1
    if index < len(parts) and parts[index] == "(":
        depth = 0
        while index < len(parts):
            depth += (parts[index] == "(") - (parts[index] == ")")
            index += 1
            if depth == 0:
                break
    return index


def _ternary(parts: list[str]) -> str:
    if "?" not in parts:
        return "".join(parts)
    question = parts.index("?")
    rest = parts[question + 1 :]
    if ":" not in rest:
        return "".join(parts)
    colon = rest.index(":")
    yes, no = "".join(rest[:colon]), _ternary(rest[colon + 1 :])
    return f"if {''.join(parts[:question]).strip()} then {yes.strip()} else {no.strip()}"
