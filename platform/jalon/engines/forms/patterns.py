"""Patterns of a schema (ECMA 262) run by RE2: linear time whatever the text, or refused."""

import re
from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 2_000

_SPACES = r"\t\n\x0b\f\r \x{a0}\x{feff}\x{2028}\x{2029}\p{Zs}"
_DOT = r"[^\n\r\x{2028}\x{2029}]"
_CATEGORIES = {
    "Letter": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd",
    "Punctuation": "P",
    "punct": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Space_Separator": "Zs",
    "Other": "C",
}
_ESCAPE = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<four>[0-9a-fA-F]{4})|u\{(?P<point>[0-9a-fA-F]{1,6})\}|c(?P<control>[A-Za-z])"
    r"|(?P<negated>[pP])\{(?P<property>[A-Za-z_=]+)\}|(?P<char>.))",
    re.DOTALL,
)


class PatternRefused(ValueError):
    """A pattern that no linear engine runs: look-around, back-reference, or no pattern at all."""


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Any:
    """Return the compiled pattern; PatternRefused when RE2 does not run it."""
    if len(pattern) > MAX_PATTERN:
        raise PatternRefused("trop long")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_to_re2(pattern), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternRefused(str(error)) from error


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found somewhere in a text, as JSON Schema's `pattern` means it."""
    try:
        return compile_pattern(pattern).search(text) is not None
    except UnicodeEncodeError:  # a lone surrogate is no character: nothing matches it
        return False


def _to_re2(pattern: str) -> str:
    """Rewrite what ECMA 262 and RE2 write differently: spaces, dot, unicode escapes, category names."""
    out: list[str] = []
    position, in_class = 0, False
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "\\":
            found = _ESCAPE.match(pattern, position - 1)
            if found is None:
                raise PatternRefused("barre oblique inverse en fin de motif")
            out.append(_escape(found, in_class))
            position = found.end()
        elif in_class:
            in_class = char != "]"
            out.append(r"\[" if char == "[" else char)
        else:
            in_class = char == "["
            out.append(_DOT if char == "." else char)
    return "".join(out)


def _escape(found: re.Match[str], in_class: bool) -> str:
    groups = found.groupdict()
    if groups["high"]:
        point = 0x10000 + ((int(groups["high"], 16) - 0xD800) << 10) + int(groups["low"], 16) - 0xDC00
        return f"\\x{{{point:x}}}"
    if groups["four"] or groups["point"]:
        return f"\\x{{{groups['four'] or groups['point']}}}"
    if groups["control"]:
        return f"\\x{{{ord(groups['control']) % 32:x}}}"
    if groups["property"]:
        name = groups["property"].rpartition("=")[2]
        return f"\\{groups['negated']}{{{_CATEGORIES.get(name, name)}}}"
    char = groups["char"]
    if char == "s":
        return _SPACES if in_class else f"[{_SPACES}]"
    if char == "S" and not in_class:
        return f"[^{_SPACES}]"
    if char == "b" and in_class:
        return r"\x08"
    if char == "0":
        return r"\x00"
    if char in "123456789kAzZCQE":  # back-references, and what only RE2 or Perl knows
        raise PatternRefused(f"\\{char} n’est pas accepté")
    return found.group(0)
