"""Cells of decision tables as people write them: « oui », « fort ou moyen », « 18 à 25 », or the expression itself."""

import re

from flask_babel import gettext as _

from jalon.base.errors import JalonError
from jalon.engines.decisions.types import type_name
from jalon.engines.expressions import parse
from jalon_admin.values import Unreadable

ANY = "-"
_QUOTED = re.compile(r'"([^"\\]*)"')
_TEXTS = re.compile(r'\s*"[^"\\]*"(\s*,\s*"[^"\\]*")*\s*')
_BETWEEN = re.compile(r"(-?[\d.,]+)\s*(?:à|-|et)\s*(-?[\d.,]+)")
_BOUNDS = (("au moins", ">="), ("au plus", "<="), ("plus de", ">"), ("moins de", "<"), ("≥", ">="), ("≤", "<="))
_WORDS = {"oui": "true", "vrai": "true", "non": "false", "faux": "false"}


def plain(cell: str, column_type: str) -> str:
    """Return a cell as a person writes it, "" when it accepts anything."""
    text = cell.strip()
    if text in (ANY, "", "null"):
        return ""
    kind = type_name(column_type)
    if kind == "boolean":
        return {"true": _("oui"), "false": _("non")}.get(text, text)
    if kind == "string":
        excluded = re.fullmatch(r"not\((.*)\)", text)
        inner = excluded[1] if excluded else text
        if _TEXTS.fullmatch(inner):
            return ("sauf " if excluded else "") + " ou ".join(_QUOTED.findall(inner))
    return text


def feel(text: str, column_type: str, *, output: bool = False) -> str:
    """Return the cell that a person means; raises Unreadable when it is neither a value nor an expression."""
    said = text.strip()
    if said in ("", ANY):
        return "null" if output else ANY
    written = _written(said, type_name(column_type), output)
    try:
        parse(written, "expression" if output else "unary_tests")
    except JalonError as error:
        raise Unreadable(_("« {text} » ne se lit pas : {reason}").format(text=said, reason=error.text(_))) from error
    return written


def _written(said: str, kind: str, output: bool) -> str:
    if kind == "boolean":
        return _WORDS.get(said.casefold(), said)
    if kind == "string":
        return _text(said, output)
    if kind == "number":
        between = _BETWEEN.fullmatch(said)
        if between and not output:
            return f"[{_number(between[1])}..{_number(between[2])}]"
        for words, sign in _BOUNDS:
            if said.casefold().startswith(words):
                return f"{sign} {_number(said[len(words) :].strip())}"
        return _number(said)
    return said


def _number(text: str) -> str:
    return re.sub(r"(\d),(\d)", r"\1.\2", text)


def _text(said: str, output: bool) -> str:
    """Put a text between quotes, unless it is written as an expression."""
    if '"' in said or re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", said) or said.startswith("not("):
        return said
    if output:
        return f'"{said}"'
    excluded = said.casefold().startswith("sauf ")
    listed = ", ".join(f'"{one.strip()}"' for one in re.split(r"\s+ou\s+", said[5:] if excluded else said))
    return f"not({listed})" if excluded else listed
